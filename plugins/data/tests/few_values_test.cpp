#include "data/few_values.hpp"

#include <gtest/gtest.h>

namespace mr::data {
namespace {

// Four pairs of a and b, with NULL among them.
constexpr const char* kRows = "SELECT i % 2 AS a, CASE WHEN i % 4 < 2 THEN 'x' END AS b, i FROM range(100000) t(i)";

TEST(FewValues, RowsPassAsTheyAre) {
  Session session({.threads = 2});
  const FewValues few(session, 4);
  EXPECT_EQ(session.query("SELECT count(*) FROM ((" + few.guard(kRows, {"a", "b"}) + ") EXCEPT ALL (" + kRows + "))").integer(0, 0), 0);
  EXPECT_EQ(session.query("SELECT count(*) FROM (" + few.guard(kRows, {"b"}) + ") WHERE b IS NULL").integer(0, 0), 50000);
  EXPECT_FALSE(few.exceeded());
}

TEST(FewValues, OneValueTooManyStopsTheStatement) {
  Session session({.threads = 2});
  const FewValues few(session, 3);
  EXPECT_THROW(session.run("CREATE TABLE t AS " + few.guard(kRows, {"a", "b"})), SqlError);
  EXPECT_TRUE(few.exceeded());
}

TEST(FewValues, OnlyRowsThatCountAreCounted) {
  Session session({});
  const FewValues few(session, 2);
  session.run("CREATE TABLE t AS " + few.guard("SELECT l.i AS day, r.j FROM range(10000) l(i) JOIN range(2) r(j) ON l.i = r.j", {"day"}));
  EXPECT_FALSE(few.exceeded()) << "of 10,000 values the join leaves two";
}

}  // namespace
}  // namespace mr::data
