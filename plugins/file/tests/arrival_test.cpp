// file.wait and file.checksum.
#include <thread>

#include "file/tests/folder.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;

class Arrival : public mr::testing::Folder {};

TEST_F(Arrival, WaitsForAsManyFilesAsAskedAndNamesThem) {
  put("a.csv", "1");
  std::thread later([&] { put("\xC3\xBC b.csv", "2"); });
  EXPECT_EQ(run("file.wait", {{"pattern", "*.csv"}, {"count", 2}, {"quiet", "0s"}, {"every", "10ms"}}), MR_SUCCEEDED);
  later.join();
  EXPECT_EQ(host.output()["count"], 2);
  EXPECT_EQ(host.output()["files"], (Json{(folder / "a.csv").string(), (folder / "\xC3\xBC b.csv").string()}));
}

TEST_F(Arrival, AFileThatGrowsIsNotThereYetWhateverItsDateSays) {
  put("a.csv", "1");
  std::atomic<bool> ended = false;
  std::thread writer([&] {
    for (std::string text = "1"; !ended; text += "1") {
      put("a.csv", text);
      fs::last_write_time(folder / "a.csv", fs::file_time_type::clock::now() - std::chrono::hours(24));
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(run("file.wait", {{"pattern", "*.csv"}, {"quiet", "10s"}, {"timeout", "100ms"}, {"every", "10ms"}}), MR_FAILED_RETRY);
  ended = true;
  writer.join();
  EXPECT_EQ(code(), "E4045");
  EXPECT_EQ(host.failure()["class"], "timeout");
  EXPECT_EQ(host.failure()["what"], "1 of 1 files are there after 100ms, and 0 have stopped changing");
}

TEST_F(Arrival, FoldersAreNoFilesAndACancelEndsTheWait) {
  fs::create_directory(folder / "x.csv");
  std::thread canceller([&] { host.cancel(); });
  EXPECT_EQ(run("file.wait", {{"pattern", "*.csv"}, {"quiet", "0s"}}), MR_CANCELLED);
  canceller.join();
}

TEST_F(Arrival, WrongDurationsAreRefusedByName) {
  for (const auto* wrong : {"", "5", "s", "-1s", "1e3s", "nan s", "inf", "99999999d", "5 s"}) {
    EXPECT_EQ(run("file.wait", {{"pattern", "*"}, {"quiet", wrong}}), MR_FAILED_FINAL) << wrong;
    EXPECT_EQ(host.failure()["where"], "config.quiet") << wrong;
  }
  EXPECT_EQ(run("file.wait", {{"pattern", "*"}, {"count", 0}}), MR_FAILED_FINAL);
}

class Sums : public mr::testing::Folder {};

TEST_F(Sums, AreThoseThatEverybodyComputes) {
  put("abc", "abc");
  put("empty", "");
  const auto sum = [&](const char* name, const char* algorithm) {
    EXPECT_EQ(run("file.checksum", {{"path", name}, {"algorithm", algorithm}}), MR_SUCCEEDED);
    return host.output()["checksum"];
  };
  EXPECT_EQ(sum("abc", "sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sum("abc", "sha1"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sum("abc", "md5"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(sum("empty", "sha256"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(host.output()["bytes"], 0);
}

TEST_F(Sums, OfAFileLargerThanOneReadAreOfAllOfIt) {
  put("big", std::string(1'000'000, 'a'));
  ASSERT_EQ(run("file.checksum", {{"path", "big"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["checksum"], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(host.output()["bytes"], 1'000'000);
}

TEST_F(Sums, OfManyFilesStandByTheirPath) {
  put("in/a", "abc");
  put("in/\xC3\xA9", "");
  ASSERT_EQ(run("file.checksum", {{"path", "in/*"}, {"algorithm", "md5"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["checksums"], (Json{{"in/a", "900150983cd24fb0d6963f7d28e17f72"}, {"in/\xC3\xA9", "d41d8cd98f00b204e9800998ecf8427e"}}));
  EXPECT_EQ(host.output()["count"], 2);
  EXPECT_FALSE(host.output().contains("checksum"));
}

TEST_F(Sums, AreComparedWithWhatIsExpected) {
  put("a", "abc");
  put("b", "");
  const std::string abc = "900150983CD24FB0D6963F7D28E17F72", empty = "d41d8cd98f00b204e9800998ecf8427e";
  const auto check = [&](const char* path, const Json& expect) { return run("file.checksum", {{"path", path}, {"algorithm", "md5"}, {"expect", expect}}); };
  EXPECT_EQ(check("a", abc), MR_SUCCEEDED);
  EXPECT_EQ(check("*", {{"a", abc}, {"./b", empty}}), MR_SUCCEEDED);
  EXPECT_EQ(check("a", empty), MR_FAILED_FINAL);
  EXPECT_EQ(code() + host.failure()["class"].get<std::string>(), "E4046data");
  EXPECT_EQ(host.failure()["where"], "a");
  EXPECT_EQ(check("*", {{"c", empty}}), MR_FAILED_FINAL) << "a file that is expected is missing";
  EXPECT_EQ(code(), "E4040");
  EXPECT_EQ(check("*", abc), MR_FAILED_FINAL) << "one checksum, two files";
  for (const Json& wrong : {Json("abc"), Json(7), Json(abc + "00"), Json{{"a", nullptr}}, Json("z00150983cd24fb0d6963f7d28e17f72")}) {
    EXPECT_EQ(check("a", wrong), MR_FAILED_FINAL) << wrong;
    EXPECT_EQ(host.failure()["where"], "config.expect") << wrong;
  }
}

TEST_F(Sums, OfNothingAreAFailure) {
  fs::create_directory(folder / "sub");
  EXPECT_EQ(run("file.checksum", {{"path", "none*"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4040");
  EXPECT_EQ(run("file.checksum", {{"path", "none"}}), MR_FAILED_FINAL);
  EXPECT_EQ(run("file.checksum", {{"path", "sub"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4042");
}

}  // namespace
