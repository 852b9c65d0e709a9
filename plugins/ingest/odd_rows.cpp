#include "ingest/odd_rows.hpp"

#include <unistd.h>

#include <algorithm>

#include "data/files.hpp"

namespace mr::ingest {
namespace {

constexpr size_t kFixed = 5, kMostRaw = size_t{1} << 20;  // nobody looks at more of a line

mr::Failure no_room() { return {"resource", "E5002", "can't write into the work folder", "", "make room; nothing of this attempt was kept", false}; }

}  // namespace

OddRows::OddRows(const std::string& folder, size_t columns) : path_(folder + "/" + mr::data::uuid() + ".odd"), out_(nullptr, &std::fclose), columns_(columns) {}

OddRows::~OddRows() { ::unlink(path_.c_str()); }

void OddRows::write(std::string_view text) {
  const auto size = static_cast<uint32_t>(text.size());
  std::fwrite(&size, sizeof size, 1, out_.get());
  std::fwrite(text.data(), 1, text.size(), out_.get());
}

void OddRows::begin(std::string_view file, int64_t line, std::string_view raw, std::string_view reason, std::string_view column) {
  if (!out_) out_.reset(std::fopen(path_.c_str(), "wb"));
  if (!out_) throw no_room();
  ++count_;
  write(file);
  write(std::to_string(line));
  // A NUL would end the text for many a reader: it is shown by its picture. Cut between characters.
  if (raw.size() > kMostRaw) {
    size_t end = kMostRaw;
    while (end > 0 && (static_cast<unsigned char>(raw[end]) & 0xC0) == 0x80) --end;
    raw = raw.substr(0, end);
  }
  std::string shown;
  if (raw.find('\0') != std::string_view::npos) {
    for (const char c : raw) shown += c == '\0' ? std::string("\xE2\x90\x80") : std::string(1, c);
    raw = shown;
  }
  write(raw);
  write(reason);
  write(column);
}

void OddRows::end() {
  if (std::ferror(out_.get()) != 0) throw no_room();
}

void OddRows::add(std::string_view file, int64_t line, std::string_view raw, const std::vector<std::string_view>& cells) {
  const std::lock_guard hold(mutex_);
  begin(file, line, raw, {}, {});
  for (const auto& cell : cells) write(cell);
  end();
}

void OddRows::add_broken(std::string_view file, int64_t line, std::string_view raw, std::string_view reason, std::string_view column) {
  const std::lock_guard hold(mutex_);
  begin(file, line, raw, reason, column);
  for (size_t i = 0; i < columns_; ++i) write({});
  end();
}

std::vector<mr::data::ColumnInfo> OddRows::relation_columns() const {
  std::vector<mr::data::ColumnInfo> columns{{"_file", "VARCHAR"}, {"_line", "BIGINT"}, {"_raw", "VARCHAR"}, {"_why", "VARCHAR"}, {"_which", "VARCHAR"}};
  for (size_t i = 0; i < columns_; ++i) columns.push_back({"c" + std::to_string(i), "VARCHAR"});
  return columns;
}

// For one thread: each worker begins at the first row.
struct OddRows::Reader : mr::data::RowWorker {
  explicit Reader(OddRows& rows) : columns(rows.columns_), left(rows.count_), in(rows.count_ == 0 ? nullptr : std::fopen(rows.path_.c_str(), "rb"), &std::fclose) {
    if (left > 0 && !in) throw no_room();
  }
  std::string_view read() {
    uint32_t size = 0;
    if (std::fread(&size, sizeof size, 1, in.get()) != 1) throw no_room();
    text.resize(size);
    if (size > 0 && std::fread(text.data(), 1, size, in.get()) != size) throw no_room();
    return text;
  }
  size_t fill(mr::data::Batch& batch) override {
    size_t row = 0;
    for (; row < mr::data::Batch::kRows && left > 0; ++row, --left) {
      for (size_t column = 0; column < kFixed + columns; ++column) {
        const auto value = read();
        if (column == 1) batch.values<int64_t>(column)[row] = std::stoll(std::string(value));
        else if (value.empty()) batch.set_null(column, row);
        else batch.set_text(column, row, value);
      }
    }
    return row;
  }
  size_t columns;
  int64_t left;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> in;
  std::string text{};
};

std::unique_ptr<mr::data::RowWorker> OddRows::worker() {
  const std::lock_guard hold(mutex_);
  if (out_ && std::fflush(out_.get()) != 0) throw no_room();
  return std::make_unique<Reader>(*this);
}

}  // namespace mr::ingest
