// file.archive and file.extract, with archives that other programs might make, or would never make.
#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include "file/tests/folder.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;
using mr::testing::read;

struct Item {
  std::string name{};
  unsigned int type = AE_IFREG;
  std::string text{};  // or where a link leads
  bool hard = false;
};

// A tar with any entries, such as nobody well-meaning makes.
void make_tar(const fs::path& path, const std::vector<Item>& items) {
  auto* tar = archive_write_new();
  archive_write_set_format_ustar(tar);
  ASSERT_EQ(archive_write_open_filename(tar, path.c_str()), ARCHIVE_OK);
  for (const auto& item : items) {
    auto* entry = archive_entry_new();
    archive_entry_set_pathname(entry, item.name.c_str());
    archive_entry_set_filetype(entry, item.type);
    archive_entry_set_perm(entry, 0644);
    if (item.hard) archive_entry_set_hardlink(entry, item.text.c_str());
    else if (item.type == AE_IFLNK) archive_entry_set_symlink(entry, item.text.c_str());
    else archive_entry_set_size(entry, static_cast<int64_t>(item.text.size()));
    ASSERT_EQ(archive_write_header(tar, entry), ARCHIVE_OK) << archive_error_string(tar);
    if (item.type == AE_IFREG && !item.hard) archive_write_data(tar, item.text.data(), item.text.size());
    archive_entry_free(entry);
  }
  archive_write_close(tar);
  archive_write_free(tar);
}

class Archives : public mr::testing::Folder {
 protected:
  mr_outcome extract(const std::vector<Item>& items, Json more = Json::object()) {
    make_tar(folder / "x.tar", items);
    more.update({{"from", "x.tar"}, {"to", "out"}});
    return run("file.extract", more);
  }

  time_t changed(const char* name) const {
    struct stat info {};
    EXPECT_EQ(::stat((folder / name).c_str(), &info), 0);
    return info.st_mtime;
  }

  // Refused, and nothing of it is anywhere.
  void refused(const std::vector<Item>& items, const std::string& expected = "E4048") {
    EXPECT_EQ(extract(items), MR_FAILED_FINAL) << items.back().name;
    EXPECT_EQ(code(), expected) << items.back().name << host.failure();
    EXPECT_EQ(entries(), 1u) << items.back().name;
  }
};

class EachKind : public Archives, public testing::WithParamInterface<const char*> {};

