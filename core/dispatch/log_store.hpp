// Logs of attempts on the server's disk: <root>/<run key>/<task>/<attempt>.jsonl, one line {"t": ms, "l": level, "m": text} each.
//
// Any thread. Appending is idempotent by line index: a worker that repeats lines after a broken stream writes none twice.
// An attempt may fill kLimit bytes; what comes later is counted, and the last line says how many lines that were ("d" holds it).
// Errors: E3010 (lines are missing in between), E3011 (file).
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.hpp"
#include "base/result.hpp"

namespace millrace {

struct LogLine {
  int64_t index{};  // from 0
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
  static constexpr int64_t kLimit = 16 << 20;
  explicit LogStore(std::string root, int64_t limit = kLimit) : root_(std::move(root)), limit_(limit) {}
  Status append(const std::string& run, const std::string& task, int attempt, const std::vector<LogLine>& lines);
  void remove(const std::string& run);  // all logs of the run; what can't be removed stays
  Result<LogPage> read(const std::string& run, const std::string& task, int attempt, int64_t from, int limit) const;
  // At most so many, of the end of it that fits into kTail bytes; their index is not told (-1).
  Result<std::vector<LogLine>> last(const std::string& run, const std::string& task, int attempt, int count) const;

 private:
  static constexpr int64_t kTail = 256 << 10;
  // What is known of a file: `kept` lines in `bytes`, then perhaps the line that counts the `dropped`.
  struct File {
    int64_t kept{}, bytes{}, dropped{};
  };
  using Files = std::unordered_map<std::string, File>;

  std::string path(const std::string& run, const std::string& task, int attempt) const;
  Status append_to(File& file, const std::string& path, const std::vector<LogLine>& lines) const;
  static Result<File> recover(const std::string& path);

  std::string root_;
  int64_t limit_;
  Guarded<Files> files_{};
};

}  // namespace millrace
