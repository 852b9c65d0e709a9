#include "common/command.hpp"

#include <algorithm>

namespace mr::command {

void finish(const Attempt& attempt, const End& end) {
  attempt.output("exit_code", end.exit_code);
  if (end.exit_code != 0) {
    const bool not_run = end.exit_code == 126 || end.exit_code == 127;
    const auto& listed = end.retry_exit_codes;
    const auto name = std::to_string(end.exit_code);
    const bool again = listed.empty() ? !not_run : std::find(listed.begin(), listed.end(), name) != listed.end();
    throw Failure((not_run ? "config/exit_" : "transient/exit_") + name, end.code, "the command ended with exit code " + name, end.where, "look at the log's last lines", !again);
  }
  if (!end.json) return;
  const auto json = Json::parse(end.last_line, nullptr, false);
  if (json.is_discarded()) throw Failure("data", "E4024", "the last line of the output is not JSON", "config.output", "print one line of JSON last");
  attempt.output("json", json);
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

void check_names(const std::map<std::string, std::string>& env, const std::string& code) {
  for (const auto& [name, value] : env) {
    const bool good = !name.empty() && (name[0] < '0' || name[0] > '9') && name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos &&
                      value.find('\0') == std::string::npos;
    if (!good) throw Failure("config", code, "'" + name + "' is no environment variable", "config.env", "letters, digits and _, and no digit first");
  }
}

}  // namespace mr::command
