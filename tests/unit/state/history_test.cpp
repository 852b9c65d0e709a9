// What the doors show, read beside a store that is being written.
#include "state/history.hpp"

#include <random>

#include "unit/state/stores.hpp"

namespace millrace {
namespace {

using testing::add;
using testing::Driver;
using testing::file;
using testing::staged;

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest() {
    auto opened = open_history(kind.file());
    EXPECT_TRUE(opened);
    history = std::move(*opened);
  }

  static Dag chain() {
    Dag dag;
    add(dag, "load");
    add(dag, "clean", {"load"});
    return dag;
  }

  // Runs d@1 … d@n, started; the odd ones are cancelled again.
  void runs(int64_t n) {
    for (int64_t id = 1; id <= n; ++id) {
      Driver driver(kind.get(), chain(), "d@" + std::to_string(id), id);
      ASSERT_TRUE(driver.start());
      if (id % 2 == 1) {
        ASSERT_TRUE(driver.take(CancelRequested{"odd"}));
      }
    }
  }

  std::vector<std::string> ids(const RunFilter& filter) {
    std::vector<std::string> found;
    const auto page = history->runs(filter);
    for (const auto& run : page->items) found.push_back(run.id);
    return found;
  }

  testing::InFile kind{};
  std::unique_ptr<History> history{};
};

using Ids = std::vector<std::string>;

TEST_F(HistoryTest, AnEmptyStoreHasNothingToShow) {
  EXPECT_TRUE(history->runs({})->items.empty());
  EXPECT_FALSE(history->run("none")->has_value());
  EXPECT_TRUE(history->attempts("none", "none")->empty());
  EXPECT_TRUE(history->datasets("", 10)->items.empty());
  EXPECT_FALSE(history->dataset("m.none")->has_value());
  EXPECT_TRUE(history->totals()->empty());
}

TEST_F(HistoryTest, RunsArePagedNewestFirstWithoutGapOrRepeat) {
  runs(7);
  Ids seen;
  RunFilter filter{.dag = {}, .state = {}, .after = {}, .limit = 3};
  for (int pages = 1; pages <= 3; ++pages) {
    auto page = history->runs(filter);
    ASSERT_TRUE(page);
    for (const auto& run : page->items) seen.push_back(run.id);
    filter.after = page->next;
    EXPECT_EQ(page->next.empty(), pages == 3);
  }
  EXPECT_EQ(seen, (Ids{"d@7", "d@6", "d@5", "d@4", "d@3", "d@2", "d@1"}));
}

TEST_F(HistoryTest, AFullLastPageHasNoNext) {
  runs(4);
  EXPECT_EQ(history->runs({.dag = {}, .state = {}, .after = {}, .limit = 4})->next, "");
  EXPECT_EQ(history->runs({.dag = {}, .state = {}, .after = {}, .limit = 3})->next, "d@2");
}

TEST_F(HistoryTest, RunsAreFilteredByDagAndState) {
  runs(4);
  EXPECT_EQ(ids({.dag = {}, .state = "cancelled", .after = {}}), (Ids{"d@3", "d@1"}));
  EXPECT_EQ(ids({.dag = "d", .state = "running", .after = {}}), (Ids{"d@4", "d@2"}));
  EXPECT_EQ(ids({.dag = "other", .state = {}, .after = {}}), Ids{});
  EXPECT_EQ(ids({.dag = "d", .state = {}, .after = "d@3"}), (Ids{"d@2", "d@1"}));
  EXPECT_EQ(history->last_runs("d", 2)->size(), 2U);
}

TEST_F(HistoryTest, RunsOfSomeDagsOnly) {
  runs(3);
  EXPECT_EQ(ids({.only = Ids{"a", "d"}}), (Ids{"d@3", "d@2", "d@1"}));
  EXPECT_EQ(ids({.only = Ids{"it's \"quoted\"", "D"}}), Ids{});
  EXPECT_EQ(ids({.only = Ids{}}), Ids{}) << "none may be seen";
  EXPECT_EQ(ids({.after = "d@3", .limit = 1, .only = Ids{"d"}}), Ids{"d@2"});
}

TEST_F(HistoryTest, ARunShowsItsTasksInTheOrderOfTheDag) {
  Driver driver(kind.get(), chain());
  driver.header.params = Json::object({{"day", "2026-11-01"}});
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant({0}));
  auto part = driver.finishing({0});
  part.outputs = {{TaskIndex{0}, Json::object({{"rows", 3}})}};
  ASSERT_TRUE(driver.commit(part));
  auto detail = history->run("d@1");
  ASSERT_TRUE(detail && *detail);
  const auto& shown = **detail;
  EXPECT_EQ(shown.run.state, RunState::running);
  EXPECT_EQ(shown.run.params, driver.header.params);
  EXPECT_EQ(shown.run.created, "1970-01-01T00:16:40Z");
  EXPECT_EQ(shown.run.finished, "");
  EXPECT_EQ(shown.run.counts, (std::map<std::string, int>{{"succeeded", 1}, {"ready", 1}}));
  ASSERT_EQ(shown.tasks.size(), 2U);
  EXPECT_EQ(shown.tasks[0].id, "load");
  EXPECT_EQ(shown.tasks[0].state, TaskState::succeeded);
  EXPECT_EQ(shown.tasks[0].output, part.outputs[0].output);
  EXPECT_NE(shown.tasks[0].finished, "");
  EXPECT_EQ(shown.tasks[1].id, "clean");
  EXPECT_EQ(shown.tasks[1].finished, "");
}

