#include "common/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mr::process {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
constexpr size_t kLongestLine = 16'384;
constexpr int kMostReads = 32;  // of one look: more than a pipe holds, and an end for those who write without one

Failure not_made(const std::string& what) {
  return {"resource", "E4020", "no " + what + ": " + std::strerror(errno), "", "raise the limits of processes and open files", false};
}

// A high number, so that the child's dup2 onto 0..3 never overwrites one that is still to be used.
Fd high(int number) {
  const Fd low(number);
  Fd made(::fcntl(number, F_DUPFD_CLOEXEC, 16));
  if (made.get() < 0) throw not_made("descriptor");
  return made;
}

std::pair<Fd, Fd> pipe_pair() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw not_made("pipe");
  Fd read(ends[0]);
  ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  return {std::move(read), high(ends[1])};
}

std::pair<Fd, Fd> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) throw not_made("socket");
  Fd ours(ends[0]);
  ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
  return {std::move(ours), high(ends[1])};
}

Fd file_of(std::string_view text) {
  Fd file = high(::memfd_create("input", MFD_CLOEXEC));
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) throw not_made("room in memory");
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

// What the child's side of fork() needs: made before, because between fork and exec nothing may allocate.
struct Start {
  const char* program;
  const char* folder;
  char** arguments;
  char** environment;
  int input, out, err, socket;
  pid_t parent;
};

[[noreturn]] void become(const Start& start) {
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != start.parent) ::_exit(127);  // it ended before the line above
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(start.input, 0);
  ::dup2(start.out, 1);
  ::dup2(start.err, 2);
  ::dup2(start.socket, 3);
  ::close_range(4, ~0U, 0);
  if (::chdir(start.folder) == 0) ::execve(start.program, start.arguments, start.environment);
  ::_exit(127);
}

// The fields of /proc/<pid>/stat after the name: the first is the state.
bool lives(pid_t pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(in, text);
  const auto end = text.rfind(')');
  return end != std::string::npos && end + 2 < text.size() && text[end + 2] != 'Z';
}

void add_descendants(pid_t of, std::vector<pid_t>& found) {
  std::error_code gone;
  for (fs::directory_iterator at("/proc/" + std::to_string(of) + "/task", gone), end; !gone && at != end; at.increment(gone)) {
    std::ifstream in(at->path() / "children");
    for (pid_t pid = 0; in >> pid;) {
      found.push_back(pid);
      add_descendants(pid, found);
    }
  }
}

// Until none is left: `of` stands still meanwhile, and inherits those whose parent has ended.
void kill_descendants(pid_t of) {
  const auto give_up = Clock::now() + std::chrono::seconds(5);  // one that hangs inside the kernel
  for (bool left = true; left && Clock::now() < give_up;) {
    left = false;
    std::vector<pid_t> found;
    add_descendants(of, found);
    for (const pid_t pid : found) {
      if (!lives(pid)) continue;
      ::kill(pid, SIGKILL);
      left = true;
    }
    if (left) ::poll(nullptr, 0, 1);
  }
}

}  // namespace

Fd::~Fd() {
  if (number_ >= 0) ::close(number_);
}

void Lines::take(const Say& say) {
  std::array<char, 8192> buffer{};
  for (int i = 0; i < kMostReads && open_; ++i) {
    const ssize_t n = ::read(from_.get(), buffer.data(), buffer.size());
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) open_ = false;
    for (ssize_t at = 0; at < n; ++at) {
      const char c = buffer[static_cast<size_t>(at)];
      if (c == '\n' || rest_.size() >= kLongestLine) say(valid(std::exchange(rest_, {})));
      if (c != '\n') rest_ += c;
    }
  }
}

void Lines::rest(const Say& say) {
  if (!rest_.empty()) say(valid(std::exchange(rest_, {})));
}

