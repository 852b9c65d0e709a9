// What only the file can get wrong: locks, versions, damage, size.
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "state/audit.hpp"
#include "state/database.hpp"
#include "state/prune.hpp"
#include "state/schema.hpp"
#include "unit/state/stores.hpp"

namespace millrace {
namespace {

using testing::add;
using testing::Driver;
using testing::Folder;

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

std::string code_of(const std::string& path) {
  auto opened = SqliteStore::open(path);
  return opened ? "" : opened.error().code;
}

// A store file with one run in it.
void make_store(const std::string& path) {
  auto store = SqliteStore::open(path);
  ASSERT_TRUE(store);
  Dag dag;
  add(dag, "a");
  Driver driver(**store, dag);
  ASSERT_TRUE(driver.start());
}

TEST(SqliteStore, ASecondServerIsRefusedUntilTheFirstHasGone) {
  Folder folder;
  auto first = SqliteStore::open(folder.file("s.db"));
  ASSERT_TRUE(first);
  EXPECT_EQ(code_of(folder.file("s.db")), "E2011");
  first->reset();
  EXPECT_EQ(code_of(folder.file("s.db")), "");
}

TEST(SqliteStore, AFileOfANewerVersionIsRefusedAndNotTouched) {
  Folder folder;
  const auto path = folder.file("s.db");
  make_store(path);
  std::string bytes = bytes_of(path);
  ASSERT_GT(bytes.size(), 100U);
  bytes[63] = static_cast<char>(kSchemaVersion + 1);  // user_version, big-endian, at byte 60 of the header
  write_bytes(path, bytes);
  EXPECT_EQ(code_of(path), "E2010");
  EXPECT_EQ(bytes_of(path), bytes);
}

// A store as version 1 made it: the tables of today without what came later.
TEST(SqliteStore, AFileOfAnOlderVersionIsTakenOver) {
  Folder folder;
  const auto path = folder.file("s.db");
  make_store(path);
  {
    auto db = Database::open(path, Database::Access::read_write);
    ASSERT_TRUE(db);
    db->execute("DROP TABLE user_grant; DROP TABLE session; DROP TABLE service_token; DROP TABLE user; DROP TABLE audit; DROP INDEX run_whole; DROP INDEX run_going; ALTER TABLE run DROP COLUMN pruned; ALTER TABLE run DROP COLUMN deadline; ALTER TABLE run DROP COLUMN late; ALTER TABLE task_run DROP COLUMN wait; ALTER TABLE run DROP COLUMN parent_run; ALTER TABLE run DROP COLUMN parent_task; DROP TABLE schedule; DROP TABLE backfill; DROP TABLE expansion; DROP TABLE item_chunk; DROP TABLE pool_override; DROP TABLE trigger_seen; DROP TABLE leader; DROP TABLE checkpoint; DROP TABLE quarantine; DROP INDEX dataset_edge_by_input; ALTER TABLE dataset_edge DROP COLUMN columns; ALTER TABLE snapshot DROP COLUMN expired; DROP TABLE position_change; ALTER TABLE task_run DROP COLUMN spent; ALTER TABLE task_run DROP COLUMN opened; ALTER TABLE task_run DROP COLUMN timed_out_by; DROP TABLE check_metric; ALTER TABLE check_result DROP COLUMN rules_of; ALTER TABLE check_result DROP COLUMN run_id; ALTER TABLE check_result DROP COLUMN time; PRAGMA user_version = 1;"
                "INSERT INTO run (id, key, dag, dag_version, \"trigger\", params, state, created) VALUES (9, 'd@9', 'd', 'v', 'manual', '{}', 'running', 5);"
                "INSERT INTO task_run (run_id, task, state, attempt, failures, losses, version, since, wake) VALUES (9, 0, 'ready', 1, 1, 0, 1, 5, 0);"
                "INSERT INTO position (source, key, value, epoch, run_id, task) VALUES ('ingest.files:raw.x', 'a', '1', 1, 9, 0);");
    const auto made = db->take_error();
    ASSERT_TRUE(made) << to_string(made.error());
  }
  auto store = SqliteStore::open(path);
  ASSERT_TRUE(store) << to_string(store.error());
  const auto runs = (*store)->open_runs();
  ASSERT_TRUE(runs);
  ASSERT_FALSE(runs->empty());
  EXPECT_EQ(runs->back().header.key, "d@9");
  EXPECT_EQ(runs->back().run.tasks.front().state, TaskState::ready);
  EXPECT_EQ(runs->back().run.tasks.front().spent, 1U) << "tries that were used stay used";
  EXPECT_FALSE(runs->back().header.parent);
  const auto rewind = (*store)->rewind_of("ingest.files:raw.x", std::nullopt);
  ASSERT_TRUE(rewind);
  EXPECT_EQ(rewind->moves.size(), 1U) << "a position from before there was a history can be forgotten";
  const auto measured = (*store)->measured({.dataset = "raw.x", .rules_of = "d/x", .run = {}, .snapshot = {}});
  ASSERT_TRUE(measured) << to_string(measured.error());
  auto db = Database::open(path, Database::Access::read_only);
  ASSERT_TRUE(db);
  auto tables = db->prepare("SELECT COUNT(*) FROM sqlite_schema WHERE name IN ('user', 'user_grant', 'service_token', 'session', 'audit', 'audit_is_not_changed', 'audit_is_not_cut')");
  ASSERT_TRUE(tables.step());
  EXPECT_EQ(tables.integer(0), 7) << "there is nobody yet, and room for them";
}

TEST(SqliteStore, ALargeRunIsPrunedStepByStepAndItsCountersGoWithIt) {
  Folder folder;
  const auto path = folder.file("s.db");
  {
    auto store = SqliteStore::open(path).value();
    Dag dag;
    for (int i = 0; i < 2 * kPruneRows; ++i) testing::add(dag, "t" + std::to_string(i));
    testing::Driver driver(*store, dag);
    ASSERT_TRUE(driver.start());
    ASSERT_TRUE(driver.take(CancelRequested{"enough"}));
    std::vector<OutboxRow> outbox;
    const auto later = driver.now + Millis{1};
    for (int step = 1;; ++step) {
      const auto old = store->old_runs("d", later, 10).value();
      if (old.empty()) break;
      ASSERT_EQ(old.size(), 1U);
      ASSERT_LT(step, 10);
      ASSERT_TRUE(store->commit({.now = later, .pruned = {old[0].id}}, outbox));
      EXPECT_TRUE((*store->load_run(old[0].id))->pruned) << "from the first step on";
      EXPECT_TRUE(store->old_runs("other", later, 10).value().empty());
      const auto dags = store->dags_with_runs().value();
      EXPECT_EQ(dags.empty(), store->old_runs("d", later, 10).value().empty()) << "found until nothing is left, also when it is the Dag's only run";
    }
    EXPECT_TRUE(store->dags_with_runs().value().empty());
  }
  auto db = Database::open(path, Database::Access::read_write);
  for (const char* table : {"task_run", "attempt", "journal", "task_output", "expansion", "timer"}) {
    auto rows = db->prepare(std::string("SELECT COUNT(*) FROM ") + table);
    ASSERT_TRUE(rows.step());
    EXPECT_EQ(rows.integer(0), 0) << table;
  }
  EXPECT_TRUE(check_store(path, {}).value().empty()) << "counters fit what is there";
}

TEST(SqliteStore, WhatIsNoStoreIsRefusedAndNotTouched) {
  Folder folder;
  const auto text = folder.file("notes.txt");
  write_bytes(text, std::string(5000, 'x'));
  EXPECT_EQ(code_of(text), "E2012");
  EXPECT_EQ(bytes_of(text), std::string(5000, 'x'));
  const auto path = folder.file("other.db");
  make_store(path);
  std::string bytes = bytes_of(path);
  bytes[68] = 'Z';  // application_id
  write_bytes(path, bytes);
  EXPECT_EQ(code_of(path), "E2012");
  EXPECT_EQ(bytes_of(path), bytes);
}

TEST(SqliteStore, AFolderThatIsNotThereIsAnErrorWithItsPath) {
  auto opened = SqliteStore::open("/nowhere/at/all/s.db");
  ASSERT_FALSE(opened);
  EXPECT_NE(to_string(opened.error()).find("/nowhere/at/all"), std::string::npos);
}

TEST(SqliteStore, DamagedPagesAreReportedAsDamageAndNotOverwritten) {
  Folder folder;
  const auto path = folder.file("s.db");
  make_store(path);
  std::string bytes = bytes_of(path);
  for (size_t at = 4096; at < bytes.size(); ++at) bytes[at] = '\x5a';  // the first page, with the header, stays whole
  write_bytes(path, bytes);
  EXPECT_EQ(code_of(path), "E2012");
  EXPECT_EQ(bytes_of(path), bytes);
}

TEST(SqliteStore, ARunOfAHundredThousandTasksIsOneCommit) {
  Folder folder;
  auto store = SqliteStore::open(folder.file("s.db"));
  ASSERT_TRUE(store);
  Dag dag;
  dag.tasks.resize(100'000);
  Driver driver(**store, std::move(dag));
  ASSERT_TRUE(driver.start());
  auto open = (*store)->open_runs();
  ASSERT_TRUE(open);
  ASSERT_EQ(open->at(0).run.tasks.size(), 100'000U);
  EXPECT_EQ(driver.stored(), driver.run);
}

}  // namespace
}  // namespace millrace