TEST_F(HistoryTest, AttemptsShowTheirErrorAndTheConfigThatTheyRanWith) {
  Driver driver(kind.get(), chain());
  driver.dag.tasks[0].retry[0].attempts = 2;
  ASSERT_TRUE(driver.start());
  ASSERT_TRUE(driver.grant({0}));
  auto part = driver.finishing({0}, {}, Outcome::failed, "transient");
  part.attempts[0].error = {"transient", {.code = "E1", .what = "no route", .where = "host", .hint = "wait"}};
  part.attempts[0].config = Json::object({{"url", "http://x"}});
  part.attempts[0].usage = Json::object({{"cpu_seconds", 0.5}});
  ASSERT_TRUE(driver.commit(part));
  auto attempts = history->attempts("d@1", "load");
  ASSERT_TRUE(attempts);
  ASSERT_EQ(attempts->size(), 1U);
  const auto& shown = attempts->at(0);
  EXPECT_EQ(shown.number, 1);
  EXPECT_EQ(shown.state, AttemptState::failed);
  EXPECT_EQ(shown.worker, "worker-1");
  EXPECT_EQ(shown.error_class, "transient");
  EXPECT_EQ(shown.error, part.attempts[0].error.error);
  EXPECT_EQ(shown.config, part.attempts[0].config);
  EXPECT_EQ(shown.usage, part.attempts[0].usage);
  EXPECT_NE(shown.finished, "");
  EXPECT_TRUE(history->attempts("d@1", "clean")->empty());
  EXPECT_TRUE(history->attempts("d@1", "no such task")->empty());
}

TEST_F(HistoryTest, ChecksAreShownBySnapshotNewestFirstAndPagedByKey) {
  Driver driver(kind.get(), chain());
  ASSERT_TRUE(driver.start());
  const auto found = [](const std::string& check, bool success) { return Json::object({{"check", check}, {"success", success}}); };
  DataCommit first, second;
  first.rules_of = "d/load";
  first.snapshots = {staged("m.x", Operation::append, {file("1")}), staged("m.y", Operation::append, {file("2")})};
  first.snapshots[0].checks = Json::array({found("RowCount > 1", true), found("IsComplete \"id\"", false)});
  first.snapshots[1].checks = Json::array({found("RowCount > 9", true)});
  ASSERT_TRUE(driver.publish({0}, first));
  const auto snapshot = kind.get().dataset("m.x", std::nullopt)->snapshot;
  second.rules_of = "d/clean";
  second.snapshots = {staged("m.x", Operation::append, {file("3")})};
  second.snapshots[0].checks = Json::array({found("RowCount > 1", true)});
  second.checked = {{.dataset = "m.x", .snapshot = snapshot, .checks = Json::array({found("Mean \"id\" > 2", true)}), .metrics = {}}};
  driver.now += Millis{1000};
  ASSERT_TRUE(driver.publish({1}, second));
  const auto names = [&](CheckFilter filter) {
    std::vector<std::string> list;
    for (auto page = history->checks(filter);; page = history->checks(filter)) {
      EXPECT_TRUE(page);
      for (const auto& one : page->items) list.push_back(one.rules_of + ": " + one.result["check"].as_text());
      if (page->next.empty()) return list;
      filter.after = page->next;
    }
  };
  const std::vector<std::string> all{"d/clean: RowCount > 1", "d/load: RowCount > 1", "d/load: IsComplete \"id\"", "d/clean: Mean \"id\" > 2"};
  EXPECT_EQ(names({.dataset = "m.x"}), all);
  EXPECT_EQ(names({.dataset = "m.x", .limit = 1}), all) << "page by page";
  EXPECT_EQ(names({.dataset = "m.x", .check = "RowCount"}), (std::vector<std::string>{all[0], all[1]}));
  EXPECT_TRUE(history->checks({.dataset = "m.none"})->items.empty());
  const auto page = history->checks({.dataset = "m.x"});
  EXPECT_EQ(page->items[3].snapshot, snapshot.value) << "found later, on what was there before";
  EXPECT_EQ(page->items[3].time, to_iso(driver.now));
  EXPECT_EQ(page->items[3].run, "d@1");
}

