#include "data/databases.hpp"

#include <duckdb.h>
#include <gtest/gtest.h>

#include <set>

#include "data/session.hpp"

namespace mr::data {
namespace {

// Also of those that were opened beforehand each belongs to one session, with that session's limits.
TEST(Databases, EachIsEmptyAndGivenOnce) {
  std::set<duckdb_database> given;
  for (int i = 0; i < 4; ++i) given.insert(take_database());
  EXPECT_EQ(given.size(), 4u);
  for (auto database : given) duckdb_close(&database);
}

TEST(Databases, SessionsHaveNothingOfEachOther) {
  for (int threads = 1; threads < 4; ++threads) {
    Session session({.threads = threads, .memory_bytes = int64_t{threads} << 27});
    session.run("CREATE TABLE t (i INT)");
    session.confine({"/nowhere"});
    EXPECT_EQ(session.query("SELECT current_setting('threads')").integer(0, 0), threads);
    EXPECT_EQ(session.query("SELECT current_setting('memory_limit')").rows[0][0], std::to_string(128 * threads) + ".0 MiB");
    EXPECT_EQ(session.query("SELECT current_setting('TimeZone')").rows[0][0], "UTC");
    EXPECT_EQ(session.query("SELECT current_setting('autoload_known_extensions')").rows[0][0], "false");
  }
}

}  // namespace
}  // namespace mr::data
