// ssh.run: a command on another machine.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "common/command.hpp"
#include "common/draft.hpp"
#include "common/process.hpp"
#include "common/waiting.hpp"
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"
#include "ssh/session.hpp"

namespace {

namespace fs = std::filesystem;
constexpr int kSshFailed = 255;

// Files for ssh that nobody else can read, removed with the folder.
class Papers {
 public:
  explicit Papers(const mr::Attempt& attempt) {
    const auto parent = attempt.work_folder().empty() ? fs::temp_directory_path() : fs::path(attempt.work_folder());
    auto name = (parent / ".ssh-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) mr::files::refuse("make a folder for ssh's files", parent.string(), errno);
    folder_ = name;
  }
  ~Papers() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Papers(const Papers&) = delete;
  Papers& operator=(const Papers&) = delete;

  std::string folder() const { return folder_; }

  std::string add(const std::string& name, const std::string& text) const {
    const auto path = (folder_ / name).string();
    const mr::files::File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const auto whole = text.ends_with('\n') ? text : text + "\n";  // ssh reads no key whose last line has no end
    if (file.fd < 0 || ::write(file.fd, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size())) mr::files::refuse("write a file for ssh", path, errno);
    return path;
  }

 private:
  fs::path folder_{};
};

// A path as the value of an option: ssh splits at spaces and replaces %.
std::string path_option(const std::string& name, const std::string& path) {
  std::string value;
  for (const char c : path) value += c == '%' ? "%%" : std::string(1, c);
  return name + "=\"" + value + "\"";
}

mr::Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E4090", what, "config." + field, hint}; }

struct Run {
  static constexpr auto type = "ssh.run", version = "1.0.0", summary = "Runs a command on another machine by ssh and takes its exit code as the outcome.";
  static constexpr unsigned traits = MR_CANCELLABLE | MR_NOT_IN_WORKER;  // it starts ssh
  static constexpr auto examples = R"([{"title": "Free space over there", "config": {"host": "files.example.com", "user": "etl", "run": "df -h /srv",
    "key": "{{ secret(\"etl_key\") }}", "known_hosts": "files.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {"exit_code": {"type": "integer"}, "json": {"description": "The last line, when `output` is json."}}})";

