#include "plugin/plugin_folder.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

extern char** environ;

namespace millrace {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMostManifest = size_t{4} << 20;

struct Said {
  std::string text{};
  int status{};         // of waitpid
  bool in_time = true;
};

// Reads the child's standard output until it ends or the time is up.
std::string read_until(int from, std::chrono::steady_clock::time_point until, bool& in_time) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<Millis>(until - std::chrono::steady_clock::now());
    pollfd watched{.fd = from, .events = POLLIN, .revents = 0};
    if (left.count() <= 0 || ::poll(&watched, 1, static_cast<int>(left.count())) == 0 || text.size() > kMostManifest) {
      in_time = false;
      return text;
    }
    const ssize_t n = ::read(from, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<size_t>(n));
  }
}

Result<Said> run_child(const std::vector<std::string>& command, Millis limit) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Error{.code = "E4001", .what = std::string("no pipe: ") + std::strerror(errno), .where = {}, .hint = {}};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    return Error{.code = "E4001", .what = "can't start " + quote(command.front()) + ": " + std::strerror(failed), .where = {}, .hint = "is the installation whole?"};
  }
  Said said;
  said.text = read_until(ends[0], std::chrono::steady_clock::now() + limit, said.in_time);
  ::close(ends[0]);
  if (!said.in_time) ::kill(pid, SIGKILL);
  while (::waitpid(pid, &said.status, 0) < 0 && errno == EINTR) {
  }
  return said;
}

// The manifest beside the library, if it is of just this library.
std::optional<Manifest> kept_manifest(const std::string& library, const std::string& sha256) {
  auto text = read_text(manifest_path(library));
  if (!text) return std::nullopt;
  auto json = Json::parse(*text);
  if (!json || (*json)["sha256"].as_text() != sha256) return std::nullopt;
  auto manifest = manifest_from(*json, library);
  if (!manifest) return std::nullopt;
  return std::move(*manifest);
}

Result<Manifest> manifest_of(const std::string& library, const std::string& attempt_program) {
  auto sha256 = sha256_hex_of_file(library);
  if (!sha256) return sha256.error();
  if (auto kept = kept_manifest(library, *sha256)) return std::move(*kept);
  auto manifest = describe(library, attempt_program);
  if (!manifest) return manifest;
  manifest->sha256 = *sha256;
  // A folder that can't be written is fine: the library is described again next time.
  (void)write_text(manifest_path(library), to_json(*manifest).dump(2) + "\n").ok();
  return manifest;
}

std::vector<std::string> libraries_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const auto name = at->path().filename().string();
    if (name.starts_with("millrace-") && name.ends_with(".so")) found.push_back(at->path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Result<Manifest> describe(const std::string& library, const std::string& attempt_program, Millis limit) {
  std::error_code failed;
  if (!fs::exists(library, failed)) return Error{.code = "E4003", .what = "there is no such plugin library", .where = library, .hint = "check the path"};
  auto said = run_child({attempt_program, "--describe", library}, limit);
  if (!said) return said.error();
  if (!said->in_time) return Error{.code = "E4001", .what = "the library did not describe itself within " + to_text(limit), .where = library, .hint = "loading a plugin must do nothing but register"};
  if (WIFSIGNALED(said->status)) {
    return Error{.code = "E4001", .what = "the library crashed while it was opened: " + std::string(strsignal(WTERMSIG(said->status))), .where = library,
                 .hint = "run `millrace plugin describe` on it under a debugger"};
  }
  auto json = Json::parse(said->text);
  if (!json) return Error{.code = "E4001", .what = "the library did not describe itself", .where = library, .hint = "run `millrace plugin describe` on it"};
  if (const auto* error = json->find("error")) {
    return Error{.code = (*error)["code"].as_text(), .what = (*error)["what"].as_text(), .where = (*error)["where"].as_text(), .hint = (*error)["hint"].as_text()};
  }
  return manifest_from(*json, library);
}

PluginFolder scan_plugins(const std::vector<std::string>& folders, const std::string& attempt_program) {
  PluginFolder result;
  std::vector<OperatorInfo> operators;
  std::set<std::string> names, types;
  for (const auto& folder : folders) {
    for (const auto& library : libraries_in(folder)) {
      if (!names.insert(fs::path(library).filename().string()).second) {
        result.shadowed.push_back(library);
        continue;
      }
      auto manifest = manifest_of(library, attempt_program);
      if (!manifest) {
        result.refused.push_back(manifest.error());
        continue;
      }
      for (auto& info : manifest->operators) {
        if (types.insert(info.type).second) operators.push_back(std::move(info));
        else result.refused.push_back({.code = "E4007", .what = "operator " + quote(info.type) + " is offered by an earlier plugin already", .where = library, .hint = "remove one of the two"});
      }
    }
  }
  result.operators = OperatorList(std::move(operators));
  return result;
}

}  // namespace millrace