TEST_F(HistoryTest, DatasetsShowSizesColumnsAndWhoMadeThem) {
  Driver driver(kind.get(), chain());
  ASSERT_TRUE(driver.start());
  DataCommit first, second;
  first.snapshots = {staged("m.x", Operation::append, {file("1", 3), file("2", 4)})};
  first.snapshots[0].checks = Json::array({Json::object({{"rule", "not_null"}, {"ok", true}})});
  first.snapshots[0].summary = Json::object({{"rows_in", 8}, {"rows_out", 7}, {"rows_rejected", 1}});
  second.snapshots = {staged("m.x", Operation::overwrite_partitions, {file("3", 5)}), staged("m.y", Operation::append, {file("4", 1)}), staged("m.y", Operation::append, {file("5", 1)})};
  ASSERT_TRUE(driver.publish({0}, first));
  ASSERT_TRUE(driver.publish({1}, second));
  auto page = history->datasets("", 1);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->items[0].name, "m.x");
  EXPECT_EQ(page->items[0].rows, 5);
  EXPECT_EQ(page->items[0].bytes, 40);
  EXPECT_EQ(page->items[0].columns.size(), 1U);
  auto rest = history->datasets(page->next, 10);
  ASSERT_EQ(rest->items.size(), 1U);
  EXPECT_EQ(rest->items[0].name, "m.y");
  EXPECT_EQ(rest->items[0].rows, 2) << "both parts of one commit";
  auto detail = history->dataset("m.x");
  ASSERT_TRUE(detail && *detail);
  ASSERT_EQ((*detail)->history.size(), 2U);
  EXPECT_EQ((*detail)->history[0].operation, "overwrite_partitions");
  EXPECT_EQ((*detail)->history[0].task, "clean");
  EXPECT_EQ((*detail)->history[0].files, 1);
  EXPECT_EQ((*detail)->history[1].run, "d@1");
  EXPECT_EQ((*detail)->history[1].task, "load");
  EXPECT_EQ((*detail)->history[1].rows, 7);
  EXPECT_EQ((*detail)->history[1].files, 2);
  EXPECT_EQ((*detail)->history[1].checks, first.snapshots[0].checks);
  ASSERT_EQ((*detail)->files.size(), 1U);
  EXPECT_EQ((*detail)->files[0].path, "3");
  auto run = history->run("d@1");
  ASSERT_EQ((*run)->tasks[0].snapshots.size(), 1U);
  EXPECT_EQ((*run)->tasks[1].snapshots.size(), 3U);
}

// Sizes are kept by adding what changed: they must be what a count of everything gives.
TEST_F(HistoryTest, SizesOfADatasetAreThoseOfItsFilesAfterAnyCommits) {
  constexpr int32_t kTasks = 60;
  Dag dag;
  for (int32_t i = 0; i < kTasks; ++i) add(dag, "t" + std::to_string(i));
  Driver driver(kind.get(), std::move(dag));
  ASSERT_TRUE(driver.start());
  std::mt19937 random(5);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  int shrunk = 0;
  int64_t rows_before = 0;
  for (int32_t task = 0; task < kTasks; ++task) {
    DataCommit commit;
    for (int part = pick(2); part >= 0; --part) {
      std::vector<DataFile> files;
      for (int f = pick(3); f > 0; --f) {
        files.push_back(file(std::to_string(task) + "-" + std::to_string(part) + "-" + std::to_string(f), 1 + pick(9), Json::object({{"p", pick(2)}})));
      }
      commit.snapshots.push_back(staged("m.x", pick(3) == 0 ? static_cast<Operation>(2 + pick(3)) : Operation::append, std::move(files)));
    }
    ASSERT_TRUE(driver.publish({task}, commit));
    const auto shown = history->dataset("m.x");
    ASSERT_TRUE(shown && *shown);
    int64_t rows = 0, bytes = 0;
    for (const auto& one : (*shown)->files) {
      rows += one.rows;
      bytes += one.bytes;
    }
    ASSERT_EQ((*shown)->summary.rows, rows) << "after task " << task;
    ASSERT_EQ((*shown)->summary.bytes, bytes);
    ASSERT_EQ((*shown)->history.front().files, static_cast<int64_t>((*shown)->files.size()));
    shrunk += rows < rows_before ? 1 : 0;
    rows_before = rows;
  }
  EXPECT_GT(shrunk, 3) << "files ended too";
}

