#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "sdk/millrace_testing.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;

std::string sorted(std::string text) {  // an environment has no order
  std::sort(text.begin(), text.end());
  return text;
}

class Shell : public testing::Test {
 protected:
  Shell() {
    std::string name = (fs::temp_directory_path() / "shell_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    host.at(folder.string());
  }
  ~Shell() override { fs::remove_all(folder); }

  mr_outcome run(Json config) { return library.run("shell.run", config, host); }

  fs::path folder{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(Shell, TwoStreamsBecomeTwoLevelsOfTheLog) {
  ASSERT_EQ(run({{"run", "echo one\necho two >&2\nprintf three"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.log(MR_INFO), "one\nthree\n");
  EXPECT_EQ(host.log(MR_WARN), "two\n");
  EXPECT_EQ(host.output()["exit_code"], 0);
}

TEST_F(Shell, TheLastLineCanBeTheOutput) {
  ASSERT_EQ(run({{"run", "echo working; echo '{\"rows\": 7}'"}, {"output", "json"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["json"], (Json{{"rows", 7}}));
}

TEST_F(Shell, ALastLineThatIsNoJsonIsSaidSo) {
  EXPECT_EQ(run({{"run", "echo done"}, {"output", "json"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4024");
}

TEST_F(Shell, TheEnvironmentHoldsWhatWasGivenAndNothingOfTheHosts) {
  ::setenv("SHELL_TEST_SECRET", "x", 1);
  ASSERT_EQ(run({{"run", "echo \"$GIVEN/${SHELL_TEST_SECRET-none}\""}, {"env", {{"GIVEN", "a b"}}}}), MR_SUCCEEDED);
  EXPECT_EQ(host.log(MR_INFO), "a b/none\n");
}

TEST_F(Shell, TheDagsEnvIsThereAndTheConfigHasTheLastWord) {
  host.facts["env"] = Json{{"CITY", "Köln"}, {"LIMIT", 5}};
  ASSERT_EQ(run({{"run", "echo $CITY $LIMIT"}, {"env", {{"CITY", "Bonn"}}}}), MR_SUCCEEDED);
  EXPECT_EQ(host.log(MR_INFO), "Bonn 5\n");
}

TEST_F(Shell, TheNextAttemptFindsWhatThisOneSaved) {
  const Json counts{{"run", "read n < \"$MILLRACE_CHECKPOINT\"; echo ${n:-none}; echo $((${n:-0} + 1)) > \"$MILLRACE_CHECKPOINT\"; exit 3"}};
  EXPECT_EQ(run(counts), MR_FAILED_RETRY);
  EXPECT_EQ(host.log(MR_INFO), "none\n");
  EXPECT_EQ(host.checkpoint(), "1\n");
  host.facts["checkpoint"] = host.checkpoint();
  EXPECT_EQ(run(counts), MR_FAILED_RETRY);
  EXPECT_EQ(host.log(MR_INFO), "none\n1\n");
  EXPECT_EQ(host.checkpoint(), "2\n");
}

TEST_F(Shell, ACheckpointIsSavedWhileTheCommandRuns) {
  host.on_log = [&](const mr::testing::Line& line) {
    if (line.text == "again") host.cancel();
  };
  EXPECT_EQ(run({{"run", "echo half > \"$MILLRACE_CHECKPOINT\"; echo said; while :; do read x < /dev/null; echo again; done"}}), MR_CANCELLED);
  EXPECT_EQ(host.checkpoint(), "half\n");
}

TEST_F(Shell, ACheckpointThatIsTooLargeIsNotSavedAndSaysSo) {
  EXPECT_EQ(run({{"run", "head -c 70000 /dev/zero | tr '\\0' x > \"$MILLRACE_CHECKPOINT\"; exit 3"}}), MR_FAILED_RETRY);
  EXPECT_TRUE(host.checkpoint().is_null());
  EXPECT_NE(host.log(MR_WARN).find("E4012"), std::string::npos);
}

TEST_F(Shell, AFolderIsTakenRelativeToTheDag) {
  fs::create_directory(folder / "sub");
  ASSERT_EQ(run({{"run", "basename \"$PWD\""}, {"folder", "sub"}}), MR_SUCCEEDED);
  EXPECT_EQ(host.log(MR_INFO), "sub\n");
}

TEST_F(Shell, ACommandThatIsNotThereIsNotTriedAgain) {
  EXPECT_EQ(run({{"run", "no-such-command-anywhere"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["class"], "config/exit_127");
  EXPECT_EQ(host.output()["exit_code"], 127);
}

TEST_F(Shell, AShellThatIsNotThereIsNamed) {
  EXPECT_EQ(run({{"run", "true"}, {"shell", "/no/such/shell"}}), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["code"], "E4021");
}

TEST_F(Shell, ListedExitCodesAloneAreTriedAgain) {
  const Json listed = Json::array({"75"});
  EXPECT_EQ(run({{"run", "exit 75"}, {"retry_exit_codes", listed}}), MR_FAILED_RETRY);
  EXPECT_EQ(run({{"run", "exit 1"}, {"retry_exit_codes", listed}}), MR_FAILED_FINAL);
}

TEST_F(Shell, ACommandEndedByASignalIsTriedAgain) {
  EXPECT_EQ(run({{"run", "kill -KILL $$"}}), MR_FAILED_RETRY);
  EXPECT_EQ(host.failure()["code"], "E4022");
}

TEST_F(Shell, CancelEndsTheCommandAndItsChildren) {
  host.on_log = [&](const mr::testing::Line& line) { if (line.text.starts_with("pid ")) host.cancel(); };
  ASSERT_EQ(run({{"run", "sleep 600 & echo pid $!; wait"}}), MR_CANCELLED);
  const auto log = host.log(MR_INFO);
  const pid_t sleeper = std::atoi(log.substr(log.find("pid ") + 4).c_str());
  ASSERT_GT(sleeper, 1);
  const int ending = static_cast<int>(::syscall(SYS_pidfd_open, sleeper, 0));
  if (ending < 0) return;  // dead and buried
  pollfd watched{ending, POLLIN, 0};
  EXPECT_EQ(::poll(&watched, 1, 10'000), 1) << "the child outlived the cancel";
  ::close(ending);
}

TEST_F(Shell, ADaemonThatKeepsTheStreamsOpenIsNotWaitedFor) {
  ASSERT_EQ(run({{"run", "setsid sleep 30 & echo $!"}}), MR_SUCCEEDED);
  ::kill(std::atoi(host.log(MR_INFO).c_str()), SIGKILL);
}

// What a shell would only pass on is run without one; nobody sees the difference.
TEST_F(Shell, APlainCommandIsTheSameWithAShellAndWithout) {
  for (const std::string command : {"/bin/echo one  two", "/bin/echo a=b,c:d@e%f", "  /bin/echo three \n", "/bin/false", "/nowhere/there-is-none x", "/etc/passwd", "/usr/bin/env", "/bin/echo 'four' \"$HOME\"",
                                    "x=1 /usr/bin/env", "/bin/echo a;/bin/echo b"}) {
    mr::testing::FakeHost without, with_shell;
    for (auto* one : {&without, &with_shell}) one->at(folder.string());
    EXPECT_EQ(library.run("shell.run", {{"run", command}}, without), library.run("shell.run", {{"run", ":;" + command}}, with_shell)) << command;  // no longer plain
    EXPECT_EQ(sorted(without.log(MR_INFO)), sorted(with_shell.log(MR_INFO))) << command;
    EXPECT_EQ(without.log(MR_WARN), with_shell.log(MR_WARN)) << command;
    EXPECT_EQ(without.output(), with_shell.output()) << command;
  }
}

TEST_F(Shell, ALineWithoutEndIsCutNotCollected) {
  ASSERT_EQ(run({{"run", "head -c 100000 /dev/zero | tr '\\0' x"}}), MR_SUCCEEDED);
  EXPECT_GE(host.lines().size(), 6u);
}

}  // namespace
