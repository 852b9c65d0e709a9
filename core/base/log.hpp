// The process's own log: one line per event on standard error, with a level. Not the logs of attempts.
//
// Any thread. Never pass a secret or a row value.
#pragma once
#include <string_view>

namespace millrace::log {

enum class Level { debug = 1, info, warn, error };

void set_level(Level level);
void debug(std::string_view text);
void info(std::string_view text);
void warn(std::string_view text);
void error(std::string_view text);

}  // namespace millrace::log
