#include "container/engine.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <sstream>

#include "common/digest.hpp"

namespace mr::container {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kShortCall = std::chrono::seconds(20);
constexpr auto kStopping = std::chrono::seconds(10);  // the engine takes five between TERM and KILL
constexpr size_t kMostComplaints = 20;

// What the client reads for itself: values for the container go by its command line then, and all others by its environment, where
// nobody else can read them.
bool is_of_the_client(const std::string& name) {
  for (const char* one : {"PATH", "HOME", "USER", "LANG", "TMPDIR", "XDG_RUNTIME_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}) {
    if (name == one) return true;
  }
  return name.starts_with("DOCKER_") || name.starts_with("CONTAINER") || name.starts_with("PODMAN_") || name.starts_with("LD_") || name.starts_with("LC_") || name.starts_with("GO");
}

std::string number(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

void wait_for(const process::Process& running) {
  const auto [out, err] = running.streams();
  std::array<pollfd, 3> watched{{{out, POLLIN, 0}, {err, POLLIN, 0}, {running.ending(), POLLIN, 0}}};
  ::poll(watched.data(), watched.size(), 100);
}

}  // namespace

std::string name_for(const Attempt& attempt) {
  digest::Digest mark("sha256");
  // Without a run, as in a test, nobody else's container may have the name.
  mark.add(attempt.fact("run").empty() ? std::to_string(::getpid()) : attempt.fact("run") + "\n" + attempt.fact("task"));
  return "millrace-" + mark.hex().substr(0, 24);
}

std::vector<std::string> run_words(const Plan& plan, const std::string& name) {
  std::vector<std::string> words{"run", "--rm", "--init", "--name", name, "--pull", plan.pull, "--network", plan.network, "--security-opt", "no-new-privileges", "--pids-limit", "4096"};
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {option, value});
  };
  add("--cpus", plan.cpu > 0 ? number(plan.cpu) : "");
  add("--memory", plan.memory);
  add("--user", plan.user);
  add("--workdir", plan.folder);
  for (const auto& mount : plan.mounts) add("--mount", "type=bind,source=" + mount.from + ",target=" + mount.to + (mount.writable ? "" : ",readonly"));
  for (const auto& [key, value] : plan.env) add("--env", is_of_the_client(key) ? key + "=" + value : key);
  add("--entrypoint", plan.entrypoint);
  words.push_back(plan.image);
  words.insert(words.end(), plan.command.begin(), plan.command.end());
  return words;
}

Engine Engine::find(const std::string& wanted, const Attempt& attempt) {
  Engine engine;
  engine.environment_ = process::variables(attempt, {});
  for (const char* name : {"DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_CONTEXT", "CONTAINER_HOST", "XDG_RUNTIME_DIR"}) {
    if (const char* value = std::getenv(name)) engine.environment_.try_emplace(name, value);
  }
  std::string silent;
  for (const char* name : {"docker", "podman"}) {
    if (wanted != "auto" && wanted != name) continue;
    engine.program_ = process::find_program(name, engine.environment_["PATH"]);
    if (engine.program_.empty()) continue;
    engine.name_ = name;
    if (engine.quietly({"version", "--format", "{{.Server.Version}}"}) == 0) return engine;
    silent = name;
  }
  if (silent.empty()) throw Failure("config", "E4100", "there is no container engine: the worker has no " + (wanted == "auto" ? "docker and no podman" : wanted), "config.engine", "install one, or run the task on a worker that has one");
  throw Failure("resource", "E4100", silent + " is there, and its engine doesn't answer", "config.engine", "is the engine running, and may the worker use its socket?", false);
}

process::Plan Engine::call(std::vector<std::string> words) const { return {.program = program_, .arguments = std::move(words), .environment = environment_}; }

int Engine::quietly(std::vector<std::string> words) const {
  process::Process running(call(std::move(words)));
  const auto quiet = [](const std::string&) {};
  for (const auto end = Clock::now() + kShortCall; !running.has_ended() && Clock::now() < end;) {
    wait_for(running);
    running.take_lines(quiet, quiet);
  }
  running.end();
  return WIFEXITED(running.status()) ? WEXITSTATUS(running.status()) : -1;
}

End Engine::run(const Plan& plan, const Attempt& attempt) const {
  const auto name = name_for(attempt);
  End end;
  const auto hear = [&](const std::string& line) {
    attempt.info(line);
    end.last_line = line;
  };
  const auto complain = [&](const std::string& line) {
    attempt.warn(line);
    if (end.complaints.size() == kMostComplaints) end.complaints.erase(end.complaints.begin());
    end.complaints.push_back(line);
  };
  quietly({"rm", "--force", name});
  auto start = call(run_words(plan, name));
  for (const auto& [key, value] : plan.env) {
    if (!is_of_the_client(key)) start.environment[key] = value;
  }
  const auto give_up = Clock::now() + std::chrono::duration_cast<Clock::duration>(plan.timeout);
  process::Process running(start);
  bool stopping = false;
  for (std::optional<Clock::time_point> leave; !running.has_ended() && (!leave || Clock::now() < *leave);) {
    wait_for(running);
    running.take_lines(hear, complain);
    end.timed_out = end.timed_out || (!stopping && Clock::now() >= give_up);
    if (stopping || !(attempt.cancelled() || end.timed_out)) continue;
    stopping = true;
    quietly({"stop", "-t", "5", name});
    leave = Clock::now() + kStopping;
  }
  running.end();
  running.take_lines(hear, complain);
  running.rest_of_lines(hear, complain);
  // A client that was ended says nothing of its container; a container that ended has removed itself.
  if (stopping || !WIFEXITED(running.status())) quietly({"rm", "--force", name});
  if (stopping && !end.timed_out) throw Cancelled{};
  end.exit_code = WIFEXITED(running.status()) ? WEXITSTATUS(running.status()) : 128 + WTERMSIG(running.status());
  return end;
}

}  // namespace mr::container
