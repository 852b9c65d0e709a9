// shell.run: a command in a shell of its own, in its own process group.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>

#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kGrace = std::chrono::seconds(5);  // between TERM and KILL
constexpr auto kDrain = std::chrono::seconds(1);  // for what is left in the streams after the end

// Cuts a stream into lines for the log, and keeps the last one.
class Lines {
 public:
  Lines(int from, mr_level level) : from_(from), level_(level) {}
  ~Lines() { ::close(from_); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  int file() const { return from_; }
  bool open() const { return open_; }
  const std::string& last() const { return last_; }

  void take(const mr::Attempt& attempt) {
    char buffer[8192];
    const ssize_t n = ::read(from_, buffer, sizeof buffer);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (n <= 0) {
      if (!rest_.empty()) say(attempt);
      open_ = false;
      return;
    }
    for (ssize_t i = 0; i < n; ++i) {
      if (buffer[i] == '\n' || rest_.size() > 16'384) say(attempt);
      if (buffer[i] != '\n') rest_ += buffer[i];
    }
  }

 private:
  void say(const mr::Attempt& attempt) {
    attempt.log(level_, rest_);
    last_ = std::exchange(rest_, {});
  }

  int from_;
  mr_level level_;
  bool open_ = true;
  std::string rest_{}, last_{};
};

// The file that a command may write for the task's next attempt: what stands in it is saved as it changes.
class Saved {
 public:
  explicit Saved(const mr::Attempt& attempt) : path_(attempt.work_folder().empty() ? std::string() : attempt.work_folder() + "/.checkpoint") {
    if (path_.empty()) return;
    last_ = attempt.checkpoint().is_string() ? attempt.checkpoint().get<std::string>() : std::string();
    std::ofstream(path_, std::ios::binary) << last_;
  }

  const std::string& path() const { return path_; }

  void look(const mr::Attempt& attempt) {
    if (path_.empty()) return;
    std::ifstream file(path_, std::ios::binary);
    std::string text(kMost + 1, ' ');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(file.gcount()));
    if (text == last_) return;
    last_ = text;
    if (text.size() <= kMost) attempt.save_checkpoint(text);
    else attempt.warn("E4012 $MILLRACE_CHECKPOINT holds more than 60 KB, and was not saved");
  }

 private:
  static constexpr size_t kMost = 60'000;  // with room for what JSON adds to line breaks and quotes
  std::string path_{}, last_{};
};

// The few names that a shell needs, env of the Dag and its task, and the config field `env` on top.
std::vector<std::string> environment(const mr::Json& declared, const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> all{{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"LANG", "C.UTF-8"}};
  for (const char* name : {"PATH", "HOME", "TZ"}) {
    if (const char* value = std::getenv(name)) all[name] = value;
  }
  for (const auto& [name, value] : declared.items()) all[name] = value.is_string() ? value.get<std::string>() : value.dump();
  for (const auto& [name, value] : given) all[name] = value;
  std::vector<std::string> list;
  for (const auto& [name, value] : all) list.push_back(name + "=" + value);
  return list;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// The words of a command that a shell would run as they are: a path, perhaps arguments, and nothing that means anything to it. The shell is left
// out then, which is half of what a short command costs. (GNU make does so, too.) None: it is for the shell.
std::vector<std::string> plain_words(const std::string& command) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+,:@%=";
  std::vector<std::string> words;
  const auto end = command.find_last_not_of(" \n") + 1;
  for (size_t at = command.find_first_not_of(' '); at < end; at = command.find_first_not_of(' ', at)) {
    const auto next = std::min(command.find(' ', at), end);
    words.push_back(command.substr(at, next - at));
    if (words.back().find_first_not_of(kPlain) != std::string::npos) return {};
    at = next;
  }
  const bool is_path = !words.empty() && words[0].find('/') != std::string::npos && words[0].find('=') == std::string::npos;
  return is_path ? words : std::vector<std::string>{};
}

struct Run {
  static constexpr auto type = "shell.run", version = "1.0.0", summary = "Runs a command in a shell and takes its exit code as the outcome.";
  static constexpr unsigned traits = MR_CANCELLABLE | MR_NOT_IN_WORKER;  // it starts programs
  static constexpr auto examples = R"([{"title": "Say hello", "config": {"run": "echo hello"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"exit_code": {"type": "integer"}, "json": {}}})";

  struct Config {
    std::string run{};
    std::map<std::string, std::string> env{};
    std::string folder{};
    std::string shell = "/bin/sh";
    std::string output = "none";
    std::vector<std::string> retry_exit_codes{};
  };
  static constexpr auto config = mr::fields(
      mr::field("run", &Config::run, "The command, one or more lines. What it writes into the file $MILLRACE_CHECKPOINT is there again in the task's next attempt.").needed().multiline(),
      mr::field("env", &Config::env, "Environment variables beside PATH, HOME, LANG, TZ and those that the Dag and the task name under env."),
      mr::field("folder", &Config::folder, "Where it runs, relative to the Dag's folder; the attempt's own work folder when left out."),
      mr::field("shell", &Config::shell, "The shell, called with -c."),
      mr::field("output", &Config::output, "json: the last line of standard output becomes output.json.").one_of("none", "json"),
      mr::field("retry_exit_codes", &Config::retry_exit_codes, "When given, only these exit codes (and signals) are worth another try; otherwise all are, but for 126 and 127."));

