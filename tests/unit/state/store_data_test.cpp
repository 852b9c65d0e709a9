// The Store's promises about data, held by both stores: snapshots, time travel, positions, conflicts, pins.
#include "unit/state/stores.hpp"

namespace millrace::testing {
namespace {

using Paths = std::vector<std::string>;

template <class Kind>
class Data : public ::testing::Test {
 protected:
  // One more run whose first task succeeds with this.
  Status land(DataCommit commit) {
    RunBench bench(*store_, "run-" + std::to_string(++runs_));
    bench.start();
    bench.grant(0);
    return bench.succeed(0, std::move(commit));
  }
  DatasetView now() { return must(store_->dataset("raw.orders", std::nullopt)); }
  std::string conflict(const DataCommit& commit) {
    const auto found = must(store_->check_data(commit));
    return found ? found->code : "";
  }
  // Looked at before, and again by the commit itself.
  void refused(const DataCommit& commit, const std::string& code) {
    const auto before = now();
    EXPECT_EQ(conflict(commit), code);
    const auto status = land(commit);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, code);
    EXPECT_EQ(to_json(now()), to_json(before));
  }

  TempFolder folder_{};
  std::unique_ptr<Store> store_ = Kind::open(folder_);
  int runs_ = 0;
};
using Kinds = ::testing::Types<MemoryKind, SqliteKind>;
TYPED_TEST_SUITE(Data, Kinds);

StagedSnapshot with_read(StagedSnapshot one, SnapshotId read) {
  one.read = read;
  return one;
}

DataCommit position(Json expected, Json value) {
  DataCommit commit;
  commit.positions.push_back({"ingest.files:raw.orders", "a.csv", std::move(expected), std::move(value)});
  return commit;
}

TYPED_TEST(Data, ADatasetThatNobodyWroteIsEmptyAtSnapshotZero) {
  const auto view = this->now();
  EXPECT_EQ(view.snapshot, SnapshotId{});
  EXPECT_EQ(view.dataset, "raw.orders");
  EXPECT_TRUE(view.files.empty() && view.columns.empty());
}

TYPED_TEST(Data, AppendsAddUpAndFilesKeepTheirFacts) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3, Json::object({{"day", "2026-11-01"}}))}))));
  must(this->land(data(staged(Operation::append, {data_file("f2", 4)}))));
  const auto view = this->now();
  EXPECT_EQ(paths(view), (Paths{"f1", "f2"}));
  EXPECT_EQ(view.files[0], data_file("f1", 3, Json::object({{"day", "2026-11-01"}})));
  EXPECT_EQ(view.columns, (std::vector<Column>{{"id", "BIGINT", false}}));
}

TYPED_TEST(Data, EverySnapshotCanBeReadAgain) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}))));
  const auto first = this->now();
  must(this->land(data(staged(Operation::append, {data_file("f2", 4)}, {{"id", "HUGEINT", true}, {"note", "VARCHAR", true}}))));
  const auto second = this->now();
  must(this->land(data(staged(Operation::replace, {data_file("f3", 5)}, {{"other", "DATE", true}}))));
  const auto third = this->now();
  EXPECT_LT(first.snapshot, second.snapshot);
  EXPECT_LT(second.snapshot, third.snapshot);
  for (const auto& then : {first, second, third}) {
    EXPECT_EQ(to_json(must(this->store_->dataset("raw.orders", then.snapshot))), to_json(then));
  }
  EXPECT_EQ(paths(second), (Paths{"f1", "f2"}));
  EXPECT_EQ(second.columns, (std::vector<Column>{{"id", "HUGEINT", true}, {"note", "VARCHAR", true}}));
  EXPECT_EQ(paths(third), Paths{"f3"});
  EXPECT_EQ(third.columns, (std::vector<Column>{{"other", "DATE", true}}));
  EXPECT_EQ(must(this->store_->dataset("raw.orders", SnapshotId{0})).snapshot, SnapshotId{});
}

