#include "dispatch/log_file.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/json.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;
constexpr int64_t kMostMissing = 10'000;

Error file_error(const std::string& path, std::string_view doing) {
  return {.code = "E3011", .what = "can't " + std::string(doing) + " the log " + quote(path) + ": " + std::strerror(errno),
          .where = path, .hint = "check free space and permissions of the log folder"};
}

struct Fd {
  int value = -1;
  explicit Fd(int fd) : value(fd) {}
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() {
    if (value >= 0) ::close(value);
  }
};

Status write_at(const std::string& path, int64_t offset, std::string_view text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0640));
  if (fd.value < 0 || ::ftruncate(fd.value, offset) != 0) return file_error(path, "open");  // what lies behind is a torn line
  while (!text.empty()) {
    const auto done = ::pwrite(fd.value, text.data(), text.size(), offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return file_error(path, "write to");
    text.remove_prefix(static_cast<size_t>(done));
    offset += done;
  }
  return {};
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

// Whole lines of a file or of its compressed form; none of a file that is not there. A compressed one that has the plain one beside it was not finished.
Status each_line(const std::string& path, const std::function<Status(std::string_view, bool& go_on)>& take) {
  const std::string packed = path + ".gz";
  const std::string there = exists(path) || !exists(packed) ? path : packed;
  const gzFile file = ::gzopen(there.c_str(), "rbe");
  if (file == nullptr) return errno == ENOENT || errno == ENOTDIR ? Status{} : Status(file_error(there, "read"));
  std::string rest;
  char buffer[32'768];
  bool go_on = true;
  Status status;
  while (status && go_on) {
    const int got = ::gzread(file, buffer, sizeof buffer);
    if (got < 0) status = Error{.code = "E3011", .what = "the log " + quote(there) + " is damaged", .where = there, .hint = {}};
    if (got <= 0) break;
    rest.append(buffer, static_cast<size_t>(got));
    size_t at = 0;
    for (size_t end; status && go_on && (end = rest.find('\n', at)) != std::string::npos; at = end + 1) status = take(std::string_view(rest).substr(at, end - at), go_on);
    rest.erase(0, at);
  }
  ::gzclose(file);
  return status;
}

Result<Json> line_json(std::string_view text, const std::string& path, int64_t number) {
  auto json = Json::parse(text);
  if (!json) return Error{.code = "E3011", .what = "the log " + quote(path) + " is damaged at line " + std::to_string(number + 1), .where = path, .hint = {}};
  return json;
}

// Plain again, because more lines came.
Status unpack(const std::string& path) {
  if (exists(path) || !exists(path + ".gz")) return {};
  int64_t bytes = 0;
  const std::string fresh = path + ".new";
  if (auto begun = write_at(fresh, 0, ""); !begun) return begun;
  auto copied = each_line(path, [&](std::string_view line, bool&) {
    auto written = write_at(fresh, bytes, std::string(line) + "\n");
    bytes += static_cast<int64_t>(line.size()) + 1;
    return written;
  });
  if (!copied) return copied;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return file_error(path, "write to");
  ::unlink((path + ".gz").c_str());
  return {};
}

Status pack(const std::string& path) {
  constexpr uintmax_t kWorthIt = 4096;
  std::error_code failed;
  const auto size = fs::file_size(path, failed);
  if (failed || size < kWorthIt) return {};
  const std::string fresh = path + ".gz.new", packed = path + ".gz";
  const gzFile file = ::gzopen(fresh.c_str(), "wbe6");
  if (file == nullptr) return file_error(fresh, "write to");
  bool whole = true;
  auto read = each_line(path, [&](std::string_view line, bool& go_on) {
    const std::string text = std::string(line) + "\n";
    go_on = whole = ::gzwrite(file, text.data(), static_cast<unsigned>(text.size())) == static_cast<int>(text.size());
    return Status{};
  });
  whole = ::gzclose(file) == Z_OK && whole && read.ok();
  if (!whole || ::rename(fresh.c_str(), packed.c_str()) != 0) {
    ::unlink(fresh.c_str());
    return file_error(packed, "write to");
  }
  ::unlink(path.c_str());
  return {};
}

}  // namespace

Status LogFile::recover() {
  *this = LogFile(stem_, limit_);
  for (const auto& path : {head(), tail(), old()}) {
    if (auto plain = unpack(path); !plain) return plain;
  }
  auto counted = each_line(head(), [&](std::string_view line, bool&) {
    ++head_.lines;
    head_.bytes += static_cast<int64_t>(line.size()) + 1;
    return Status{};
  });
  if (!counted) return counted;
  next_ = head_.lines;
  for (const auto& path : {old(), tail()}) {
    if (!exists(path)) continue;
    head_is_full_ = true;
    tail_ = {};
    auto read = each_line(path, [&](std::string_view line, bool&) -> Status {
      auto json = line_json(line, path, tail_.lines);
      if (!json) return json.error();
      next_ = (*json)["i"].as_int() + 1;
      ++tail_.lines;
      tail_.bytes += static_cast<int64_t>(line.size()) + 1;
      return {};
    });
    if (!read) return read;
  }
  if (!exists(tail())) tail_ = {};
  return {};
}

Status LogFile::append(const std::vector<LogLine>& lines) {
  for (const auto& line : lines) {
    if (line.index < next_) continue;  // repeated
    if (line.index - next_ > kMostMissing) {
      return Error{.code = "E3010", .what = "log line " + std::to_string(line.index) + " came where line " + std::to_string(next_) + " was expected",
                   .where = head(), .hint = "the log's file was removed or is damaged"};
    }
    while (next_ < line.index) {
      if (auto added = add({.index = next_, .time_ms = line.time_ms, .level = 3, .text = "(this line did not arrive)"}); !added) return added;
    }
    if (auto added = add(line); !added) return added;
  }
  return flush();
}

Status LogFile::add(const LogLine& line) {
  Json json = Json::object({{"t", line.time_ms}, {"l", line.level}, {"m", valid_utf8(line.text)}});
  const std::string plain = json.dump() + "\n";
  head_is_full_ = head_is_full_ || head_.bytes + static_cast<int64_t>(to_head_.size() + plain.size()) > limit_ / 2;
  next_ = line.index + 1;
  if (!head_is_full_) {
    to_head_ += plain;
    return {};
  }
  json.set("i", line.index);
  const std::string numbered = json.dump() + "\n";
  const auto bytes = tail_.bytes + static_cast<int64_t>(to_tail_.size());
  if (bytes > 0 && bytes + static_cast<int64_t>(numbered.size()) > limit_ / 4) {
    if (auto turned = turn_over(); !turned) return turned;
  }
  to_tail_ += numbered;
  return {};
}

Status LogFile::flush() {
  std::error_code ignored;  // the write below reports what matters
  fs::create_directories(fs::path(stem_).parent_path(), ignored);
  const auto write = [](const std::string& path, Part& part, std::string& text) -> Status {
    if (text.empty()) return {};
    auto written = write_at(path, part.bytes, text);
    if (written) part.bytes += static_cast<int64_t>(text.size());
    text.clear();
    return written;
  };
  if (auto written = write(head(), head_, to_head_); !written) return written;
  return write(tail(), tail_, to_tail_);
}

Status LogFile::turn_over() {
  if (auto written = flush(); !written) return written;
  if (::rename(tail().c_str(), old().c_str()) != 0) return file_error(tail(), "turn over");
  tail_ = {};
  return {};
}

Status LogFile::read(int64_t from, const std::function<bool(LogLine)>& take) const {
  int64_t at = 0;
  bool more = true;
  auto read = each_line(head(), [&](std::string_view text, bool& go_on) -> Status {
    if (at++ < from) return {};
    auto json = line_json(text, head(), at - 1);
    if (!json) return json.error();
    go_on = more = take({.index = at - 1, .time_ms = (*json)["t"].as_int(), .level = static_cast<int>((*json)["l"].as_int()), .text = (*json)["m"].as_text()});
    return {};
  });
  for (const auto& path : {old(), tail()}) {
    if (!read || !more) break;
    read = each_line(path, [&](std::string_view text, bool& go_on) -> Status {
      auto json = line_json(text, path, at);
      if (!json) return json.error();
      const int64_t index = (*json)["i"].as_int(), time = (*json)["t"].as_int(), gap = std::max(at, from);
      if (index > gap) {
        go_on = more = take({.index = index - 1, .time_ms = time, .level = 3, .text = "(" + std::to_string(index - at) + " lines were cut here: the log of this attempt is large)"});
      }
      at = index + 1;
      if (more && index >= from) go_on = more = take({.index = index, .time_ms = time, .level = static_cast<int>((*json)["l"].as_int()), .text = (*json)["m"].as_text()});
      return {};
    });
  }
  return read;
}

Status LogFile::compress(const std::string& stem) {
  const LogFile file(stem, 0);
  for (const auto& path : {file.head(), file.old(), file.tail()}) {
    if (auto packed = pack(path); !packed) return packed;
  }
  return {};
}

}  // namespace millrace
