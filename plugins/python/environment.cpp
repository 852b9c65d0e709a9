#include "python/environment.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace mr::python {
namespace {

namespace fs = std::filesystem;
constexpr auto kKept = std::chrono::hours(24 * 30);  // an environment that nobody uses

Failure cache_refuses(const std::string& what, const fs::path& where) {
  return {"resource", "E4071", "the cache of environments can't be used: " + what, where.string(), "check space and permissions, or set MILLRACE_CACHE", false};
}

Failure requirements_wrong(const std::string& what) {
  return {"config", "E4069", what, "config.requirements", "write a list such as [\"requests==2.32.3\"], or the path of a requirements file"};
}

// --- what is asked for ---------------------------------------------------------------------------------------------------

struct Requirements {
  std::vector<std::string> lines{};  // sorted
  std::string file{};                // where they stand, if it is one of the user's
};

void add_line(std::string line, std::vector<std::string>& lines) {
  const auto comment = line.find(" #");
  if (comment != std::string::npos) line.resize(comment);
  const auto first = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
  if (first == std::string::npos || line[first] == '#') return;
  lines.push_back(line.substr(first, last - first + 1));
}

Requirements requirements_of(const Json& given, const Attempt& attempt) {
  Requirements found;
  if (given.is_array()) {
    for (const auto& one : given) {
      if (!one.is_string()) throw requirements_wrong("a requirement is not a text");
      if (one.get_ref<const std::string&>().find('\n') != std::string::npos) throw requirements_wrong("a requirement has more than one line");
      add_line(one, found.lines);
    }
  } else if (given.is_string()) {
    found.file = attempt.path(given);
    std::ifstream in(found.file);
    for (std::string line; std::getline(in, line);) add_line(line, found.lines);
    if (!in.eof()) throw requirements_wrong("the requirements file can't be read");
  } else if (!given.is_null()) {
    throw requirements_wrong("the requirements are neither a list nor a path");
  }
  std::sort(found.lines.begin(), found.lines.end());
  return found;
}

// What such a line means depends on the folder that it is read from.
bool is_relative(const std::string& line) {
  const auto has = [&](const char* sign) { return line.find(sign) != std::string::npos; };
  return line.starts_with('.') || line.starts_with('-') || has("file:") || (has("/") && !has("://"));
}

std::string sha256_hex(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    for (const int half : {digest[i] >> 4, digest[i] & 15}) hex += "0123456789abcdef"[half];
  }
  return hex;
}

// --- the interpreter -----------------------------------------------------------------------------------------------------

struct Identity {
  std::string program{};  // its own path: `python3` may be a script that chooses one
  std::string version{};
};

std::string program_of(const std::string& python, const Environment& env, const Attempt& attempt) {
  const auto named = python.find('/') == std::string::npos ? python : attempt.path(python);
  auto program = find_program(named, env.at("PATH"));
  if (program.empty()) throw Failure("config", "E4060", "there is no interpreter " + python, "config.python", "is it installed on the worker, and in its PATH?");
  return program;
}

Identity ask_identity(const std::string& program, const Environment& env, const Attempt& attempt) {
  std::vector<std::string> said;
  const Plan plan{.program = program, .arguments = {"-c", "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])"}, .environment = env};
  const int status = run_to_end(plan, attempt, [&](const auto& line) { said.push_back(line); }, [&](const auto& line) { attempt.warn(line); });
  if (status != 0 || said.size() < 2) throw Failure("config", "E4060", "the interpreter " + ending_of(status) + " when it was asked for its version", "config.python", "is it a Python of 3.9 or later?");
  return {said[0], said[1]};
}

// Asked once in the life of this process, unless the program's file changes.
Identity identity_of(const std::string& program, const Environment& env, const Attempt& attempt) {
  static std::mutex mutex;
  static std::map<std::string, Identity> known;
  std::error_code gone;
  const auto key = program + " " + std::to_string(fs::last_write_time(program, gone).time_since_epoch().count());
  {
    const std::lock_guard hold(mutex);
    if (const auto found = known.find(key); found != known.end()) return found->second;
  }
  auto identity = ask_identity(program, env, attempt);
  const std::lock_guard hold(mutex);
  return known[key] = std::move(identity);
}

// --- the cache -----------------------------------------------------------------------------------------------------------