Process::Process(const Plan& plan) {
  auto [out, out_theirs] = pipe_pair();
  auto [err, err_theirs] = pipe_pair();
  auto [socket, socket_theirs] = socket_pair();
  const Fd input = file_of(plan.input);
  std::vector<std::string> words{plan.program}, variables;
  words.insert(words.end(), plan.arguments.begin(), plan.arguments.end());
  for (const auto& [name, value] : plan.environment) variables.push_back(name + "=" + value);
  auto arguments = pointers(words), environment = pointers(variables);
  const Start start{plan.program.c_str(), plan.folder.c_str(), arguments.data(), environment.data(), plan.open_input ? socket_theirs.get() : input.get(),
                    out_theirs.get(), err_theirs.get(), socket_theirs.get(), ::getpid()};
  pid_ = ::fork();
  if (pid_ == 0) become(start);
  if (pid_ < 0) throw not_made("process");
  ending_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  socket_ = std::move(socket);
  out_ = Lines(std::move(out));
  err_ = Lines(std::move(err));
  if (ending_.get() >= 0) return;
  end();
  throw not_made("descriptor");
}

bool Process::has_ended() const {
  pollfd watched{ending(), POLLIN, 0};
  return pid_ < 0 || ::poll(&watched, 1, 0) != 0;
}

void Process::ask_to_end() const {
  if (pid_ > 0) ::kill(-pid_, SIGTERM);
}

void Process::end() {
  if (pid_ < 0) return;
  if (!has_ended()) {
    ::kill(pid_, SIGSTOP);
    kill_descendants(pid_);
  }
  ::kill(-pid_, SIGKILL);  // before it is reaped, because afterwards its number may be somebody else's
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {}
  pid_ = -1;
}

void Process::take_lines(const Lines::Say& out, const Lines::Say& err) {
  out_.take(out);
  err_.take(err);
}

void Process::rest_of_lines(const Lines::Say& out, const Lines::Say& err) {
  out_.rest(out);
  err_.rest(err);
}

int run_to_end(const Plan& plan, const Attempt& attempt, const Lines::Say& out, const Lines::Say& err) {
  Process process(plan);
  std::optional<Clock::time_point> kill_at;
  while (!process.has_ended() && (!kill_at || Clock::now() < *kill_at)) {
    const auto [first, second] = process.streams();
    std::array<pollfd, 3> watched{{{first, POLLIN, 0}, {second, POLLIN, 0}, {process.ending(), POLLIN, 0}}};
    ::poll(watched.data(), watched.size(), 100);
    process.take_lines(out, err);
    if (kill_at || !attempt.cancelled()) continue;
    process.ask_to_end();
    kill_at = Clock::now() + kGrace;
  }
  process.end();
  process.take_lines(out, err);
  process.rest_of_lines(out, err);
  if (kill_at) throw Cancelled{};
  return process.status();
}

Environment variables(const Attempt& attempt, const Environment& given) {
  Environment all{{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"LANG", "C.UTF-8"}};
  for (const char* name : {"PATH", "HOME", "TZ", "TMPDIR"}) {
    if (const char* value = std::getenv(name)) all[name] = value;
  }
  const auto declared = attempt.facts().value("env", Json::object());
  for (const auto& [name, value] : declared.items()) all[name] = value.is_string() ? value.get<std::string>() : value.dump();
  for (const auto& [name, value] : given) all[name] = value;
  return all;
}

std::string find_program(const std::string& name, const std::string& path) {
  const auto usable = [](const std::string& file) { return ::access(file.c_str(), X_OK) == 0 && fs::is_regular_file(file); };
  if (name.find('/') != std::string::npos) return usable(name) ? name : "";
  std::istringstream folders(path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto file = (folder.empty() ? "." : folder) + "/" + name;
    if (usable(file)) return file;
  }
  return "";
}

std::string ending_of(int status) {
  if (WIFSIGNALED(status)) return "was ended by signal " + std::string(strsignal(WTERMSIG(status)));
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

std::string valid(const std::string& text) {
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace)).get<std::string>();
}

}  // namespace mr::process
