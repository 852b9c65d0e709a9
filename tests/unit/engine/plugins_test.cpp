// A plugin whose attempts crash again and again, on both stores.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class Plugins : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(bench_.dags({kFour}).ok());
    bench_.join("w1", 1);
    run_ = bench_.start("d");
  }

  void crash(const std::string& task) {
    auto report = bench_.report(bench_.offered(task), Outcome::failed);
    report.error.error = {.code = "E3009", .what = "the attempt's process was killed by signal 11 (SIGSEGV)", .where = {}, .hint = {}};
    report.crashed = true;
    bench_.tell(report);
  }
  void end(const std::string& task, Outcome outcome) { bench_.tell(bench_.report(bench_.offered(task), outcome)); }
  std::vector<Quarantine> held() {
    return bench_.call([&] { return bench_.engine->quarantines(); });
  }
  Status release(const std::string& plugin) {
    return bench_.call([&] { return bench_.engine->release_plugin(plugin); });
  }

  const std::string kFour = "dag: d\ntasks: { a: { uses: fake.task }, b: { uses: fake.task }, c: { uses: fake.task }, e: { uses: fake.task } }\n";
  Kind kind_{};
  EngineBench bench_{kind_.get()};
  std::string run_{};
};
TYPED_TEST_SUITE(Plugins, Kinds);

TYPED_TEST(Plugins, ThreeCrashesInARowHoldItBackUntilItIsReleased) {
  auto& b = this->bench_;
  this->crash("a");
  this->crash("b");
  EXPECT_TRUE(this->held().empty());
  this->crash("c");
  ASSERT_EQ(this->held().size(), 1U);
  EXPECT_NE(this->held()[0].reason.find("task c of run"), std::string::npos) << this->held()[0].reason;
  EXPECT_NE(this->held()[0].reason.find("SIGSEGV"), std::string::npos);
  EXPECT_EQ(b.at(this->run_, "e"), TaskState::ready) << "nothing of it is started";
  EXPECT_NE(b.why(this->run_, "e").find("plugin fake is held back"), std::string::npos) << b.why(this->run_, "e");
  ASSERT_TRUE(this->release("fake").ok());
  EXPECT_EQ(b.at(this->run_, "e"), TaskState::leased);
  EXPECT_EQ(this->release("fake").error().code, "E2035");
}

TYPED_TEST(Plugins, AnAttemptThatEndedInOrderEndsTheRow) {
  this->crash("a");
  this->crash("b");
  this->end("c", Outcome::failed);
  this->crash("e");
  EXPECT_TRUE(this->held().empty());
}

TYPED_TEST(Plugins, ARestartHoldsItBackStill) {
  auto& b = this->bench_;
  for (const char* task : {"a", "b", "c"}) this->crash(task);
  b.restart();
  ASSERT_TRUE(b.dags({this->kFour}).ok());
  b.join("w1", 1);
  EXPECT_EQ(b.at(this->run_, "e"), TaskState::ready);
  EXPECT_EQ(this->held().size(), 1U);
  ASSERT_TRUE(this->release("fake").ok());
  b.restart();
  EXPECT_TRUE(this->held().empty());
}

TYPED_TEST(Plugins, ARefusedCommitHoldsNothingBackAndCountsNothingTwice) {
  auto& b = this->bench_;
  this->crash("a");
  b.store.full = true;
  this->crash("b");  // the worker will say it again
  this->crash("b");
  EXPECT_TRUE(this->held().empty());
  b.store.full = false;
  b.turn_after(Millis{2'000});
  this->crash("b");
  EXPECT_TRUE(this->held().empty());
  this->crash("c");
  EXPECT_EQ(this->held().size(), 1U);
}

}  // namespace
}  // namespace millrace::testing
