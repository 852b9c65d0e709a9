// What is kept of old runs, on both stores.
#include "base/text.hpp"
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

using std::chrono::days;
using Keys = std::vector<std::string>;
const std::string kPlain = "dag: d\ntasks: { load: { uses: fake.task } }\n";
const std::string kLonger = "dag: d\nkeep_runs: 30d\ntasks: { load: { uses: fake.task } }\n";

template <class Kind>
class Retention : public ::testing::Test {
 protected:
  void keep(Millis time, const std::string& dag = kPlain) {
    bench_.keep_runs = time;
    bench_.restart();
    if (!dag.empty()) {
      ASSERT_TRUE(bench_.dags({dag}).ok());
    }
    bench_.join();
  }
  std::string finished_run() {
    const auto run = bench_.start("d");
    bench_.tell(bench_.report(bench_.offered("load")));
    EXPECT_EQ(bench_.state(run), RunState::succeeded);
    return run;
  }
  bool pruned(const std::string& run) { return bench_.stored(run).pruned; }
  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Retention, Kinds);

TYPED_TEST(Retention, AnOldRunIsALineAndNothingCanBeDoneWithIt) {
  auto& b = this->bench_;
  this->keep(days{10});
  const auto old = this->finished_run();
  b.turn_after(days{9});
  const auto young = this->finished_run();
  EXPECT_FALSE(this->pruned(old));
  b.turn_after(days{2});
  EXPECT_TRUE(this->pruned(old));
  EXPECT_FALSE(this->pruned(young));
  EXPECT_EQ(b.forgotten, Keys{old}) << "its logs go too";
  EXPECT_EQ(b.state(old), RunState::succeeded);
  EXPECT_TRUE(b.stored(old).run.tasks.empty());
  for (const auto& refused : {b.call([&] { return b.engine->clear(old, "load", true); }), b.call([&] { return b.engine->retry(old); })}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "E2026");
  }
  const auto replayed = b.call([&] { return b.engine->replay({.run = old, .from = {}}); });
  ASSERT_FALSE(replayed);
  EXPECT_EQ(replayed.error().code, "E2026");
  EXPECT_TRUE(b.call([&] { return b.engine->explain_run(old); }).empty());
  const auto again = b.call([&] { return b.engine->retry("d@nowhere"); });
  EXPECT_EQ(again.error().code, "E2002");
}

TYPED_TEST(Retention, ARunIsNotStartedTwiceBecauseItWasForgotten) {
  auto& b = this->bench_;
  this->keep(days{10});
  const TimePoint logical = b.clock.now();
  const auto start = [&] { return b.call([&] { return b.engine->start({.dag = "d", .params = Json::object(), .logical_time = logical, .request_id = {}, .trigger = "test"}); }); };
  const auto run = start();
  b.tell(b.report(b.offered("load")));
  b.turn_after(days{11});
  ASSERT_TRUE(this->pruned(*run));
  const auto again = start();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "E2007");
}

TYPED_TEST(Retention, TheDagHasTheLastWordAlsoWhenItsFileIsGone) {
  auto& b = this->bench_;
  this->keep(days{10}, kLonger);
  const auto run = this->finished_run();
  b.turn_after(days{20});
  EXPECT_FALSE(this->pruned(run));
  this->keep(days{10}, "");
  b.turn_after(days{1});
  ASSERT_TRUE(b.dags({}).ok());
  b.turn_after(days{1});
  EXPECT_FALSE(this->pruned(run));
  b.turn_after(days{20});
  EXPECT_TRUE(this->pruned(run));
}

TYPED_TEST(Retention, NothingGoesBeforeTheDagsAreKnownNorWithoutALimit) {
  auto& b = this->bench_;
  this->keep({});
  const auto run = this->finished_run();
  b.turn_after(days{4000});
  EXPECT_FALSE(this->pruned(run));
  b.keep_runs = days{1};
  b.restart();
  b.turn_after(days{1});
  EXPECT_FALSE(this->pruned(run)) << "a Dag may say otherwise";
}

TYPED_TEST(Retention, OpenRunsStayHoweverOld) {
  auto& b = this->bench_;
  this->keep(days{10});
  const auto run = b.start("d");
  b.turn_after(days{400});
  EXPECT_FALSE(this->pruned(run));
  EXPECT_EQ(b.state(run), RunState::running);
}

TYPED_TEST(Retention, ManyGoInStepsSoThatOtherWorkComesBetween) {
  auto& b = this->bench_;
  this->keep(days{10});
  Keys runs;
  for (int i = 0; i < 120; ++i) runs.push_back(this->finished_run());
  const auto gone = [&] { return std::count_if(runs.begin(), runs.end(), [&](const auto& run) { return this->pruned(run); }); };
  b.turn_after(days{11});
  EXPECT_EQ(gone(), 50);
  b.turn_after(Millis{200});
  b.turn_after(Millis{200});
  EXPECT_EQ(gone(), 120);
  EXPECT_EQ(b.forgotten.size(), 120U);
}

// Nothing of a run's files stays behind, and nothing else goes.
TYPED_TEST(Retention, ItemFilesGoWithTheirRun) {
  auto& b = this->bench_;
  const std::string name = "items/01234567-89ab-cdef-0123-0000000000aa", path = b.data.path + "/" + name;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  ASSERT_TRUE(write_text(path + ".jsonl", "1\n"));
  ASSERT_TRUE(write_text(path + ".idx", "000000000000\n000000000002\n"));
  this->keep(days{10}, "dag: d\ntasks: { load: { uses: fake.task, foreach: { file: a.csv }, with: { note: \"{{ .item }}\" } } }\n");
  b.start("d");
  auto report = b.report(b.offered("load:rows"));
  report.output = Json::object({{"items", 1}, {"file", name}});
  b.tell(std::move(report));
  b.settle();
  b.tell(b.report(b.offered("load[0]")));
  b.settle();
  EXPECT_TRUE(std::filesystem::exists(path + ".jsonl"));
  b.turn_after(days{11});
  EXPECT_FALSE(std::filesystem::exists(path + ".jsonl"));
  EXPECT_FALSE(std::filesystem::exists(path + ".idx"));
}

}  // namespace
}  // namespace millrace::testing