TEST_F(HistoryTest, TotalsCountWhatIsThere) {
  runs(3);
  Driver driver(kind.get(), chain(), "d@9", 9);
  ASSERT_TRUE(driver.start());
  DataCommit data;
  data.snapshots = {staged("m.x", Operation::append, {file("1", 7)})};
  data.snapshots[0].summary = Json::object({{"rows_in", 8}, {"rows_out", 7}, {"rows_rejected", 1}});
  ASSERT_TRUE(driver.publish({0}, data));
  std::map<std::string, int64_t> counted;
  const auto all = history->runs({});
  for (const auto& run : all->items) {
    ++counted["runs." + std::string(name(run.state))];
    for (const auto& [state, count] : run.counts) counted["tasks." + state] += count;
  }
  auto totals = history->totals();
  ASSERT_TRUE(totals);
  EXPECT_EQ((*totals)["rows.in"], 8);
  EXPECT_EQ((*totals)["rows.out"], 7);
  EXPECT_EQ((*totals)["rows.rejected"], 1);
  for (const auto& [name, value] : *totals) {
    if (name.starts_with("rows.")) continue;
    EXPECT_EQ(value, counted[name]) << name;
  }
  for (const auto& [name, value] : counted) EXPECT_EQ((*totals)[name], value) << name;
}

TEST_F(HistoryTest, RejectedReportsAreCounted) {
  Driver driver(kind.get(), chain());
  ASSERT_TRUE(driver.start());
  RunCommit late = driver.decided(AttemptFinished{.lease = {{1}, {0}, 4}, .outcome = Outcome::succeeded});
  late.attempts.push_back({.lease = {{1}, {0}, 4}, .worker = "w", .time = driver.now, .state = AttemptState::rejected, .error = {}, .config = {}, .usage = {}});
  ASSERT_TRUE(driver.commit(late));
  EXPECT_EQ((*history->totals())["reports.rejected"], 1);
  EXPECT_TRUE(history->attempts("d@1", "load")->empty()) << "no attempt came of it";
}

TEST_F(HistoryTest, ARefusedCommitChangesNoCounter) {
  Driver driver(kind.get(), chain());
  ASSERT_TRUE(driver.start());
  const auto before = *history->totals();
  auto part = driver.granting({0});
  ++part.decision.moves[0].after.version;
  ASSERT_FALSE(driver.commit(part));
  EXPECT_EQ(*history->totals(), before);
}

TEST_F(HistoryTest, AnAttemptThatLivedWithinOneCommitIsShownWhole) {
  Driver driver(kind.get(), chain());
  ASSERT_TRUE(driver.start());
  Commit whole;
  whole.runs.push_back(driver.granting({0}));
  driver.now += Millis{5};
  whole.runs.push_back(driver.decided(AttemptConfirmed{driver.lease({0})}));
  driver.now += Millis{5};
  whole.runs.push_back(driver.finishing({0}, {}, Outcome::failed, "config"));
  auto& record = whole.runs.back().attempts.at(0);
  record.error = {"config", {.code = "E1234", .what = "wrong", .where = "here", .hint = "mend it"}};
  record.config = Json::object({{"n", 1}});
  ASSERT_TRUE(driver.commit(whole));
  const auto attempts = history->attempts("d@1", "load");
  ASSERT_EQ(attempts->size(), 1U);
  const auto& shown = attempts->front();
  EXPECT_EQ(shown.state, AttemptState::failed);
  EXPECT_EQ(shown.worker, "worker-1");
  EXPECT_EQ(shown.started, to_iso(driver.now - Millis{10}));
  EXPECT_EQ(shown.finished, to_iso(driver.now));
  EXPECT_EQ(shown.error_class, "config");
  EXPECT_EQ(shown.error.code, "E1234");
  EXPECT_EQ(shown.config, Json::object({{"n", 1}}));
}

}  // namespace
}  // namespace millrace
