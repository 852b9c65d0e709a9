// The bytes of a landed file as text: decompressed as its first bytes say, and recoded to UTF-8, a piece at a time.
//
// One thread. Memory is bounded whatever the file holds. Errors: E5030 (not readable), E5034 (cut short or damaged), E5035 (not of its
// encoding), E5060 (an archive of several files). Text that claims to be UTF-8 is not checked here: see first_wrong_byte().
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "ingest/landing.hpp"

namespace mr::ingest {

class Bytes {
 public:
  virtual ~Bytes() = default;
  virtual size_t read(char* into, size_t room) = 0;  // how many; 0: the end
};

// Of gzip, zstd, bzip2, xz, or a zip that holds one file; else as they are.
std::unique_ptr<Bytes> open_bytes(const LandedFile& file);

// `encoding`: utf-8, utf-16, utf-16le, utf-16be, latin-1, windows-1252 or detect. A byte order mark of UTF-8 or UTF-16 counts more than
// what was said. detect: UTF-16 by its zeros, UTF-8 where the beginning is, else windows-1252. Lines that end in CR alone end in LF.
std::unique_ptr<Bytes> open_text(const LandedFile& file, const std::string& encoding);

std::string read_all(Bytes& bytes, size_t at_most);

// Where the text stops being UTF-8 (RFC 3629); npos: nowhere.
size_t first_wrong_byte(std::string_view text);

}  // namespace mr::ingest
