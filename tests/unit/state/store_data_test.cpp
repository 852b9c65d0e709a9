// What every Store promises about data: it becomes visible with its task's success, whole or not at all.
#include <random>

#include "unit/state/stores.hpp"

namespace millrace {
namespace {

using testing::add;
using testing::Driver;
using testing::file;
using testing::staged;

constexpr TaskIndex kA{0}, kB{1}, kC{2};

template <class Kind>
class StoreDataTest : public ::testing::Test {
 protected:
  StoreDataTest() : driver(kind.get(), free_tasks()) { EXPECT_TRUE(driver.start()); }

  static Dag free_tasks() {
    Dag dag;
    for (int i = 0; i < 60; ++i) add(dag, "t" + std::to_string(i));
    return dag;
  }

  Store& store() { return kind.get(); }
  void reopen() {
    kind.reopen();
    driver.use(kind.get());
  }
  static DataCommit data(StagedSnapshot snapshot) {
    DataCommit commit;
    commit.snapshots.push_back(std::move(snapshot));
    return commit;
  }
  std::vector<std::string> files(const std::string& dataset, std::optional<SnapshotId> at = std::nullopt) {
    std::vector<std::string> paths;
    const auto view = store().dataset(dataset, at);
    for (const auto& one : view->files) paths.push_back(one.path);
    return paths;
  }
  std::string conflict(const DataCommit& commit) { return testing::conflict(store(), commit); }

  Kind kind{};
  Driver driver;
};

using Paths = std::vector<std::string>;
TYPED_TEST_SUITE(StoreDataTest, testing::Kinds, testing::KindNames);

TYPED_TEST(StoreDataTest, AppendedFilesAreVisibleWithTheSuccessAndOldSnapshotsStay) {
  auto first = file("raw/a.parquet", 3, Json::object({{"day", "2026-11-01"}}));
  first.stats = Json::object({{"id", Json::object({{"min", 1}, {"max", 3}, {"nulls", 0}})}});
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("raw.orders", Operation::append, {first}))));
  const auto one = this->store().dataset("raw.orders", std::nullopt)->snapshot;
  ASSERT_TRUE(this->driver.publish(kB, this->data(staged("raw.orders", Operation::append, {file("raw/b.parquet")}, {{"id", "BIGINT", true}, {"note", "VARCHAR", true}}))));
  this->reopen();
  auto view = this->store().dataset("raw.orders", std::nullopt);
  ASSERT_TRUE(view);
  EXPECT_GT(view->snapshot, one);
  ASSERT_EQ(view->files.size(), 2U);
  first.stats = Json::object();  // a view is without
  EXPECT_EQ(view->files[0], first);
  ASSERT_EQ(view->columns.size(), 2U);
  auto old = this->store().dataset("raw.orders", one);
  EXPECT_EQ(old->files.size(), 1U);
  EXPECT_EQ(old->columns.size(), 1U);
  EXPECT_EQ(this->store().dataset("raw.orders", SnapshotId{0})->snapshot, SnapshotId{0});
}

TYPED_TEST(StoreDataTest, ReplaceEndsWhatWasThereAndTimeTravelStillFindsIt) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1"), file("2")}))));
  const auto before = this->store().dataset("m.x", std::nullopt)->snapshot;
  ASSERT_TRUE(this->driver.publish(kB, this->data(staged("m.x", Operation::replace, {file("3")}, {{"other", "VARCHAR", true}}))));
  this->reopen();
  EXPECT_EQ(this->files("m.x"), (Paths{"3"}));
  EXPECT_EQ(this->files("m.x", before), (Paths{"1", "2"}));
  EXPECT_EQ(this->store().dataset("m.x", std::nullopt)->columns.at(0).name, "other");
  EXPECT_EQ(this->store().dataset("m.x", before)->columns.at(0).name, "id");
}

TYPED_TEST(StoreDataTest, OverwritingPartitionsEndsOnlyTheirFilesAndThoseToClear) {
  const auto day = [](const char* text) { return Json::object({{"day", text}}); };
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1", 1, day("1")), file("2", 1, day("2")), file("3", 1, day("3"))}))));
  auto change = staged("m.x", Operation::overwrite_partitions, {file("1b", 1, day("1"))});
  change.clears.push_back(day("3"));
  ASSERT_TRUE(this->driver.publish(kB, this->data(change)));
  EXPECT_EQ(this->files("m.x"), (Paths{"2", "1b"}));
}

