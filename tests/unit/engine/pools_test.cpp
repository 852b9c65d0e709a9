// What keeps a ready task from its worker: pools, rates, limits of runs and Dags, and turns. On both stores, on a virtual clock.
#include "unit/engine/bench.hpp"
#include "unit/engine/kinds.hpp"

namespace millrace::testing {
namespace {

template <class Kind>
class Pools : public ::testing::Test {
 protected:
  void SetUp() override { bench_.join("w1", 100); }

  void dags(const std::vector<std::string>& texts, std::vector<Pool> pools) {
    std::vector<Dag> list;
    for (const auto& text : texts) {
      auto parsed = parse_dag(text, "dags/test.yaml", bench_.operators);
      ASSERT_TRUE(parsed.dag) << to_string(parsed.errors.front());
      list.push_back(std::move(*parsed.dag));
    }
    const auto set = bench_.call([&] { return bench_.engine->set_dags(std::move(list), std::move(pools)); });
    ASSERT_TRUE(set.ok());
  }
  PoolView pool(const std::string& name) {
    for (const auto& view : bench_.call([&] { return bench_.engine->pools(); })) {
      if (view.name == name) return view;
    }
    return {};
  }
  Status set(PoolRequest request) {
    return bench_.call([&] { return bench_.engine->set_pool(request); });
  }
  void succeed(const std::string& task) { bench_.tell(bench_.report(bench_.offered(task))); }

