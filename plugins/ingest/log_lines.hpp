// Lines of web servers' logs: the common and the combined format (Apache HTTP Server, mod_log_config; Nginx, "combined"), and W3C extended
// log files (W3C working draft WD-logfile-960323). Cells point into the line, or into `time`.
#pragma once
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace mr::ingest {

using LogTime = std::array<char, 19>;  // "2026-11-21 09:00:00", in UTC

// The reason why it is no such line; nullptr: it is one.
const char* cut_log_line(std::string_view line, bool combined, std::vector<std::string_view>& cells, LogTime& time);

void cut_w3c_line(std::string_view line, std::vector<std::string_view>& cells);

}  // namespace mr::ingest