TYPED_TEST(StoreDataTest, DeleteLeavesAnEmptyDataset) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  ASSERT_TRUE(this->driver.publish(kB, this->data(staged("m.x", Operation::remove, {}, {}))));
  EXPECT_TRUE(this->files("m.x").empty());
  EXPECT_EQ(this->store().dataset("m.x", std::nullopt)->columns.size(), 1U);
}

TYPED_TEST(StoreDataTest, AReplaceOfSomethingThatMovedOnIsAConflictAndNothingOfItIsThere) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  auto late = this->data(staged("m.x", Operation::replace, {file("late")}));
  late.snapshots[0].read = this->store().dataset("m.x", std::nullopt)->snapshot;
  late.positions.push_back({"s", "k", Json(), 1});
  EXPECT_EQ(this->conflict(late), "");
  ASSERT_TRUE(this->driver.publish(kB, this->data(staged("m.x", Operation::append, {file("2")}))));
  EXPECT_EQ(this->conflict(late), "E5011");
  ASSERT_TRUE(this->driver.grant(kC));
  const auto before = this->driver.stored();
  const auto refused = this->driver.finish(kC, late);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E5011");
  this->reopen();
  EXPECT_EQ(this->files("m.x"), (Paths{"1", "2"}));
  EXPECT_TRUE(this->store().positions("s")->empty());
  EXPECT_EQ(this->driver.stored(), before) << "the task has not succeeded";
}

TYPED_TEST(StoreDataTest, PartitionsAreWrittenSideBySide) {
  const auto of_day = [&](const std::string& path, const std::string& day, SnapshotId read) {
    auto one = staged("m.x", Operation::overwrite_partitions, {file(path)});
    one.files[0].partition = Json::object({{"day", day}});
    one.by_partition = true;
    one.read = read;
    return this->data(one);
  };
  ASSERT_TRUE(this->driver.publish(kA, of_day("a1", "a", SnapshotId{0})));
  const SnapshotId read = this->store().dataset("m.x", std::nullopt)->snapshot;
  const auto a2 = of_day("a2", "a", read), b1 = of_day("b1", "b", read), b2 = of_day("b2", "b", read);
  ASSERT_TRUE(this->driver.publish(kB, b1));
  EXPECT_EQ(this->conflict(a2), "");
  EXPECT_EQ(this->conflict(b2), "E5011");
  ASSERT_TRUE(this->driver.publish(kC, a2));
  EXPECT_EQ(this->conflict(of_day("a3", "a", read)), "E5011") << "what it looked at has ended";
  this->reopen();
  EXPECT_EQ(this->conflict(of_day("a3", "a", read)), "E5011");
  EXPECT_EQ(this->files("m.x"), (Paths{"b1", "a2"}));
}

TYPED_TEST(StoreDataTest, AppendsNeverConflictWithEachOther) {
  auto late = this->data(staged("m.x", Operation::append, {file("late")}));
  late.snapshots[0].read = SnapshotId{0};
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  EXPECT_EQ(this->conflict(late), "");
  EXPECT_TRUE(this->driver.publish(kB, late));
}

TYPED_TEST(StoreDataTest, ASchemaThatDriftsIsRefusedWithTheDifference) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  const auto drift = this->data(staged("m.x", Operation::append, {file("2")}, {{"id", "VARCHAR", true}}));
  auto found = this->store().check_data(drift);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->code, "E5010");
  EXPECT_NE((*found)->what.find("'id' is BIGINT and would become VARCHAR"), std::string::npos) << (*found)->what;
  EXPECT_FALSE(this->driver.publish(kB, drift));
  EXPECT_EQ(this->files("m.x"), (Paths{"1"}));
}

TYPED_TEST(StoreDataTest, PositionsMoveByCompareAndSet) {
  DataCommit first, second;
  first.positions.push_back({"ingest:x", "a", Json(), Json::object({{"size", 3}})});
  second.positions.push_back({"ingest:x", "a", Json::object({{"size", 3}}), Json::object({{"size", 4}})});
  EXPECT_EQ(this->conflict(second), "E5012") << "nobody has been there yet";
  ASSERT_TRUE(this->driver.publish(kA, first));
  EXPECT_EQ(this->conflict(first), "E5012") << "the same again would load it twice";
  this->reopen();
  ASSERT_TRUE(this->driver.publish(kB, second));
  auto stored = this->store().positions("ingest:x");
  ASSERT_TRUE(stored);
  ASSERT_EQ(stored->size(), 1U);
  EXPECT_EQ(stored->at(0).key, "a");
  EXPECT_EQ(stored->at(0).value, Json::object({{"size", 4}}));
  EXPECT_TRUE(this->store().positions("ingest:").value_or({}).empty());
}

