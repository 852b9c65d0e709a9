// What is in a file, whatever it is packed in and however its characters are written.
#include "ingest/bytes.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace mr::ingest {
namespace {

using Files = std::map<std::string, std::string>;

class BytesOf : public ::testing::Test {
 protected:
  BytesOf() {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-bytes-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder = pattern;
  }
  ~BytesOf() override { std::filesystem::remove_all(folder); }

  LandedFile file(const std::string& content) {
    const auto path = folder + "/" + std::to_string(++files);
    std::ofstream(path, std::ios::binary) << content;
    return {.path = path, .key = "in/x"};
  }
  std::string packed(const Files& members, int format, int filter) {
    const auto path = folder + "/packed";
    auto* out = archive_write_new();
    archive_write_set_format(out, format);
    archive_write_add_filter(out, filter);
    archive_write_open_filename(out, path.c_str());
    for (const auto& [name, content] : members) {
      auto* entry = archive_entry_new();
      archive_entry_set_pathname(entry, name.c_str());
      archive_entry_set_size(entry, static_cast<int64_t>(content.size()));
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_perm(entry, 0644);
      archive_write_header(out, entry);
      archive_write_data(out, content.data(), content.size());
      archive_entry_free(entry);
    }
    archive_write_free(out);
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string text(const LandedFile& landed, const std::string& encoding = "utf-8") {
    const auto bytes = open_text(landed, encoding);
    return read_all(*bytes, size_t{1} << 22);
  }
  std::string code(const LandedFile& landed, const std::string& encoding = "utf-8") {
    try {
      text(landed, encoding);
    } catch (const mr::Failure& failure) {
      EXPECT_EQ(failure.where, "in/x");
      return failure.code;
    }
    return "";
  }
  std::string folder{};
  int files = 0;
};

TEST_F(BytesOf, EachCompressionIsKnownByItsFirstBytes) {
  const std::string content = "id,name\n1,Zoë\n" + std::string(300'000, 'x') + "\n";
  for (const int filter : {ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_BZIP2, ARCHIVE_FILTER_XZ}) {
    const auto bytes = packed({{"a", content}}, ARCHIVE_FORMAT_RAW, filter);
    EXPECT_EQ(text(file(bytes)), content) << filter;
    if (filter == ARCHIVE_FILTER_NONE) continue;
    EXPECT_EQ(code(file(bytes.substr(0, bytes.size() / 2))), "E5034") << filter;
  }
}

TEST_F(BytesOf, AZipIsItsOnlyFileAndOneOfTwoIsRefused) {
  EXPECT_EQ(text(file(packed({{"a.csv", "id\n1\n"}}, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE))), "id\n1\n");
  EXPECT_EQ(code(file(packed({{"a.csv", "id\n1\n"}, {"b.csv", "id\n2\n"}}, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE))), "E5060");
}

TEST_F(BytesOf, AByteOrderMarkSaysMoreThanTheConfig) {
  const std::string le("\xFF\xFEZ\0o\0\xEB\0\n\0", 10), be("\xFE\xFF\0Z\0o\0\xEB\0\n", 10);
  for (const char* encoding : {"utf-8", "detect", "windows-1252"}) {
    EXPECT_EQ(text(file("\xEF\xBB\xBFZoë\n"), encoding), "Zoë\n");
    EXPECT_EQ(text(file(le), encoding), "Zoë\n");
    EXPECT_EQ(text(file(be), encoding), "Zoë\n");
  }
}

TEST_F(BytesOf, DeclaredAndDetectedEncodingsBecomeUtf8) {
  EXPECT_EQ(text(file("Zo\xEB\n"), "latin-1"), "Zoë\n");
  EXPECT_EQ(text(file("5 \x80\n"), "windows-1252"), "5 €\n");
  EXPECT_EQ(text(file("5 \x80\n"), "detect"), "5 €\n");
  EXPECT_EQ(text(file("Zoë\n"), "detect"), "Zoë\n");
  EXPECT_EQ(text(file(std::string("i\0d\0\n\0", 6)), "detect"), "id\n");
  EXPECT_EQ(text(file(std::string("\0i\0d\0\n", 6)), "detect"), "id\n");
  EXPECT_EQ(code(file(std::string("i\0d", 3)), "utf-16le"), "E5035") << "half a character at the end";
}

TEST_F(BytesOf, CharactersAcrossPiecesAreWhole) {
  std::string utf16, utf8;
  for (int i = 0; i < 400'000; ++i) {
    utf16 += std::string("\x3E\xD8\x8A\xDD", 4);  // a fox is two units
    utf8 += "🦊";
    if (i % 1000 == 7) utf16 += std::string("x\0", 2), utf8 += "x";
  }
  EXPECT_EQ(text(file(utf16), "utf-16le").substr(0, 10), std::string("🦊🦊🦊").substr(0, 10));
  EXPECT_EQ(text(file(utf16), "utf-16le"), utf8);
}

TEST_F(BytesOf, ACarriageReturnAloneEndsALineWhenNothingElseDoes) {
  EXPECT_EQ(text(file("id\r1\r2\r")), "id\n1\n2\n");
  EXPECT_EQ(text(file("id\r\n1\r\n")), "id\r\n1\r\n");
}

TEST_F(BytesOf, TheFirstByteThatIsNotUtf8IsFound) {
  EXPECT_EQ(first_wrong_byte("Zoë 🦊 and plain text"), std::string_view::npos);
  EXPECT_EQ(first_wrong_byte("plain text\xEB"), 10u);
  EXPECT_EQ(first_wrong_byte("ab\xC0\x80"), 2u) << "written longer than needed";
  EXPECT_EQ(first_wrong_byte("a\xED\xA0\x80"), 1u) << "half of a pair";
  EXPECT_EQ(first_wrong_byte("a\xF0\x9F\xA6"), 1u) << "cut short";
}

TEST_F(BytesOf, AFileThatWentAwayIsNamed) { EXPECT_EQ(code({.path = folder + "/none", .key = "in/x"}), "E5030"); }

}  // namespace
}  // namespace mr::ingest
