// Deadlines: told before they are missed, once, and also by whoever takes over. On both stores.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

constexpr Millis kMinute{60'000};
const std::string kDag = R"(
dag: d
deadline: { within: 60m }
tasks:
  load: { uses: fake.task, timeout: 10h }
  clean: { uses: fake.task, needs: [load], timeout: 10h }
on_late: [{ uses: fake.task, with: { note: late } }]
)";

template <class Kind>
class Deadlines : public ::testing::Test {
 protected:
  void set(const std::string& dag = kDag) {
    const auto done = bench_.dags({dag});
    ASSERT_TRUE(done.ok()) << to_string(done.error());
    bench_.join();
  }
  // A run whose two tasks take so long each, in a Dag that had more time then; so the past knows.
  void past(Millis load, Millis clean) {
    std::string patient = kDag;
    patient.replace(patient.find("60m"), 3, "60h");
    set(patient);
    bench_.start("d");
    work("load", load);
    work("clean", clean);
    set();
  }
  // Time passes as it does for a worker: it renews, and the engine has its turns.
  void pass(Millis time) {
    for (Millis done{}; done < time; done += Millis{5'000}) {
      std::vector<LeaseNumber> held;
      for (const auto& [worker, offer] : bench_.sent.sent) held.push_back(offer.number);
      bench_.clock.advance(Millis{5'000});
      bench_.engine->renewed("w1", held);
      bench_.engine->turn();
    }
    bench_.engine->turn();
  }
  void work(const std::string& task, Millis time) {
    bench_.engine->turn();
    const auto lease = bench_.offered(task);
    bench_.engine->confirmed("w1", lease);
    pass(time);
    bench_.tell(bench_.report(lease));
    bench_.engine->turn();
  }
  Lateness late(const std::string& run) { return bench_.stored(run).run.late; }
  size_t alarms() {
    return static_cast<size_t>(std::count_if(bench_.sent.sent.begin(), bench_.sent.sent.end(), [](const auto& sent) { return sent.second.task == "on_late.1"; }));
  }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Deadlines, Kinds);

TYPED_TEST(Deadlines, AreToldBeforeTheyAreMissedAndOnce) {
  auto& b = this->bench_;
  this->past(10 * kMinute, 45 * kMinute);
  const auto run = b.start("d");
  b.engine->turn();
  b.engine->confirmed("w1", b.offered("load"));
  const auto load = b.offered("load");
  this->pass(14 * kMinute);
  EXPECT_EQ(this->late(run), Lateness::none) << "59 minutes are foreseen";
  this->pass(2 * kMinute);
  EXPECT_EQ(this->late(run), Lateness::predicted) << "load takes longer than ever: 61 minutes";
  EXPECT_EQ(b.state(run), RunState::running);
  ASSERT_EQ(this->alarms(), 1U);
  b.tell(b.report(b.offered("on_late.1")));
  b.tell(b.report(load));
  this->pass(46 * kMinute);
  EXPECT_EQ(this->late(run), Lateness::missed);
  EXPECT_EQ(this->alarms(), 1U) << "nobody is called twice";
  b.tell(b.report(b.offered("clean")));
  b.engine->turn();
  EXPECT_EQ(b.state(run), RunState::succeeded) << "late, and right";
}

TYPED_TEST(Deadlines, AreTakenBackWhenTimeIsMadeUp) {
  auto& b = this->bench_;
  this->past(10 * kMinute, 55 * kMinute);
  const auto run = b.start("d");
  b.engine->turn();
  const auto load = b.offered("load");
  b.engine->confirmed("w1", load);
  this->pass(kMinute);
  EXPECT_EQ(this->late(run), Lateness::predicted) << "65 minutes, by the past";
  b.tell(b.report(load));
  this->pass(kMinute);
  EXPECT_EQ(this->late(run), Lateness::recovered) << "load took one minute instead of ten";
}

TYPED_TEST(Deadlines, AreKnownAfterARestartAndNotToldAgain) {
  auto& b = this->bench_;
  this->past(10 * kMinute, 55 * kMinute);
  const auto run = b.start("d");
  this->pass(kMinute);
  ASSERT_EQ(this->late(run), Lateness::predicted);
  b.restart();
  this->set();
  this->pass(kMinute);
  EXPECT_EQ(this->late(run), Lateness::predicted);
  EXPECT_LE(this->alarms(), 1U) << "at most the lease that was lost with the worker";
  this->pass(60 * kMinute);
  EXPECT_EQ(this->late(run), Lateness::missed) << "the deadline is the first server's";
}

TYPED_TEST(Deadlines, AQueuedRunIsMissedTooAndCallsWhenItStarts) {
  auto& b = this->bench_;
  this->set();
  const auto first = b.start("d");
  const auto second = b.start("d");
  ASSERT_EQ(b.state(second), RunState::queued);
  this->pass(61 * kMinute);
  EXPECT_EQ(this->late(second), Lateness::missed);
  EXPECT_EQ(this->alarms(), 1U) << "that of the first";
  ASSERT_TRUE(b.call([&] { return b.engine->cancel(first, "enough"); }).ok());
  b.join();
  this->pass(kMinute);
  ASSERT_EQ(b.state(second), RunState::running);
  EXPECT_EQ(this->alarms(), 2U);
}

TYPED_TEST(Deadlines, OnlyMissedOnesWhenNothingElseIsAskedFor) {
  auto& b = this->bench_;
  this->past(40 * kMinute, 45 * kMinute);
  this->set("dag: d\ndeadline: { within: 60m, warn: missed }\ntasks: { load: { uses: fake.task, timeout: 10h }, clean: { uses: fake.task, needs: [load], timeout: 10h } }\n");
  const auto run = b.start("d");
  this->pass(59 * kMinute);
  EXPECT_EQ(this->late(run), Lateness::none);
  this->pass(2 * kMinute);
  EXPECT_EQ(this->late(run), Lateness::missed);
}

TYPED_TEST(Deadlines, ARunInTimeNeverCalls) {
  auto& b = this->bench_;
  this->past(10 * kMinute, 10 * kMinute);
  const auto run = b.start("d");
  this->work("load", 10 * kMinute);
  this->work("clean", 10 * kMinute);
  EXPECT_EQ(b.state(run), RunState::succeeded);
  EXPECT_EQ(this->late(run), Lateness::none);
  EXPECT_EQ(this->alarms(), 0U);
  this->pass(60 * kMinute);
  EXPECT_EQ(this->late(run), Lateness::none) << "it was over before";
}

}  // namespace
}  // namespace millrace::testing
