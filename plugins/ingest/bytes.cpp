#include "ingest/bytes.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <iconv.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

namespace mr::ingest {
namespace {

constexpr size_t kPiece = size_t{256} << 10, kLook = size_t{64} << 10;

mr::Failure not_readable(const LandedFile& file) {
  const bool gone = errno == ENOENT;
  return {"transient", "E5030", gone ? "the file went away while it was read" : std::string("the file can't be opened: ") + std::strerror(errno), file.key, gone ? "let it arrive again" : "check permissions", false};
}

mr::Failure damaged(const LandedFile& file, const std::string& what) { return {"data", "E5034", what, file.key, "let it arrive again whole; nothing of it was loaded"}; }

class Plain : public Bytes {
 public:
  explicit Plain(const LandedFile& file) : file_(file), handle_(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (handle_ < 0) throw not_readable(file);
  }
  ~Plain() override { ::close(handle_); }
  size_t read(char* into, size_t room) override {
    const auto n = ::read(handle_, into, room);
    if (n < 0) throw not_readable(file_);
    return static_cast<size_t>(n);
  }

 private:
  const LandedFile& file_;
  int handle_;
};

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

class Gzip : public Bytes {
 public:
  explicit Gzip(const LandedFile& file) : file_(file), in_(gzopen(file.path.c_str(), "rb")) {
    if (!in_) throw not_readable(file);
    gzbuffer(in_.get(), kPiece);
  }
  size_t read(char* into, size_t room) override {
    const int n = gzread(in_.get(), into, static_cast<unsigned>(std::min(room, kPiece)));
    int problem = Z_OK;
    if (n <= 0) gzerror(in_.get(), &problem);
    if (n < 0 || problem == Z_BUF_ERROR || problem == Z_DATA_ERROR) throw damaged(file_, "the compressed file is cut short or damaged");
    return static_cast<size_t>(n);
  }

 private:
  const LandedFile& file_;
  std::unique_ptr<gzFile_s, CloseGz> in_;
};

struct CloseArchive {
  void operator()(archive* file) const { archive_read_free(file); }
};

// What libarchive unpacks: one compressed file, or the only file of a zip.
class Unpacked : public Bytes {
 public:
  Unpacked(const LandedFile& file, bool zip) : file_(file) {
    if (zip) require_one_file();
    open(zip);
    archive_entry* entry = nullptr;
    do {
      if (archive_read_next_header(in_.get(), &entry) != ARCHIVE_OK) throw damaged(file_, "the compressed file is cut short or damaged");
    } while (zip && archive_entry_filetype(entry) != AE_IFREG);
  }
  size_t read(char* into, size_t room) override {
    const auto n = archive_read_data(in_.get(), into, room);
    if (n < 0) throw damaged(file_, archive_read_has_encrypted_entries(in_.get()) > 0 ? "the file is encrypted" : "the compressed file is cut short or damaged");
    return static_cast<size_t>(n);
  }

 private:
  void open(bool zip) {
    in_.reset(archive_read_new());
    if (zip) {
      archive_read_support_format_zip(in_.get());
    } else {
      archive_read_support_filter_zstd(in_.get());
      archive_read_support_filter_bzip2(in_.get());
      archive_read_support_filter_xz(in_.get());
      archive_read_support_format_raw(in_.get());
    }
    if (archive_read_open_filename(in_.get(), file_.path.c_str(), kPiece) != ARCHIVE_OK) throw damaged(file_, "the compressed file is cut short or damaged");
  }
  void require_one_file() {
    open(true);
    int files = 0, problem = ARCHIVE_OK;
    for (archive_entry* entry = nullptr; (problem = archive_read_next_header(in_.get(), &entry)) == ARCHIVE_OK;) files += archive_entry_filetype(entry) == AE_IFREG ? 1 : 0;
    if (problem != ARCHIVE_EOF) throw damaged(file_, "the compressed file is cut short or damaged");
    if (files != 1) throw mr::Failure("data", "E5060", "the zip holds " + std::to_string(files) + " files, and must hold one", file_.key, "let each file arrive by itself");
  }

