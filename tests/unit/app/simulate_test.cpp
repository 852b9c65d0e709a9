// Plays of what is to come: small houses whose days can be worked out by hand.
#include <gtest/gtest.h>

#include "app/simulate/play.hpp"
#include "base/text.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"

namespace millrace::simulate {
namespace {

constexpr Millis kMinute{60'000};

OperatorList operators() {
  OperatorInfo work;
  work.type = "fake.work";
  work.config_schema = Json::parse(R"({"type": "object", "properties": {"into": {"type": "string", "x-mr-dataset": "writes"}}})").value();
  return with_core_operators(OperatorList({work}));
}

House house(const std::vector<std::string>& dags, int workers = 1, int slots = 1) {
  House made{.operators = operators(), .from = *from_iso("2026-06-01T00:00:00Z"), .span = std::chrono::hours{24}, .workers = workers, .slots = slots};
  for (const auto& text : dags) {
    auto parsed = parse_dag(text, "dags/test.yaml", made.operators);
    EXPECT_TRUE(parsed.dag) << (parsed.errors.empty() ? "" : to_string(parsed.errors.front()));
    if (parsed.dag) made.dags.push_back(*std::move(parsed.dag));
  }
  for (const Dag& dag : made.dags) {
    for (const Task& task : dag.tasks) made.past[dag.name][task.id] = {.typical = 10 * kMinute, .worst = 20 * kMinute, .known = true};
  }
  return made;
}

std::string hourly(const std::string& name, const std::string& more = {}) {
  return "dag: " + name + "\nschedule: {cron: \"0 * * * *\", catchup: all}\n" + more + "tasks: {work: {uses: fake.work}}\n";
}

// Both are due at each full hour but the last, which is tomorrow's.
TEST(Simulate, TwoRunsForOneSlotWaitForEachOther) {
  const Days days = play(house({hourly("a"), hourly("b")}));
  EXPECT_TRUE(days.errors.empty());
  const DagDays &a = days.dags.at("a"), &b = days.dags.at("b");
  EXPECT_EQ(a.runs, 23);
  EXPECT_EQ(b.runs, 23);
  EXPECT_EQ(a.waited + b.waited, 23 * 10 * kMinute);
  EXPECT_EQ(std::max(a.took.back(), b.took.back()), 20 * kMinute);
  EXPECT_EQ(days.attempts, 46);
  EXPECT_NEAR(days.busy, 46.0 * 10 / 1440, 1e-9);
  EXPECT_EQ(days.hours.at(0), 0) << "nothing is due in the first hour";
  EXPECT_NEAR(days.hours.at(5), 20.0 / 60, 1e-9);
}

TEST(Simulate, OneMoreWorkerMendsWhatIsMissed) {
  const std::string strict = "deadline: {within: 15m}\n";
  const Days one = play(house({hourly("a", strict), hourly("b", strict)}));
  const size_t missed = one.dags.at("a").missed.size() + one.dags.at("b").missed.size();
  EXPECT_EQ(missed, 23U) << "the second of each hour";
  const auto& first = one.dags.at("a").missed.empty() ? one.dags.at("b").missed.front() : one.dags.at("a").missed.front();
  EXPECT_EQ(first.late, 5 * kMinute);
  const Days two = play(house({hourly("a", strict), hourly("b", strict)}, 2));
  EXPECT_EQ(two.dags.at("a").missed.size() + two.dags.at("b").missed.size(), 0U);
  EXPECT_EQ(two.dags.at("a").waited + two.dags.at("b").waited, Millis{});
}

// a and b are at work together from each full hour to ten past, c only afterwards, beside nobody.
TEST(Simulate, MemoryIsSummedUpWhereTasksMeet) {
  House made = house({hourly("a"), hourly("b"), "dag: c\nschedule: {cron: \"30 * * * *\"}\ntasks: {work: {uses: fake.work}}\n"}, 1, 2);
  const auto needs = [&](const std::string& dag, int64_t bytes) { made.past[dag]["work"].memory = bytes; };
  needs("a", 300), needs("b", 500), needs("c", 700);
  const Days days = play(made);
  EXPECT_EQ(days.crowd.bytes, 800);
  EXPECT_EQ(to_iso(days.crowd.at), "2026-06-01T01:00:00Z");
  ASSERT_EQ(days.crowd.tasks.size(), 2U);
  EXPECT_TRUE(days.crowd.tasks[0].ends_with("/work")) << days.crowd.tasks[0];
  needs("c", 900);
  EXPECT_EQ(play(made).crowd.bytes, 900);
  made.slots = 1;
  needs("c", 0);
  EXPECT_EQ(play(made).crowd.bytes, 500) << "one after the other";
}

TEST(Simulate, SlowDaysTakeAsLongAsOneInTen) {
  House slow = house({hourly("a")});
  slow.worst = true;
  EXPECT_EQ(play(slow).dags.at("a").took.back(), 20 * kMinute);
}

TEST(Simulate, APoolThatIsFullIsNamed) {
  const std::string pooled = "schedule: {cron: \"0 * * * *\"}\ntasks: {work: {uses: fake.work, pool: shared}}\n";
  House made = house({"dag: a\n" + pooled, "dag: b\n" + pooled, "dag: c\n" + pooled}, 1, 8);
  made.pools = {{.name = "shared", .slots = 1}};
  const Days days = play(made);
  const PoolDays& pool = days.pools.at("shared");
  EXPECT_NEAR(pool.full, 23.0 * 30 / 1440, 1e-9);
  EXPECT_EQ(pool.waited, 23 * (10 + 20) * kMinute);
  EXPECT_EQ(pool.longest_queue, 2U) << "behind the one that has it";
  EXPECT_EQ(days.waited, Millis{}) << "there are slots";
}

TEST(Simulate, SnapshotsAndRunsStartOthers) {
  const Days days = play(house({"dag: a\nschedule: {cron: \"0 6 * * *\"}\ntasks: {work: {uses: fake.work, with: {into: raw.a}}}\n",
                                "dag: b\ntriggers: [{dataset: raw.a}]\ntasks: {work: {uses: fake.work}}\n",
                                "dag: c\ntriggers: [{run: b}]\ntasks: {work: {uses: fake.work}}\n"}));
  for (const char* dag : {"a", "b", "c"}) EXPECT_EQ(days.dags.at(dag).runs, 1) << dag;
}

TEST(Simulate, TicksFollowTheWallClockOverItsChanges) {
  House made = house({"dag: a\nschedule: {cron: \"30 2 * * *\", timezone: Europe/Berlin}\ntasks: {work: {uses: fake.work}}\n"});
  made.from = *from_iso("2026-03-27T00:00:00Z");
  made.span = std::chrono::hours{24 * 7};
  const Days days = play(made);
  EXPECT_EQ(days.dags.at("a").runs, 7) << "once a day, also on the 29th, which has no 02:30";
}

// What decides by values of a run is taken as it was: it works, for as long as before.
TEST(Simulate, ConditionsExpressionsAndSleepsNeedNoValues) {
  House made = house({R"(
dag: a
schedule: {cron: "0 6 * * *"}
tasks:
  ask: {uses: core.approval, with: {prompt: ok}}
  each: {uses: fake.work, needs: [ask], if: "{{ .tasks.ask.output.x > 3 }}", foreach: "{{ .tasks.ask.output.list }}", max_parallel: 2}
  choose: {uses: core.switch, needs: [each], with: {cases: [{when: "{{ .tasks.each.output.n > 1 }}", then: [last]}]}}
  last: {uses: fake.work, needs: [choose], with: {into: raw.x}}
)"}, 1, 8);
  made.past["a"]["each"].items = 5;
  made.past["a"]["choose"] = {};
  const Days days = play(made);
  EXPECT_TRUE(days.errors.empty());
  const DagDays& a = days.dags.at("a");
  EXPECT_EQ(a.failed, 0);
  EXPECT_EQ(days.attempts, 6);
  ASSERT_EQ(a.took.size(), 1U);
  EXPECT_NEAR(std::chrono::duration<double>(a.took[0]).count(), 600.0 + 3 * 600 + 600, 1) << "the approval, three rounds of two items, the last task";
}

TEST(Simulate, TheSameHouseGivesTheSameDays) {
  const auto text = [] {
    const Days days = play(house({hourly("a"), hourly("b"), hourly("c")}, 1, 2));
    std::string all;
    for (const auto& [name, dag] : days.dags) all += name + std::to_string(dag.waited.count()) + "/" + std::to_string(dag.took.back().count()) + " ";
    return all;
  };
  EXPECT_EQ(text(), text());
}

TEST(Simulate, APlayCanBeStopped) {
  int told = 0;
  House made = house({"dag: a\nschedule: {every: 1s}\nconcurrency: {runs: 100}\ntasks: {work: {uses: core.noop}}\n"});
  const Days days = play(made, [&](double) { return ++told < 3; });
  EXPECT_EQ(told, 3);
  ASSERT_EQ(days.errors.size(), 1U);
  EXPECT_EQ(days.errors[0].code, "E9321");
}

class Durations : public ::testing::Test {
 protected:
  Result<Past> read(const std::string& text) {
    EXPECT_TRUE(write_text(file_, text));
    return past_of_file(file_);
  }
  std::string file_ = ::testing::TempDir() + "/durations.yaml";
};

TEST_F(Durations, AreReadFromAFile) {
  const auto past = read("a: {load: 10m, each: {typical: 5s, worst: 1m, items: 7}}\n");
  ASSERT_TRUE(past) << to_string(past.error());
  EXPECT_EQ(past->at("a").at("load").typical, 10 * kMinute);
  EXPECT_EQ(past->at("a").at("load").worst, 10 * kMinute);
  EXPECT_EQ(past->at("a").at("each").items, 7);
  EXPECT_TRUE(past->at("a").at("each").known);
}

TEST_F(Durations, AMistakeIsNamedWithItsPlace) {
  for (const char* text : {"a: 10m\n", "a: {load: soon}\n", "a: {load: {worst: 1m}}\n", "a: {load: {typical: 1m, items: many}}\n", "a: {load: {typical: 1m, itmes: 3}}\n", "[a]\n", "a: {load: 1m\n"}) {
    const auto past = read(text);
    ASSERT_FALSE(past) << text;
    EXPECT_EQ(past.error().code, "E9320") << text;
    EXPECT_NE(past.error().where.find("durations.yaml:"), std::string::npos) << past.error().where;
  }
}

}  // namespace
}  // namespace millrace::simulate
