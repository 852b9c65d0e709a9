#include <sys/stat.h>

#include "file/tests/folder.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;

using mr::testing::read;

class Files : public mr::testing::Folder {};

TEST_F(Files, CopyReplacesTheTargetAndKeepsTheModeAndLeavesNothingElse) {
  put("a", "new");
  put("b", "the old one, which is longer");
  fs::permissions(folder / "a", fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_EQ(run("file.copy", {{"from", "a"}, {"to", "b"}}), MR_SUCCEEDED);
  EXPECT_EQ(read(folder / "b"), "new");
  EXPECT_EQ(fs::status(folder / "b").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(entries(), 2u);
  EXPECT_EQ(host.output(), (Json{{"path", (folder / "b").string()}, {"bytes", 3}}));
}

TEST_F(Files, CopyDoesNotOverwriteWhenToldNotTo) {
  put("a", "new");
  put("b", "old");
  EXPECT_EQ(run("file.copy", {{"from", "a"}, {"to", "b"}, {"overwrite", false}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4043");
  EXPECT_EQ(read(folder / "b"), "old");
}

TEST_F(Files, AMissingFileIsAFinalFailureThatNamesIt) {
  EXPECT_EQ(run("file.copy", {{"from", "nowhere"}, {"to", "b"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4040");
  EXPECT_EQ(host.failure()["where"], (folder / "nowhere").string());
  EXPECT_EQ(entries(), 0u);
}

TEST_F(Files, ACancelledCopyLeavesTheOldFileAndNoDraft) {
  put("a", std::string(1'000'000, 'x'));
  put("b", "old");
  host.cancel();
  EXPECT_EQ(run("file.copy", {{"from", "a"}, {"to", "b"}}), MR_CANCELLED);
  EXPECT_EQ(read(folder / "b"), "old");
  EXPECT_EQ(entries(), 2u);
}

TEST_F(Files, MoveMakesTheMissingFolders) {
  put("a", "text");
  ASSERT_EQ(run("file.move", {{"from", "a"}, {"to", "x/y/b"}}), MR_SUCCEEDED);
  EXPECT_FALSE(fs::exists(folder / "a"));
  EXPECT_EQ(read(folder / "x/y/b"), "text");
}

TEST_F(Files, MoveWorksAcrossFileSystems) {
  struct stat here {}, there {};
  if (::stat(folder.c_str(), &here) != 0 || ::stat("/dev/shm", &there) != 0 || here.st_dev == there.st_dev) GTEST_SKIP() << "no second file system";
  put("a", "text");
  const auto to = "/dev/shm/" + folder.filename().string();
  ASSERT_EQ(run("file.move", {{"from", "a"}, {"to", to}}), MR_SUCCEEDED);
  EXPECT_FALSE(fs::exists(folder / "a"));
  EXPECT_EQ(read(to), "text");
  fs::remove(to);
}

TEST_F(Files, MovingAFileOntoItselfKeepsIt) {
  put("a", "text");
  EXPECT_EQ(run("file.move", {{"from", "a"}, {"to", "./a"}}), MR_SUCCEEDED);
  EXPECT_EQ(read(folder / "a"), "text");
}

TEST_F(Files, DeleteSaysWhetherSomethingWasThere) {
  put("a", "text");
  ASSERT_EQ(run("file.delete", {{"path", "a"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["deleted"], true);
  ASSERT_EQ(run("file.delete", {{"path", "a"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["deleted"], false);
  EXPECT_EQ(run("file.delete", {{"path", "a"}, {"missing_ok", false}}), MR_FAILED_FINAL);
}

TEST_F(Files, AFolderIsNeverDeleted) {
  fs::create_directory(folder / "sub");
  EXPECT_EQ(run("file.delete", {{"path", "sub"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4042");
  EXPECT_TRUE(fs::exists(folder / "sub"));
}

TEST_F(Files, WriteLeavesExactlyTheText) {
  ASSERT_EQ(run("file.write", {{"path", "out/mark"}, {"text", "ready\n"}}), MR_SUCCEEDED);
  EXPECT_EQ(read(folder / "out/mark"), "ready\n");
}

TEST_F(Files, AConfigWithAnUnknownKeyIsRefusedBeforeAnythingHappens) {
  put("a", "text");
  EXPECT_EQ(run("file.delete", {{"path", "a"}, {"recursive", true}}), MR_FAILED_FINAL);
  EXPECT_TRUE(fs::exists(folder / "a"));
  EXPECT_NE(host.failure()["what"].get<std::string>().find("'recursive'"), std::string::npos);
}

TEST_F(Files, FindListsFinishedFilesThatFit) {
  put("a.csv", "1");
  put("b.csv", "2");
  put("c.txt", "3");
  fs::create_directory(folder / "d.csv");
  EXPECT_EQ(run("file.find", {{"pattern", "*.csv"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["count"], 2);
  EXPECT_EQ(host.output()["files"][0], (folder / "a.csv").string());
  EXPECT_EQ(run("file.find", {{"pattern", "*.csv"}, {"settle", "1h"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["count"], 0) << "they may still be written to";
  EXPECT_EQ(run("file.find", {{"pattern", "none/*"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["count"], 0);
  EXPECT_EQ(run("file.find", {{"pattern", "*"}, {"settle", "soon"}}), MR_FAILED_FINAL);
}

}  // namespace
