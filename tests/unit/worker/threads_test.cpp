// Attempts in threads of the worker: a real library, a real gate. The worker is this process, so what it may not do is end it.
#include <sys/socket.h>

#include <fstream>

#include "attempt.pb.h"
#include "harness.hpp"
#include "sdk/millrace_plugin.h"
#include "sdk/millrace_traits.h"
#include "worker/child/attempt.hpp"
#include "worker/child/frames.hpp"

namespace millrace::testing {
namespace {

OperatorInfo offers(const char* type, const char* plugin, uint32_t traits) {
  return {.type = type, .plugin = plugin, .library = MR_TEST_THREADS, .traits = traits};
}

class Threads : public WorkerTest {
 protected:
  Threads() {
    options_.isolation = Isolation::thread;
    options_.trusted_plugins = {"threads"};
    options_.operators = OperatorList({offers("test.do", "threads", MR_CANCELLABLE)});
    options_.stop_grace = Millis(10'000);
    gate_options_.cancel_grace = Millis(10'000);
  }
  ~Threads() override { release(); }

  static Json what(const char* name) { return Json::object({{"do", name}}); }
  Json ignore() const { return Json::object({{"do", "ignore"}, {"until", root_ + "/released"}}); }
  // The thread outlives its worker, not the test's process.
  void release() const { std::ofstream(root_ + "/released") << "now"; }

  bool noted(const std::string& text) {
    return heard_.await([&] { return heard_.note == text; });
  }
  // In the process of an attempt this would be another number than ours.
  bool ran_here(const AttemptReport& report) { return report.output["pid"].as_int() == ::getpid(); }
};

TEST_F(Threads, ALeaseRunsInTheWorkerItselfAndReports) {
  start();
  const auto report = report_of(offer(what("say")));
  EXPECT_EQ(report.outcome, Outcome::succeeded);
  EXPECT_TRUE(ran_here(report));
  EXPECT_EQ(report.output["facts"]["run"].as_text(), "retail@2026-11-01");
  EXPECT_EQ(report.output["facts"]["data_root"].as_text(), "/data");
  EXPECT_EQ(report.output["folder"].as_text(), std::filesystem::current_path().string()) << "it went to another folder, and all threads with it";
  EXPECT_TRUE(std::filesystem::is_empty(report.output["facts"]["work_folder"].as_text())) << "the next one would find what this one left";
  EXPECT_EQ(log_of(), std::vector<std::string>{"hello world"});
  EXPECT_EQ(heard_.note, "half of it");
  ASSERT_EQ(heard_.checkpoints.size(), 1U);
  EXPECT_EQ(heard_.checkpoints[0]["at"].as_int(), 7);
}

TEST_F(Threads, SecretsAreHidden) {
  options_.secrets = root_ + "/secrets";
  std::filesystem::create_directories(options_.secrets);
  std::ofstream(options_.secrets + "/token") << "open sesame";
  std::filesystem::permissions(options_.secrets + "/token", std::filesystem::perms::owner_read);
  start();
  const auto report = report_of(offer(Json::object({{"do", "say"}, {"word", "{{ secret(\"token\") }}"}, {"password", "plain"}})));
  EXPECT_EQ(report.outcome, Outcome::succeeded) << report.error.error.what;
  EXPECT_EQ(log_of(), std::vector<std::string>{"hello ***"});
  EXPECT_EQ(report.output["word"].as_text(), "***");
  EXPECT_EQ(report.config["word"].as_text(), "***");
  EXPECT_EQ(report.config["password"].as_text(), "***");
}

TEST_F(Threads, AFailureKeepsItsClassAndText) {
  start();
  const auto report = report_of(offer(what("fail")));
  EXPECT_TRUE(report.final_failure);
  EXPECT_EQ(report.error.error_class, "data");
  EXPECT_EQ(report.error.error.what, "the rows are wrong");
}

TEST_F(Threads, AnOutputThatIsTooLargeIsRefused) {
  start();
  const auto report = report_of(offer(what("too much")));
  EXPECT_EQ(report.output.dump(), R"({"refused":1})");
  ASSERT_EQ(log_of().size(), 1U);
  EXPECT_TRUE(log_of()[0].starts_with("E4010")) << log_of()[0];
}

// With a frame that is soon too small; and without a worker, which would not send on so much anyway.
TEST_F(Threads, AResultThatIsTooLargeForAFrameIsOneFailedAttempt) {
  int ends[2]{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  std::thread serving([&] { serve_attempts_in_thread(ends[1], 300); });
  const auto result_of = [&](const char* word) {
    attempt::v1::ToChild order;
    auto& start = *order.mutable_start();
    start.set_library(MR_TEST_THREADS);
    start.set_operator_type("test.do");
    start.set_config_json(Json::object({{"do", "fail"}, {"word", word}}).dump());
    start.set_document_json("{}");
    EXPECT_TRUE(write_frame(ends[0], order.SerializeAsString()).ok());
    attempt::v1::FromChild answer;
    while (!answer.has_finished()) {
      if (!answer.ParseFromString(read_frame(ends[0]).value())) break;
    }
    return answer.finished();
  };
  EXPECT_EQ(result_of("short").what(), "the rows are wrong");
  EXPECT_EQ(result_of(std::string(300, 'x').c_str()).code(), "E3005");
  EXPECT_EQ(result_of("short").what(), "the rows are wrong");
  ::close(ends[0]);
  serving.join();
  ::close(ends[1]);
}

TEST_F(Threads, AnExceptionAtTheBorderIsOneFailedAttempt) {
  start();
  const auto report = report_of(offer(what("throw")));
  EXPECT_EQ(report.outcome, Outcome::failed);
  EXPECT_FALSE(report.final_failure);
  EXPECT_EQ(report.error.error.code, "E3012");
  EXPECT_EQ(report.error.error.what, "the operator let an exception out: the sky fell");
  EXPECT_EQ(report_of(offer(what("throw a number"), 2)).error.error.code, "E3012");
  EXPECT_EQ(report_of(offer(what("say"), 3)).outcome, Outcome::succeeded);
}

TEST_F(Threads, TwoOfOneOperatorRunAtOnce) {
  start();
  const auto one = offer(what("meet"), 1, 1), two = offer(what("meet"), 1, 2);
  EXPECT_EQ(report_of(one).outcome, Outcome::succeeded);
  EXPECT_EQ(report_of(two).outcome, Outcome::succeeded);
}

TEST_F(Threads, ManyLeasesRunThroughFewThreads) {
  options_.patience = std::chrono::minutes(5);
  options_.attempts_per_child = 7;
  start();
  for (int task = 0; task < 200; ++task) offer(what("say"), 1, task);
  ASSERT_TRUE(heard_.await([&] { return heard_.reports.size() >= 200; }));
  EXPECT_TRUE(std::all_of(heard_.reports.begin(), heard_.reports.end(), [](const auto& r) { return r.outcome == Outcome::succeeded; }));
  EXPECT_TRUE(std::all_of(heard_.reports.begin(), heard_.reports.end(), [&](const auto& r) { return ran_here(r); }));
}

// The neighbour takes no time of a processor, and is charged none of the other's.
TEST_F(Threads, OnlyTheWorkOfItsOwnThreadIsCounted) {
  start();
  const auto idle = offer(what("wait"), 1, 1);
  ASSERT_TRUE(noted("waiting"));
  const auto busy = report_of(offer(Json::object({{"do", "burn"}, {"seconds", 0.3}}), 1, 2));
  gate_->cancel("w1", idle, "the test is over");
  EXPECT_GE(busy.usage["cpu_seconds"].as_real(), 0.3);
  EXPECT_LT(busy.usage["cpu_seconds"].as_real(), 1.0);
  EXPECT_LT(report_of(idle).usage["cpu_seconds"].as_real(), 0.2);
  EXPECT_EQ(busy.usage["peak_memory_bytes"].as_int(), 0) << "of one thread nobody knows it";
}

TEST_F(Threads, ACancelIsHeardAndTheThreadRunsTheNext) {
  start();
  const auto lease = offer(what("wait"));
  ASSERT_TRUE(noted("waiting"));
  gate_->cancel("w1", lease, "by hand");
  const auto report = report_of(lease);
  EXPECT_EQ(report.outcome, Outcome::cancelled);
  EXPECT_EQ(report_of(offer(what("say"), 2)).outcome, Outcome::succeeded);
}

// The neighbour ends within the worker's grace, and what waits for a slot goes back; of the deaf one nothing is said that is not so.
TEST_F(Threads, ACancelThatIsNotHeardEndsTheWorkerAndTheOthersAreTold) {
  gate_options_.cancel_grace = Millis(50);
  options_.patience = std::chrono::minutes(5);
  start();
  const auto deaf = offer(ignore(), 1, 1);
  ASSERT_TRUE(noted("deaf"));
  const auto neighbour = offer(Json::object({{"do", "ignore"}, {"until", root_ + "/neighbour"}}), 2, 2);
  ASSERT_TRUE(confirmed(neighbour));
  const auto waits = offer(what("say"), 3, 3);
  ASSERT_TRUE(heard_.await([&] { return heard_.last_renewed.size() == 3; }));
  gate_->cancel("w1", deaf, "by hand");
  ASSERT_TRUE(heard_.await([&] { return heard_.returns == std::vector<LeaseNumber>{waits}; }));
  std::ofstream(root_ + "/neighbour") << "now";
  EXPECT_EQ(report_of(neighbour).outcome, Outcome::succeeded);
  EXPECT_EQ(leave(), kCannotStop);
  EXPECT_EQ(heard_.reports.size(), 1U);
  const auto lines = log_of();
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const auto& line) { return line.find("E3015") != std::string::npos; }));
}

// It waits for its neighbours, and not for ever.
TEST_F(Threads, TheWorkerEndsAlsoWhenANeighbourGoesOn) {
  gate_options_.cancel_grace = Millis(50);
  options_.stop_grace = Millis(50);
  start();
  const auto deaf = offer(ignore(), 1, 1);
  ASSERT_TRUE(noted("deaf"));
  ASSERT_TRUE(confirmed(offer(ignore(), 1, 2)));
  gate_->cancel("w1", deaf, "by hand");
  EXPECT_EQ(leave(), kCannotStop);
  EXPECT_TRUE(heard_.reports.empty());
}

TEST_F(Threads, OneThatStopsLateIsStillTold) {
  gate_options_.cancel_grace = Millis(50);
  start();
  const auto late = offer(ignore(), 1, 1), neighbour = offer(what("wait"), 1, 2);
  ASSERT_TRUE(confirmed(late) && confirmed(neighbour));
  gate_->cancel("w1", late, "by hand");
  ASSERT_TRUE(heard_.await([&] { return heard_.drains == 1; }));
  release();
  EXPECT_EQ(report_of(late).outcome, Outcome::succeeded);
  gate_->cancel("w1", neighbour, "the test is over");
  EXPECT_EQ(report_of(neighbour).outcome, Outcome::cancelled);
  EXPECT_EQ(leave(), kCannotStop);
}

TEST_F(Threads, ALeaseThatEndsEndsTheWorkerAtOnce) {
  gate_options_.lease = Millis(300);
  start();
  const auto lease = offer(ignore());
  ASSERT_TRUE(noted("deaf"));
  ASSERT_TRUE(heard_.await([&] { return heard_.last_renewed == std::vector<LeaseNumber>{lease}; }));
  close_gate();
  EXPECT_EQ(leave(), kCannotStop);
}

TEST_F(Threads, AFencedAttemptEndsTheWorkerAtOnce) {
  start();
  const auto lease = offer(ignore());
  ASSERT_TRUE(noted("deaf"));
  gate_->fence("w1", {lease});
  EXPECT_EQ(leave(), kCannotStop);
  EXPECT_TRUE(heard_.reports.empty());
}

TEST_F(Threads, TheSecondRequestToStopEndsItToo) {
  options_.stop_grace = Millis(50);
  start();
  offer(ignore());
  ASSERT_TRUE(noted("deaf"));
  stop_.request();
  stop_.request();
  EXPECT_EQ(leave(), kCannotStop);
}

TEST_F(Threads, AThreadThatIsIdleHoldsNobodyUp) {
  start();
  EXPECT_EQ(report_of(offer(what("say"))).outcome, Outcome::succeeded);
  stop_.request();
  EXPECT_EQ(leave(), 0);
}

// The attempt program of the tests says who it is; in a thread it would be us, and another library.
TEST_F(Threads, WhatIsNotForThreadsRunsInAProcess) {
  options_.operators = OperatorList({offers("test.needs_process", "threads", MR_CANCELLABLE | MR_NEEDS_PROCESS),
                                     offers("test.not_in_worker", "threads", MR_CANCELLABLE | MR_NOT_IN_WORKER),
                                     offers("test.not_cancellable", "threads", MR_IDEMPOTENT), offers("test.foreign", "others", MR_CANCELLABLE)});
  start();
  int attempt = 0;
  std::vector<int64_t> pids;
  for (const char* type : {"test.needs_process", "test.needs_process", "test.not_in_worker", "test.not_cancellable", "test.foreign"}) {
    operator_ = type;
    pids.push_back(report_of(offer(what("who"), ++attempt)).output["pid"].as_int());
    EXPECT_GT(pids.back(), 0) << type;
    EXPECT_NE(pids.back(), ::getpid()) << type;
  }
  EXPECT_NE(pids[0], pids[1]) << "needs one of its own";
  EXPECT_EQ(pids[2], pids[3]) << "what may share one does";
}

TEST_F(Threads, WhoseMemoryIsLimitedRunsInAProcess) {
  takes_.memory = int64_t{64} << 20;
  start();
  const auto pid = report_of(offer(what("who"))).output["pid"].as_int();
  EXPECT_GT(pid, 0);
  EXPECT_NE(pid, ::getpid());
  takes_.memory = 0;
  EXPECT_TRUE(ran_here(report_of(offer(what("say"), 2)))) << "it must not get the warm process";
}

}  // namespace
}  // namespace millrace::testing
