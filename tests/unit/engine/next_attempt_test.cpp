// What the next attempt of a task gets: what the one before has saved, and which world it reads. On both stores.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

const std::string kOne = "dag: d\ntasks: { load: { uses: fake.task, retry: { attempts: 3, delay: 1s, jitter: none } } }\n";
const std::string kWriter = "dag: w\ntasks: { land: { uses: fake.task, with: { into: raw.a } } }\n";
const std::string kReader = "dag: d\ntasks: { load: { uses: fake.task, with: { from: raw.a }, retry: { attempts: 1 } } }\n";

template <class Kind>
class NextAttempt : public ::testing::Test {
 protected:
  std::string start(const std::vector<std::string>& dags) {
    const auto set = bench_.dags(dags);
    EXPECT_TRUE(set.ok()) << (set ? "" : to_string(set.error()));
    bench_.join();
    return bench_.start("d");
  }
  void save(LeaseNumber lease, int at, const std::string& worker = "w1") {
    bench_.engine->checkpointed(worker, lease, Json::object({{"at", at}}));
    bench_.engine->turn();
  }
  // What the latest offer brings; -1: nothing.
  int64_t given() { return bench_.sent.sent.back().second.checkpoint["at"].as_int(-1); }
  void land(const std::string& file) {
    bench_.start("w");
    auto report = bench_.report(bench_.offered("land"));
    report.data = landing("raw.a", file);
    bench_.tell(std::move(report));
  }
  int64_t read_snapshot() { return bench_.sent.sent.back().second.inputs.at(0)["snapshot"].as_int(); }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(NextAttempt, Kinds);

TYPED_TEST(NextAttempt, FindsWhatALostOneHadSaved) {
  auto& b = this->bench_;
  this->start({kOne});
  EXPECT_EQ(this->given(), -1);
  this->save(b.offered("load"), 1);
  this->save(b.offered("load"), 2);
  b.join();  // the worker is back without it: lost
  ASSERT_EQ(b.offers(), 2U);
  EXPECT_EQ(this->given(), 2) << "the last one";
}

TYPED_TEST(NextAttempt, FindsItAfterARestartOfTheServer) {
  auto& b = this->bench_;
  this->start({kOne});
  this->save(b.offered("load"), 5);
  b.restart();
  ASSERT_TRUE(b.dags({kOne}).ok());
  b.join();
  EXPECT_EQ(this->given(), 5);
}

TYPED_TEST(NextAttempt, FindsWhatCameWithTheFailure) {
  auto& b = this->bench_;
  this->start({kOne});
  auto report = b.report(b.offered("load"), Outcome::failed);
  report.checkpoint = Json::object({{"at", 9}});
  b.tell(std::move(report));
  b.turn_after(Millis{1'000});
  ASSERT_EQ(b.offers(), 2U);
  EXPECT_EQ(this->given(), 9);
}

TYPED_TEST(NextAttempt, HearsNothingOfWhoeverLostItsLease) {
  auto& b = this->bench_;
  this->start({kOne});
  const auto first = b.offered("load");
  this->save(first, 1);
  this->save(first, 7, "w2");
  b.join();
  this->save(first, 8);
  b.join();
  ASSERT_EQ(b.offers(), 3U);
  EXPECT_EQ(this->given(), 1) << "only the worker that holds the current lease is heard";
}

TYPED_TEST(NextAttempt, GoesOnAfterARetryByHandAndBeginsAnewAfterAClear) {
  auto& b = this->bench_;
  const auto run = this->start({kOne});
  this->save(b.offered("load"), 3);
  auto report = b.report(b.offered("load"), Outcome::failed);
  report.final_failure = true;
  b.tell(report);
  ASSERT_EQ(b.state(run), RunState::failed);
  ASSERT_TRUE(b.call([&] { return b.engine->retry(run); }).ok());
  b.engine->turn();
  EXPECT_EQ(this->given(), 3);
  report.lease = b.offered("load");
  b.tell(report);
  ASSERT_TRUE(b.call([&] { return b.engine->clear(run, "load", true); }).ok());
  b.engine->turn();
  ASSERT_EQ(b.offers(), 3U);
  EXPECT_EQ(this->given(), -1) << "also when its slot is free in the same moment";
}

// A retry by the policy reads the same world, so that it computes the same; a person who opens a task again wants today's.
TYPED_TEST(NextAttempt, ReadsTheSameWorldUntilAPersonOpensItAgain) {
  auto& b = this->bench_;
  ASSERT_TRUE(b.dags({kWriter, kReader}).ok());
  b.join();
  this->land("raw/a/1.parquet");
  const auto run = this->start({kWriter, kReader});
  const auto before = this->read_snapshot();
  b.join();  // lost, and offered again
  EXPECT_EQ(this->read_snapshot(), before);
  const auto lease = b.offered("load");
  this->land("raw/a/2.parquet");
  auto report = b.report(lease, Outcome::failed);
  report.final_failure = true;
  b.tell(report);
  ASSERT_TRUE(b.call([&] { return b.engine->retry(run); }).ok());
  b.engine->turn();
  EXPECT_GT(this->read_snapshot(), before);
  const auto second = this->read_snapshot();
  b.tell(b.report(b.offered("load")));
  this->land("raw/a/3.parquet");
  ASSERT_TRUE(b.call([&] { return b.engine->clear(run, "load", true); }).ok());
  b.engine->turn();
  EXPECT_GT(this->read_snapshot(), second);
}

}  // namespace
}  // namespace millrace::testing
