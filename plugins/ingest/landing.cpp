#include "ingest/landing.hpp"

#include <glob.h>
#include <sys/stat.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <set>

#include "ingest/objects.hpp"

namespace mr::ingest {
namespace {

namespace fs = std::filesystem;

bool still_written(const std::string& name) {
  return name.empty() || name[0] == '.' || name.ends_with(".tmp") || name.ends_with(".part") || name.ends_with(".crdownload");
}

// Only * and ? mean something in a pattern: names like "orders[1].csv" are common.
std::vector<std::string> expand(const std::string& text) {
  std::string pattern;
  for (const char c : text) pattern += c == '[' ? std::string("[[]") : std::string(1, c);
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOESCAPE, nullptr, &found) == 0) paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

// Checks UTF-8 over chunk borders; says where the first wrong byte is.
class Utf8 {
 public:
  int64_t wrong_at() const { return wrong_at_; }
  void take(unsigned char c, int64_t at) {
    if (wrong_at_ >= 0) return;
    if (left_ == 0) {
      if (c < 0x80) return;
      left_ = c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;
      low_ = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
      high_ = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
      if (left_ < 0) wrong_at_ = at;
      return;
    }
    if (c < low_ || c > high_) wrong_at_ = at;
    --left_;
    low_ = 0x80;
    high_ = 0xBF;
  }
  bool between_bytes() const { return left_ > 0; }
  void end(int64_t at) {
    if (left_ > 0 && wrong_at_ < 0) wrong_at_ = at;
  }

 private:
  int left_ = 0;
  unsigned char low_ = 0x80, high_ = 0xBF;
  int64_t wrong_at_ = -1;
};

// Of plain text without quotes, lines are counted a line at a time.
bool is_plain(const unsigned char* bytes, size_t size) {
  unsigned char high = 0;
  for (size_t i = 0; i < size; ++i) high |= bytes[i];
  return high < 0x80 && std::memchr(bytes, '"', size) == nullptr;
}

// Counts records the way a reader of quoted text must: a line break inside quotes is part of a value; blank lines are none.
class Records {
 public:
  explicit Records(Shape shape) : quotes_(shape == Shape::csv) {}
  void take(char c) {
    if (quotes_ && c == '"') quoted_ = !quoted_;
    if (c == '\n' && !quoted_) {
      if (any_) ++count_;
      any_ = false;
    } else if (c != '\r') {
      any_ = true;
    }
  }
  bool between_quotes() const { return quoted_; }
  // The same as take() for each, of bytes without quotes.
  void take_plain(const char* bytes, size_t size) {
    for (const char *at = bytes, *end = bytes + size; at < end;) {
      const auto* stop = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      const char* last = stop == nullptr ? end : stop;
      any_ = any_ || std::find_if(at, last, [](char c) { return c != '\r'; }) != last;
      if (stop == nullptr) return;
      count_ += any_ ? 1 : 0;
      any_ = false;
      at = stop + 1;
    }
  }
  int64_t finish() { return count_ + (any_ ? 1 : 0); }

 private:
  bool quotes_, quoted_ = false, any_ = false;
  int64_t count_ = 0;
};

// The first line with its line break; none when it is long, has none, is blank, or goes on after it inside quotes.
class Head {
 public:
  void take(char c) {
    if (done_) return;
    text_ += c;
    done_ = c == '\n' || text_.size() == kMost;
  }
  bool done() const { return done_; }
  std::string text() const {
    const bool open = std::count(text_.begin(), text_.end(), '"') % 2 != 0, blank = text_.find_first_not_of("\r\n") == std::string::npos;
    return open || blank || !text_.ends_with('\n') ? std::string() : text_;
  }

 private:
  static constexpr size_t kMost = 16'384;
  std::string text_{};
  bool done_ = false;
};

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

mr::Failure damaged(const LandedFile& file, const std::string& what) {
  return {"data", "E5034", what, file.key, "let it arrive again whole; nothing of it was loaded"};
}

}  // namespace

