// Attempts out of time: they are asked first, and killed when they don't stop.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

constexpr Millis kSecond{1000};
const std::string kLimits = R"(
dag: limits
tasks:
  load: { uses: fake.task, retry: { attempts: 2, delay: 10s, jitter: none }, timeout: 60s }
  silent: { uses: fake.task, timeout: { heartbeat: 30s } }
  whole: { uses: fake.task, retry: { attempts: 9, delay: 5s, jitter: none }, timeout: { total: 60s } }
)";

template <class Kind>
class Overtime : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bench_.dags({kLimits}).ok());
    bench_.join();
    run_ = bench_.start("limits");
    for (const auto* task : {"load", "silent", "whole"})
      bench_.engine->confirmed("w1", bench_.offered(task));
    bench_.engine->turn();
  }

  LeaseNumber lease(const std::string& task) const { return bench_.offered(task); }

  TaskState at(const std::string& task) { return bench_.at(run_, task); }

  // Its worker renews the leases of all that it was given, all the time.
  void live(Millis time) {
    std::vector<LeaseNumber> leases;
    for (const auto& [worker, offer] : bench_.sent.sent) leases.push_back(offer.number);
    for (Millis passed{}; passed < time; passed += kSecond) {
      bench_.engine->renewed("w1", leases);
      bench_.turn_after(kSecond);
    }
  }

  size_t asked(LeaseNumber attempt) const {
    return static_cast<size_t>(std::count(bench_.sent.cancelled.begin(),
                                          bench_.sent.cancelled.end(),
                                          std::pair{attempt, std::string("out of time")}));
  }

  bool fenced(LeaseNumber attempt) const {
    return std::count(bench_.sent.fenced.begin(), bench_.sent.fenced.end(), attempt) > 0;
  }

  Kind kind_{};
  EngineBench bench_{kind_.get()};
  std::string run_{};
};

TYPED_TEST_SUITE(Overtime, Kinds);

TYPED_TEST(Overtime, WhoDoesNotStopIsAskedOnceAndKilledFiveSecondsAfterTheGrace) {
  const auto load = this->lease("load");
  this->live(kSecond * 59);
  EXPECT_EQ(this->asked(load), 0U);
  this->live(kSecond * 15);
  EXPECT_EQ(this->asked(load), 1U);
  EXPECT_EQ(this->at("load"), TaskState::running)
      << "its lease is good for the grace and five seconds";
  EXPECT_FALSE(this->fenced(load));
  EXPECT_NE(this->bench_.why(this->run_, "load").find("it was asked to stop, and is killed at "),
            std::string::npos);
  this->live(kSecond);
  EXPECT_EQ(this->at("load"), TaskState::backoff);
  EXPECT_TRUE(this->fenced(load));
  EXPECT_EQ(this->asked(load), 1U);
}

TYPED_TEST(Overtime, WhoStopsWhenAskedIsOutOfTimeAndSpendsATry) {
  auto& b = this->bench_;
  for (int tries = 1; tries <= 2; ++tries) {
    const auto load = this->lease("load");
    ASSERT_EQ(load.attempt, tries);
    b.engine->confirmed("w1", load);
    this->live(kSecond * 61);
    ASSERT_EQ(this->asked(load), 1U);
    b.tell(b.report(load, tries == 1 ? Outcome::cancelled : Outcome::failed));
    EXPECT_EQ(this->at("load"), tries == 1 ? TaskState::backoff : TaskState::timed_out)
        << "also when it calls that a failure";
    this->live(kSecond * 10);
  }
  EXPECT_EQ(b.why(this->run_, "load"), "attempt 2 ran longer than 1m, 2 of 2 tries used");
}

TYPED_TEST(Overtime, WhatIsFinishedInTheGraceCounts) {
  auto& b = this->bench_;
  this->live(kSecond * 65);
  b.tell(b.report(this->lease("load")));
  EXPECT_EQ(this->at("load"), TaskState::succeeded);
}

TYPED_TEST(Overtime, WhoGivesNoSignOfLifeIsAskedToo) {
  const auto silent = this->lease("silent");
  this->live(kSecond * 31);
  EXPECT_EQ(this->asked(silent), 1U);
  EXPECT_EQ(this->at("silent"), TaskState::running);
  this->live(kSecond * 15);
  EXPECT_EQ(this->at("silent"), TaskState::timed_out);
  EXPECT_EQ(this->bench_.why(this->run_, "silent"),
            "attempt 1 gave no sign of life for 30s (timeout.heartbeat), 1 of 1 tries used");
}

