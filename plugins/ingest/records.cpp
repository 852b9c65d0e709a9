#include "ingest/records.hpp"

#include <cstring>

#include "ingest/csv_cutter.hpp"
#include "ingest/log_lines.hpp"

namespace mr::ingest {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// A line a record.
class LineCutter : public Cutter {
 public:
  LineCutter(std::string_view text, int64_t line, bool whole) : text_(text), line_(line), whole_(whole) {}
  size_t at() const override { return at_; }

  Cut next(Record& record) override {
    for (;;) {
      if (at_ == text_.size()) return Cut::none;
      const auto* feed = static_cast<const char*>(std::memchr(text_.data() + at_, '\n', text_.size() - at_));
      if (feed == nullptr && !whole_) return Cut::more;
      const size_t end = feed == nullptr ? text_.size() : static_cast<size_t>(feed - text_.data());
      record.raw = text_.substr(at_, end - at_);
      if (record.raw.ends_with('\r')) record.raw.remove_suffix(1);
      record.line = line_++;
      record.cells.clear();
      record.broken = nullptr;
      at_ = feed == nullptr ? end : end + 1;
      if (!trimmed(record.raw).empty() && take(record)) return Cut::record;
    }
  }

 protected:
  virtual bool take(Record& record) = 0;  // false: the line is no record

 private:
  std::string_view text_;
  int64_t line_;
  bool whole_;
  size_t at_ = 0;
};

class WholeLineCutter : public LineCutter {
 public:
  using LineCutter::LineCutter;

 private:
  bool take(Record& record) override {
    record.cells.push_back(record.raw);
    return true;
  }
};

class FixedCutter : public LineCutter {
 public:
  FixedCutter(const Layout& layout, std::string_view text, int64_t line, bool whole) : LineCutter(text, line, whole), widths_(layout.widths) {}

 private:
  // The last column may be cut short: programs leave spaces at the end out.
  bool take(Record& record) override {
    std::string_view rest = record.raw;
    for (const auto width : widths_) {
      if (rest.empty() && &width != &widths_.front()) record.broken = "MISSING COLUMNS";
      size_t bytes = 0;
      for (int64_t n = 0; n < width && bytes < rest.size(); ++n) {
        do ++bytes;
        while (bytes < rest.size() && (static_cast<unsigned char>(rest[bytes]) & 0xC0) == 0x80);
      }
      record.cells.push_back(trimmed(rest.substr(0, bytes)));
      rest.remove_prefix(bytes);
    }
    if (!trimmed(rest).empty()) record.broken = "TOO MANY COLUMNS";
    return true;
  }

  std::vector<int64_t> widths_;
};

class LogCutter : public LineCutter {
 public:
  LogCutter(bool combined, std::string_view text, int64_t line, bool whole) : LineCutter(text, line, whole), combined_(combined) {}

 private:
  bool take(Record& record) override {
    record.broken = cut_log_line(record.raw, combined_, record.cells, time_);
    return true;
  }
  bool combined_;
  LogTime time_{};
};

// Cells stand for the fields that the newest #Fields line names; those of the file's first one are its columns.
class W3cCutter : public LineCutter {
 public:
  W3cCutter(std::string_view text, int64_t line, bool whole, std::string_view fields)
      : LineCutter(text, line, whole), first_(fields_of(fields.substr(0, fields.find('\n')))), now_(fields_of(fields.substr(fields.find('\n') + 1))) {}

 private:
  bool take(Record& record) override {
    if (record.raw.starts_with('#')) {
      if (auto fields = fields_of(record.raw); !fields.empty()) now_ = std::move(fields);
      return false;
    }
    cut_w3c_line(record.raw, record.cells);
    if (now_ != first_) record.broken = "OTHER FIELDS THAN THE FILE BEGAN WITH";
    return true;
  }
  std::vector<std::string> first_, now_;
};

}  // namespace

std::unique_ptr<Cutter> cut(const Layout& layout, std::string_view text, int64_t line, bool whole, std::string_view fields) {
  if (layout.format == "lines") return std::make_unique<WholeLineCutter>(text, line, whole);
  if (layout.format == "fixed_width") return std::make_unique<FixedCutter>(layout, text, line, whole);
  if (layout.format == "combined_log" || layout.format == "common_log") return std::make_unique<LogCutter>(layout.format == "combined_log", text, line, whole);
  if (layout.format == "w3c_log") return std::make_unique<W3cCutter>(text, line, whole, fields);
  return cut_csv(layout, text, line, whole);
}

int64_t count_lines(std::string_view text) {
  int64_t count = 0;
  while (!text.empty()) {
    const auto* feed = static_cast<const char*>(std::memchr(text.data(), '\n', text.size()));
    const size_t end = feed == nullptr ? text.size() : static_cast<size_t>(feed - text.data());
    count += end > 1 || (end == 1 && text[0] != '\r') ? 1 : 0;
    text.remove_prefix(feed == nullptr ? end : end + 1);
  }
  return count;
}

}  // namespace mr::ingest