TYPED_TEST(StoreDataTest, AFileOrAPositionNamedTwiceIsRefusedBeforeItCouldBlockEveryCommit) {
  DataCommit twice = this->data(staged("m.x", Operation::append, {file("1"), file("1")}));
  EXPECT_EQ(this->conflict(twice), "E5013");
  DataCommit positions;
  positions.positions = {{"s", "k", Json(), 1}, {"s", "k", 1, 2}};
  EXPECT_EQ(this->conflict(positions), "E5013");
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  const auto again = this->data(staged("m.y", Operation::append, {file("1")}));
  EXPECT_EQ(this->conflict(again), "E5013");
  const auto refused = this->driver.publish(kB, again);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "E5013");
}

TYPED_TEST(StoreDataTest, OneCommitMayNameADatasetTwiceAndKeepsItsOwnFiles) {
  const auto source = Json::object({{"_source", "raw.x"}});
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("quarantine.x", Operation::append, {file("old", 1, source)}))));
  DataCommit both = this->data(staged("quarantine.x", Operation::append, {file("unread", 1, source)}));
  both.snapshots.push_back(staged("quarantine.x", Operation::overwrite_partitions, {file("rejected", 1, source)}));
  both.snapshots[1].read = this->store().dataset("quarantine.x", std::nullopt)->snapshot;
  EXPECT_EQ(this->conflict(both), "") << "compared with the world before this commit";
  ASSERT_TRUE(this->driver.publish(kB, both));
  EXPECT_EQ(this->files("quarantine.x"), (Paths{"unread", "rejected"}));
}

TYPED_TEST(StoreDataTest, ClearingWhatIsNotThereMakesNoSnapshotAndNoDataset) {
  DataCommit commit = this->data(staged("m.x", Operation::replace, {file("1")}));
  commit.snapshots.push_back({.dataset = "quarantine.x", .operation = Operation::overwrite_partitions, .clears = {Json::object({{"_source", "m.x"}})}, .read = {}});
  ASSERT_TRUE(this->driver.publish(kA, commit));
  EXPECT_EQ(this->files("m.x"), Paths{"1"});
  EXPECT_EQ(this->store().dataset("quarantine.x", std::nullopt)->snapshot.value, 0);
}

TYPED_TEST(StoreDataTest, PinnedInputsStayAsTheyWereForAnOrdinaryRetry) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  auto granted = this->driver.granting(kB);
  granted.pins = {*this->store().dataset("m.x", std::nullopt), *this->store().dataset("m.none", std::nullopt)};
  granted.pins_of = kB;
  ASSERT_TRUE(this->driver.commit(granted));
  ASSERT_TRUE(this->driver.publish(kC, this->data(staged("m.x", Operation::replace, {file("2")}))));
  this->driver.dag.tasks[1].retry[0].attempts = 3;
  ASSERT_TRUE(this->driver.commit(this->driver.finishing(kB, {}, Outcome::failed, "transient")));
  this->reopen();
  auto pins = this->store().pins({1}, kB);
  ASSERT_TRUE(pins && *pins);
  ASSERT_EQ((*pins)->size(), 2U);
  EXPECT_EQ((*pins)->at(0).dataset, "m.none");
  EXPECT_EQ((*pins)->at(0).snapshot, SnapshotId{0});
  EXPECT_EQ((*pins)->at(1).files.at(0).path, "1");
}

TYPED_TEST(StoreDataTest, AnAttemptThatLostToAnotherCommitReadsTheNewWorldNextTime) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  auto granted = this->driver.granting(kB);
  granted.pins = {*this->store().dataset("m.x", std::nullopt)};
  granted.pins_of = kB;
  ASSERT_TRUE(this->driver.commit(granted));
  ASSERT_TRUE(this->driver.commit(this->driver.finishing(kB, {}, Outcome::failed, "conflict")));
  ASSERT_EQ(this->driver.run.tasks[1].state, TaskState::backoff);
  this->reopen();
  EXPECT_FALSE(this->store().pins({1}, kB)->has_value());
}

// --- what rules measured