TYPED_TEST(Overtime, AWholeTaskOutOfTimeIsNotTriedAgainHoweverItStops) {
  auto& b = this->bench_;
  const auto whole = this->lease("whole");
  this->live(kSecond * 61);
  EXPECT_EQ(this->asked(whole), 1U);
  EXPECT_EQ(this->at("whole"), TaskState::running);
  b.tell(b.report(whole, Outcome::failed));
  EXPECT_EQ(this->at("whole"), TaskState::timed_out);
  EXPECT_EQ(b.why(this->run_, "whole"), "the whole task took longer than 1m (timeout.total)");
}

TYPED_TEST(Overtime, AWholeTaskThatDoesNotStopIsKilled) {
  const auto whole = this->lease("whole");
  this->live(kSecond * 76);
  EXPECT_EQ(this->at("whole"), TaskState::timed_out);
  EXPECT_TRUE(this->fenced(whole));
}

TYPED_TEST(Overtime, WhoseWorkerIsLostInTheGraceIsOutOfTime) {
  auto& b = this->bench_;
  this->live(kSecond * 61);
  b.join("w1", 4, {});  // it is back, and has nothing
  EXPECT_EQ(this->at("load"), TaskState::backoff);
  EXPECT_NE(b.why(this->run_, "load").find("1 of 2 tries used"), std::string::npos)
      << "no loss, which costs no try";
}

TYPED_TEST(Overtime, ARestartInTheGraceAsksAgain) {
  auto& b = this->bench_;
  const auto load = this->lease("load"), whole = this->lease("whole");
  this->live(kSecond * 61);
  b.restart();
  b.engine->turn();
  EXPECT_EQ(this->asked(load), 1U);  // of the new life
  b.join("w1", 4, {load, whole});
  EXPECT_EQ(this->asked(load), 2U) << "the first word found no worker";
  b.tell(b.report(load, Outcome::cancelled));
  EXPECT_EQ(this->at("load"), TaskState::backoff);
  EXPECT_NE(b.why(this->run_, "load").find("1 of 2 tries used"), std::string::npos);
  b.tell(b.report(whole, Outcome::cancelled));
  EXPECT_EQ(this->at("whole"), TaskState::timed_out);
}

TYPED_TEST(Overtime, AWordOfBeforeTheRestartIsUnderstoodBeforeTheTimersAre) {
  auto& b = this->bench_;
  const auto load = this->lease("load"), whole = this->lease("whole");
  this->live(kSecond * 61);
  b.restart();
  b.engine->joined({.name = "w1", .slots = 4, .operators = {"fake.task"}}, {load, whole});
  b.engine->reported("w1", b.report(load, Outcome::cancelled));
  b.tell(b.report(whole, Outcome::cancelled));
  EXPECT_EQ(this->at("load"), TaskState::backoff);
  EXPECT_NE(b.why(this->run_, "load").find("1 of 2 tries used"), std::string::npos);
  EXPECT_EQ(this->at("whole"), TaskState::timed_out);
}

TYPED_TEST(Overtime, ACancelledRunEndsCancelledWhenItsAttemptIsOutOfTime) {
  auto& b = this->bench_;
  const auto load = this->lease("load");
  this->live(kSecond * 61);
  ASSERT_TRUE(b.call([&] { return b.engine->cancel(this->run_, "enough"); }).ok());
  b.tell(b.report(load, Outcome::cancelled));
  EXPECT_EQ(this->at("load"), TaskState::cancelled);
}

// A sensor's total time: it looks again and again, and its last look ends within the grace.
TYPED_TEST(Overtime, WhatLooksAgainEndsWithItsTaskWhenItIsOutOfTime) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({R"(
dag: looks
tasks:
  arrives: { uses: core.sensor, timeout: { total: 60s }, with: { poll: { uses: fake.task }, until: "{{ .output.there }}", every: 10s } }
)"})
                  .ok());
  const auto run = b.start("looks");
  b.settle();
  const auto look = b.offered("arrives");
  b.engine->confirmed("w1", look);
  this->live(kSecond * 61);
  ASSERT_EQ(this->asked(look), 1U);
  b.tell(b.report(look));
  EXPECT_EQ(b.at(run, "arrives"), TaskState::timed_out);
}

}  // namespace
}  // namespace millrace::testing
