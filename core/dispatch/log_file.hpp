// The files of one attempt's log: its beginning, and of what does not fit the newest lines in two parts that take turns.
//
//   <attempt>.jsonl        lines {"t": ms, "l": level, "m": text} from index 0 on, up to half of the limit
//   <attempt>.tail.jsonl   lines that bear their index ("i"), up to a quarter of it; when it is full it becomes
//   <attempt>.old.jsonl    in the place of the one before: what that held is cut
//
// Each may be compressed (.gz behind its name); reading takes either. One thread per object. Errors: E3010, E3011.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace {

struct LogLine {
  int64_t index{};  // from 0
  int64_t time_ms{};
  int level{};  // 1 debug, 2 info, 3 warn, 4 error
  std::string text{};
};

class LogFile {
 public:
  LogFile(std::string stem, int64_t limit) : stem_(std::move(stem)), limit_(limit) {}  // the path without its ending
  Status recover();                                 // what is there; a torn line at the end is none
  Status append(const std::vector<LogLine>& lines); // repeated ones are passed over
  // In order, from this index on, until `take` says false. What was cut is one line that counts it, in the place of the last of them.
  Status read(int64_t from, const std::function<bool(LogLine)>& take) const;
  static Status compress(const std::string& stem);

 private:
  struct Part {
    int64_t lines = 0, bytes = 0;
  };
  std::string head() const { return stem_ + ".jsonl"; }
  std::string tail() const { return stem_ + ".tail.jsonl"; }
  std::string old() const { return stem_ + ".old.jsonl"; }
  Status add(const LogLine& line);
  Status flush();
  Status turn_over();

  std::string stem_;
  int64_t limit_;
  int64_t next_ = 0;         // index of the line that is expected
  Part head_{}, tail_{};
  bool head_is_full_ = false;
  std::string to_head_{}, to_tail_{};  // not written yet
};

}  // namespace millrace
