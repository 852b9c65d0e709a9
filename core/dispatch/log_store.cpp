#include "dispatch/log_store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>

#include "base/json.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

constexpr size_t kRemembered = 4096;  // files; above it they are looked at again
constexpr int64_t kMostMissing = 10'000;

Error file_error(const std::string& path, std::string_view doing) {
  return {.code = "E3011", .what = "can't " + std::string(doing) + " the log " + quote(path) + ": " + std::strerror(errno),
          .where = path, .hint = "check free space and permissions of the log folder"};
}

// Run keys and task names become folder names: everything unusual is written as %XX, and so is a leading dot.
std::string safe(std::string_view name) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const bool plain = letter || c == '-' || c == '_' || c == '@' || c == '+' || (c == '.' && !out.empty());
    if (plain) out += c;
    else (out += '%') += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out.empty() ? "%" : out;
}

std::string printable(const std::string& text) {
  if (is_valid_utf8(text)) return text;
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) out += c;
    else out += "\xEF\xBF\xBD";
  }
  return out;
}

std::string as_text(const LogLine& line) {
  return Json::object({{"t", line.time_ms}, {"l", line.level}, {"m", printable(line.text)}}).dump() + "\n";
}

std::string dropped_line(int64_t count, int64_t time_ms) {
  return Json::object({{"t", time_ms}, {"l", 3}, {"m", std::to_string(count) + " more lines were not kept: the log of this attempt is full"},
                       {"d", count}}).dump() + "\n";
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
  // What lies behind is a torn line or the old count of dropped lines.
  if (fd.value < 0 || ::ftruncate(fd.value, offset) != 0) return file_error(path, "open");
  while (!text.empty()) {
    const auto done = ::pwrite(fd.value, text.data(), text.size(), offset);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return file_error(path, "write to");
    text.remove_prefix(static_cast<size_t>(done));
    offset += done;
  }
  return {};
}

LogLine line_from(const Json& json, int64_t index) {
  return {.index = index, .time_ms = json["t"].as_int(), .level = static_cast<int>(json["l"].as_int()), .text = json["m"].as_text()};
}

}  // namespace

std::string LogStore::path(const std::string& run, const std::string& task, int attempt) const {
  return root_ + "/" + safe(run) + "/" + safe(task) + "/" + std::to_string(attempt) + ".jsonl";
}

Result<LogStore::File> LogStore::recover(const std::string& path) {
  File file;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    if (errno == ENOENT || errno == ENOTDIR) return file;
    return file_error(path, "read");
  }
  std::string line;
  while (std::getline(in, line) && !in.eof()) {  // a line that ends with the file, not with a newline, is torn
    if (line.find("\"d\":") != std::string::npos) {
      const auto json = Json::parse(line);
      if (json && (*json)["d"].is_int()) {
        file.dropped = (*json)["d"].as_int();
        break;
      }
    }
    ++file.kept;
    file.bytes += static_cast<int64_t>(line.size()) + 1;
  }
  return file;
}

Status LogStore::append_to(File& file, const std::string& path, const std::vector<LogLine>& lines) const {
  File next = file;
  std::string text;
  for (const auto& line : lines) {
    const int64_t expected = next.kept + next.dropped;
    if (line.index < expected) continue;  // repeated
    if (line.index - expected > kMostMissing) {
      return Error{.code = "E3010", .what = "log line " + std::to_string(line.index) + " came where line " + std::to_string(expected) + " was expected",
                   .where = path, .hint = "the log's file was removed or is damaged"};
    }
    for (int64_t at = expected; at <= line.index; ++at) {
      const auto one = as_text(at == line.index ? line : LogLine{.index = at, .time_ms = line.time_ms, .level = 3, .text = "(this line did not arrive)"});
      if (next.dropped > 0 || next.bytes + static_cast<int64_t>(one.size()) > limit_) {
        ++next.dropped;
      } else {
        text += one;
        ++next.kept;
        next.bytes += static_cast<int64_t>(one.size());
      }
    }
  }
  if (next.kept == file.kept && next.dropped == file.dropped) return {};
  if (next.dropped > 0) text += dropped_line(next.dropped, lines.back().time_ms);
  std::error_code ignored;  // the write below reports what matters
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  if (auto written = write_at(path, file.bytes, text); !written) return written;
  file = next;
  return {};
}

Status LogStore::append(const std::string& run, const std::string& task, int attempt, const std::vector<LogLine>& lines) {
  const auto where = path(run, task, attempt);
  return files_.with([&](Files& files) -> Status {
    auto at = files.find(where);
    if (at == files.end()) {
      auto found = recover(where);
      if (!found) return found.error();
      if (files.size() >= kRemembered) files.clear();
      at = files.emplace(where, *found).first;
    }
    auto done = append_to(at->second, where, lines);
    if (!done) files.erase(where);  // look again before the next line
    return done;
  });
}

void LogStore::remove(const std::string& run) {
  const std::string folder = root_ + "/" + safe(run);
  files_.with([&](Files& files) {
    std::erase_if(files, [&](const auto& file) { return file.first.starts_with(folder + "/"); });
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
}

Result<LogPage> LogStore::read(const std::string& run, const std::string& task, int attempt, int64_t from, int limit) const {
  const auto where = path(run, task, attempt);
  LogPage page{.lines = {}, .next = std::max<int64_t>(from, 0)};
  std::ifstream in(where, std::ios::binary);
  if (!in) {
    if (errno == ENOENT || errno == ENOTDIR) return page;  // nothing logged yet
    return file_error(where, "read");
  }
  std::string line;
  for (int64_t at = 0; static_cast<int>(page.lines.size()) < limit && std::getline(in, line) && !in.eof(); ++at) {
    if (at < from) continue;
    const auto json = Json::parse(line);
    if (!json) return Error{.code = "E3011", .what = "the log " + quote(where) + " is damaged at line " + std::to_string(at + 1), .where = where, .hint = {}};
    page.lines.push_back(line_from(*json, at));
    page.next = at + 1;
  }
  return page;
}

Result<std::vector<LogLine>> LogStore::last(const std::string& run, const std::string& task, int attempt, int count) const {
  const auto where = path(run, task, attempt);
  std::deque<LogLine> lines;
  std::ifstream in(where, std::ios::binary | std::ios::ate);
  if (!in && (errno == ENOENT || errno == ENOTDIR)) return std::vector<LogLine>{};
  if (!in) return file_error(where, "read");
  const int64_t size = in.tellg();
  in.seekg(std::max<int64_t>(0, size - kTail));
  std::string line;
  if (size > kTail) std::getline(in, line);  // the rest of a line
  while (std::getline(in, line) && !in.eof()) {
    const auto json = Json::parse(line);
    if (!json) return Error{.code = "E3011", .what = "the log " + quote(where) + " is damaged near its end", .where = where, .hint = {}};
    lines.push_back(line_from(*json, -1));
    if (static_cast<int>(lines.size()) > count) lines.pop_front();
  }
  return std::vector<LogLine>(lines.begin(), lines.end());
}

}  // namespace millrace