  const LandedFile& file_;
  std::unique_ptr<archive, CloseArchive> in_{};
};

// The first bytes may be looked at before they are read.
class Peeked : public Bytes {
 public:
  explicit Peeked(std::unique_ptr<Bytes> in) : in_(std::move(in)) {
    head_ = read_all(*in_, kLook);
  }
  const std::string& head() const { return head_; }
  void skip(size_t bytes) { at_ = bytes; }
  size_t read(char* into, size_t room) override {
    if (at_ == head_.size()) return in_->read(into, room);
    const size_t n = std::min(room, head_.size() - at_);
    std::memcpy(into, head_.data() + at_, n);
    at_ += n;
    return n;
  }

 private:
  std::unique_ptr<Bytes> in_;
  std::string head_{};
  size_t at_ = 0;
};

// One encoding into another.
class Recoded : public Bytes {
 public:
  Recoded(std::unique_ptr<Bytes> in, const LandedFile& file, const char* from, std::string called) : in_(std::move(in)), file_(file), called_(std::move(called)), convert_(::iconv_open("UTF-8", from)) {
    if (convert_ == reinterpret_cast<iconv_t>(-1)) throw mr::Failure("resource", "E5035", "this machine's libc has no converter for " + called_, file.key, "install the C library's gconv modules");
  }
  ~Recoded() override { ::iconv_close(convert_); }
  Recoded(const Recoded&) = delete;
  Recoded& operator=(const Recoded&) = delete;

  size_t read(char* into, size_t room) override {
    while (given_ == made_.size()) {
      if (!fetch()) return 0;
      convert();
    }
    const size_t n = std::min(room, made_.size() - given_);
    std::memcpy(into, made_.data() + given_, n);
    given_ += n;
    return n;
  }

 private:
  mr::Failure wrong() const { return {"data", "E5035", "the file is not " + called_ + ": the first other byte is at offset " + std::to_string(offset_), file_.key, "say its encoding, such as encoding: latin-1 or encoding: windows-1252"}; }
  // Into a buffer of our own: the caller's may have no room for one character.
  void convert() {
    made_.resize(kPiece);
    given_ = 0;
    char *from = held_.data() + at_, *out = made_.data();
    size_t left = held_.size() - at_, space = made_.size();
    const size_t done = ::iconv(convert_, &from, &left, &out, &space);
    const int problem = done == static_cast<size_t>(-1) ? errno : 0;
    made_.resize(made_.size() - space);
    offset_ += static_cast<int64_t>(held_.size() - at_ - left);
    at_ = held_.size() - left;
    short_ = problem == EINVAL;  // the last character goes on in the next piece
    if (problem == EILSEQ) throw wrong();
  }
  bool fetch() {
    if (at_ < held_.size() && !short_) return true;
    held_.erase(0, at_);
    at_ = 0;
    const size_t before = held_.size();
    held_.resize(before + kPiece);
    const size_t n = in_->read(held_.data() + before, kPiece);
    held_.resize(before + n);
    if (n == 0 && before > 0) throw wrong();  // cut in the middle of a character
    return n > 0;
  }

  std::unique_ptr<Bytes> in_;
  const LandedFile& file_;
  std::string called_;
  iconv_t convert_;
  std::string held_{}, made_{};
  size_t at_ = 0, given_ = 0;
  int64_t offset_ = 0;
  bool short_ = false;
};

// CR as the end of a line becomes LF.
class LineFeeds : public Bytes {
 public:
  explicit LineFeeds(std::unique_ptr<Bytes> in) : in_(std::move(in)) {}
  size_t read(char* into, size_t room) override {
    const size_t n = in_->read(into, room);
    std::replace(into, into + n, '\r', '\n');
    return n;
  }