TYPED_TEST(Data, ASnapshotNumberOfAnotherDatasetShowsThisOneAsItWasThen) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}))));
  auto other = staged(Operation::append, {data_file("g1", 1)});
  other.dataset = "raw.others";
  must(this->land(data(other)));
  const auto between = must(this->store_->dataset("raw.others", std::nullopt)).snapshot;
  must(this->land(data(staged(Operation::append, {data_file("f2", 3)}))));
  EXPECT_EQ(paths(must(this->store_->dataset("raw.orders", between))), Paths{"f1"});
}

TYPED_TEST(Data, OverwritingPartitionsEndsOnlyTheFilesOfThosePartitions) {
  const auto day = [](const char* text) { return Json::object({{"day", text}}); };
  must(this->land(data(staged(Operation::append, {data_file("f1", 1, day("1")), data_file("f2", 1, day("2")), data_file("f3", 1, day("3"))}))));
  auto over = staged(Operation::overwrite_partitions, {data_file("f4", 1, day("2"))});
  over.clears = {day("3")};
  must(this->land(data(over)));
  EXPECT_EQ(paths(this->now()), (Paths{"f1", "f4"}));
}

TYPED_TEST(Data, RemovingKeepsTheColumns) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}))));
  must(this->land(data(staged(Operation::remove, {}, {}))));
  EXPECT_TRUE(this->now().files.empty());
  EXPECT_EQ(this->now().columns.size(), 1U);
}

TYPED_TEST(Data, AReplaceOfWhatHasMovedOnIsAConflict) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}))));
  const auto read = this->now().snapshot;
  must(this->land(data(staged(Operation::append, {data_file("f2", 3)}))));
  for (const auto operation : {Operation::replace, Operation::overwrite_partitions, Operation::remove}) {
    this->refused(data(with_read(staged(operation, {data_file("f9", 3)}), read)), "E5011");
  }
  EXPECT_EQ(this->conflict(data(with_read(staged(Operation::append, {data_file("f9", 3)}), read))), "");
  EXPECT_EQ(this->conflict(data(with_read(staged(Operation::replace, {data_file("f9", 3)}), this->now().snapshot))), "");
}

TYPED_TEST(Data, TypesThatDoNotMixAreRefusedWithTheDifference) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}))));
  const auto wrong = data(staged(Operation::append, {data_file("f2", 3)}, {{"id", "VARCHAR", true}}));
  const auto found = must(this->store_->check_data(wrong));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->what, "dataset 'raw.orders': the schema drifted: column 'id' is BIGINT and would become VARCHAR");
  this->refused(wrong, "E5010");
  this->refused(data(staged(Operation::overwrite_partitions, {data_file("f2", 3)}, {{"id", "VARCHAR", true}})), "E5010");
  EXPECT_EQ(this->conflict(data(staged(Operation::replace, {data_file("f2", 3)}, {{"id", "VARCHAR", true}}))), "");
}

TYPED_TEST(Data, AColumnThatNewFilesLackBecomesNullable) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}, {{"id", "BIGINT", false}, {"note", "VARCHAR", false}}))));
  must(this->land(data(staged(Operation::append, {data_file("f2", 3)}, {{"id", "INTEGER", false}}))));
  EXPECT_EQ(this->now().columns, (std::vector<Column>{{"id", "BIGINT", false}, {"note", "VARCHAR", true}}));
}

TYPED_TEST(Data, PositionsMoveOnlyFromWhereTheAttemptFoundThem) {
  must(this->land(position({}, Json::object({{"size", 10}}))));
  this->refused(position({}, Json::object({{"size", 11}})), "E5012");
  this->refused(position(Json::object({{"size", 9}}), Json::object({{"size", 11}})), "E5012");
  must(this->land(position(Json::object({{"size", 10}}), Json::object({{"size", 11}}))));
  const auto positions = must(this->store_->positions("ingest.files:raw.orders"));
  ASSERT_EQ(positions.size(), 1U);
  EXPECT_EQ(positions[0].key, "a.csv");
  EXPECT_EQ(positions[0].value, Json::object({{"size", 11}}));
  EXPECT_TRUE(must(this->store_->positions("ingest.files:raw.other")).empty());
}

