// One command on another machine, by the program ssh.
//
// The command is sent over the connection, so that it stands in no list of processes; and it ends when the connection does, for
// whatever reason: a few lines of shell on the other side wait for the end of their standard input, and end its process group then.
// Used by one thread.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "common/process.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::ssh {

struct Plan {
  std::string program{};                   // ssh
  std::vector<std::string> arguments{};    // up to the host
  process::Environment environment{};
  std::string folder{};                    // where ssh runs
  std::string script{};                    // for a POSIX shell
  std::chrono::duration<double> timeout{};
};

struct End {
  bool started = false;    // the command
  bool timed_out = false;
  bool killed = false;     // ssh, by somebody else
  int exit_code = 0;       // of ssh, which is the command's once it has started
  std::string last_line{};                 // of standard output
  std::vector<std::string> complaints{};   // the last lines of standard error
};

// Throws mr::Cancelled, once the command has ended.
End run(const Plan& plan, const Attempt& attempt);

}  // namespace mr::ssh
