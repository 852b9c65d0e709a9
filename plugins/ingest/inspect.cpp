#include "ingest/inspect.hpp"

#include <cstdio>

#include "data/files.hpp"
#include "ingest/bytes.hpp"

namespace mr::ingest {
namespace {

constexpr size_t kPiece = size_t{256} << 10;

// DuckDB knows a compressed file by its name, and reads UTF-8 only.
bool reads_itself(const LandedFile& file, const std::string& encoding) {
  const auto is = [&](std::string_view magic) {
    std::string begin(magic.size(), '\0');
    std::FILE* in = std::fopen(file.path.c_str(), "rb");
    if (in == nullptr) return false;
    begin.resize(std::fread(begin.data(), 1, begin.size(), in));
    std::fclose(in);
    return begin == magic;
  };
  if (encoding != "utf-8") return false;
  if (is("\x1F\x8B")) return file.path.ends_with(".gz");
  for (const char* other : {"PK", "\x28\xB5\x2F\xFD", "BZh", "\xFD" "7zXZ", "\xFF\xFE", "\xFE\xFF"}) {
    if (is(other)) return false;
  }
  return !file.path.ends_with(".gz") && !file.path.ends_with(".zst");
}

class Lines {
 public:
  void take(std::string_view text) {
    for (const char c : text) {
      if (c == '\n') {
        count_ += any_ ? 1 : 0;
        any_ = false;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        if (!begun_) array_ = c == '[';
        begun_ = any_ = true;
        last_ = c;
      }
    }
  }
  int64_t count() const { return count_ + (any_ ? 1 : 0); }
  bool array() const { return array_; }
  bool closed() const { return !array_ || last_ == ']'; }

 private:
  int64_t count_ = 0;
  bool any_ = false, begun_ = false, array_ = false;
  char last_ = 0;  // that is no space
};

}  // namespace

void inspect(LandedFile& file, const std::string& encoding, const std::string& work_folder) {
  const bool itself = reads_itself(file, encoding);
  const auto text = open_text(file, encoding);
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> copy(nullptr, &std::fclose);
  const auto no_room = [] { return mr::Failure("resource", "E5002", "can't write into the work folder", "", "make room", false); };
  if (!itself) {
    file.readable = work_folder + "/" + mr::data::uuid() + ".utf8";
    copy.reset(std::fopen(file.readable.c_str(), "wb"));
    if (!copy) throw no_room();
  }
  Lines lines;
  std::string held;
  int64_t offset = 0;
  for (bool end = false; !end;) {
    const size_t before = held.size();  // a character that went on
    held.resize(before + kPiece);
    const size_t n = text->read(held.data() + before, kPiece);
    held.resize(before + n);
    end = n == 0;
    const size_t wrong = first_wrong_byte(held), good = wrong == std::string::npos ? held.size() : wrong;
    if (wrong != std::string::npos && (end || held.size() - wrong >= 4)) {
      throw mr::Failure("data", "E5035", "the file is not UTF-8: the first other byte is at offset " + std::to_string(offset + static_cast<int64_t>(wrong)), file.key, "say its encoding, such as encoding: latin-1 or encoding: windows-1252");
    }
    lines.take(std::string_view(held).substr(0, good));
    if (copy && std::fwrite(held.data(), 1, good, copy.get()) != good) throw no_room();
    offset += static_cast<int64_t>(good);
    held.erase(0, good);
  }
  if (copy && std::fflush(copy.get()) != 0) throw no_room();
  // DuckDB gives the elements that it has seen, and nothing more.
  if (!lines.closed()) throw mr::Failure("data", "E5044", "the file begins as an array of JSON, and no ] ends it", file.key, "let it arrive again whole; nothing of it was loaded");
  file.records = lines.count();
  file.is_array = lines.array();
}

}  // namespace mr::ingest