 private:
  std::unique_ptr<Bytes> in_;
};

// Text of mostly Western letters has a zero in every other byte.
std::string detect(const std::string& head) {
  size_t zeros[2]{};
  for (size_t i = 0; i < head.size(); ++i) zeros[i % 2] += head[i] == '\0' ? 1 : 0;
  if (zeros[1] > head.size() / 4) return "utf-16le";
  if (zeros[0] > head.size() / 4) return "utf-16be";
  // The look may end in the middle of a character.
  const size_t wrong = first_wrong_byte(head);
  return wrong == std::string::npos || (head.size() == kLook && wrong + 4 > head.size()) ? "utf-8" : "windows-1252";
}

const std::map<std::string, const char*, std::less<>> kConverters{{"utf-16", "UTF-16LE"}, {"utf-16le", "UTF-16LE"}, {"utf-16be", "UTF-16BE"}, {"latin-1", "ISO-8859-1"}, {"windows-1252", "CP1252"}};

}  // namespace

std::string read_all(Bytes& bytes, size_t at_most) {
  std::string text(at_most, '\0');
  size_t size = 0;
  for (size_t n = 1; n > 0 && size < at_most; size += n) n = bytes.read(text.data() + size, at_most - size);
  text.resize(size);
  return text;
}

std::unique_ptr<Bytes> open_bytes(const LandedFile& file) {
  std::string magic;
  {
    Plain look(file);
    magic = read_all(look, 6);
  }
  if (magic.starts_with("\x1F\x8B")) return std::make_unique<Gzip>(file);
  if (magic.starts_with("PK\x03\x04") || magic.starts_with("PK\x05\x06")) return std::make_unique<Unpacked>(file, true);
  if (magic.starts_with("\x28\xB5\x2F\xFD") || magic.starts_with("BZh") || magic.starts_with("\xFD" "7zXZ")) return std::make_unique<Unpacked>(file, false);
  return std::make_unique<Plain>(file);
}

std::unique_ptr<Bytes> open_text(const LandedFile& file, const std::string& encoding) {
  auto peeked = std::make_unique<Peeked>(open_bytes(file));
  std::string of = encoding;
  const std::string_view head = peeked->head();
  if (head.starts_with("\xEF\xBB\xBF")) {
    of = "utf-8";
    peeked->skip(3);
  } else if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    of = head[0] == '\xFF' ? "utf-16le" : "utf-16be";
    peeked->skip(2);
  } else if (encoding == "detect") {
    of = detect(peeked->head());
  }
  std::unique_ptr<Bytes> text = std::move(peeked);
  if (const auto converter = kConverters.find(of); converter != kConverters.end()) text = std::make_unique<Recoded>(std::move(text), file, converter->second, of);
  auto looked = std::make_unique<Peeked>(std::move(text));
  const bool old = looked->head().find('\r') != std::string::npos && looked->head().find('\n') == std::string::npos;
  text = std::move(looked);
  return old ? std::make_unique<LineFeeds>(std::move(text)) : std::move(text);
}

size_t first_wrong_byte(std::string_view text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (size_t i = 0; i < text.size();) {
    uint64_t eight = 0;
    if (i + 8 <= text.size()) {
      std::memcpy(&eight, bytes + i, 8);
      if ((eight & 0x8080808080808080ULL) == 0) {
        i += 8;
        continue;
      }
    }
    const unsigned char c = bytes[i];
    if (c < 0x80) {
      ++i;
      continue;
    }
    const size_t more = c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : 0;
    const unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80, high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (more == 0 || i + more >= text.size() || bytes[i + 1] < low || bytes[i + 1] > high) return i;
    for (size_t k = 2; k <= more; ++k) {
      if ((bytes[i + k] & 0xC0) != 0x80) return i;
    }
    i += more + 1;
  }
  return std::string_view::npos;
}

}  // namespace mr::ingest