DataCommit measuring(StagedSnapshot snapshot, int rows, std::string rules_of = "d/check") {
  snapshot.metrics = Json::object({{"rows", rows}});
  DataCommit commit;
  commit.snapshots.push_back(std::move(snapshot));
  commit.rules_of = std::move(rules_of);
  return commit;
}

DataCommit having_checked(const std::string& dataset, SnapshotId snapshot, int rows) {
  DataCommit commit;
  commit.checked.push_back({.dataset = dataset, .snapshot = snapshot, .checks = Json::array(), .metrics = Json::object({{"rows", rows}})});
  commit.rules_of = "d/look";
  return commit;
}

std::vector<int64_t> rows_in(const Result<Json>& measured) {
  std::vector<int64_t> rows;
  for (const auto& one : measured->items()) rows.push_back(one["metrics"]["rows"].as_int());
  return rows;
}

using Rows = std::vector<int64_t>;

TYPED_TEST(StoreDataTest, WhatRulesMeasuredIsKeptWithEachSnapshotAndNotGivenToTheRunItself) {
  for (int i = 1; i <= 3; ++i) {
    this->driver.now += Millis{1000};
    ASSERT_TRUE(this->driver.publish({i}, measuring(staged("m.x", Operation::append, {file(std::to_string(i))}), i)));
  }
  ASSERT_TRUE(this->driver.publish({4}, measuring(staged("m.y", Operation::append, {file("y")}), 9)));
  ASSERT_TRUE(this->driver.publish({5}, measuring(staged("m.x", Operation::append, {file("z")}), 8, "d/other")));
  this->reopen();
  const MeasuredBefore all{.dataset = "m.x", .rules_of = "d/check", .run = {2}, .snapshot = {}};
  const auto measured = this->store().measured(all);
  ASSERT_TRUE(measured);
  EXPECT_EQ(rows_in(measured), (Rows{3, 2, 1}));
  EXPECT_EQ(measured->at(0)["time"].as_text(), to_iso(this->driver.now));
  const SnapshotId second{measured->at(1)["snapshot"].as_int()};
  EXPECT_EQ(rows_in(this->store().measured({.dataset = "m.x", .rules_of = "d/check", .run = {2}, .snapshot = second})), (Rows{1}));
  EXPECT_EQ(rows_in(this->store().measured({.dataset = "m.x", .rules_of = "d/check", .run = {1}, .snapshot = {}})), Rows{}) << "its own are no earlier ones";
  EXPECT_EQ(rows_in(this->store().measured({.dataset = "m.none", .rules_of = "d/check", .run = {2}, .snapshot = {}})), Rows{});
}

TYPED_TEST(StoreDataTest, WhatIsFoundOnASnapshotTakesThePlaceOfWhatWasFoundBefore) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  const auto snapshot = this->store().dataset("m.x", std::nullopt)->snapshot;
  ASSERT_TRUE(this->driver.publish(kB, having_checked("m.x", snapshot, 5)));
  ASSERT_TRUE(this->driver.publish(kC, having_checked("m.x", snapshot, 6)));
  ASSERT_TRUE(this->driver.publish({3}, having_checked("m.x", {snapshot.value + 1}, 7))) << "no snapshot of it: dropped";
  ASSERT_TRUE(this->driver.publish({4}, having_checked("m.none", snapshot, 7)));
  this->reopen();
  EXPECT_EQ(rows_in(this->store().measured({.dataset = "m.x", .rules_of = "d/look", .run = {2}, .snapshot = {}})), (Rows{6}));
}

TYPED_TEST(StoreDataTest, NoMoreIsGivenThanAHundredResultsAndAMebibyte) {
  for (int i = 0; i < 2; ++i) {
    auto commit = measuring(staged("m.big", Operation::append, {file("b" + std::to_string(i))}), i);
    commit.snapshots[0].metrics.set(std::string(600 * 1024, 'x'), 1);
    ASSERT_TRUE(this->driver.publish({i}, std::move(commit)));
  }
  EXPECT_EQ(this->store().measured({.dataset = "m.big", .rules_of = "d/check", .run = {2}, .snapshot = {}})->size(), 1U);
  for (int64_t run = 3; run < 5; ++run) {
    Driver more(this->store(), this->free_tasks(), "d@" + std::to_string(run), run);
    ASSERT_TRUE(more.start());
    for (int i = 0; i < 55; ++i) {
      ASSERT_TRUE(more.publish({i}, measuring(staged("m.x", Operation::append, {file(std::to_string(run * 100 + i))}), i)));
    }
  }
  const auto measured = this->store().measured({.dataset = "m.x", .rules_of = "d/check", .run = {2}, .snapshot = {}});
  EXPECT_EQ(measured->size(), 100U);
  EXPECT_EQ(rows_in(measured).front(), 54);
}

