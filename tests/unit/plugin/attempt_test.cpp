// The attempt program as a worker sees it: real processes, real libraries, real frames.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "attempt.pb.h"
#include "base/json.hpp"
#include "sdk/millrace_plugin.h"
#include "worker/child/frames.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;
namespace v1 = attempt::v1;
using testing::HasSubstr;

std::string built(const std::string& name) { return std::string(MR_TEST_LIBRARIES) + "/" + name + ".so"; }

class Attempts : public testing::Test {
 protected:
  Attempts() {
    std::string name = (fs::temp_directory_path() / "attempt_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) throw std::runtime_error("no socket pair");
    socket = pair[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    // A descriptor that is its own target would keep its close-on-exec flag.
    const int theirs = ::fcntl(pair[1], F_DUPFD_CLOEXEC, 16);
    posix_spawn_file_actions_adddup2(&actions, theirs, 3);
    char program[] = MR_TEST_ATTEMPT;
    char* arguments[]{program, nullptr};
    char* environment[]{nullptr};
    const int failed = ::posix_spawn(&child, program, &actions, nullptr, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    ::close(pair[1]);
    ::close(theirs);
    if (failed != 0) throw std::runtime_error("the attempt program does not start");
  }

  ~Attempts() override {
    if (socket >= 0) ::close(socket);
    if (child > 0) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
    fs::remove_all(folder);
  }

  void start(const std::string& type, const std::string& config = "{}", const std::string& library = built("odd")) {
    v1::ToChild message;
    auto& s = *message.mutable_start();
    s.set_library(library);
    s.set_operator_type(type);
    s.set_config_json(config);
    s.set_document_json(R"({"params": {"day": "monday", "n": 2}})");
    s.set_facts_json(R"({"task": "t1", "dag": "d"})");
    s.set_work_folder(folder.string());
    s.set_leave_ms(leave_ms);
    ASSERT_TRUE(write_frame(socket, message.SerializeAsString()).ok());
  }

  // The next message; none when the child has left.
  std::optional<v1::FromChild> next() {
    const auto frame = read_frame(socket);
    v1::FromChild message;
    if (!frame || !message.ParseFromString(*frame)) return std::nullopt;
    if (message.has_log()) log += message.log().text() + "\n";
    return message;
  }

  v1::Finished finish() {
    while (auto message = next()) {
      if (message->has_finished()) return message->finished();
      if (message->has_progress()) progress = message->progress().fraction();
    }
    ADD_FAILURE() << "the child left without a result; its log: " << log;
    return {};
  }

  v1::Finished run(const std::string& type, const std::string& config = "{}", const std::string& library = built("odd")) {
    start(type, config, library);
    return finish();
  }

  int wait_status() {
    int status = 0;
    ::waitpid(child, &status, 0);
    child = -1;
    return status;
  }

  fs::path folder{};
  int64_t leave_ms = 0;
  int socket = -1;
  pid_t child = -1;
  std::string log{};
  double progress = 0;
};

TEST_F(Attempts, ExpressionsAreEvaluatedAndResultsComeBack) {
  const auto finished = run("odd.echo", R"({"value": {"day": "{{ .params.day }}"}, "times": "{{ .params.n }}"})");
  EXPECT_EQ(finished.outcome(), MR_SUCCEEDED);
  EXPECT_EQ(*Json::parse(finished.output_json()), *Json::parse(R"({"value": {"day": "monday"}, "task": "t1"})"));
  EXPECT_EQ((*Json::parse(finished.data_commit_json()))["positions"].at(0)["value"], Json(2));
  EXPECT_EQ(progress, 0.5);
}

TEST_F(Attempts, SecretsAreMaskedInTheConfigThatIsShown) {
  const auto finished = run("odd.echo", R"({"value": 1, "password": "hunter2"})");
  const auto shown = *Json::parse(finished.config_json());
  EXPECT_EQ(shown["password"], Json("***"));
  EXPECT_EQ(shown["value"], Json(1));
  EXPECT_THAT(finished.SerializeAsString(), testing::Not(HasSubstr("hunter2")));
}

TEST_F(Attempts, OneProcessRunsManyAttemptsAndKeepsThemApart) {
  EXPECT_EQ(run("odd.echo", R"({"value": 1})").outcome(), MR_SUCCEEDED);
  EXPECT_EQ(run("odd.throw").outcome(), MR_FAILED_RETRY);
  const auto last = run("odd.echo", R"({"value": 3})");
  EXPECT_EQ(*Json::parse(last.output_json()), *Json::parse(R"({"value": 3, "task": "t1"})"));
  EXPECT_EQ(last.what(), "");
}

TEST_F(Attempts, WhatAFailureSaysArrivesWhole) {
  const auto finished = run("odd.echo", R"({"value": 1, "password": "fail"})");
  EXPECT_EQ(finished.outcome(), MR_FAILED_RETRY);
  EXPECT_EQ(finished.error_class(), "own");
  EXPECT_EQ(finished.code(), "X1");
  EXPECT_EQ(finished.what(), "failed on demand");
  EXPECT_EQ(finished.where(), "here");
  EXPECT_EQ(finished.hint(), "do not ask");
  EXPECT_EQ(finished.data_commit_json(), "") << "a failed attempt must not bring data";
}

TEST_F(Attempts, AnExceptionIsAFailureWorthARetry) {
  const auto finished = run("odd.throw");
  EXPECT_EQ(finished.outcome(), MR_FAILED_RETRY);
  EXPECT_EQ(finished.what(), "the sky fell");
  EXPECT_EQ(run("odd.throw_number").outcome(), MR_FAILED_RETRY);
}

TEST_F(Attempts, ACrashIsTheEndOfTheProcessAndItsLastLinesAreHeard) {
  start("odd.crash");
  while (next()) {
  }
  EXPECT_EQ(log, "about to crash\n");
  const int status = wait_status();
  // Sanitizers turn the signal into an exit code.
  EXPECT_TRUE((WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) || (WIFEXITED(status) && WEXITSTATUS(status) != 0));
}

TEST_F(Attempts, ACancelIsHeardWhileTheOperatorIsBusy) {
  start("odd.wait");
  while (log.empty() && next()) {
  }
  v1::ToChild cancel;
  cancel.mutable_cancel()->set_reason("test");
  ASSERT_TRUE(write_frame(socket, cancel.SerializeAsString()).ok());
  EXPECT_EQ(finish().outcome(), MR_CANCELLED);
}

TEST_F(Attempts, AWorkerThatLeavesTakesTheAttemptWithIt) {
  start("odd.wait");
  while (log.empty() && next()) {
  }
  ::close(std::exchange(socket, -1));
  EXPECT_TRUE(WIFEXITED(wait_status()));
}

// It may have started what is no process of this machine.
TEST_F(Attempts, AnOperatorWhoseWorkerHasLeftIsAskedToStopAndMayTidyUp) {
  leave_ms = 20'000;
  start("odd.tidy");
  while (log.empty() && next()) {
  }
  ::close(std::exchange(socket, -1));
  EXPECT_TRUE(WIFEXITED(wait_status()));
  EXPECT_TRUE(fs::exists(folder / "tidied"));
}

TEST_F(Attempts, AnOperatorThatDoesNotHearItIsNotWaitedForForEver) {
  leave_ms = 50;
  start("odd.deaf");
  while (log.empty() && next()) {
  }
  ::close(std::exchange(socket, -1));
  EXPECT_TRUE(WIFEXITED(wait_status()));
}

TEST_F(Attempts, AnOutputThatIsTooLargeNamesTheTask) {
  const auto finished = run("odd.chatter");
  EXPECT_EQ(finished.outcome(), MR_FAILED_FINAL);
  EXPECT_EQ(finished.code(), "E4010");
  EXPECT_EQ(finished.where(), "part4");
  EXPECT_THAT(log, HasSubstr("'t1'"));
}

TEST_F(Attempts, FourGigabytesAreRefusedUnread) {
  const auto finished = run("huge.output", "{}", built("huge_output"));
  EXPECT_EQ(finished.outcome(), MR_FAILED_FINAL) << "one of them was taken";
  EXPECT_EQ(*Json::parse(finished.output_json()), *Json::parse(R"({"key": 1})")) << "a small one is still welcome";
  EXPECT_THAT(log, HasSubstr("E4010"));
  EXPECT_LT(log.size(), 200'000u);
}

TEST_F(Attempts, BytesThatAreNoTextAreShownAsSuchAndTheRestIsKept) {
  start("odd.garble");
  const auto first = next();  // the library is open
  ASSERT_TRUE(first && first->has_ready());
  const auto line = next();
  ASSERT_TRUE(line && line->has_log());
  EXPECT_EQ(line->log().text(), "gr\xC3\xBC\xC3\x9F\xEF\xBF\xBD");
  const auto note = next();
  ASSERT_TRUE(note && note->has_progress()) << "a note that is no text made the frame unreadable";
  EXPECT_EQ(note->progress().note(), std::string(1024, 'x'));
  EXPECT_EQ(finish().outcome(), MR_SUCCEEDED);
  EXPECT_LT(log.size(), 70'000u) << "a line of a megabyte is cut";
}

TEST_F(Attempts, AConfigOfTheWrongTypeIsRefusedBeforeTheRun) {
  const auto finished = run("odd.echo", R"({"value": 1, "times": "many"})");
  EXPECT_EQ(finished.outcome(), MR_FAILED_FINAL);
  EXPECT_EQ(finished.error_class(), "config");
  EXPECT_THAT(finished.what(), HasSubstr("'times'"));
}

TEST_F(Attempts, ABadExpressionIsAFinalFailureOfTheConfig) {
  const auto finished = run("odd.echo", R"({"value": "{{ .params.day | error }}"})");
  EXPECT_EQ(finished.outcome(), MR_FAILED_FINAL);
  EXPECT_EQ(finished.error_class(), "config");
}

TEST_F(Attempts, LibrariesThatCanNotBeUsedAreFinalFailuresAndTheProcessGoesOn) {
  EXPECT_EQ(run("x.y", "{}", (folder / "none.so").string()).code(), "E4003");
  EXPECT_EQ(run("x.y", "{}", built("no_plugin")).code(), "E4004");
  EXPECT_EQ(run("x.y", "{}", built("other_abi")).code(), "E4005");
  EXPECT_EQ(run("odd.unknown").code(), "E4008");
  EXPECT_EQ(run("odd.echo", R"({"value": 1})").outcome(), MR_SUCCEEDED);
}

}  // namespace
}  // namespace millrace
