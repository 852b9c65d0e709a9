// Logs of attempts on the server's disk: <root>/<run key>/<task>/<attempt>.jsonl, one line {"t": ms, "l": level, "m": text} each.
//
// Any thread. Appending is idempotent by line index: a worker that repeats lines after a broken stream writes none twice.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace {

struct LogLine {
  int64_t index{};
  int64_t time_ms{};
  int level{};  // 1 debug, 2 info, 3 warn, 4 error
  std::string text{};
};

struct LogPage {
  std::vector<LogLine> lines{};
  int64_t next{};  // index of the line after the last one given
};

class LogStore {
 public:
  explicit LogStore(std::string root) : root_(std::move(root)) {}
  Status append(const std::string& run, const std::string& task, int attempt, const std::vector<LogLine>& lines);
  Result<LogPage> read(const std::string& run, const std::string& task, int attempt, int64_t from, int limit) const;

 private:
  std::string path(const std::string& run, const std::string& task, int attempt) const;
  std::string root_;
};

}  // namespace millrace
