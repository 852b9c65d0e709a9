// Modes merge and scd2 against a model: what the dataset holds after each of many writes.
#include <gtest/gtest.h>

#include <random>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;

class Modes : public ::testing::Test {
 protected:
  // Writes the rows of a SELECT into mart.t.
  mr::data::testing::Ran write(const std::string& select, Json config) {
    house.put("raw.in", select);
    config["input"] = "raw.in";
    config["into"] = "mart.t";
    config["where"] = "true";
    return house.run("etl.filter", config, {"raw.in"});
  }
  Rows all(const std::string& what = "*") { return house.rows("select " + what + " from mart.t order by all"); }

  mr::data::testing::House house{MR_TEST_PLUGIN};
  const Json merge = {{"mode", "merge"}, {"keys", {"k"}}};
};

TEST_F(Modes, AMergeReplacesByKeyAndAddsTheRest) {
  ASSERT_EQ(write("select * from (values (1, 'a'), (2, 'b'), (null, 'n')) t(k, v)", merge).outcome, MR_SUCCEEDED);
  const auto ran = write("select * from (values (2, 'B'), (3, 'c'), (null, 'N')) t(k, v)", merge);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(all(), (Rows{"1|a", "2|B", "3|c", "∅|N"})) << "NULL is a key like any other";
  EXPECT_EQ(ran.output["merge"], (Json{{"inserted", 1}, {"updated", 2}, {"unchanged", 0}, {"superseded", 0}}));
  EXPECT_EQ(ran.count("rows_out"), 3);
}

TEST_F(Modes, TheGreatestCountsWhateverTheOrderInWhichRowsCome) {
  Json config = merge;
  config["newest_by"] = {"seen"};
  write("select * from (values (1, 5, 'five'), (1, 3, 'three'), (2, null, 'never')) t(k, seen, v)", config);
  EXPECT_EQ(all("k, v"), (Rows{"1|five", "2|never"}));
  const auto ran = write("select * from (values (1, 4, 'late'), (2, 1, 'once'), (3, 1, 'new')) t(k, seen, v)", config);
  EXPECT_EQ(all("k, v"), (Rows{"1|five", "2|once", "3|new"}));
  EXPECT_EQ(ran.output["merge"], (Json{{"inserted", 1}, {"updated", 1}, {"unchanged", 1}, {"superseded", 0}}));
  write("select 1 as k, 5 as seen, 'same time' as v", config);
  EXPECT_EQ(all("k, v")[0], "1|same time") << "of equals, the one that comes";
}

TEST_F(Modes, TiesThatNothingDecidesAreAnError) {
  EXPECT_EQ(write("select * from (values (1, 'a'), (1, 'b')) t(k, v)", merge).code(), "E5053");
  EXPECT_EQ(write("select 1 as k", {{"mode", "merge"}, {"keys", {"nope"}}}).code(), "E5050");
  EXPECT_EQ(write("select 1 as k", {{"mode", "merge"}}).code(), "E5050");
  EXPECT_FALSE(house.has("mart.t"));
}

TEST_F(Modes, OnlyPartitionsThatChangeAreWrittenAnew) {
  Json config = merge;
  config["partition_by"] = {"day"};
  write("select i as k, 'd' || i % 3 as day, i as v from range(9) t(i)", config);
  const auto before = house.files_of("mart.t");
  const auto ran = write("select * from (values (1, 'd2', 100), (20, 'd2', 200)) t(k, day, v)", config);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(all(), (Rows{"0|d0|0", "1|d2|100", "2|d2|2", "3|d0|3", "4|d1|4", "5|d2|5", "6|d0|6", "7|d1|7", "8|d2|8", "20|d2|200"}));
  int kept = 0;
  for (const auto& one : house.files_of("mart.t")) kept += static_cast<int>(std::find(before.begin(), before.end(), one) != before.end());
  EXPECT_EQ(kept, 1) << "d0 stays as it is; row 1 left d1";
  write("select * from (values (4, 'd0', 1), (7, 'd0', 1)) t(k, day, v)", config);
  EXPECT_EQ(house.rows("select count(*) from mart.t where day = 'd1'"), Rows{"0"}) << "a partition may become empty";
  EXPECT_EQ(house.rows("select count(*), count(distinct k) from mart.t"), Rows{"10|10"});
}

TEST_F(Modes, NewColumnsAreTakenIn) {
  write("select 1 as k, 'a' as v", merge);
  write("select 2 as k, 'b' as v, 9 as more", merge);
  EXPECT_EQ(all(), (Rows{"1|a|∅", "2|b|9"}));
}

// As MERGE tools have it: what a row does not say stays.
TEST_F(Modes, ColumnsThatTheRowsLackKeepTheirValues) {
  Json config = merge;
  write("select * from (values (1, 'a', 10, 'd1'), (2, 'b', 20, 'd2'), (null, 'n', 30, 'd1')) t(k, v, more, day)", config);
  const auto ran = write("select * from (values (2, 'B'), (3, 'c'), (null, 'N')) t(k, v)", config);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(all("k, v, more, day"), (Rows{"1|a|10|d1", "2|B|20|d2", "3|c|∅|∅", "∅|N|30|d1"}));
  config["partition_by"] = {"day"};
  ASSERT_EQ(write("select * from (values (1, 'A'), (3, 'C')) t(k, v)", config).outcome, MR_SUCCEEDED) << "also when they lack the partition's";
  EXPECT_EQ(all("k, v, more, day"), (Rows{"1|A|10|d1", "2|B|20|d2", "3|C|∅|∅", "∅|N|30|d1"}));
}