TYPED_TEST(Data, APositionThatWasMovedTakesTheWholeDataCommitBack) {
  must(this->land(position({}, Json(1))));
  auto both = data(staged(Operation::append, {data_file("f1", 3)}));
  both.positions = position({}, Json(2)).positions;
  this->refused(both, "E5012");
  EXPECT_TRUE(this->now().files.empty());
}

TYPED_TEST(Data, TwoPartsOfOneCommitSeeEachOther) {
  RunBench first(*this->store_, "one"), second(*this->store_, "two");
  for (auto* bench : {&first, &second}) {
    bench->start();
    bench->grant(0);
  }
  Commit commit;
  for (auto* bench : {&first, &second}) {
    commit.runs.push_back(bench->part(bench->success(0)));
    commit.runs.back().data = position({}, Json(1));
  }
  std::vector<OutboxRow> outbox;
  EXPECT_EQ(this->store_->commit(commit, outbox).error().code, "E5012");
  EXPECT_TRUE(must(this->store_->positions("ingest.files:raw.orders")).empty());
}

// Each of these would be refused by the commit itself, so the look before must see them.
TYPED_TEST(Data, ADataCommitThatContradictsItselfIsSeenBefore) {
  auto twice = position({}, Json(1));
  twice.positions.push_back(twice.positions[0]);
  this->refused(twice, "E5012");
  auto same_file = data(staged(Operation::append, {data_file("f1", 3), data_file("f1", 3)}));
  this->refused(same_file, "E5013");
  DataCommit moved = data(with_read(staged(Operation::replace, {data_file("f1", 3)}), SnapshotId{0}));
  moved.snapshots.push_back(with_read(staged(Operation::replace, {data_file("f2", 3)}), SnapshotId{0}));
  this->refused(moved, "E5011");
  DataCommit appended = data(staged(Operation::append, {data_file("f1", 3)}));
  appended.snapshots.push_back(staged(Operation::append, {data_file("f2", 3)}));
  EXPECT_EQ(this->conflict(appended), "");
  must(this->land(appended));
  EXPECT_EQ(paths(this->now()), (Paths{"f1", "f2"}));
}

TYPED_TEST(Data, AFileThatTheCatalogHasIsNeverTakenAgain) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}))));
  this->refused(data(staged(Operation::append, {data_file("f1", 3)})), "E5013");
  must(this->land(data(staged(Operation::replace, {data_file("f2", 3)}))));
  this->refused(data(staged(Operation::append, {data_file("f1", 3)})), "E5013");  // ended, and still part of an old snapshot
}

TYPED_TEST(Data, PinsShowTheWorldAsItWasUntilTheTaskIsOpenedAgainByHand) {
  must(this->land(data(staged(Operation::append, {data_file("f1", 3)}))));
  RunBench bench(*this->store_, "reader");
  bench.start();
  auto grant = bench.part(LeaseGranted{bench.next(0), "worker-1"});
  grant.pins_of = TaskIndex{0};
  grant.pins = {this->now(), must(this->store_->dataset("raw.nothing", std::nullopt))};
  must(bench.commit(grant));
  must(this->land(data(staged(Operation::append, {data_file("f2", 3)}))));

  const auto pinned = must(this->store_->pins(bench.run.id, TaskIndex{0}));
  ASSERT_TRUE(pinned);
  ASSERT_EQ(pinned->size(), 2U);
  EXPECT_EQ(pinned->at(0).dataset, "raw.nothing");
  EXPECT_EQ(pinned->at(0).snapshot, SnapshotId{0});
  EXPECT_EQ(paths(pinned->at(1)), Paths{"f1"});
  EXPECT_FALSE(must(this->store_->pins(bench.run.id, TaskIndex{1})));

  must(bench.take(bench.failure(0, false)));
  EXPECT_TRUE(must(this->store_->pins(bench.run.id, TaskIndex{0})));  // a retry by policy reads the same again
  must(bench.take(BackoffElapsed{bench.lease(0)}));
  bench.grant(0);
  must(bench.take(bench.failure(0, true)));
  bench.grant(2);
  must(bench.succeed(2));
  must(bench.take(RetryRequested{}));
  EXPECT_FALSE(must(this->store_->pins(bench.run.id, TaskIndex{0})));
}

}  // namespace
}  // namespace millrace::testing