  void run(const Config& c, mr::Attempt& attempt) {
    int out[2], err[2];
    if (::pipe2(out, O_CLOEXEC) != 0 || ::pipe2(err, O_CLOEXEC) != 0) throw mr::Failure("resource", "E4020", "no pipe: " + std::string(std::strerror(errno)), "", "", false);
    Lines standard(out[0], MR_INFO), errors(err[0], MR_WARN);
    Saved saved(attempt);
    const pid_t child = start(c, attempt, saved.path(), out[1], err[1]);
    ::close(out[1]);
    ::close(err[1]);
    const int status = wait_for(child, attempt, standard, errors, saved);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) saved.look(attempt);
    finish(c, attempt, status, standard.last());
  }

 private:
  static pid_t start(const Config& c, const mr::Attempt& attempt, const std::string& checkpoint, int out, int err) {
    const auto folder = c.folder.empty() ? attempt.work_folder() : attempt.path(c.folder);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    if (!folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> words{c.shell, "-c", c.run}, env = environment(attempt.facts().value("env", mr::Json::object()), c.env);
    if (!checkpoint.empty()) env.push_back("MILLRACE_CHECKPOINT=" + checkpoint);
    pid_t child = -1;
    auto plain = c.shell == "/bin/sh" ? plain_words(c.run) : std::vector<std::string>{};
    auto plain_argv = pointers(plain);
    if (!plain.empty() && !folder.empty()) env.push_back("PWD=" + folder);  // as shells do
    auto argv = pointers(words), envp = pointers(env);
    int failed = plain.empty() ? ENOEXEC : posix_spawn(&child, plain_argv[0], &actions, &attributes, plain_argv.data(), envp.data());
    if (failed != 0) failed = posix_spawn(&child, c.shell.c_str(), &actions, &attributes, argv.data(), envp.data());  // which says what is wrong in its own words
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw mr::Failure("config", "E4021", "can't start " + c.shell + ": " + std::strerror(failed), "config.shell", "is the shell there, and the folder?");
    return child;
  }

  // Until the process has ended, and both streams with it; a cancel ends the whole group, first politely.
  static int wait_for(pid_t child, mr::Attempt& attempt, Lines& standard, Lines& errors, Saved& saved) {
    std::optional<Clock::time_point> kill_at, drained_at;
    const int ending = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));  // wakes poll() when the process ends
    int status = 0;
    while (!drained_at || ((standard.open() || errors.open()) && Clock::now() < *drained_at)) {
      pollfd watched[3]{{standard.open() ? standard.file() : -1, POLLIN, 0}, {errors.open() ? errors.file() : -1, POLLIN, 0}, {drained_at ? -1 : ending, POLLIN, 0}};
      ::poll(watched, 3, 100);
      saved.look(attempt);
      if (watched[0].revents != 0) standard.take(attempt);
      if (watched[1].revents != 0) errors.take(attempt);
      if (!drained_at && ::waitpid(child, &status, WNOHANG) == child) {
        ::kill(-child, SIGKILL);              // what it left behind
        drained_at = Clock::now() + kDrain;  // what left the group may hold the streams open for ever
      }
      if (!drained_at && attempt.cancelled() && !kill_at) {
        ::kill(-child, SIGTERM);
        kill_at = Clock::now() + kGrace;
      }
      if (!drained_at && kill_at && Clock::now() > *kill_at) ::kill(-child, SIGKILL);
    }
    if (ending >= 0) ::close(ending);
    if (kill_at) throw mr::Cancelled{};
    return status;
  }

  static void finish(const Config& c, const mr::Attempt& attempt, int status, const std::string& last) {
    if (WIFSIGNALED(status)) throw mr::Failure("transient", "E4022", "the command was ended by signal " + std::string(strsignal(WTERMSIG(status))), "", "look at the log's last lines", false);
    const int code = WEXITSTATUS(status);
    attempt.output("exit_code", code);
    if (code != 0) {
      const auto& listed = c.retry_exit_codes;
      const bool again = listed.empty() ? code != 126 && code != 127 : std::find(listed.begin(), listed.end(), std::to_string(code)) != listed.end();
      const std::string klass = std::string(code == 126 || code == 127 ? "config" : "transient") + "/exit_" + std::to_string(code);
      throw mr::Failure(klass, "E4023", "the command ended with exit code " + std::to_string(code), "", "look at the log's last lines", !again);
    }
    if (c.output != "json") return;
    auto json = mr::Json::parse(last, nullptr, false);
    if (json.is_discarded()) throw mr::Failure("data", "E4024", "the last line of the output is not JSON", "config.output", "print one line of JSON last");
    attempt.output("json", json);
  }
};

}  // namespace

MR_PLUGIN("shell", "1.0.0", "Apache-2.0", Run)
