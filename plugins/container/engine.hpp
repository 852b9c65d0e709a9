// The program docker or podman, and one container of it.
//
// Used by one thread. A container outlives its client, so each has a name that says whose it is: the next attempt of a task removes
// what one that died has left.
#pragma once
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "common/process.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::container {

struct Mount {
  std::string from{}, to{};
  bool writable = false;
};

struct Plan {
  std::string image{}, entrypoint{}, user{}, folder{}, network = "bridge", memory{}, pull = "missing";
  double cpu = 0;  // 0: no limit
  std::vector<std::string> command{};
  std::vector<Mount> mounts{};
  std::map<std::string, std::string> env{};
  std::chrono::duration<double> timeout{};
};

struct End {
  int exit_code = 0;
  bool timed_out = false;
  std::string last_line{};                // of standard output
  std::vector<std::string> complaints{};  // the last lines of standard error
};

class Engine {
 public:
  // Finds one that answers; `wanted` is docker, podman or auto. Throws mr::Failure E4100.
  static Engine find(const std::string& wanted, const Attempt& attempt);

  const std::string& name() const { return name_; }

  // Throws mr::Cancelled once the container is gone.
  End run(const Plan& plan, const Attempt& attempt) const;

 private:
  process::Plan call(std::vector<std::string> words) const;
  int quietly(std::vector<std::string> words) const;  // the exit code of a short call

  std::string name_{}, program_{};
  process::Environment environment_{};
};

// The words behind the program's name.
std::vector<std::string> run_words(const Plan& plan, const std::string& name);

// The container's name: the same for all attempts of a task in a run, and of nobody else.
std::string name_for(const Attempt& attempt);

}  // namespace mr::container