  Kind kind_{};
  EngineBench bench_{kind_.get()};
};
TYPED_TEST_SUITE(Pools, Kinds);

const std::string kThree = "dag: d\ntasks: { a: { uses: fake.task, pool: p }, b: { uses: fake.task, pool: p }, c: { uses: fake.task, pool: p } }\n";

TYPED_TEST(Pools, TasksOfAllDagsShareAPool) {
  auto& b = this->bench_;
  this->dags({kThree, "dag: e\ntasks: { x: { uses: fake.task, pool: p } }\n"}, {{.name = "p", .slots = 2}});
  const auto run = b.start("d"), other = b.start("e");
  EXPECT_EQ(b.offers(), 2U);
  EXPECT_NE(b.why(run, "c").find("pool p is full (2 of 2 in use), 1 ahead"), std::string::npos) << b.why(run, "c");
  EXPECT_NE(b.why(other, "x").find("0 ahead"), std::string::npos) << b.why(other, "x");
  EXPECT_EQ(this->pool("p").busy, 2);
  EXPECT_EQ(this->pool("p").waiting, 2);
  this->succeed("a");
  EXPECT_EQ(b.at(other, "x"), TaskState::leased) << "its Dag has had nothing yet";
  this->succeed("b");
  EXPECT_EQ(b.at(run, "c"), TaskState::leased);
  this->succeed("x");
  this->succeed("c");
  EXPECT_EQ(this->pool("p").busy, 0);
}

TYPED_TEST(Pools, ARestartCountsWhatIsAtWork) {
  auto& b = this->bench_;
  this->dags({kThree}, {{.name = "p", .slots = 2}});
  const auto run = b.start("d");
  const std::vector<LeaseNumber> running{b.offered("a"), b.offered("b")};
  b.restart();
  this->dags({kThree}, {{.name = "p", .slots = 2}});
  b.join("w1", 100, running);
  EXPECT_EQ(b.at(run, "c"), TaskState::ready);
  EXPECT_EQ(this->pool("p").busy, 2);
}

TYPED_TEST(Pools, AHeavyTaskIsNotPassedByLightOnesForEver) {
  auto& b = this->bench_;
  this->dags({"dag: d\ntasks: { light: { uses: fake.task, pool: p }, heavy: { uses: fake.task, pool: { name: p, weight: 2 }, priority: 1 } }\n", "dag: e\ntasks: { x: { uses: fake.task, pool: p } }\n"}, {{.name = "p", .slots = 2}});
  const auto other = b.start("e");
  const auto run = b.start("d");
  EXPECT_EQ(b.at(run, "light"), TaskState::ready) << "there is room for it, and it is not its turn";
  EXPECT_NE(b.why(run, "heavy").find("it takes 2"), std::string::npos) << b.why(run, "heavy");
  this->succeed("x");
  EXPECT_EQ(b.at(run, "heavy"), TaskState::leased);
  this->succeed("heavy");
  EXPECT_EQ(b.at(run, "light"), TaskState::leased);
}

TYPED_TEST(Pools, ARateLetsSoManyBeginInASecond) {
  auto& b = this->bench_;
  this->dags({"dag: d\nconcurrency: { tasks: 100 }\ntasks: { a: { uses: fake.task, pool: p, foreach: 9, max_parallel: 9 } }\n"}, {{.name = "p", .slots = 100, .per_second = 2}});
  b.start("d");
  b.settle();
  EXPECT_EQ(b.offers(), 2U);
  EXPECT_LE(b.engine->turn(), Millis{500}) << "it wakes when the next may begin";
  b.turn_after(Millis{499});
  EXPECT_EQ(b.offers(), 2U);
  b.turn_after(Millis{1});
  EXPECT_EQ(b.offers(), 3U);
  b.turn_after(Millis{10'000});
  EXPECT_EQ(b.offers(), 5U) << "time that nobody used is not saved up";
}

TYPED_TEST(Pools, AClockThatIsSetBackDoesNotHoldARateUp) {
  auto& b = this->bench_;
  this->dags({"dag: d\nconcurrency: { tasks: 100 }\ntasks: { a: { uses: fake.task, pool: p, foreach: 9, max_parallel: 9 } }\n"}, {{.name = "p", .slots = 100, .per_second = 2}});
  b.start("d");
  b.settle();
  EXPECT_EQ(b.offers(), 2U);
  b.turn_after(Millis{-3'600'000});
  EXPECT_EQ(b.offers(), 2U);
  b.turn_after(Millis{500});
  EXPECT_EQ(b.offers(), 3U) << "half a second passed, whatever the clock showed before";
}

TYPED_TEST(Pools, LimitsAreSetByHandAndOutliveARestart) {
  auto& b = this->bench_;
  this->dags({kThree}, {{.name = "p", .slots = 1}});
  b.start("d");
  EXPECT_EQ(b.offers(), 1U);
  EXPECT_EQ(this->set({.pool = "q", .slots = 3}).error().code, "E2021");
  EXPECT_EQ(this->set({.pool = "p", .slots = -1}).error().code, "E2004");
  EXPECT_TRUE(this->set({.pool = "p", .slots = 2}).ok());
  b.engine->turn();
  EXPECT_EQ(b.offers(), 2U);
  const std::vector<LeaseNumber> running{b.offered("a"), b.offered("b")};
  b.restart();
  this->dags({kThree}, {{.name = "p", .slots = 1}});
  b.join("w1", 100, running);
  EXPECT_EQ(this->pool("p").slots, 2);
  EXPECT_TRUE(this->pool("p").by_hand);
  EXPECT_TRUE(this->set({.pool = "p", .reset = true}).ok());
  EXPECT_EQ(this->pool("p").slots, 1);
  EXPECT_FALSE(this->pool("p").by_hand);
}

TYPED_TEST(Pools, ALimitThatTheStoreRefusedIsNotSet) {
  auto& b = this->bench_;
  this->dags({kThree}, {{.name = "p", .slots = 1}});
  b.store.full = true;
  EXPECT_FALSE(this->set({.pool = "p", .slots = 2}).ok());
  b.store.full = false;
  EXPECT_EQ(this->pool("p").slots, 1);
}

TYPED_TEST(Pools, APoolThatIsGoneLetsNobodyThroughAndSaysSo) {
  auto& b = this->bench_;
  this->dags({kThree}, {});
  const auto run = b.start("d");
  EXPECT_EQ(b.offers(), 0U);
  EXPECT_NE(b.why(run, "a").find("its pool p is not defined"), std::string::npos) << b.why(run, "a");
}

TYPED_TEST(Pools, RunsAndDagsHaveLimitsOfTheirOwn) {
  auto& b = this->bench_;
  this->dags({"dag: d\nconcurrency: { runs: 5, tasks: 2, tasks_of_all_runs: 3 }\ntasks: { a: { uses: fake.task }, b: { uses: fake.task }, c: { uses: fake.task } }\n"}, {});
  const auto run = b.start("d");
  EXPECT_EQ(b.offers(), 2U);
  EXPECT_NE(b.why(run, "c").find("2 of 2 tasks of the run are at work"), std::string::npos) << b.why(run, "c");
  b.start("d");
  EXPECT_EQ(b.offers(), 3U) << "three of all runs";
}

TYPED_TEST(Pools, WaitingIsWorthPriority) {
  auto& b = this->bench_;
  this->dags({"dag: d\nconcurrency: { runs: 9 }\ntasks: { x: { uses: fake.task, pool: p } }\n", "dag: e\nconcurrency: { runs: 9 }\ntasks: { y: { uses: fake.task, pool: p, priority: 10 } }\n"}, {{.name = "p", .slots = 1}});
  b.start("e");
  const auto old = b.start("d");
  b.clock.advance(Millis{11 * 60'000});
  b.join("w1", 100, {b.offered("y")});
  b.start("e");
  this->succeed("y");
  EXPECT_EQ(b.at(old, "x"), TaskState::leased) << "eleven minutes of waiting are worth more than ten steps of priority";
}

TYPED_TEST(Pools, AHundredThousandReadyTasksCostNoMoreThanTheirWorkersTake) {
  auto& b = this->bench_;
  this->dags({"dag: d\nconcurrency: { tasks: 3 }\ntasks: { x: { uses: fake.task, foreach: 20000, max_parallel: 20000 } }\n"}, {});
  const auto run = b.start("d");
  b.settle();
  EXPECT_EQ(b.offers(), 3U);
  this->succeed("x[1]");
  EXPECT_EQ(b.offers(), 4U);
  EXPECT_EQ(b.offered("x[3]").attempt, 1) << "in their order";
  EXPECT_EQ(b.state(run), RunState::running);
}

// One slot; "many" has had ten tasks ready for long when "few" comes with two.
TYPED_TEST(Pools, DagsTakeTurnsWhateverTheLengthOfTheirQueues) {
  auto& b = this->bench_;
  b.join("w1", 1);
  std::string many = "dag: many\ntasks:\n";
  for (int i = 0; i < 10; ++i) many += "  m" + std::to_string(i) + ": { uses: fake.task }\n";
  this->dags({many, "dag: few\ntasks: { x: { uses: fake.task }, y: { uses: fake.task } }\n"}, {});
  b.start("many");
  b.turn_after(Millis{10'000});
  b.start("few");
  std::string order;
  for (int i = 0; i < 6; ++i) {
    order += b.sent.sent.back().second.task + " ";
    b.clock.advance(Millis{1'000});
    this->succeed(b.sent.sent.back().second.task);
  }
  EXPECT_EQ(order, "m0 m1 x m2 y m3 ");
}

TYPED_TEST(Pools, CoresInUseAreCountedAgainAfterARestart) {
  auto& b = this->bench_;
  const auto join = [&](const std::vector<LeaseNumber>& running) {
    WorkerFacts facts{.name = "w1", .version = {}, .slots = 9, .has = {.cpu = 2, .memory = 0, .named = {{"gpu", 1}}}, .labels = {}, .operators = {"fake.task"}};
    b.engine->joined(facts, running);
    b.engine->turn();
  };
  const std::string dag = "dag: d\ntasks: { a: { uses: fake.task, runs_on: { cpu: 1.5 } }, b: { uses: fake.task, runs_on: { cpu: 1, resources: { gpu: 0.5 } } } }\n";
  this->dags({dag}, {});
  join({});
  const auto run = b.start("d");
  EXPECT_EQ(b.at(run, "b"), TaskState::ready);
  EXPECT_NE(b.why(run, "b").find("w1: less than 1 cpu is free"), std::string::npos) << b.why(run, "b");
  const auto a = b.offered("a");
  b.restart();
  this->dags({dag}, {});
  join({a});
  EXPECT_EQ(b.at(run, "b"), TaskState::ready);
  b.tell(b.report(a));
  EXPECT_EQ(b.at(run, "b"), TaskState::leased);
}

}  // namespace
}  // namespace millrace::testing
