// Which files are put together.
#include "maintenance/bins.hpp"

#include <gtest/gtest.h>

namespace {

using mr::maintenance::bins_of;
using nlohmann::json;

json file(const std::string& path, int64_t bytes, const std::string& day = "1") { return {{"path", path}, {"bytes", bytes}, {"rows", bytes / 10}, {"partition", {{"day", day}}}}; }

TEST(Bins, HoldSmallFilesOfOnePartitionUpToTheTarget) {
  const auto bins = bins_of(json::array({file("a", 40), file("b", 40, "2"), file("c", 40), file("d", 40), file("e", 10, "2"), file("large", 50)}), 100);
  ASSERT_EQ(bins.size(), 2U);
  EXPECT_EQ(bins[0].paths, (std::vector<std::string>{"a", "c"})) << "d would be alone";
  EXPECT_EQ(bins[0].rows, 8);
  EXPECT_EQ(bins[1].paths, (std::vector<std::string>{"b", "e"}));
  EXPECT_EQ(bins[1].partition, (json{{"day", "2"}}));
}

TEST(Bins, AreNoneWhereNothingIsSmallOrAlone) {
  EXPECT_TRUE(bins_of(json::array(), 100).empty());
  EXPECT_TRUE(bins_of(json::array({file("a", 50), file("b", 99)}), 100).empty());
  EXPECT_TRUE(bins_of(json::array({file("a", 1), file("b", 1, "2")}), 100).empty());
}

}  // namespace