TEST_P(EachKind, BringsBackWhatWasPacked) {
  const std::string big(3'000'000, 'b');
  put("in/a.txt", "a");
  put("in/empty", "");
  put("in/sub/\xC3\xBC \xE6\x97\xA5.txt", "text");
  put("in/sub/big", big);
  fs::create_symlink("../a.txt", folder / "in/sub/link");
  fs::permissions(folder / "in/a.txt", fs::perms::owner_all);
  ASSERT_EQ(run("file.archive", {{"folder", "in"}, {"to", GetParam()}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["files"], 5);
  EXPECT_EQ(host.output()["bytes"], 3'000'005);
  ASSERT_EQ(run("file.extract", {{"from", GetParam()}, {"to", "out/"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.output()["files"], 5);
  EXPECT_EQ(read(folder / "out/sub/\xC3\xBC \xE6\x97\xA5.txt"), "text");
  EXPECT_EQ(read(folder / "out/sub/big"), big);
  EXPECT_EQ(read(folder / "out/sub/link"), "a");
  EXPECT_EQ(read(folder / "out/empty"), "");
  EXPECT_EQ(fs::status(folder / "out/a.txt").permissions(), fs::perms::owner_all);
  EXPECT_EQ(changed("out/sub/big"), changed("in/sub/big"));
  EXPECT_EQ(entries(), 3u) << "no draft is left";
}

TEST_P(EachKind, HasTheSameBytesForTheSameFiles) {
  put("in/b", "b");
  put("in/a", "a");
  ASSERT_EQ(run("file.archive", {{"folder", "in"}, {"to", GetParam()}}), MR_SUCCEEDED);
  const auto first = read(folder / GetParam());
  ASSERT_EQ(run("file.archive", {{"folder", "in"}, {"to", GetParam()}}), MR_SUCCEEDED);
  EXPECT_EQ(read(folder / GetParam()), first);
}

TEST_P(EachKind, ThatIsCutIsRefusedAndLeavesNothing) {
  std::string noise;
  for (uint32_t i = 0, x = 1; i < 200'000; ++i) noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  put("in/a", noise);
  ASSERT_EQ(run("file.archive", {{"folder", "in"}, {"to", GetParam()}}), MR_SUCCEEDED);
  fs::resize_file(folder / GetParam(), fs::file_size(folder / GetParam()) / 2);
  EXPECT_EQ(run("file.extract", {{"from", GetParam()}, {"to", "out"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4047") << host.failure();
  EXPECT_EQ(entries(), 2u);
}

TEST_P(EachKind, ThatUnpacksToMoreThanItMayIsRefusedAndLeavesNothing) {
  put("in/zeros", std::string(5'000'000, '\0'));
  ASSERT_EQ(run("file.archive", {{"folder", "in"}, {"to", GetParam()}}), MR_SUCCEEDED);
  EXPECT_EQ(run("file.extract", {{"from", GetParam()}, {"to", "out"}, {"most_bytes", 4'999'999}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4049");
  EXPECT_EQ(entries(), 2u);
  EXPECT_EQ(run("file.extract", {{"from", GetParam()}, {"to", "out"}, {"most_bytes", 5'000'000}}), MR_SUCCEEDED);
}

INSTANTIATE_TEST_SUITE_P(Kinds, EachKind, testing::Values("x.tar", "x.tar.gz", "x.tgz", "x.zip"), [](const auto& one) { return std::to_string(one.index); });

TEST_F(Archives, TheyDoNotHoldThemselvesNorWhatDoesNotFit) {
  put("a.csv", "a");
  put("b.txt", "b");
  ASSERT_EQ(run("file.archive", {{"folder", "."}, {"pattern", "*.csv"}, {"to", "all.csv.zip"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["files"], 1);
  ASSERT_EQ(run("file.archive", {{"folder", "."}, {"to", "all.tar"}}), MR_SUCCEEDED);
  ASSERT_EQ(run("file.archive", {{"folder", "."}, {"to", "all.tar"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["files"], 3) << "a.csv, b.txt and the first archive";
}

TEST_F(Archives, OfNothingOrOfWhatLeavesAreNotMade) {
  fs::create_directory(folder / "in");
  EXPECT_EQ(run("file.archive", {{"folder", "in"}, {"to", "x.zip"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4040");
  EXPECT_EQ(run("file.archive", {{"folder", "nowhere"}, {"to", "x.zip"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4040");
  fs::create_symlink("/etc/hostname", folder / "in/link");
  EXPECT_EQ(run("file.archive", {{"folder", "in"}, {"to", "x.zip"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4048");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Archives, PathsThatLeaveTheFolderAreRefused) {
  for (const auto* name : {"../evil", "a/../../evil", "a/..", "/tmp/evil", ".."}) refused({{.name = "good", .text = "1"}, {.name = name, .text = "2"}});
}

TEST_F(Archives, LinksThatLeaveTheFolderAreRefused) {
  for (const auto* target : {"/etc/passwd", "..", "../x", "a/../../x", "b/.."}) refused({{.name = "link", .type = AE_IFLNK, .text = target}});
  refused({{.name = "a/b/link", .type = AE_IFLNK, .text = "../../../x"}});
  refused({{.name = "hard", .type = AE_IFREG, .text = "../x.tar", .hard = true}});
  refused({{.name = "hard", .type = AE_IFREG, .text = "/etc/passwd", .hard = true}});
  refused({{.name = "hard", .type = AE_IFREG, .text = "nothing", .hard = true}}, "E4047");
}

TEST_F(Archives, NothingIsWrittenThroughALink) {
  // Each link stays below, and both together would not, if the second were looked at by its letters alone.
  refused({{.name = "a/b/x", .type = AE_IFLNK, .text = "../.."}, {.name = "y", .type = AE_IFLNK, .text = "a/b/x/../elsewhere"}, {.name = "y/evil", .text = "2"}});
  refused({{.name = "a/l", .type = AE_IFLNK, .text = ".."}, {.name = "a/l/m", .type = AE_IFLNK, .text = ".."}});
  EXPECT_EQ(extract({{.name = "link", .type = AE_IFLNK, .text = "a"}, {.name = "link/b", .text = "2"}}), MR_FAILED_FINAL) << "a name that is a link and a folder";
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST_F(Archives, ALinkInTheFolderIsNotFollowedEither) {
  fs::create_directories(folder / "out");
  fs::create_directory(folder / "elsewhere");
  fs::create_symlink("../elsewhere", folder / "out/sub");
  EXPECT_EQ(extract({{.name = "sub/evil", .text = "2"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4048");
  EXPECT_TRUE(fs::is_empty(folder / "elsewhere"));
}

TEST_F(Archives, DevicesAreRefusedAndHardLinksAreFiles) {
  refused({{.name = "fifo", .type = AE_IFIFO}});
  ASSERT_EQ(extract({{.name = "./a", .text = "1"}, {.name = "b", .type = AE_IFREG, .text = "a", .hard = true}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(read(folder / "out/b"), "1");
}

TEST_F(Archives, FilesThatAreThereAreReplacedOrTheReasonToFailBeforeAnythingIsMoved) {
  put("out/b", "old");
  put("out/kept", "kept");
  EXPECT_EQ(extract({{.name = "a", .text = "1"}, {.name = "b", .text = "2"}}, {{"overwrite", false}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4043");
  EXPECT_FALSE(fs::exists(folder / "out/a"));
  ASSERT_EQ(extract({{.name = "a", .text = "1"}, {.name = "b", .text = "2"}}), MR_SUCCEEDED);
  EXPECT_EQ(read(folder / "out/a") + read(folder / "out/b") + read(folder / "out/kept"), "12kept");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(Archives, TooManyEntriesAreRefused) {
  EXPECT_EQ(extract({{.name = "a"}, {.name = "b"}}, {{"most_files", 1}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4049");
}

TEST_F(Archives, WhatIsNoArchiveIsRefused) {
  for (const std::string& text : {std::string(), std::string("hello"), std::string("PK\x03\x04", 4) + std::string(200, 'x'), std::string(5000, '\xff')}) {
    put("x.zip", text);
    EXPECT_EQ(run("file.extract", {{"from", "x.zip"}, {"to", "out"}}), MR_FAILED_FINAL) << text.size();
    EXPECT_EQ(code(), "E4047") << text.size() << host.failure();
  }
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Archives, ACancelLeavesNothing) {
  put("in/a", "a");
  ASSERT_EQ(run("file.archive", {{"folder", "in"}, {"to", "x.zip"}}), MR_SUCCEEDED);
  host.cancel();
  EXPECT_EQ(run("file.archive", {{"folder", "in"}, {"to", "y.zip"}}), MR_CANCELLED);
  EXPECT_EQ(run("file.extract", {{"from", "x.zip"}, {"to", "out"}}), MR_CANCELLED);
  EXPECT_EQ(entries(), 2u);
}

}  // namespace