TEST_F(Modes, AColumnMayHaveAnyName) {
  Json config = merge;
  config["newest_by"] = {"t"};
  for (const char* order : {"v", "v desc"}) {
    const auto ran = write("select * from (values (1, 1, 7, 'a'), (1, 1, 7, 'b'), (1, 1, 7, 'c')) x(k, t, s, v) order by " + std::string(order), config);
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    EXPECT_EQ(all("k, t, s, v"), Rows{"1|1|7|c"}) << "the whole row decides, not column s";
  }
}

// Random rows in random portions; a model in C++ says what has to be there.
TEST_F(Modes, ManyMergesAreWhatAModelSays) {
  std::mt19937 random(20261126);
  std::map<int, std::pair<int, int>> model;  // key: at, value
  Json config = merge;
  config["newest_by"] = {"seen", "v"};
  for (int round = 0; round < 12; ++round) {
    std::string values;
    for (int i = 0; i < 30; ++i) {
      const int k = static_cast<int>(random() % 40), at = static_cast<int>(random() % 20), v = static_cast<int>(random() % 5);
      values += (values.empty() ? "(" : ", (") + std::to_string(k) + ", " + std::to_string(at) + ", " + std::to_string(v) + ")";
      auto& held = model.try_emplace(k, at, v).first->second;
      held = std::max(held, {at, v});
    }
    const auto ran = write("select * from (values " + values + ") t(k, seen, v)", config);
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    EXPECT_EQ(ran.count("rows_in"), 30);
    Rows expected;
    for (const auto& [k, held] : model) expected.push_back(std::to_string(k) + "|" + std::to_string(held.first) + "|" + std::to_string(held.second));
    EXPECT_EQ(house.rows("select k, seen, v from mart.t order by k"), expected);
  }
}

// --- scd2

class Versions : public Modes {
 protected:
  mr::data::testing::Ran write_at(const std::string& day, const std::string& select, const Json& more = Json::object()) {
    house.logical_time = day + "T00:00:00Z";
    Json config = {{"mode", "scd2"}, {"keys", {"k"}}};
    config.update(more);
    return write(select, config);
  }
  Rows versions() { return house.rows("select k, v, strftime(valid_from, '%d'), strftime(valid_to, '%d'), is_current from mart.t order by k, valid_from"); }
};

TEST_F(Versions, AChangeEndsAVersionAndBeginsTheNext) {
  ASSERT_EQ(write_at("2026-11-01", "select * from (values (1, 'a'), (2, 'b')) t(k, v)").outcome, MR_SUCCEEDED);
  const auto ran = write_at("2026-11-02", "select * from (values (1, 'A'), (2, 'b'), (3, null)) t(k, v)");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(versions(), (Rows{"1|a|01|02|false", "1|A|02|∅|true", "2|b|01|∅|true", "3|∅|02|∅|true"}));
  EXPECT_EQ(ran.output["merge"], (Json{{"inserted", 1}, {"updated", 1}, {"unchanged", 1}, {"closed", 0}, {"superseded", 0}}));
  const auto before = versions();
  write_at("2026-11-03", "select * from (values (1, 'A'), (3, null)) t(k, v)");
  EXPECT_EQ(versions(), before) << "nothing changed";
}

TEST_F(Versions, TheSameTimeAgainTakesThePlaceOfWhatItWrote) {
  write_at("2026-11-01", "select 1 as k, 'a' as v");
  write_at("2026-11-02", "select 1 as k, 'wrong' as v");
  write_at("2026-11-02", "select 1 as k, 'right' as v");
  EXPECT_EQ(versions(), (Rows{"1|a|01|02|false", "1|right|02|∅|true"}));
  EXPECT_EQ(write_at("2026-11-01", "select 1 as k, 'older' as v").code(), "E5054");
}

TEST_F(Versions, AKeyThatDoesNotComeAnyMoreEndsWhenAsked) {
  write_at("2026-11-01", "select * from (values (1, 'a'), (2, 'b')) t(k, v)");
  write_at("2026-11-02", "select 1 as k, 'a' as v");
  EXPECT_EQ(versions().size(), 2U);
  const auto ran = write_at("2026-11-03", "select 1 as k, 'a' as v", {{"close_missing", true}});
  EXPECT_EQ(versions(), (Rows{"1|a|01|∅|true", "2|b|01|03|false"}));
  EXPECT_EQ(ran.output["merge"]["closed"], 1);
  write_at("2026-11-04", "select * from (values (1, 'a'), (2, 'b')) t(k, v)", {{"close_missing", true}});
  EXPECT_EQ(versions(), (Rows{"1|a|01|∅|true", "2|b|01|03|false", "2|b|04|∅|true"})) << "it is back";
}

TEST_F(Versions, AColumnThatTheRowsLackGoesOnInTheNextVersion) {
  write_at("2026-11-01", "select 1 as k, 'a' as v, 10 as more");
  write_at("2026-11-02", "select * from (values (1, 'A'), (2, 'b')) t(k, v)");
  EXPECT_EQ(house.rows("select k, v, more, is_current from mart.t order by k, valid_from"), (Rows{"1|a|10|false", "1|A|10|true", "2|b|∅|true"}));
}

TEST_F(Versions, ColumnsThatTheModeMakesAreItsOwn) { EXPECT_EQ(write_at("2026-11-01", "select 1 as k, 2 as is_current").code(), "E5053"); }

}  // namespace