// Whatever an attempt reports: what the check says is what the commit does, and a refusal leaves nothing.
// --- maintenance

StagedSnapshot rewritten(std::vector<DataFile> files, Paths ends) {
  auto snapshot = staged("m.x", Operation::rewrite, std::move(files));
  snapshot.ends = std::move(ends);
  return snapshot;
}

TYPED_TEST(StoreDataTest, ARewriteIsSeenByNobodyWhoReadsRowsAndLandsBesideAppends) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1", 2), file("2", 3)}))));
  const auto before = this->store().newest_snapshot("m.x");
  this->driver.now += Millis{1000};
  ASSERT_TRUE(this->driver.publish(kB, this->data(staged("m.x", Operation::append, {file("3", 1)}))));
  const auto appended = this->store().newest_snapshot("m.x");
  EXPECT_GT((*appended)->id, (*before)->id);
  ASSERT_TRUE(this->driver.publish(kC, this->data(rewritten({file("12", 5)}, {"1", "2"}))));
  this->reopen();
  EXPECT_EQ(this->files("m.x"), (Paths{"3", "12"}));
  const auto newest = this->store().newest_snapshot("m.x");
  EXPECT_EQ((*newest)->id, (*appended)->id) << "who waits for new rows is not woken";
  EXPECT_EQ((*newest)->time, (*appended)->time);
}

TYPED_TEST(StoreDataTest, ARewriteOfFilesThatHaveEndedOrOfOtherRowsIsRefused) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1", 2), file("2", 3)}))));
  EXPECT_EQ(this->conflict(this->data(rewritten({file("12", 4)}, {"1", "2"}))), "E5013");
  EXPECT_EQ(this->conflict(this->data(rewritten({file("12", 5)}, {"1", "2"}))), "");
  ASSERT_TRUE(this->driver.publish(kB, this->data(staged("m.x", Operation::replace, {file("3", 1)}))));
  EXPECT_EQ(this->conflict(this->data(rewritten({file("12", 5)}, {"1", "2"}))), "E5011");
}

constexpr TimePoint kAlways{Millis{int64_t{1} << 40}};

TYPED_TEST(StoreDataTest, AnExpiredSnapshotLeavesItsLineAndWhatNoOtherHasIsGarbage) {
  for (const char* path : {"1", "2", "3"}) {
    this->driver.now += Millis{1000};
    ASSERT_TRUE(this->driver.publish({static_cast<int32_t>(*path - '1')}, this->data(staged("m.x", Operation::replace, {file(path)}))));
  }
  const Expiry all{.dataset = "m.x", .before = kAlways, .keep_last = 1};
  const auto old = this->store().old_snapshots(all, 10);
  ASSERT_EQ(old->size(), 2U);
  EXPECT_EQ(this->store().old_snapshots({.dataset = "m.x", .before = kAlways, .keep_last = 2}, 10)->size(), 1U);
  EXPECT_EQ(this->store().old_snapshots({.dataset = "m.x", .before = this->driver.now - Millis{1000}, .keep_last = 1}, 10)->size(), 1U) << "the second is not older than itself";
  EXPECT_EQ(this->store().old_snapshots(all, 1)->size(), 1U);
  Commit commit;
  commit.now = this->driver.now;
  commit.expired = {old->at(0)};
  ASSERT_TRUE(this->driver.commit(commit));
  this->reopen();
  EXPECT_EQ(*this->store().garbage(this->driver.now, 10), (Paths{"1"}));
  EXPECT_TRUE(this->store().garbage(this->driver.now - Millis{1}, 10)->empty());
  EXPECT_EQ(this->store().dataset("m.x", old->at(0)).error().code, "E5015");
  EXPECT_EQ(this->files("m.x", old->at(1)), (Paths{"2"}));
  EXPECT_EQ(this->store().old_snapshots(all, 10)->size(), 1U) << "expired once";
}

