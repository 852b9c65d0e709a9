#include "app/demo/file.hpp"

#include <zlib.h>

#include <array>
#include <filesystem>
#include <utility>

#include "base/text.hpp"

namespace millrace::demo {

namespace {
constexpr size_t kBuffer = 256 * 1024;
std::string part(const std::string& path) { return path + ".part"; }
}  // namespace

struct TextFile::Gzip {
  z_stream stream{};
};

TextFile::TextFile(std::string path) : path_(std::move(path)) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);
  file_ = std::fopen(part(path_).c_str(), "wb");
  failed_ = file_ == nullptr;
  if (!path_.ends_with(".gz")) return;
  gzip_ = std::make_unique<Gzip>();
  constexpr int kGzipHeader = 15 + 16;
  failed_ |= deflateInit2(&gzip_->stream, 6, Z_DEFLATED, kGzipHeader, 8, Z_DEFAULT_STRATEGY) != Z_OK;
}

TextFile::~TextFile() {
  if (gzip_ != nullptr) deflateEnd(&gzip_->stream);
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::remove(part(path_).c_str());
}

void TextFile::put(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBuffer) flush(false);
}

void TextFile::write(std::string_view bytes) {
  if (!failed_ && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) failed_ = true;
}

void TextFile::flush(bool last) {
  if (gzip_ == nullptr) {
    write(buffer_);
  } else if (!failed_) {
    std::array<char, 64 * 1024> out;
    z_stream& z = gzip_->stream;
    z.next_in = reinterpret_cast<Bytef*>(buffer_.data());
    z.avail_in = static_cast<uInt>(buffer_.size());
    do {
      z.next_out = reinterpret_cast<Bytef*>(out.data());
      z.avail_out = static_cast<uInt>(out.size());
      deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
      write({out.data(), out.size() - z.avail_out});
    } while (z.avail_out == 0);
  }
  buffer_.clear();
}

Status TextFile::close() {
  flush(true);
  if (file_ != nullptr && std::fclose(std::exchange(file_, nullptr)) != 0) failed_ = true;
  if (!failed_ && std::rename(part(path_).c_str(), path_.c_str()) != 0) failed_ = true;
  if (!failed_) return {};
  std::remove(part(path_).c_str());
  return Error{"E9301", "file " + quote(path_) + " can't be written", {}, "is there room on the disk, and is the folder yours to write?"};
}

}  // namespace millrace::demo