fs::path cache_folder(const Environment& env) {
  const auto named = [&](const char* name) -> std::string {
    if (const auto found = env.find(name); found != env.end()) return found->second;
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
  };
  if (const auto own = named("MILLRACE_CACHE"); !own.empty()) return fs::path(own) / "python";
  const auto cache = named("XDG_CACHE_HOME"), home = named("HOME");
  return (cache.empty() ? fs::path(home.empty() ? "/tmp" : home) / ".cache" : fs::path(cache)) / "millrace" / "python";
}

// Held by the kernel for this descriptor: it ends with the process, however that ends.
class Lock {
 public:
  Lock(const fs::path& path, const Attempt& attempt) : file_(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666)) {
    if (file_.get() < 0) throw cache_refuses(std::strerror(errno), path);
    bool said = false;
    while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) throw cache_refuses(std::strerror(errno), path);
      if (!std::exchange(said, true)) attempt.info("waits for another attempt that builds the same environment");
      attempt.stop_if_cancelled();
      ::poll(nullptr, 0, 50);
    }
  }

 private:
  Fd file_;
};

std::string whole_environment(const fs::path& name) {
  std::error_code gone;
  const auto target = fs::read_symlink(name, gone);
  if (gone || !fs::is_directory(name.parent_path() / target, gone)) return "";
  return (name.parent_path() / target).string();
}

// A shared lock on the folder itself, and the moment of its last use as its time of change. Waits while it is being removed.
Fd hold(const std::string& folder) {
  Fd held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (held.get() >= 0 && ::flock(held.get(), LOCK_SH) != 0 && errno == EINTR) {}
  if (held.get() >= 0) ::futimens(held.get(), nullptr);
  return held;
}

std::optional<Place> usable(const fs::path& name) {
  auto folder = whole_environment(name);
  if (folder.empty()) return std::nullopt;
  auto in_use = hold(folder);
  if (whole_environment(name) != folder) return std::nullopt;  // it was being removed
  return Place{folder + "/bin/python", folder, std::move(in_use)};
}

bool is_unused(const fs::path& folder) {
  std::error_code gone;
  const auto used = fs::last_write_time(folder, gone);
  return !gone && used < fs::file_time_type::clock::now() - kKept;
}

Fd try_lock(const fs::path& path, int flags) {
  Fd file(::open(path.c_str(), flags | O_CLOEXEC));
  return file.get() >= 0 && ::flock(file.get(), LOCK_EX | LOCK_NB) == 0 ? std::move(file) : Fd();
}

void remove_if_unused(const fs::path& name) {
  const fs::path folder = whole_environment(name);
  if (folder.empty() || !is_unused(folder)) return;
  const Fd no_builder = try_lock(name.string() + ".lock", O_RDWR), no_user = try_lock(folder, O_RDONLY | O_DIRECTORY);
  if (no_builder.get() < 0 || no_user.get() < 0 || !is_unused(folder)) return;
  std::error_code ignored;  // what can't be removed now is removed another time
  fs::remove(name, ignored);
  fs::remove_all(folder, ignored);
}

void remove_unused(const fs::path& cache) {
  std::vector<fs::path> names;
  std::error_code gone;
  for (fs::directory_iterator at(cache, gone), end; !gone && at != end; at.increment(gone)) {
    if (at->is_symlink(gone)) names.push_back(at->path());
  }
  for (const auto& name : names) remove_if_unused(name);
}

// What builds that were killed have left.
void remove_leftovers(const fs::path& name) {
  std::vector<fs::path> doomed;
  for (const auto& entry : fs::directory_iterator(name.parent_path())) {
    const auto file = entry.path().filename().string();
    if (file.starts_with(name.filename().string() + ".") && !file.ends_with(".lock")) doomed.push_back(entry.path());
  }
  for (const auto& path : doomed) fs::remove_all(path);
}

// --- building ------------------------------------------------------------------------------------------------------------

// What pip says when the other side, or the way to it, is in trouble. It says afterwards that there is no such requirement, too.
constexpr std::array kNetwork{"NewConnectionError", "ConnectTimeoutError", "ReadTimeoutError", "ConnectionResetError", "ConnectionError", "ProtocolError",
                              "ProxyError", "SSLError", "Name or service not known", "name resolution", "Could not fetch URL", "HTTP error 5", "Read timed out"};

// Follows the lines of a build, to say in the end what went wrong.
class Story {
 public:
  explicit Story(const Attempt& attempt) : attempt_(attempt) {}

  int run(const Plan& plan) {
    return run_to_end(plan, attempt_, [this](const auto& line) { take(MR_INFO, line); }, [this](const auto& line) { take(MR_WARN, line); });
  }