TYPED_TEST(StoreDataTest, WhatAnOpenRunReadsDoesNotExpire) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::replace, {file("1")}))));
  auto reading = this->driver.granting(kB);
  reading.pins = {*this->store().dataset("m.x", std::nullopt)};
  reading.pins_of = kB;
  ASSERT_TRUE(this->driver.commit(std::move(reading)));
  ASSERT_TRUE(this->driver.publish(kC, this->data(staged("m.x", Operation::replace, {file("2")}))));
  EXPECT_TRUE(this->store().old_snapshots({.dataset = "m.x", .before = kAlways, .keep_last = 1}, 10)->empty());
  ASSERT_TRUE(this->driver.take(CancelRequested{"enough"}));
  ASSERT_TRUE(this->driver.commit(this->driver.finishing(kB, {}, Outcome::cancelled)));
  ASSERT_TRUE(is_final(this->driver.run.state));
  EXPECT_EQ(this->store().old_snapshots({.dataset = "m.x", .before = kAlways, .keep_last = 1}, 10)->size(), 1U);
}

TYPED_TEST(StoreDataTest, AnOrphanIsGarbageUnlessTheCatalogHasItAndThenNobodyCanPublishIt) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  Commit found;
  found.orphans = {"1", "2"};
  ASSERT_TRUE(this->driver.commit(found));
  EXPECT_EQ(*this->store().garbage(TimePoint{}, 10), (Paths{"2"})) << "whoever found it has waited long enough";
  EXPECT_EQ(this->conflict(this->data(staged("m.x", Operation::append, {file("2")}))), "E5017");
  Commit collected;
  collected.collected = {"2"};
  ASSERT_TRUE(this->driver.commit(collected));
  this->reopen();
  EXPECT_TRUE(this->store().garbage(kAlways, 10)->empty());
}

// Whatever is written and expired in whatever order: a kept snapshot has the files that it had, and every other file is garbage.
TYPED_TEST(StoreDataTest, KeptSnapshotsKeepTheirFilesAndAllOthersBecomeGarbage) {
  std::mt19937 random(20261126);
  std::map<SnapshotId, Paths> kept;
  std::map<std::string, int64_t> rows;  // of every file written
  int next = 0;
  for (int task = 0; task < 60; ++task) {
    this->driver.now += Millis{1000};
    const auto what = random() % 4;
    const Paths live = this->files("m.x");
    std::vector<DataFile> files;
    for (size_t i = 0; i < 1 + random() % 3; ++i) files.push_back(file("f" + std::to_string(next++), 1));
    StagedSnapshot change = staged("m.x", what == 0 ? Operation::replace : Operation::append, files);
    if (what == 1 && live.size() >= 2) {
      files = {file("f" + std::to_string(next++), rows[live[0]] + rows[live[1]])};
      change = rewritten(files, {live[0], live[1]});
    }
    for (const auto& one : change.files) rows[one.path] = one.rows;
    ASSERT_TRUE(this->driver.publish({task}, this->data(change)));
    kept[this->store().dataset("m.x", std::nullopt)->snapshot] = this->files("m.x");
    if (random() % 3 != 0) continue;
    const Expiry expiry{.dataset = "m.x", .before = this->driver.now - Millis{1000} * static_cast<int>(random() % 8), .keep_last = 1 + static_cast<int>(random() % 3)};
    auto old = *this->store().old_snapshots(expiry, 100);
    if (random() % 2 == 0 && !old.empty()) old.erase(old.begin() + static_cast<ptrdiff_t>(random() % old.size()));  // not one after the other
    Commit commit;
    commit.now = this->driver.now;
    commit.expired = old;
    ASSERT_TRUE(this->driver.commit(commit));
    for (const auto& id : old) kept.erase(id);
    std::set<std::string> needed;
    for (const auto& [id, paths] : kept) {
      EXPECT_EQ(this->files("m.x", id), paths);
      needed.insert(paths.begin(), paths.end());
    }
    const auto given_up = *this->store().garbage(kAlways, 1000);
    const std::set<std::string> garbage(given_up.begin(), given_up.end());
    std::set<std::string> both = needed;
    both.insert(garbage.begin(), garbage.end());
    EXPECT_EQ(both.size(), rows.size());
    EXPECT_EQ(both.size(), needed.size() + garbage.size()) << "nothing is both";
  }
  EXPECT_LT(kept.size(), 60U);
}

// --- what was, again -------------------------------------------------------------------------------------------------------

