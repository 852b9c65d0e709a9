// A crash or a refusing disk at every single write, sync, truncation and deletion of a store's life.
//
// Asked each time: is every commit that was answered there, is of every other one nothing there, and does life go on?
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "engine/memory_store.hpp"
#include "faulty_vfs.hpp"
#include "life.hpp"
#include "picture.hpp"
#include "state/sqlite_store.hpp"
#include "unit/state/folder.hpp"

namespace millrace::testing {
namespace {

const Names kNames{.runs = 2, .datasets = {"raw.orders", "mart.sums"}, .sources = {"ingest:raw.orders"}, .dags = {"d"}};

std::string picture(Store& store) { return testing::picture(store, kNames); }

class Crash : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { install_faulty_vfs(); }

  void SetUp() override {
    arm(Fault::none, 0);
    MemoryStore memory;
    pictures.push_back(picture(memory));
    for (size_t i = 0; i < life.steps(); ++i) {
      ASSERT_TRUE(life.step(memory, i)) << "step " << i;
      pictures.push_back(picture(memory));
    }
  }

  // How many operations a whole undisturbed life takes, from opening to closing.
  int64_t whole_life() {
    const Folder folder;
    arm(Fault::none, 0);
    {
      auto store = SqliteStore::open(folder.file("store.db"));
      EXPECT_TRUE(store);
      for (size_t i = 0; i < life.steps(); ++i) EXPECT_TRUE(life.step(**store, i));
    }
    return disk_operations();
  }

  // In a process of its own, ended by the fault: how many steps were answered before, and whether the fault came at all.
  struct End {
    size_t answered{};
    bool killed{};
  };
  End live_until(Fault fault, int64_t at, const std::string& file) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
      arm(fault, at);
      auto store = SqliteStore::open(file);
      if (!store) ::_exit(1);
      for (size_t i = 0; i < life.steps(); ++i) {
        if (!life.step(**store, i)) ::_exit(2);
        if (::write(ends[1], "+", 1) != 1) ::_exit(3);
      }
      store->reset();
      ::_exit(0);
    }
    ::close(ends[1]);
    End end;
    char answer = 0;
    while (::read(ends[0], &answer, 1) == 1) ++end.answered;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    end.killed = WEXITSTATUS(status) == kKilled;
    EXPECT_TRUE(end.killed || WEXITSTATUS(status) == 0) << "exit code " << WEXITSTATUS(status);
    return end;
  }

  // The rest of the life, on the store as the crash left it; the last answered step may be there without its answer.
  void go_on(const std::string& file, size_t answered, const std::string& where) {
    arm(Fault::none, 0);
    auto store = SqliteStore::open(file);
    ASSERT_TRUE(store) << where << ": " << to_string(store.error());
    const std::string found = picture(**store);
    // A step may look like the one before it (the Dag is no part of the picture), so the later one is tried first.
    size_t next = answered;
    if (answered + 1 < pictures.size() && found == pictures[answered + 1]) next = answered + 1;
    ASSERT_EQ(found, pictures[next]) << where << ": after " << answered << " answered steps";
    if (answered == 0) next = 0;  // putting the Dag again is harmless
    for (size_t i = next; i < life.steps(); ++i) ASSERT_TRUE(life.step(**store, i)) << where << ": step " << i << " of the life after it";
    ASSERT_EQ(picture(**store), pictures.back()) << where;
  }

  void end_everywhere(Fault fault, const char* name) {
    const int64_t operations = whole_life();
    ASSERT_GT(operations, 50);
    std::set<size_t> ended_after;
    for (int64_t at = 1; at <= operations; ++at) {
      const Folder folder;
      const std::string where = std::string(name) + " at operation " + std::to_string(at) + " of " + std::to_string(operations);
      const End end = live_until(fault, at, folder.file("store.db"));
      EXPECT_TRUE(end.killed) << where;
      ended_after.insert(end.answered);
      go_on(folder.file("store.db"), end.answered, where);
      if (HasFatalFailure()) return;
    }
    EXPECT_EQ(ended_after.size(), life.steps() + 1) << "every step was interrupted, and the closing too";
  }

  // What a copy of the files tells: the same that the next start would find if the process ended here.
  std::string after_a_crash_now(const Folder& folder) {
    const Folder copy;
    for (const std::string end : {"", "-wal"}) {
      if (std::filesystem::exists(folder.file("store.db") + end)) std::filesystem::copy_file(folder.file("store.db") + end, copy.file("store.db") + end);
    }
    auto store = SqliteStore::open(copy.file("store.db"));
    EXPECT_TRUE(store) << to_string(store.error());
    return store ? picture(**store) : std::string();
  }

  // In this process: the disk refuses from or at the n-th operation, then it works again.
  void refuse_everywhere(Fault fault, const char* name) {
    const int64_t operations = whole_life();
    int refusals = 0;
    for (int64_t at = 1; at <= operations; ++at) {
      const Folder folder;
      const std::string where = std::string(name) + " at operation " + std::to_string(at) + " of " + std::to_string(operations);
      arm(fault, at);
      auto store = SqliteStore::open(folder.file("store.db"));
      if (!store) {  // it could not even be made; with room again, it can
        ++refusals;
        EXPECT_EQ(store.error().code, "E2005") << where << ": " << to_string(store.error());
        arm(Fault::none, 0);
        store = SqliteStore::open(folder.file("store.db"));
        ASSERT_TRUE(store) << where << ": " << to_string(store.error());
      }
      for (size_t i = 0; i < life.steps(); ++i) {
        if (const auto status = life.step(**store, i); !status) {
          ++refusals;
          EXPECT_EQ(status.error().code, "E2005") << where << ": " << to_string(status.error());
          if (fault == Fault::disk_full) {
            EXPECT_NE(status.error().what.find("disk is full"), std::string::npos) << where << ": " << to_string(status.error());
          }
          ASSERT_EQ(picture(**store), pictures[i]) << where << ": step " << i << " was refused, and nothing of it may be there";
          arm(Fault::none, 0);
          ASSERT_EQ(after_a_crash_now(folder), pictures[i]) << where << ": step " << i << " was refused, and a crash may not bring it back";
          ASSERT_TRUE(life.step(**store, i)) << where << ": step " << i << " again, with a disk that works";
        }
        ASSERT_EQ(picture(**store), pictures[i + 1]) << where << ": after step " << i;
      }
      arm(Fault::none, 0);
      store->reset();
      go_on(folder.file("store.db"), life.steps(), where);
      if (HasFatalFailure()) return;
    }
    EXPECT_GT(refusals, 20);
  }

  Life life{};
  std::vector<std::string> pictures{};  // [i]: before step i, as a store in memory has it
};

