// CSV (RFC 4180) read slowly, one character after the other: a second implementation, to compare with. Spaces behind
// a closing quote are none of the value; a record that can't be taken apart costs its first line.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mr::ingest::testing {

struct Seen {
  std::vector<std::string> cells{};
  std::string raw{};
  int64_t line{};
  bool broken{};
  bool operator==(const Seen&) const = default;
};

inline void PrintTo(const Seen& seen, std::ostream* out) {
  *out << seen.line << (seen.broken ? " broken " : " ") << ::testing::PrintToString(seen.raw) << " " << ::testing::PrintToString(seen.cells);
}

class Slow {
 public:
  explicit Slow(std::string text, char delimiter = ',') : text_(std::move(text)), delimiter_(delimiter) {}

  std::vector<Seen> all() {
    std::vector<Seen> records;
    while (at_ < text_.size()) {
      if (text_[at_] == '\n' || text_.compare(at_, 2, "\r\n") == 0 || (text_[at_] == '\r' && at_ + 1 == text_.size())) {
        line_ += text_[at_++] == '\n' ? 1 : 0;
        continue;
      }
      records.push_back(record());
    }
    return records;
  }

 private:
  Seen record() {
    Seen seen{.line = line_};
    size_t i = at_;
    bool fine = true, more = true;
    while (fine && more) fine = cell(i, seen, more);
    if (!fine) {
      i = text_.find('\n', at_);
      i = i == std::string::npos ? text_.size() : i + 1;
      seen.cells.clear();
      seen.broken = true;
    }
    seen.raw = text_.substr(at_, i - at_);
    line_ += std::count(seen.raw.begin(), seen.raw.end(), '\n');
    for (const char c : {'\n', '\r'}) {
      if (seen.raw.ends_with(c)) seen.raw.pop_back();
    }
    at_ = i;
    return seen;
  }

  bool cell(size_t& i, Seen& seen, bool& more) {
    std::string value;
    if (i < text_.size() && text_[i] == '"') {
      for (++i;; ++i) {
        if (i >= text_.size()) return false;
        if (text_[i] == '"' && text_.compare(i, 2, "\"\"") != 0) break;
        if (text_[i] == '"') ++i;
        value += text_[i];
      }
      ++i;
      while (i < text_.size() && text_[i] == ' ') ++i;
      if (i < text_.size() && text_[i] != delimiter_ && text_[i] != '\n' && text_[i] != '\r') return false;
    } else {
      while (i < text_.size() && text_[i] != delimiter_ && text_[i] != '\n' && text_[i] != '\r') value += text_[i++];
    }
    seen.cells.push_back(value);
    if (i < text_.size() && text_[i] == delimiter_) return ++i, true;
    more = false;
    if (i + 1 < text_.size() && text_[i] == '\r' && text_[i + 1] != '\n') return false;
    if (i < text_.size() && text_[i] == '\r') ++i;
    if (i < text_.size() && text_[i] == '\n') ++i;
    return true;
  }

  std::string text_;
  char delimiter_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

}  // namespace mr::ingest::testing