TYPED_TEST(StoreDataTest, ADatasetCanBeReadAsItWasAtASnapshotATimeAndARun) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1")}))));
  const auto first = this->store().dataset("m.x", std::nullopt)->snapshot;
  const auto between = this->driver.now;
  this->driver.now += Millis{1000};
  ASSERT_TRUE(this->driver.publish(kB, this->data(staged("m.x", Operation::append, {file("2")}))));
  this->reopen();
  const auto paths = [&](const std::string& reference) {
    Paths found;
    auto view = this->store().dataset(reference, std::nullopt);
    if (!view) return Paths{view.error().code};
    EXPECT_EQ(view->dataset, reference);
    for (const auto& one : view->files) found.push_back(one.path);
    return found;
  };
  EXPECT_EQ(paths("m.x@snapshot:" + std::to_string(first.value)), (Paths{"1"}));
  EXPECT_EQ(paths("m.x@time:" + to_iso(between)), (Paths{"1"}));
  EXPECT_EQ(paths("m.x@run:" + this->driver.header.key), (Paths{"1", "2"}));
  EXPECT_EQ(paths("m.x@snapshot:99"), (Paths{"E5016"}));
  EXPECT_EQ(paths("m.x@time:1970-01-01"), (Paths{"E5016"}));
  EXPECT_EQ(paths("m.x@run:other"), (Paths{"E5016"}));
  EXPECT_EQ(paths("m.y@snapshot:" + std::to_string(first.value)), (Paths{"E5016"})) << "it is another's";
}

TYPED_TEST(StoreDataTest, ADroppedDatasetIsNotThereAndCanBeRestoredAsItWas) {
  ASSERT_TRUE(this->driver.publish(kA, this->data(staged("m.x", Operation::append, {file("1"), file("2")}))));
  const auto then = this->store().dataset("m.x", std::nullopt);
  ASSERT_TRUE(this->driver.publish(kB, this->data(plan_return(*then, {.dataset = "m.x"}))));
  this->reopen();
  EXPECT_EQ(this->store().dataset("m.x", std::nullopt)->snapshot, SnapshotId{0});
  EXPECT_EQ(this->files("m.x", then->snapshot), (Paths{"1", "2"}));
  const auto now = this->store().dataset("m.x", std::nullopt);
  ASSERT_TRUE(this->driver.publish(kC, this->data(plan_return(*now, *then))));
  this->reopen();
  EXPECT_EQ(this->files("m.x"), (Paths{"1", "2"}));
  EXPECT_EQ(this->store().dataset("m.x", std::nullopt)->columns, then->columns);
}

TYPED_TEST(StoreDataTest, AFileThatWasRestoredIsNoGarbageWhenItsFirstTimeExpires) {
  ASSERT_TRUE(this->driver.publish(TaskIndex{0}, this->data(staged("m.x", Operation::append, {file("1")}))));
  const auto then = this->store().dataset("m.x", std::nullopt);
  ASSERT_TRUE(this->driver.publish(TaskIndex{1}, this->data(staged("m.x", Operation::replace, {file("2")}))));
  ASSERT_TRUE(this->driver.publish(TaskIndex{2}, this->data(plan_return(*this->store().dataset("m.x", std::nullopt), *then))));
  Commit commit{.now = this->driver.now};
  auto old = this->store().old_snapshots({.dataset = "m.x", .before = this->driver.now + Millis{1}, .keep_last = 1}, 10);
  ASSERT_EQ(old->size(), 2U);
  commit.expired = *old;
  ASSERT_TRUE(this->driver.commit(std::move(commit)));
  this->reopen();
  EXPECT_EQ(*this->store().garbage(this->driver.now, 10), (Paths{"2"}));
  EXPECT_EQ(this->files("m.x"), (Paths{"1"}));
}

DataCommit load(const std::string& file_name, const std::string& key, const Json& expected = {}, const Json& value = 1) {
  DataCommit commit;
  commit.snapshots.push_back(staged("raw.x", Operation::append, {file(file_name)}));
  commit.positions.push_back({"ingest.files:raw.x", key, expected, value});
  return commit;
}

