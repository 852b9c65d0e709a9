#include "dispatch/log_store.hpp"

#include <deque>
#include <filesystem>
#include <set>

namespace millrace {
namespace {

constexpr size_t kRemembered = 4096;  // files; above it they are looked at again

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

}  // namespace

std::string LogStore::stem(const std::string& run, const std::string& task, int attempt) const {
  return root_ + "/" + safe(run) + "/" + safe(task) + "/" + std::to_string(attempt);
}

Status LogStore::append(const std::string& run, const std::string& task, int attempt, const std::vector<LogLine>& lines) {
  const auto where = stem(run, task, attempt);
  return files_.with([&](Files& files) -> Status {
    auto at = files.find(where);
    if (at == files.end()) {
      LogFile file(where, limit_);
      if (auto found = file.recover(); !found) return found;
      if (files.size() >= kRemembered) files.clear();
      at = files.emplace(where, std::move(file)).first;
    }
    auto done = at->second.append(lines);
    if (!done) files.erase(at);  // look again before the next line
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

void LogStore::compress(const std::string& run) {
  const std::string folder = root_ + "/" + safe(run);
  std::set<std::string> stems;
  std::error_code ended;
  for (std::filesystem::recursive_directory_iterator at(folder, ended), end; !ended && at != end; at.increment(ended)) {
    if (const auto& path = at->path(); path.extension() == ".jsonl") stems.insert((path.parent_path() / path.filename().string().substr(0, path.filename().string().find('.'))).string());
  }
  for (const auto& one : stems) {
    files_.with([&](Files& files) {  // one at a time: those who log wait for one file at most
      files.erase(one);
      (void)LogFile::compress(one).ok();
    });
  }
}

Result<LogPage> LogStore::read(const std::string& run, const std::string& task, int attempt, int64_t from, int limit) const {
  LogPage page{.lines = {}, .next = std::max<int64_t>(from, 0)};
  const auto read = LogFile(stem(run, task, attempt), limit_).read(page.next, [&](LogLine line) {
    if (static_cast<int>(page.lines.size()) >= limit) return false;
    page.next = line.index + 1;
    page.lines.push_back(std::move(line));
    return true;
  });
  if (!read) return read.error();
  return page;
}

Result<std::vector<LogLine>> LogStore::last(const std::string& run, const std::string& task, int attempt, int count) const {
  std::deque<LogLine> lines;
  const auto read = LogFile(stem(run, task, attempt), limit_).read(0, [&](LogLine line) {
    lines.push_back(std::move(line));
    if (static_cast<int>(lines.size()) > count) lines.pop_front();
    return true;
  });
  if (!read) return read.error();
  return std::vector<LogLine>(lines.begin(), lines.end());
}

}  // namespace millrace