  struct Config {
    std::string host{}, user{}, run{}, key{}, known_hosts{}, folder{}, timeout = "1h", output = "none";
    int64_t port = 22, connect_timeout = 15;
    std::map<std::string, std::string> env{};
    std::vector<std::string> retry_exit_codes{};
  };
  static constexpr auto config = mr::fields(
      mr::field("host", &Config::host, "The machine's name or address.").needed(),
      mr::field("port", &Config::port, "Its port.").between(1, 65'535),
      mr::field("user", &Config::user, "Who runs the command there.").needed(),
      mr::field("key", &Config::key, "The private key, as its file holds it, without a passphrase.").needed().secret().multiline(),
      mr::field("known_hosts", &Config::known_hosts, "The machine's public key, as a line of known_hosts: its name, or [name]:port when the port isn't 22, and the key. No other machine is spoken to.").needed().multiline(),
      mr::field("run", &Config::run, "The command, one or more lines for sh.").needed().multiline(),
      mr::field("env", &Config::env, "Environment variables of the command."),
      mr::field("folder", &Config::folder, "Where it runs there; the user's home when left out."),
      mr::field("timeout", &Config::timeout, "Ends the command after so long: 10m, 2h."),
      mr::field("connect_timeout", &Config::connect_timeout, "Seconds until somebody must have answered.").between(1, 600),
      mr::field("output", &Config::output, "json: the last line of standard output becomes output.json.").one_of("none", "json"),
      mr::field("retry_exit_codes", &Config::retry_exit_codes, "When given, only these exit codes are worth another try; otherwise all are, but for 126 and 127."));

  void run(const Config& c, mr::Attempt& attempt) {
    check(c);
    auto environment = mr::process::variables(attempt, {});
    const auto program = mr::process::find_program("ssh", environment["PATH"]);
    if (program.empty()) throw wrong("the program ssh isn't there", "host", "install the OpenSSH client on the worker");
    const Papers papers(attempt);
    mr::ssh::Plan plan{.program = program, .arguments = arguments(c, papers), .environment = std::move(environment), .folder = papers.folder(), .script = script(c), .timeout = mr::waiting::duration(c.timeout, "timeout")};
    finish(c, mr::ssh::run(plan, attempt), attempt);
  }

 private:
  static void check(const Config& c) {
    const auto word = [](const std::string& text, const char* more) {
      const auto good = [&](char one) { return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9') || std::strchr(more, one) != nullptr; };
      return !text.empty() && text[0] != '-' && std::all_of(text.begin(), text.end(), [&](char one) { return one != '\0' && good(one); });
    };
    if (!word(c.host, "._-:%")) throw wrong("'" + c.host + "' is no host", "host", "a name or an address, without user and port");
    if (!word(c.user, "._-$")) throw wrong("'" + c.user + "' is no user", "user", "");
    if (c.key.find("PRIVATE KEY") == std::string::npos) throw wrong("the key is no private key", "key", "give what the key's file holds, from BEGIN to END");
    if (c.known_hosts.find_first_not_of(" \t\r\n") == std::string::npos) throw wrong("no machine is known", "known_hosts", "ssh-keyscan prints the line; compare the key with what the machine's keeper says");
    if ((c.run + c.folder).find('\0') != std::string::npos) throw wrong("a command holds no NUL", "run", "");
    mr::command::check_names(c.env, "E4090");
  }

  static std::vector<std::string> arguments(const Config& c, const Papers& papers) {
    std::vector<std::string> words{"-F", "none", "-T", "-a", "-x", "-e", "none", "-p", std::to_string(c.port), "-l", c.user};
    for (const auto& option : {std::string("BatchMode=yes"), std::string("StrictHostKeyChecking=yes"), path_option("UserKnownHostsFile", papers.add("known_hosts", c.known_hosts)),
                               std::string("GlobalKnownHostsFile=none"), std::string("UpdateHostKeys=no"), path_option("IdentityFile", papers.add("key", c.key)), std::string("IdentitiesOnly=yes"),
                               std::string("PreferredAuthentications=publickey"), std::string("ClearAllForwardings=yes"), std::string("ControlPath=none"), std::string("ServerAliveInterval=15"),
                               std::string("ServerAliveCountMax=4"), "ConnectTimeout=" + std::to_string(c.connect_timeout), std::string("LogLevel=ERROR")}) {
      words.insert(words.end(), {"-o", option});
    }
    words.insert(words.end(), {"--", c.host});
    return words;
  }

  static std::string script(const Config& c) {
    std::string text;
    for (const auto& [name, value] : c.env) text += "export " + name + "=" + mr::command::quoted(value) + "\n";
    if (!c.folder.empty()) text += "cd -- " + mr::command::quoted(c.folder) + " || exit 126\n";
    return text + c.run;
  }

  static void finish(const Config& c, const mr::ssh::End& end, const mr::Attempt& attempt) {
    const auto where = c.user + "@" + c.host + ":" + std::to_string(c.port);
    if (end.timed_out) throw mr::Failure("timeout", "E4095", "the command had not ended after " + c.timeout + ", and was ended", where, "raise `timeout`, or ask why it is slow", false);
    if (!end.started) throw not_connected(end, where);
    if (end.killed || (end.exit_code == kSshFailed && says(end, {"closed by remote host", "Connection reset", "Broken pipe", "not responding", "client_loop:", "Connection to "}))) {
      throw mr::Failure("transient", "E4091", "the connection broke while the command ran", where, "the command was ended with it", false);
    }
    mr::command::finish(attempt, {.exit_code = end.exit_code, .last_line = end.last_line, .retry_exit_codes = c.retry_exit_codes, .json = c.output == "json", .code = "E4094", .where = where});
  }

  static bool says(const mr::ssh::End& end, std::initializer_list<const char*> phrases) {
    return std::any_of(end.complaints.begin(), end.complaints.end(), [&](const std::string& line) {
      return std::any_of(phrases.begin(), phrases.end(), [&](const char* one) { return line.find(one) != std::string::npos; });
    });
  }

  static mr::Failure not_connected(const mr::ssh::End& end, const std::string& where) {
    if (says(end, {"IDENTIFICATION HAS CHANGED"})) {
      return {"config", "E4092", "the machine's key is not the one that is known", where, "somebody may stand in between; ask the machine's keeper for its key before you change `known_hosts`"};
    }
    if (says(end, {"Host key verification failed", "host key is known for"})) {
      return {"config", "E4092", "the machine's key is not known", where, "add its line to `known_hosts`, with [name]:port when the port isn't 22; ssh-keyscan prints it"};
    }
    if (says(end, {"Load key", "invalid format", "error in libcrypto", "incorrect passphrase"})) return {"config", "E4093", "the private key can't be read", where, "is it whole, and without a passphrase?"};
    if (says(end, {"Permission denied"})) return {"config", "E4093", "the machine refuses the user or the key", where, "is the public key in the user's authorized_keys there?"};
    const auto last = end.complaints.empty() ? "ssh ended with exit code " + std::to_string(end.exit_code) : end.complaints.back();
    if (end.exit_code != kSshFailed) return {"config", "E4096", "the command could not be started: " + last, where, "the other side needs sh, head and sleep"};
    return {"transient", "E4091", "not reached: " + last, where, "is the machine up, and reachable from the worker?", false};
  }
};

}  // namespace

MR_PLUGIN("ssh", "1.0.0", "Apache-2.0", Run)
