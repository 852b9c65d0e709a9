// Uniqueness that is proven by the way: when no pass over keys is needed, and when the exact count
// has to follow.
#include "quality/engine/measures.hpp"

#include <gtest/gtest.h>

namespace mr::quality {
namespace {

constexpr auto kRepeated = "coalesce(sum(n) FILTER (WHERE n > 1), 0)";

class SeenKeysTest : public ::testing::Test {
 protected:
  struct Found {
    int64_t repeated = -1;
    int scans = 0;
    bool operator==(const Found&) const = default;
  };

  Found count(const std::string& table, const std::vector<std::string>& keys,
              const std::string& filter = "") {
    session.run("CREATE OR REPLACE TABLE t AS " + table);
    Measures measures;
    const MeasureId id = measures.grouped(keys, filter, kRepeated, "", "0");
    measures.scalar("count(*)");
    EXPECT_EQ(measures.size(), 2U);
    measures.compute(session, "t");
    EXPECT_EQ(measures.size(), 2U) << "what a proof needs is nobody else's measure";
    return {measures.count(id), measures.scans()};
  }

  mr::data::Session session{mr::data::SessionOptions{.threads = 2}};
};

TEST_F(SeenKeysTest, KeysThatAllDifferTakeNoPassOfTheirOwn) {
  EXPECT_EQ(count("SELECT i FROM range(100000) r(i)", {"i"}), (Found{0, 1}));
  EXPECT_EQ(count("SELECT i % 300 AS a, 'k' || i // 300 AS b FROM range(90000) r(i)", {"a", "b"}),
            (Found{0, 1}));
  EXPECT_EQ(count("SELECT CASE WHEN i > 0 THEN i END AS a, 1 AS b FROM range(9) r(i)", {"a", "b"}),
            (Found{0, 1}));  // NULL is a key like others
}

TEST_F(SeenKeysTest, AKeyThatOccursAgainIsCountedExactly) {
  EXPECT_EQ(count("SELECT i % 50000 AS i FROM range(100000) r(i)", {"i"}), (Found{100000, 2}));
  EXPECT_EQ(
      count("SELECT CASE WHEN i = 99999 THEN 0 ELSE i END AS i FROM range(100000) r(i)", {"i"}),
      (Found{2, 2}));
  EXPECT_EQ(count("SELECT i % 3 AS i FROM range(100000) r(i)", {"i"}), (Found{100000, 2}));
  EXPECT_EQ(count("SELECT CASE WHEN i > 1 THEN i END AS a, 1 AS b FROM range(9) r(i)", {"a", "b"}),
            (Found{2, 2}));
}

TEST_F(SeenKeysTest, NumbersThatAreEqualAreOneKeyHoweverTheyAreWritten) {
  EXPECT_EQ(count("SELECT unnest([0.0::DOUBLE, -0.0]) AS x", {"x"}), (Found{2, 2}));
  EXPECT_EQ(count("SELECT unnest(['NaN'::DOUBLE, '-NaN'::DOUBLE]) AS x", {"x"}), (Found{2, 2}));
}

TEST_F(SeenKeysTest, RowsThatAreLeftOutMayRepeat) {
  const std::string table =
      "SELECT CASE WHEN i < 40000 THEN 7 ELSE i END AS i FROM range(90000) r(i)";
  EXPECT_EQ(count(table, {"i"}, "i <> 7"), (Found{0, 1}));
  EXPECT_EQ(count(table, {"i"}), (Found{40000, 2}));
  EXPECT_EQ(count(table, {"i"}, "CASE WHEN i < 100 THEN NULL ELSE i <> 7 END"), (Found{0, 1}));
}

TEST_F(SeenKeysTest, AnEmptyTableIsNoProof) {
  EXPECT_EQ(count("SELECT 1 AS i WHERE false", {"i"}), (Found{0, 2}));
}

TEST_F(SeenKeysTest, WithoutMemoryTheExactCountFollows) {
  session.run("CREATE TABLE t AS SELECT i FROM range(100000) r(i)");
  for (const auto& [bytes, proven] :
       {std::pair{size_t{1} << 16, false}, std::pair{size_t{64} << 20, true}}) {
    SeenKeys seen(session, bytes);
    EXPECT_EQ(session.query("SELECT " + seen.sql({"i"}, "") + " FROM t").integer(0, 0), 100000);
    EXPECT_EQ(seen.all_differ(100000), proven);
    EXPECT_FALSE(seen.all_differ(100000)) << "it is said once";
  }
}

TEST_F(SeenKeysTest, RowsThatWereNotSeenAreNoProof) {
  SeenKeys seen(session, size_t{64} << 20);
  session.query("SELECT " + seen.sql({"i"}, "") + " FROM range(10) r(i)");
  EXPECT_FALSE(seen.all_differ(11));
}

}  // namespace
}  // namespace mr::quality
