// A whole house on SqliteStore, and the machine lost, or the disk refusing, at every single operation of its life.
//
// After each: what was answered is there and nothing by halves, no run starts twice, and everything ends (sim/house/watch.hpp says all of it).
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "drive.hpp"
#include "house/house.hpp"
#include "parse/dag_reader.hpp"
#include "script.hpp"
#include "state/audit.hpp"
#include "unit/state/folder.hpp"

namespace millrace::testing {
namespace {

// Of the people, the network and the work's results.
constexpr std::array<uint64_t, 2> kSeeds{1, 4};

Result<Dag> read_from_shelf(const std::string& text, const std::string& file) {
  auto read = parse_dag(text, file, {});
  if (!read.dag) return read.errors.front();
  return std::move(*read.dag);
}

struct Life {
  int64_t operations = 0;
  int restarts = 0, refusals = 0;
  sim::Coverage seen{};
  uint64_t digest = 0;
};

class HouseOnDisk : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { install_faulty_vfs(); }

  static Life live(uint64_t seed, Fault fault, int64_t at) {
    const Folder folder;
    const sim::Cast cast = scripted_cast();
    Life life;
    FaultyDrive drive(folder.file("store.db"), names_of(cast), fault, at);
    try {
      sim::House house(cast, drive, seed, life.seen);
      house.run();
      life.digest = house.digest();
      life.operations = disk_operations();  // closing the store has its test in crash_test.cpp
    } catch (const sim::Broken& broken) {
      ADD_FAILURE() << broken.what() << "\n" << drive.difference();
    }
    life.restarts = drive.restarts();
    life.refusals = drive.refusals();
    expect_sound(folder.file("store.db"));
    return life;
  }

  static void expect_sound(const std::string& file) {
    arm(Fault::none, 0);
    const auto found = check_store(file, "");
    ASSERT_TRUE(found) << to_string(found.error());
    for (const auto& one : *found) ADD_FAILURE() << to_string(one);
    const auto replayed = replay_store(file, "", read_from_shelf);
    ASSERT_TRUE(replayed) << to_string(replayed.error());
    for (const auto& one : replayed->differences) ADD_FAILURE() << to_string(one);
  }

  static void strike_everywhere(Fault fault, int restarts) {
    for (const uint64_t seed : kSeeds) {
      const int64_t operations = live(seed, Fault::none, 0).operations;
      ASSERT_GT(operations, 300);
      int64_t felt = 0;
      for (int64_t at = 1; at <= operations; ++at) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", operation " + std::to_string(at) + " of " + std::to_string(operations));
        const Life life = live(seed, fault, at);
        EXPECT_EQ(life.restarts, restarts);
        felt += life.restarts + life.refusals > 0 ? 1 : 0;
        if (HasFailure()) return;
      }
      EXPECT_GE(felt, operations - 3) << "a full disk is not felt by the last sync";
    }
  }
};

TEST_F(HouseOnDisk, ItsLivesHaveEverythingThatACrashCouldComeBetween) {
  std::set<std::string_view> met;
  for (const uint64_t seed : kSeeds) {
    const Life life = live(seed, Fault::none, 0), again = live(seed, Fault::none, 0);
    EXPECT_EQ(life.digest, again.digest);
    EXPECT_EQ(life.operations, again.operations);
    std::printf("seed %d: %lld operations\n", static_cast<int>(seed), static_cast<long long>(life.operations));
    for (size_t i = 0; i < sim::kHouseMarks.size(); ++i) {
      if (life.seen.house_marks[i]) met.insert(sim::kHouseMarks[i]);
    }
    for (size_t i = 0; i < sim::kMarks.size(); ++i) {
      if (life.seen.marks[i]) met.insert(sim::kMarks[i]);
    }
  }
  for (const char* mark : {"a tick started a run", "a dataset started a run", "items began", "an approval was answered", "a token was answered", "a child run ended", "a second server took over",
                           "an old leader was told that it is replaced"}) {
    EXPECT_TRUE(met.contains(mark)) << mark;
  }
}

TEST_F(HouseOnDisk, AKillAnywhere) { strike_everywhere(Fault::killed, 1); }
TEST_F(HouseOnDisk, AWriteTornAnywhere) { strike_everywhere(Fault::torn, 1); }
TEST_F(HouseOnDisk, APowerCutAnywhere) { strike_everywhere(Fault::power_cut, 1); }
TEST_F(HouseOnDisk, AFullDiskAnywhere) { strike_everywhere(Fault::disk_full, 0); }
TEST_F(HouseOnDisk, AnErrorOfTheDiskAnywhere) { strike_everywhere(Fault::io_error, 0); }

}  // namespace
}  // namespace millrace::testing