TEST_F(Crash, BothStoresLookAlikeAfterEveryStep) {
  const Folder folder;
  auto store = SqliteStore::open(folder.file("store.db"));
  ASSERT_TRUE(store);
  for (size_t i = 0; i < life.steps(); ++i) {
    EXPECT_EQ(picture(**store), pictures[i]) << "before step " << i;
    ASSERT_TRUE(life.step(**store, i));
  }
  EXPECT_EQ(picture(**store), pictures.back());
}

TEST_F(Crash, AKillBeforeAnyOperationLosesNothingThatWasAnswered) { end_everywhere(Fault::killed, "killed"); }
TEST_F(Crash, AWriteTornInTheMiddleLosesNothingThatWasAnswered) { end_everywhere(Fault::torn, "torn"); }
TEST_F(Crash, APowerCutLosesNothingThatWasAnswered) { end_everywhere(Fault::power_cut, "power cut"); }
TEST_F(Crash, AFullDiskRefusesWholeCommitsAndIsForgottenWhenThereIsRoom) { refuse_everywhere(Fault::disk_full, "disk full"); }
TEST_F(Crash, AnErrorOfTheDiskRefusesWholeCommits) { refuse_everywhere(Fault::io_error, "disk error"); }

// Plain SQLite: rows that were answered and are gone after a power cut, over a cut at every operation.
size_t rows_lost(const std::string& synchronous) {
  const auto run = [](sqlite3* db, const std::string& sql) { return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK; };
  size_t lost = 0;
  for (int64_t at = 1; at <= 60; ++at) {
    const Folder folder;
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
      arm(Fault::power_cut, at);
      sqlite3* db = nullptr;
      if (sqlite3_open(folder.file("store.db").c_str(), &db) != SQLITE_OK || !run(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = " + synchronous + "; CREATE TABLE t (x)")) ::_exit(1);
      for (int i = 0; i < 20 && run(db, "INSERT INTO t VALUES (1)"); ++i) {
        if (::write(ends[1], "+", 1) != 1) ::_exit(3);
      }
      ::_exit(0);
    }
    ::close(ends[1]);
    size_t answered = 0, there = 0;
    char answer = 0;
    while (::read(ends[0], &answer, 1) == 1) ++answered;
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    arm(Fault::none, 0);
    sqlite3* db = nullptr;
    sqlite3_open(folder.file("store.db").c_str(), &db);
    sqlite3_exec(db, "SELECT x FROM t", [](void* count, int, char**, char**) { return ++*static_cast<size_t*>(count), 0; }, &there, nullptr);
    sqlite3_close(db);
    lost += answered > there ? answered - there : 0;
  }
  return lost;
}

// The test of the test: a store that does not sync is caught.
TEST_F(Crash, APowerCutTakesWhatWasNotSynced) {
  EXPECT_GT(rows_lost("OFF"), 0U);
  EXPECT_EQ(rows_lost("FULL"), 0U);
}

}  // namespace
}  // namespace millrace::testing
