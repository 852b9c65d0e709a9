// What a command's end means for its task: the same for all operators that run commands.
#pragma once
#include <string>
#include <vector>

#include "sdk/millrace_plugin.hpp"

namespace mr::command {

struct End {
  int exit_code = 0;
  std::string last_line{};                      // of standard output
  std::vector<std::string> retry_exit_codes{};  // when given, only these are worth another try; otherwise all but 126 and 127
  bool json = false;                            // the last line becomes output.json
  std::string code{};                           // of the failure
  std::string where{};
};

// Sets the outputs exit_code and json. Throws mr::Failure of class transient/exit_N or config/exit_N.
void finish(const Attempt& attempt, const End& end);

// Text as one word of a shell.
std::string quoted(const std::string& text);

// Throws mr::Failure of that code when a name of `env` is none.
void check_names(const std::map<std::string, std::string>& env, const std::string& code);

}  // namespace mr::command