TYPED_TEST(StoreDataTest, ARewindTakesBackPositionsAndJustTheRowsThatCameWithThem) {
  ASSERT_TRUE(this->driver.publish(TaskIndex{0}, load("1", "a")));
  testing::Driver second(this->store(), this->free_tasks(), "d@2", 2);
  ASSERT_TRUE(second.start());
  ASSERT_TRUE(second.publish(TaskIndex{0}, load("2", "b")));
  ASSERT_TRUE(second.publish(TaskIndex{1}, load("3", "a", 1, 2)));
  ASSERT_TRUE(second.publish(TaskIndex{2}, this->data(staged("raw.x", Operation::append, {file("other")})))) << "which is of another source";
  auto rewind = this->store().rewind_of("ingest.files:raw.x", RunId{1});
  ASSERT_TRUE(rewind);
  ASSERT_EQ(rewind->moves.size(), 2U);
  EXPECT_EQ(rewind->moves[0].expected, Json(2));
  EXPECT_EQ(rewind->moves[0].value, Json(1));
  EXPECT_TRUE(rewind->moves[1].value.is_null());
  ASSERT_EQ(rewind->data.size(), 1U);
  auto back = plan_rewind(rewind->data[0]);
  ASSERT_TRUE(back);
  DataCommit commit = this->data(*back);
  commit.positions = rewind->moves;
  ASSERT_TRUE(second.publish(TaskIndex{3}, commit));
  this->reopen();
  EXPECT_EQ(this->files("raw.x"), (Paths{"1", "other"}));
  ASSERT_EQ(this->store().positions("ingest.files:raw.x")->size(), 1U);
  EXPECT_EQ(this->store().positions("ingest.files:raw.x")->at(0).value, Json(1));
  EXPECT_EQ(*this->store().sources_of("raw.x"), (Paths{"ingest.files:raw.x"}));
  // Once more, to the beginning: what the first rewind did is no hindrance.
  auto all = this->store().rewind_of("ingest.files:raw.x", std::nullopt);
  ASSERT_TRUE(all);
  auto nothing = plan_rewind(all->data.at(0));
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->ends, (Paths{"1"}));
  EXPECT_EQ(this->store().rewind_of("ingest.files:raw.y", RunId{1}).error().code, "E5019");
}

TYPED_TEST(StoreDataTest, RowsThatWereCompactedWithOthersAreNotTakenBack) {
  ASSERT_TRUE(this->driver.publish(TaskIndex{0}, load("1", "a")));
  ASSERT_TRUE(this->driver.publish(TaskIndex{1}, this->data(staged("raw.x", Operation::append, {file("other")}))));
  auto rewrite = staged("raw.x", Operation::rewrite, {file("both", 20)});
  rewrite.ends = {"1", "other"};
  ASSERT_TRUE(this->driver.publish(TaskIndex{2}, this->data(rewrite)));
  const auto rewind = this->store().rewind_of("ingest.files:raw.x", std::nullopt);
  ASSERT_TRUE(rewind);
  EXPECT_EQ(plan_rewind(rewind->data.at(0)).error().code, "E5019");
}

TYPED_TEST(StoreDataTest, TheCheckAndTheCommitAlwaysAgree) {
  std::mt19937 random(11);
  const auto pick = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  int refused = 0;
  for (int32_t t = 0; t < 60; ++t) {
    DataCommit commit;
    for (int n = pick(3); n >= 0; --n) {
      std::vector<DataFile> files;
      for (int f = pick(3); f > 0; --f) files.push_back(file("f" + std::to_string(pick(200)), 1, Json::object({{"p", pick(2)}})));
      auto snapshot = staged("m." + std::to_string(pick(2)), static_cast<Operation>(1 + pick(4)), files, {{"id", pick(8) == 0 ? "VARCHAR" : "BIGINT", true}});
      if (pick(2) == 0) snapshot.read = SnapshotId{this->store().dataset(snapshot.dataset, std::nullopt)->snapshot.value - pick(2)};
      commit.snapshots.push_back(snapshot);
    }
    if (pick(2) == 0) commit.positions.push_back({"s", std::to_string(pick(2)), pick(2) == 0 ? Json() : Json(1), 1});
    const std::string expected = this->conflict(commit);
    ASSERT_TRUE(this->driver.grant(TaskIndex{t}));
    const auto before0 = this->files("m.0"), before1 = this->files("m.1");
    const auto run_before = this->driver.run;
    const auto status = this->driver.finish(TaskIndex{t}, commit);
    EXPECT_EQ(status ? "" : status.error().code, expected) << "task " << t;
    if (status) continue;
    ++refused;
    this->driver.run = run_before;
    EXPECT_EQ(this->files("m.0"), before0);
    EXPECT_EQ(this->files("m.1"), before1);
    EXPECT_EQ(this->driver.stored(), run_before);
  }
  EXPECT_GT(refused, 5);
  EXPECT_LT(refused, 55);
}

}  // namespace
}  // namespace millrace