  [[noreturn]] void fail(const std::string& command, int status) const {
    const auto what = "the environment could not be built: " + command + " " + ending_of(status);
    const std::string where = "config.requirements", hint = "look at the log's last lines";
    if (network_) throw Failure("transient", "E4068", what + ", and had trouble with the network", where, hint, false);
    if (full_) throw Failure("resource", "E4068", what + ": no space left", where, "make room in the cache folder", false);
    if (WIFSIGNALED(status)) throw Failure("transient", "E4068", what, where, hint, false);
    throw Failure("config", "E4068", missing_.empty() ? what : "there is no package " + missing_ + " that fits", where, hint);
  }

 private:
  void take(mr_level level, const std::string& line) {
    attempt_.log(level, line);
    const auto says = [&](const char* sign) { return line.find(sign) != std::string::npos; };
    network_ = network_ || std::any_of(kNetwork.begin(), kNetwork.end(), says);
    full_ = full_ || says("No space left");
    static constexpr std::string_view kMissing = "No matching distribution found for ";
    const auto at = line.find(kMissing);
    if (at != std::string::npos && !says("://")) missing_ = line.substr(at + kMissing.size());  // an address may hold a password
  }

  const Attempt& attempt_;
  bool network_ = false, full_ = false;
  std::string missing_{};
};

std::string dag_folder(const Attempt& attempt) { return attempt.fact("folder").empty() ? "/" : attempt.fact("folder"); }

std::string requirements_file(const Requirements& asked, const fs::path& folder) {
  if (!asked.file.empty()) return asked.file;
  const auto path = folder / "requirements.txt";
  std::ofstream out(path);
  for (const auto& line : asked.lines) out << line << "\n";
  if (!out.flush()) throw cache_refuses("can't write", path);
  return path.string();
}

void fill(const fs::path& folder, const std::string& program, const Requirements& asked, Environment env, const Attempt& attempt) {
  Story story(attempt);
  const auto file = requirements_file(asked, folder);
  env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1";
  const int made = story.run({.program = program, .arguments = {"-m", "venv", folder.string()}, .environment = env});
  if (made != 0) story.fail("python -m venv", made);
  const std::vector<std::string> install{"-m", "pip", "install", "--no-input", "--progress-bar", "off", "-r", file};
  const int installed = story.run({.program = (folder / "bin/python").string(), .arguments = install, .environment = env, .folder = dag_folder(attempt)});
  if (installed != 0) story.fail("pip install", installed);
}

// Scripts of an environment name its folder, so the folder keeps its name, and a link to it is renamed when it is whole.
std::string build(const fs::path& name, const std::string& program, const Requirements& asked, const Environment& env, const Attempt& attempt) {
  attempt.info("builds an environment for " + std::to_string(asked.lines.size()) + " requirements");
  std::string folder = name.string() + ".XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw cache_refuses(std::strerror(errno), name.parent_path());
  try {
    fill(folder, program, asked, env, attempt);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    throw;
  }
  const auto link = name.string() + ".link";
  fs::create_symlink(fs::path(folder).filename(), link);
  fs::rename(link, name);
  return folder;
}

Place environment_for(const Identity& identity, const Requirements& asked, const Environment& env, const Attempt& attempt) {
  std::string key = identity.program + "\n" + identity.version + "\n";
  for (const auto& line : asked.lines) key += line + "\n";
  if (std::any_of(asked.lines.begin(), asked.lines.end(), is_relative)) key += dag_folder(attempt) + "\n" + fs::path(asked.file).parent_path().string();
  const auto name = cache_folder(env) / sha256_hex(key);
  if (auto found = usable(name)) return *std::move(found);
  fs::create_directories(name.parent_path());
  const Lock lock(name.string() + ".lock", attempt);
  if (auto found = usable(name)) return *std::move(found);
  remove_leftovers(name);
  const auto folder = build(name, identity.program, asked, env, attempt);
  return {folder + "/bin/python", folder, hold(folder)};
}

}  // namespace

Place place_for(const std::string& python, const Json& requirements, const Environment& env, const Attempt& attempt) {
  const auto program = program_of(python, env, attempt);
  const auto asked = requirements_of(requirements, attempt);
  if (asked.lines.empty()) return {program, "", Fd()};
  try {
    auto place = environment_for(identity_of(program, env, attempt), asked, env, attempt);
    remove_unused(cache_folder(env));
    return place;
  } catch (const fs::filesystem_error& refused) {
    throw cache_refuses(refused.code().message(), refused.path1());
  }
}

}  // namespace mr::python
