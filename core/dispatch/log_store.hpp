// Logs of attempts on the server's disk, below <root>/<run key>/<task>/ (log_file.hpp).
//
// Any thread. Appending is idempotent by line index: a worker that repeats lines after a broken stream writes none twice.
// An attempt may fill kLimit bytes: then its first lines are kept, and the newest, and a line that counts what was cut between them.
// Errors: E3010 (lines are missing in between), E3011 (file).
#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.hpp"
#include "base/result.hpp"
#include "dispatch/log_file.hpp"

namespace millrace {

struct LogPage {
  std::vector<LogLine> lines{};
  int64_t next{};  // index of the line after the last one given
};

class LogStore {
 public:
  static constexpr int64_t kLimit = 16 << 20;
  explicit LogStore(std::string root, int64_t limit = kLimit) : root_(std::move(root)), limit_(limit) {}
  Status append(const std::string& run, const std::string& task, int attempt, const std::vector<LogLine>& lines);
  void remove(const std::string& run);    // all logs of the run; what can't be removed stays
  void compress(const std::string& run);  // of a run that is over; more lines may come all the same. What can't be compressed stays as it is
  Result<LogPage> read(const std::string& run, const std::string& task, int attempt, int64_t from, int limit) const;
  Result<std::vector<LogLine>> last(const std::string& run, const std::string& task, int attempt, int count) const;

 private:
  using Files = std::unordered_map<std::string, LogFile>;

  std::string stem(const std::string& run, const std::string& task, int attempt) const;

  std::string root_;
  int64_t limit_;
  Guarded<Files> files_{};
};

}  // namespace millrace
