// The statements of export.sql, and which unique indexes of MySQL it can live with.
#include <gtest/gtest.h>

#include "sql/upsert.hpp"

namespace {

using mr::database::Dialect;

Target target(Dialect dialect, std::vector<std::string> keys = {"id"}) { return {.table = "shop.sales", .columns = {"id", "amount"}, .keys = std::move(keys), .dialect = dialect}; }

TEST(Upsert, IsWrittenInTheWordsOfEachDatabase) {
  EXPECT_EQ(insert_into(target(Dialect::postgres), 2), R"(INSERT INTO "shop"."sales" ("id", "amount") VALUES ($1, $2), ($3, $4) ON CONFLICT ("id") DO UPDATE SET "amount" = EXCLUDED."amount")");
  EXPECT_EQ(insert_into(target(Dialect::mysql), 1), "INSERT INTO `shop`.`sales` (`id`, `amount`) VALUES (?, ?) ON DUPLICATE KEY UPDATE `amount` = VALUES(`amount`)");
  EXPECT_EQ(insert_into(target(Dialect::sqlite), 1), R"(INSERT INTO "shop"."sales" ("id", "amount") VALUES (?, ?) ON CONFLICT ("id") DO UPDATE SET "amount" = EXCLUDED."amount")");
}

TEST(Upsert, LeavesRowsThatAreNothingButKeysAsTheyAre) {
  EXPECT_TRUE(insert_into(target(Dialect::postgres, {"id", "amount"}), 1).ends_with(R"(ON CONFLICT ("id", "amount") DO NOTHING)"));
  EXPECT_TRUE(insert_into(target(Dialect::mysql, {"id", "amount"}), 1).ends_with("ON DUPLICATE KEY UPDATE `id` = `id`"));
}

TEST(Upsert, NamesCannotActAsSql) {
  const Target odd{.table = "a\"b", .columns = {"x\"); drop table t; --"}, .keys = {}, .dialect = Dialect::postgres};
  EXPECT_EQ(insert_into(odd, 1), R"(INSERT INTO "a""b" ("x""); drop table t; --") VALUES ($1))");
}

TEST(Upsert, NeverHasMorePlaceholdersThanADatabaseTakes) {
  for (const size_t columns : {size_t{1}, size_t{30}, size_t{31}, size_t{1000}, size_t{30'000}}) EXPECT_LE(rows_at_once(columns) * columns, 32'766u) << columns;
  EXPECT_EQ(rows_at_once(3), 1000u);
}

TEST(Upsert, OnlyAnIndexOverTheKeysMayFindRowsInMySql) {
  const auto here = target(Dialect::mysql);
  EXPECT_EQ(what_hinders(here, {{"PRIMARY", {"ID"}}}), "") << "MySQL takes A for a";
  EXPECT_EQ(what_hinders(here, {{"PRIMARY", {"row_number"}}, {"by_id", {"id"}}}), "") << "of a column that the database fills";
  EXPECT_EQ(what_hinders(here, {{"PRIMARY", {"id"}}, {"both", {"amount", "id"}}}), "") << "same there is same in the keys";
  EXPECT_NE(what_hinders(here, {}), "");
  EXPECT_NE(what_hinders(here, {{"PRIMARY", {"row_number"}}}), "");
  EXPECT_NE(what_hinders(here, {{"both", {"id", "amount"}}}), "") << "the keys alone are not unique";
  EXPECT_NE(what_hinders(here, {{"PRIMARY", {"id"}}, {"by_amount", {"amount"}}}), "");
  EXPECT_NE(what_hinders(here, {{"PRIMARY", {"id"}, true}}), "");
}

}  // namespace