Identity identity_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0) throw mr::Failure("transient", "E5030", "the file went away while it was read", path, "let it arrive again", false);
  return {.size = facts.st_size, .mtime_ns = facts.st_mtim.tv_sec * int64_t{1'000'000'000} + facts.st_mtim.tv_nsec};
}

nlohmann::json to_json(const Identity& identity) {
  if (!identity.version.empty()) return {{"size", identity.size}, {"version", identity.version}};
  return {{"size", identity.size}, {"mtime_ns", identity.mtime_ns}};
}

std::map<std::string, nlohmann::json> positions_of(const mr::data::Facts& facts, const std::string& source) {
  std::map<std::string, nlohmann::json> seen;
  for (const auto& position : facts.json.value("positions", nlohmann::json::array())) {
    if (position.value("source", "") == source) seen[position.value("key", "")] = position.at("value");
  }
  return seen;
}

std::vector<LandedFile> find_files(const mr::data::Facts& facts, const std::vector<std::string>& patterns, const std::string& source) {
  const auto seen = positions_of(facts, source);
  std::set<std::string> paths;
  for (const auto& pattern : patterns) {
    if (is_elsewhere(pattern)) continue;
    const auto whole = facts.path(pattern);
    // A pattern may match nothing yet; a name says that the file is there.
    if (whole.find_first_of("*?") == std::string::npos && !fs::exists(whole)) {
      throw mr::Failure("transient", "E5030", "the file is not there", pattern, "it may arrive later; a pattern with * may match nothing", false);
    }
    for (auto& path : expand(whole)) {
      if (!still_written(fs::path(path).filename().string()) && fs::is_regular_file(path)) paths.insert(fs::weakly_canonical(path).string());
    }
  }
  const auto folder = fs::weakly_canonical(facts.json.value("folder", "/")).string() + "/";
  std::vector<LandedFile> files;
  for (const auto& path : paths) {
    LandedFile file{.path = path, .key = path.rfind(folder, 0) == 0 ? path.substr(folder.size()) : path, .identity = identity_of(path), .seen = {}, .readable = path};
    if (const auto known = seen.find(file.key); known != seen.end()) file.seen = known->second;
    files.push_back(std::move(file));
  }
  return files;
}

void inspect(LandedFile& file, Shape shape, const std::string& encoding, const std::string& work_folder) {
  if (shape == Shape::binary || file.path.ends_with(".zst")) return;
  const bool latin = encoding == "latin-1";
  const std::unique_ptr<gzFile_s, CloseGz> in(gzopen(file.path.c_str(), "rb"));  // reads plain files too
  if (!in) throw mr::Failure("transient", "E5030", "the file can't be opened", file.key, "check permissions", false);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> copy(nullptr, &std::fclose);
  if (latin) {
    file.readable = work_folder + "/" + std::to_string(std::hash<std::string>{}(file.path)) + ".utf8";
    copy.reset(std::fopen(file.readable.c_str(), "wb"));
    if (!copy) throw mr::Failure("resource", "E5002", "can't write into the work folder", file.key, "make room", false);
  }
  Utf8 utf8;
  Records records(shape);
  Head head;
  std::vector<unsigned char> buffer(1 << 16);
  int64_t at = 0;
  bool begun = false;
  for (;;) {
    const int n = gzread(in.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    if (n < 0) throw damaged(file, "the compressed file is cut short or damaged");
    if (n == 0) break;
    if (begun && head.done() && !latin && !utf8.between_bytes() && !records.between_quotes() && is_plain(buffer.data(), static_cast<size_t>(n))) {
      records.take_plain(reinterpret_cast<const char*>(buffer.data()), static_cast<size_t>(n));
      at += n;
      continue;
    }
    for (int i = 0; i < n; ++i, ++at) {
      const unsigned char c = buffer[static_cast<size_t>(i)];
      if (!begun && c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != 0xEF && c != 0xBB && c != 0xBF) {
        begun = true;
        file.is_array = c == '[';
      }
      records.take(static_cast<char>(c));
      head.take(static_cast<char>(c));
      if (!latin) utf8.take(c, at);
      if (latin && c < 0x80) std::fputc(c, copy.get());
      if (latin && c >= 0x80) {
        std::fputc(0xC0 | (c >> 6), copy.get());
        std::fputc(0x80 | (c & 0x3F), copy.get());
      }
    }
  }
  int problem = Z_OK;
  gzerror(in.get(), &problem);
  if (problem == Z_BUF_ERROR || problem == Z_DATA_ERROR) throw damaged(file, "the compressed file is cut short or damaged");
  utf8.end(at);
  if (utf8.wrong_at() >= 0) {
    throw mr::Failure("data", "E5035", "the file is not UTF-8: the first other byte is at offset " + std::to_string(utf8.wrong_at()), file.key, "if it is Latin-1, say encoding: latin-1");
  }
  if (copy && std::fflush(copy.get()) != 0) throw mr::Failure("resource", "E5002", "the work folder's disk is full", file.key, "make room", false);
  file.records = records.finish();
  file.head = head.text();
}

}  // namespace mr::ingest
