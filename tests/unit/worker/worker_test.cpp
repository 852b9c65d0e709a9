#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "harness.hpp"

namespace millrace::testing {
namespace {

Json what(const char* name) { return Json::object({{"do", name}}); }
bool alive(int pid) { return ::kill(pid, 0) == 0; }

TEST_F(WorkerTest, RunsALeaseAndReportsWhatTheAttemptSaid) {
  start();
  const auto lease = offer(what("succeed"));
  const auto report = report_of(lease);
  EXPECT_EQ(report.outcome, Outcome::succeeded);
  EXPECT_EQ(report.output["run"].as_text(), "retail@2026-11-01");
  EXPECT_EQ(report.output["logical_time"].as_text(), "2026-11-01T00:00:00Z");
  EXPECT_EQ(report.output["data_root"].as_text(), "/data");
  EXPECT_TRUE(report.output["inputs"].is_array());
  EXPECT_GT(report.usage["peak_memory_bytes"].as_int(), 0);
  EXPECT_FALSE(std::filesystem::exists(report.output["work_folder"].as_text())) << "the work folder stayed";
}

TEST_F(WorkerTest, TellsTheServerWhatItOffers) {
  options_.labels = {"gpu"};
  start();
  EXPECT_EQ(heard_.last.slots, 2);
  EXPECT_EQ(heard_.last.labels, std::vector<std::string>{"gpu"});
  EXPECT_EQ(heard_.last.operators, std::vector<std::string>{"test.do"});
  ASSERT_EQ(gate_->workers().size(), 1U);
  EXPECT_EQ(gate_->workers()[0].facts.name, "w1");
}

TEST_F(WorkerTest, AFinalFailureKeepsItsClassAndText) {
  start();
  const auto report = report_of(offer(what("fail")));
  EXPECT_EQ(report.outcome, Outcome::failed);
  EXPECT_TRUE(report.final_failure);
  EXPECT_EQ(report.error.error_class, "data");
  EXPECT_EQ(report.error.error.what, "the rows are wrong");
}

TEST_F(WorkerTest, TheAttemptIsToldTheEnvironmentOfItsDag) {
  start();
  EXPECT_EQ(report_of(offer(what("succeed"))).output["env"].dump(), R"({"TZ":"Asia/Tokyo"})");
}

TEST_F(WorkerTest, ACheckpointIsToldAtOnceAndAgainWithAnEndThatIsNoSuccess) {
  start();
  for (const char* how : {"save and fail", "save and crash"}) {
    const auto report = report_of(offer(what(how), how == std::string("save and fail") ? 1 : 2));
    EXPECT_EQ(report.outcome, Outcome::failed) << how;
    EXPECT_EQ(report.checkpoint["at"].as_int(), 7) << how;
  }
  EXPECT_TRUE(heard_.await([&] { return heard_.checkpoints.size() == 2; }));
}

TEST_F(WorkerTest, TheNextAttemptFindsTheCheckpointInItsFacts) {
  start();
  checkpoint_ = Json::object({{"at", 7}});
  EXPECT_EQ(report_of(offer(what("succeed"), 2)).output["checkpoint"]["at"].as_int(), 7);
  checkpoint_ = Json();
  const auto none = report_of(offer(what("succeed"), 3)).output;
  EXPECT_TRUE(none.contains("checkpoint"));
  EXPECT_TRUE(none["checkpoint"].is_null());
}

TEST_F(WorkerTest, OutputThatIsNoJsonIsAFailureOfClassData) {
  start();
  const auto report = report_of(offer(what("invalid output")));
  EXPECT_EQ(report.outcome, Outcome::failed);
  EXPECT_EQ(report.error.error_class, "data");
  EXPECT_EQ(report.error.error.code, "E3005");
}

TEST_F(WorkerTest, ACrashIsOneFailedAttemptThatNamesTheSignal) {
  start();
  const auto report = report_of(offer(what("crash")));
  EXPECT_EQ(report.outcome, Outcome::failed);
  EXPECT_EQ(report.error.error_class, "transient");
  EXPECT_EQ(report.error.error.code, "E3009");
  EXPECT_NE(report.error.error.what.find("SIGSEGV"), std::string::npos) << report.error.error.what;
  EXPECT_EQ(report.usage["exit_signal"].as_int(), SIGSEGV);
  ASSERT_FALSE(log_of().empty());
  EXPECT_EQ(log_of()[0], "about to crash");
  EXPECT_EQ(report_of(offer(what("succeed"), 2)).outcome, Outcome::succeeded) << "the worker did not survive";
}

TEST_F(WorkerTest, AnExitWithoutResultNamesTheCode) {
  start();
  const auto report = report_of(offer(what("exit")));
  EXPECT_NE(report.error.error.what.find("exit code 7"), std::string::npos) << report.error.error.what;
}

TEST_F(WorkerTest, AnExitInOrderWithoutResultIsAFailureAllTheSame) {
  start();
  const auto report = report_of(offer(what("leave in order")));
  EXPECT_EQ(report.outcome, Outcome::failed);
  EXPECT_EQ(report.error.error.code, "E3009");
  EXPECT_NE(report.error.error.what.find("exit code 0 before it gave a result"), std::string::npos) << report.error.error.what;
}

// Meanwhile another attempt of the same worker goes on, and ends as if nothing had been.
TEST_F(WorkerTest, AnAttemptThatSpeaksNonsenseFailsAndItsNeighbourDoesNot) {
  start();
  const auto neighbour = offer(what("wait"), 1, 9);
  ASSERT_TRUE(confirmed(neighbour));
  int attempt = 0;
  for (const char* how : {"nonsense", "announce too much", "hang up"}) {
    const auto report = report_of(offer(what(how), ++attempt));
    EXPECT_EQ(report.outcome, Outcome::failed) << how;
    EXPECT_EQ(report.error.error.code, "E3012") << how << ": " << report.error.error.what;
  }
  gate_->cancel("w1", neighbour, "the test is over");
  EXPECT_EQ(report_of(neighbour).error.error.what, "asked to stop");
  EXPECT_EQ(heard_.leaves, 0);
}

// All processes of attempts of this test, by a mark in their environment.
std::vector<int> marked(const std::string& mark) {
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const int pid = std::atoi(entry.path().filename().c_str());
    std::ifstream in(entry.path() / "environ", std::ios::binary);
    const std::string environment{std::istreambuf_iterator<char>(in), {}};  // empty of a zombie
    if (pid > 0 && environment.find(mark) != std::string::npos) found.push_back(pid);
  }
  return found;
}

// With a control group where there are such, and without any: then all that it has is a quick eye.
class ForkBomb : public WorkerTest, public ::testing::WithParamInterface<int> {};

TEST_P(ForkBomb, EndsWithItsAttemptAndTheNeighbourGoesOn) {
  const auto mark = "MR_TEST_MARK=" + root_;
  options_.child_environment = {mark};
  options_.most_processes = GetParam();
  gate_options_.cancel_grace = Millis(50);
  start();
  const auto neighbour = offer(what("wait"), 1, 9);
  ASSERT_TRUE(confirmed(neighbour));
  heard_.change([&] { heard_.note.clear(); });
  const auto lease = offer(Json::object({{"do", "bomb"}, {"most", 20'000}}));
  ASSERT_TRUE(heard_.await([&] { return heard_.note == "it went off"; }));
  gate_->cancel("w1", lease, "by hand");
  EXPECT_EQ(report_of(lease).outcome, Outcome::cancelled);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int calm = 0;  // one look may miss processes that are replaced all the time
  while (calm < 20 && std::chrono::steady_clock::now() < deadline) calm = marked(mark).size() > 1 ? 0 : calm + 1;
  const auto left = marked(mark);
  EXPECT_EQ(left.size(), 1U) << "the neighbour's process, and nobody else";
  gate_->cancel("w1", neighbour, "the test is over");
  EXPECT_EQ(report_of(neighbour).error.error.what, "asked to stop");
  EXPECT_EQ(report_of(offer(what("succeed"), 2)).outcome, Outcome::succeeded);
  if (left.size() > 1) {
    for (const int pid : marked(mark)) ::kill(pid, SIGKILL);
  }
}

INSTANTIATE_TEST_SUITE_P(Bounds, ForkBomb, ::testing::Values(0, 4096), [](const auto& of) { return of.param == 0 ? "WithoutAGroup" : "InAGroup"; });

TEST_F(WorkerTest, AnUnknownOperatorIsRefusedForGood) {
  options_.operators = {};
  start();
  const auto report = report_of(offer(what("succeed")));
  EXPECT_EQ(report.error.error.code, "E3007");
  EXPECT_TRUE(report.final_failure);
}

TEST_F(WorkerTest, AProgramThatCannotStartIsReported) {
  options_.attempt_program = "/nowhere/millrace-attempt";
  start();
  EXPECT_EQ(report_of(offer(what("succeed"))).error.error.code, "E3008");
}

TEST_F(WorkerTest, TheChildInheritsNothingButItsSocket) {
  ::setenv("MILLRACE_TEST_LEAK", "leaked", 1);
  start();
  const auto output = report_of(offer(what("surroundings"))).output;
  ::unsetenv("MILLRACE_TEST_LEAK");
  EXPECT_EQ(output["fds"].as_text(), "0 1 2 3 ");
  EXPECT_EQ(output["leak"].as_text(), "");
  EXPECT_EQ(output["sid"].as_int(), output["pid"].as_int()) << "no session of its own";
}

TEST_F(WorkerTest, ResultsAndLinesThatAreTooLargeDoNotBreakTheStream) {
  start();
  const auto report = report_of(offer(what("huge")));
  EXPECT_EQ(report.error.error.code, "E3005");
  EXPECT_TRUE(report.final_failure);
  ASSERT_EQ(log_of().size(), 1U);
  EXPECT_TRUE(log_of()[0].ends_with(" (cut)"));
  EXPECT_EQ(heard_.leaves, 0);
}

TEST_F(WorkerTest, ManyLeasesRunThroughFewSlots) {
  options_.patience = std::chrono::minutes(5);
  start();
  for (int task = 0; task < 200; ++task) offer(what("succeed"), 1, task);
  ASSERT_TRUE(heard_.await([&] { return heard_.reports.size() >= 200; }));
  EXPECT_TRUE(std::all_of(heard_.reports.begin(), heard_.reports.end(), [](const auto& r) { return r.outcome == Outcome::succeeded; }));
  EXPECT_TRUE(heard_.await([&] { return heard_.last_renewed.empty(); }));
  EXPECT_TRUE(std::filesystem::is_empty(root_ + "/scratch/worker-w1"));
}

TEST_F(WorkerTest, ALeaseThatWaitsForASlotForTooLongIsGivenBack) {
  options_.slots = 1;
  options_.patience = Millis(50);
  start();
  const auto runs = offer(what("wait"), 1, 1), waits = offer(what("succeed"), 1, 2);
  ASSERT_TRUE(confirmed(runs));
  EXPECT_TRUE(heard_.await([&] { return heard_.returns == std::vector<LeaseNumber>{waits}; }));
  EXPECT_EQ(heard_.confirms, std::vector<LeaseNumber>{runs});
}

TEST_F(WorkerTest, LogLinesArriveOnceAndInOrder) {
  start();
  report_of(offer(Json::object({{"do", "log"}, {"lines", 5000}})));
  const auto log = log_of();
  ASSERT_EQ(log.size(), 5001U);
  EXPECT_EQ(std::count(log.begin(), log.end(), "line 4999"), 1);
  EXPECT_EQ(std::count(log.begin(), log.end(), "from stderr, without an end"), 1);
  std::vector<std::string> frames;
  std::copy_if(log.begin(), log.end(), std::back_inserter(frames), [](const auto& line) { return line.starts_with("line "); });
  for (size_t i = 0; i < frames.size(); ++i) ASSERT_EQ(frames[i], "line " + std::to_string(i));
}

TEST_F(WorkerTest, CancelLetsTheAttemptStopByItself) {
  start();
  const auto lease = offer(what("wait"));
  ASSERT_TRUE(confirmed(lease));
  gate_->cancel("w1", lease, "by hand");
  const auto report = report_of(lease);
  EXPECT_EQ(report.outcome, Outcome::cancelled);
  EXPECT_EQ(report.error.error.what, "asked to stop");
}

TEST_F(WorkerTest, CancelKillsAfterTheGrace) {
  gate_options_.cancel_grace = Millis(50);
  start();
  const auto lease = offer(what("ignore"));
  ASSERT_TRUE(confirmed(lease));
  gate_->cancel("w1", lease, "by hand");
  const auto report = report_of(lease);
  EXPECT_EQ(report.outcome, Outcome::cancelled);
  EXPECT_EQ(report.usage["exit_signal"].as_int(), SIGKILL);
}

TEST_F(WorkerTest, ALeaseThatWaitsForASlotIsRenewedAndCanBeCancelled) {
  options_.slots = 1;
  start();
  const auto first = offer(what("wait"), 1, 0);
  const auto second = offer(what("wait"), 1, 1);
  ASSERT_TRUE(heard_.await([&] { return heard_.last_renewed.size() == 2; }));
  gate_->cancel("w1", second, "by hand");
  EXPECT_EQ(report_of(second).outcome, Outcome::cancelled);
  EXPECT_EQ(std::count(heard_.confirms.begin(), heard_.confirms.end(), second), 0);
  gate_->cancel("w1", first, "by hand");
  report_of(first);
}

TEST_F(WorkerTest, ReportsAreRepeatedUntilAcknowledged) {
  options_.repeat_report = Millis(30);
  start();
  heard_.change([&] { heard_.acknowledges = nullptr; });
  const auto lease = offer(what("succeed"));
  ASSERT_TRUE(heard_.await([&] { return heard_.reports.size() >= 3; }));
  gate_->acknowledge("w1", lease);
  ASSERT_TRUE(heard_.await([&] { return heard_.last_renewed.empty() && heard_.renewals > 0; }));
}

TEST_F(WorkerTest, AnAttemptOutlivesARestartOfTheServer) {
  start();
  const auto lease = offer(what("wait"));
  ASSERT_TRUE(confirmed(lease));
  close_gate();
  open_gate();
  ASSERT_TRUE(heard_.await([&] { return heard_.joins >= 2; }));
  EXPECT_EQ(heard_.running, std::vector<LeaseNumber>{lease});
  gate_->cancel("w1", lease, "by hand");
  EXPECT_EQ(report_of(lease).outcome, Outcome::cancelled);
  EXPECT_EQ(log_of(), std::vector<std::string>{"waiting"}) << "repeated lines must not be written twice";
}

TEST_F(WorkerTest, AReportMadeWhileTheServerWasAwayIsTold) {
  options_.stop_grace = Millis(50);
  start();
  const auto lease = offer(what("ignore"));
  ASSERT_TRUE(confirmed(lease));
  close_gate();
  stop_.request();
  stop_.request();  // gives up what runs, and waits for the server to tell it
  open_gate();
  EXPECT_EQ(report_of(lease).outcome, Outcome::cancelled);
  EXPECT_EQ(leave(), 0);
}

TEST_F(WorkerTest, AnAttemptWhoseLeaseEndsIsKilled) {
  gate_options_.lease = Millis(300);
  start();
  const auto lease = offer(what("ignore"));
  ASSERT_TRUE(confirmed(lease));
  ASSERT_TRUE(heard_.await([&] { return heard_.last_renewed == std::vector<LeaseNumber>{lease}; }));
  const auto folder = root_ + "/scratch/worker-w1/7.0.1";
  ASSERT_TRUE(std::filesystem::exists(folder));
  close_gate();
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::filesystem::exists(folder) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(std::filesystem::exists(folder)) << "the attempt goes on without a lease";
  open_gate();
  ASSERT_TRUE(heard_.await([&] { return heard_.joins >= 2; }));
  EXPECT_TRUE(heard_.running.empty());
  EXPECT_TRUE(heard_.reports.empty());
}

// The server was away for longer than the lease, and nobody else can have it.
TEST_F(WorkerTest, AReportThatOutlivedItsLeaseIsToldAndItsAttemptNamedAsOursBefore) {
  gate_options_.lease = Millis(300);
  start();
  const auto lease = offer(what("leave when told"));
  ASSERT_TRUE(confirmed(lease));
  close_gate();
  std::ofstream(root_ + "/scratch/worker-w1/7.0.1/leave") << "now";
  // Its folder goes with it; the lease ends by the clock.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (std::filesystem::exists(root_ + "/scratch/worker-w1/7.0.1") && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  const auto ended = std::chrono::steady_clock::now() + gate_options_.lease * 2;
  while (std::chrono::steady_clock::now() < ended) std::this_thread::yield();
  open_gate();
  ASSERT_TRUE(heard_.await([&] { return heard_.joins >= 2; }));
  EXPECT_EQ(heard_.running, std::vector<LeaseNumber>{lease});
  EXPECT_EQ(report_of(lease).outcome, Outcome::succeeded);
}

TEST_F(WorkerTest, AFencedAttemptIsKilledWithoutAReport) {
  start();
  const auto lease = offer(what("ignore"));
  ASSERT_TRUE(confirmed(lease));
  gate_->fence("w1", {lease});
  ASSERT_TRUE(heard_.await([&] { return heard_.last_renewed.empty(); }));
  const auto next = offer(what("succeed"), 2);
  report_of(next);
  EXPECT_EQ(heard_.reports.size(), 1U);
}

TEST_F(WorkerTest, AKilledChildIsReported) {
  start();
  const auto lease = offer(what("ignore"));
  ASSERT_TRUE(confirmed(lease));
  ASSERT_TRUE(heard_.await([&] { return !heard_.note.empty(); }));  // the child tells its number
  ASSERT_EQ(::kill(std::stoi(heard_.note), SIGKILL), 0);
  const auto report = report_of(lease);
  EXPECT_EQ(report.error.error_class, "transient");
  EXPECT_NE(report.error.error.what.find("SIGKILL"), std::string::npos) << report.error.error.what;
}

TEST_F(WorkerTest, WhatAnAttemptLeavesBehindIsKilled) {
  start();
  const auto output = report_of(offer(what("daemon"))).output;
  const int daemon = static_cast<int>(output["pid"].as_int());
  ASSERT_GT(daemon, 1);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (alive(daemon) && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(alive(daemon));
}

TEST_F(WorkerTest, APoolKeepsTheProcessWarmForSomeAttempts) {
  options_.isolation = Isolation::pool;
  options_.attempts_per_child = 2;
  start();
  const auto pid = [&](int attempt) { return report_of(offer(what("who"), attempt)).output["pid"].as_int(); };
  const auto first = pid(1);
  EXPECT_EQ(pid(2), first);
  EXPECT_NE(pid(3), first) << "two attempts were its measure";
}

TEST_F(WorkerTest, APoolReplacesAProcessThatDied) {
  options_.isolation = Isolation::pool;
  start();
  const auto first = report_of(offer(what("who"), 1)).output["pid"].as_int();
  EXPECT_EQ(report_of(offer(what("crash"), 2)).error.error.code, "E3009");
  EXPECT_NE(report_of(offer(what("who"), 3)).output["pid"].as_int(), first);
}

TEST_F(WorkerTest, DrainsAtTheFirstRequestAndGivesBackWhatWaits) {
  options_.slots = 1;
  start();
  const auto runs = offer(what("wait"), 1, 0);
  const auto waits = offer(what("wait"), 1, 1);
  ASSERT_TRUE(confirmed(runs));
  ASSERT_TRUE(heard_.await([&] { return heard_.last_renewed.size() == 2; }));
  stop_.request();
  ASSERT_TRUE(heard_.await([&] { return heard_.drains == 1 && heard_.returns == std::vector<LeaseNumber>{waits}; }));
  gate_->cancel("w1", runs, "the test is over");
  EXPECT_EQ(leave(), 0);
  EXPECT_EQ(report_of(runs).outcome, Outcome::cancelled);
  EXPECT_TRUE(heard_.await([&] { return heard_.leaves == 1; }));
}

TEST_F(WorkerTest, TheSecondRequestCancelsWhatRuns) {
  options_.stop_grace = Millis(50);
  start();
  const auto lease = offer(what("ignore"));
  ASSERT_TRUE(confirmed(lease));
  stop_.request();
  ASSERT_TRUE(heard_.await([&] { return heard_.drains == 1; }));
  stop_.request();
  EXPECT_EQ(leave(), 0);
  EXPECT_EQ(report_of(lease).outcome, Outcome::cancelled);
}

TEST_F(WorkerTest, TheServerCanAskForADrain) {
  start();
  gate_->drain("w1");
  EXPECT_EQ(leave(), 0);
  EXPECT_EQ(heard_.drains, 1);
}

TEST_F(WorkerTest, AWorkerThatIsReplacedLeaves) {
  start();
  WorkerOptions twin = options_;
  twin.scratch += "-twin";
  StopSignal stop_twin;
  std::thread second([&] { run_worker(twin, stop_twin); });
  EXPECT_EQ(leave(), 1);
  EXPECT_EQ(gate_->workers().size(), 1U);
  EXPECT_EQ(heard_.leaves, 0) << "the name is still connected";
  stop_twin.request();
  second.join();
}

}  // namespace
}  // namespace millrace::testing
