// sql.query and sql.script as attempts see them: values, modes, checks, and what SQL of others must not do.
#include <gtest/gtest.h>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;

class Sql : public ::testing::Test {
 protected:
  mr::data::testing::Ran query(const std::string& sql, const Json& more = Json::object(), const std::vector<std::string>& reads = {}) {
    Json config = {{"sql", sql}, {"into", "mart.t"}};
    config.update(more);
    return house.run("sql.query", config, reads);
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(Sql, KeepsEveryKindOfValue) {
  const auto ran = query("select 1 as id, 'Zoë e\u0301 🦊' as text, '' as empty, cast(null as varchar) as nothing, cast('12345678901234.5678' as decimal(18, 4)) as exact, "
                         "date '2028-02-29' as day, timestamp '2026-11-01 08:16:00.123456' as seen_at, [1, null, 3] as list, {'a': 1, 'b': 'x'} as struct, map {'k': 'v'} as map");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, text, empty = '', nothing, exact, day, seen_at, cast(list as varchar), cast(struct as varchar), cast(map as varchar) from mart.t"),
            Rows{"1|Zoë e\u0301 🦊|true|∅|12345678901234.5678|2028-02-29|2026-11-01 08:16:00.123456|[1, NULL, 3]|{'a': 1, 'b': x}|{k=v}"});
  EXPECT_EQ(house.type_of("mart.t", "exact"), "DECIMAL(18,4)");
  EXPECT_EQ(house.type_of("mart.t", "list"), "INTEGER[]");
}

TEST_F(Sql, NoRowsAreADatasetWithItsColumns) {
  ASSERT_EQ(query("select 1 as id, 'x' as text where false").outcome, MR_SUCCEEDED);
  EXPECT_TRUE(house.has("mart.t"));
  const auto again = query("select count(*) as n, max(id) as id from mart.t", {{"into", "mart.u"}}, {"mart.t"});
  ASSERT_EQ(again.outcome, MR_SUCCEEDED) << again.failure;
  EXPECT_EQ(house.rows("select * from mart.u"), Rows{"0|∅"});
}

TEST_F(Sql, ReplaceAppendAndOverwritePartitionsDoWhatTheySay) {
  query("select 'a' as p, 1 as n union all select 'b', 2", {{"mode", "overwrite_partitions"}, {"partition_by", {"p"}}});
  query("select 'b' as p, 20 as n", {{"mode", "overwrite_partitions"}, {"partition_by", {"p"}}});
  EXPECT_EQ(house.rows("select p, n from mart.t order by p"), (Rows{"a|1", "b|20"}));
  query("select 'c' as p, 3 as n", {{"mode", "append"}});
  EXPECT_EQ(house.rows("select count(*) from mart.t"), Rows{"3"});
  query("select 'z' as p, 9 as n");
  EXPECT_EQ(house.rows("select p, n from mart.t"), Rows{"z|9"});
}

TEST_F(Sql, ChecksFailWarnOrSetRowsApart) {
  const std::string four = "select * from (values (1, 'a'), (2, null), (3, 'c'), (null, 'd')) t(id, text)";
  house.checks = Json::array({{{"rules", "Rules = [ IsComplete \"text\" ]"}, {"on_fail", "fail"}}});
  const auto failed = query(four);
  EXPECT_EQ(failed.code(), "E5022");
  EXPECT_FALSE(house.has("mart.t")) << "nothing is published";
  house.checks[0]["on_fail"] = "warn";
  const auto warned = query(four);
  EXPECT_EQ(warned.outcome, MR_SUCCEEDED);
  EXPECT_NE(warned.log.find("IsComplete"), std::string::npos);
  EXPECT_EQ(warned.count("rows_out"), 4);
  house.checks = Json::array({{{"rules", "Rules = [ IsComplete \"text\", IsComplete \"id\" ]"}, {"on_fail", "quarantine"}}});
  const auto apart = query(four);
  EXPECT_EQ(apart.count("rows_in"), 4);
  EXPECT_EQ(apart.count("rows_out"), 2);
  EXPECT_EQ(apart.count("rows_rejected"), 2);
  EXPECT_EQ(house.rows("select count(*) from quarantine.t"), Rows{"2"});
  query("select 1 as id, 'x' as text");
  EXPECT_EQ(house.rows("select count(*) from mart.t"), Rows{"1"});
}

// Rules name what the task reads, look back, and hand on what they measured.
TEST_F(Sql, RulesHaveTheInputsOfTheTaskAndItsHistory) {
  house.put("clean.customers", "select 7 as id");
  house.put("raw.customers", "select 8 as id");
  house.history = Json::array({{{"dataset", "mart.t"}, {"results", {{{"snapshot", 1}, {"time", "2026-01-01T00:00:00Z"}, {"metrics", {{"Dataset.*.RowCount", 3}}}}}}}});
  house.checks = Json::array({{{"rules", "Rules = [ RowCount < last(), ReferentialIntegrity \"customer\" \"clean.customers.id\" = 0.5 ]"}, {"on_fail", "fail"}},
                              {{"rules", "Rules = [ ReferentialIntegrity \"customer\" \"raw.customers.id\" = 1.0 ]"}, {"on_fail", "quarantine"}}});
  const auto run = [&](std::vector<std::string> reads) {
    return house.run("sql.query", {{"sql", "select * from (values (1, 7), (2, 8)) t(id, customer)"}, {"into", "mart.t"}}, std::move(reads));
  };
  const auto ran = run({"clean.customers", "raw.customers"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id from mart.t"), Rows{"2"});
  EXPECT_EQ(house.rows("select _reason from quarantine.t"), Rows{"ReferentialIntegrity \"customer\" \"raw.customers.id\" = 1.0"});
  EXPECT_EQ(house.metrics("mart.t")["Dataset.*.RowCount"], 2);
  EXPECT_EQ(house.metrics("mart.t")["Column.raw.customers.ReferentialIntegrity"], 0.5);
  EXPECT_EQ(house.lineage("mart.t")["kind"], "all") << "other rows had a say in which were set apart";
  EXPECT_EQ(run({"clean.customers"}).code(), "E5022") << "a rule that names what is not read";
}

// A day is overwritten: its rejects go, whatever day they say that they are of, and those of other days stay.
TEST_F(Sql, AnOverwriteOfAPartitionEndsTheRejectsThatCameWithItsRows) {
  house.checks = Json::array({{{"rules", "Rules = [ ColumnValues \"day\" in [\"a\", \"b\"] ]"}, {"on_fail", "quarantine"}}});
  const auto overwrite = [&](const std::string& rows) {
    const auto ran = house.run("sql.query", {{"sql", "select * from (values " + rows + ") t(id, day)"}, {"into", "mart.t"}, {"mode", "overwrite_partitions"}, {"partition_by", {"day"}}});
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  };
  const auto rejects = [&] { return house.rows("select id from quarantine.t order by id"); };
  overwrite("(1, 'a'), (2, 'c')");
  overwrite("(3, 'b'), (4, 'e')");
  EXPECT_EQ(rejects(), (Rows{"2", "4"}));
  overwrite("(1, 'a')");
  EXPECT_EQ(rejects(), Rows{"4"});
  overwrite("(3, 'b'), (5, 'd')");
  EXPECT_EQ(rejects(), Rows{"5"});
  EXPECT_EQ(house.rows("select id from mart.t order by id"), (Rows{"1", "3"}));
}

// The commit says which columns feed which: those of the SELECT, of the checks, and of how rows are written.
TEST_F(Sql, SaysWhichColumnsFeedWhich) {
  house.put("raw.t", "select 1 as id, 2 as day, 3 as price, 4 as weight");
  house.put("raw.u", "select 1 as id, 'x' as name");
  const auto lineage = [&](mr::Json config) {
    config["into"] = "mart.t";
    const auto ran = house.run("sql.query", config, {"raw.t", "raw.u"});
    EXPECT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
    return house.lineage("mart.t");
  };
  EXPECT_EQ(lineage({{"sql", "select id, price * 2 as total, name -- both\nfrom raw.t join raw.u using (id)"}}), mr::Json::parse(R"({"kind": "columns", "inputs": {
    "raw.t": {"rows": ["*", "id"], "columns": {"id": {"direct": ["id"], "condition": []}, "total": {"direct": ["price"], "condition": []}}},
    "raw.u": {"rows": ["*", "id"], "columns": {"name": {"direct": ["name"], "condition": []}}}}})"));
  EXPECT_EQ(lineage({{"sql", "select id, day, price from raw.t"}, {"mode", "merge"}, {"keys", {"id"}}, {"newest_by", {"day"}}})["inputs"]["raw.t"]["rows"], (mr::Json{"*", "day", "id"}));
  const auto versions = lineage({{"sql", "select id, price from raw.t"}, {"mode", "scd2"}, {"keys", {"id"}}});
  EXPECT_EQ(versions["inputs"]["raw.t"]["rows"], (mr::Json{"*", "id", "price"}));
  EXPECT_FALSE(versions["inputs"]["raw.t"]["columns"].contains("valid_from"));
  house.checks = mr::Json::array({{{"rules", "Rules = [ColumnValues \"weight\" > 0]"}, {"on_fail", "quarantine"}}});
  EXPECT_EQ(lineage({{"sql", "select id, weight from raw.t"}})["inputs"]["raw.t"]["rows"], (mr::Json{"*", "id", "weight"}));
}

TEST_F(Sql, AScriptGivesTheLastRow) {
  query("select * from range(10) t(n)");
  const auto ran = house.run("sql.script", {{"sql", "create temp table odd as select n from mart.t where n % 2 = 1; delete from odd where n = 9; select count(*) as odd, sum(n) as total from odd"}}, {"mart.t"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.output["row"]["odd"], "4");
  EXPECT_EQ(ran.output["row"]["total"], "16");
}

// What a task's SQL may not do, alone or hidden behind something harmless.
class Forbidden : public Sql, public ::testing::WithParamInterface<const char*> {};

TEST_P(Forbidden, IsRefusedAndChangesNothing) {
  house.file("other.csv", "id\n1\n");
  const std::string sql = GetParam();
  const auto alone = house.run("sql.script", {{"sql", sql}});
  EXPECT_NE(alone.outcome, MR_SUCCEEDED) << sql;
  EXPECT_TRUE(alone.code() == "E5009" || alone.code() == "E5004") << alone.failure;
  const auto behind = house.run("sql.script", {{"sql", "select 1; " + sql}});
  EXPECT_NE(behind.outcome, MR_SUCCEEDED) << sql;
  EXPECT_NE(query("select 1 as id; " + sql).outcome, MR_SUCCEEDED) << sql;
  EXPECT_FALSE(house.has("mart.t"));
  EXPECT_FALSE(std::filesystem::exists(house.folder() / "written.csv"));
}

INSTANTIATE_TEST_SUITE_P(Statements, Forbidden,
                         ::testing::Values("select * from read_text('/etc/passwd')", "select * from read_csv('/etc/passwd')", "select * from '/etc/hostname'", "attach '/tmp/other.db' as other",
                                           "copy (select 1) to 'written.csv'", "export database 'written'", "load 'httpfs'", "install httpfs", "set memory_limit = '100GB'",
                                           "set enable_external_access = true", "pragma enable_profiling", "pragma database_list", "/* x */ PRAGMA show_tables", "call pragma_version()", "use temp"),
                         [](const auto& statement) { return "Number" + std::to_string(statement.index); });

// What is not declared is not read, however near it lies: a password beside the Dag, or another dataset's files.
TEST_F(Sql, FilesAreNotReadByTheirPaths) {
  query("select 7 as secret");
  ASSERT_TRUE(house.has("mart.t"));
  const auto beside = house.file("password.txt", "hunter2\n");
  for (const auto& path : {beside, (house.folder().parent_path() / "data" / "mart" / "t" / "*.parquet").string()}) {
    const auto reader = path.ends_with(".txt") ? "read_text('" : "read_parquet('";
    EXPECT_EQ(query("select * from " + (reader + path) + "')", {{"into", "mart.u"}}).code(), "E5004") << path;
  }
  EXPECT_FALSE(house.has("mart.u"));
  EXPECT_EQ(query("select * from mart.t", {{"into", "mart.u"}}, {"mart.t"}).outcome, MR_SUCCEEDED);
}

TEST_F(Sql, AMistakeIsNamedWithoutValuesOfRows) {
  EXPECT_EQ(query("select nothing from nowhere").code(), "E5004");
  EXPECT_EQ(query("selec 1").code(), "E5004");
  const auto cast = query("select cast(x as bigint) as n from (values ('secret-7')) t(x)");
  EXPECT_EQ(cast.code(), "E5005");
  EXPECT_EQ(cast.failure.dump().find("secret-7"), std::string::npos);
}

// --- sql.rows ------------------------------------------------------------------------------------------------------------

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

TEST_F(Sql, FewRowsAreAListInTheirOrder) {
  query("select n as id, 'Zoë' as name, cast(null as varchar) as nothing, cast(n + 0.5 as decimal(9, 2)) as price, date '2026-11-01' as day from range(3) t(n)");
  const auto ran = house.run("sql.rows", {{"dataset", "mart.t"}}, {"mart.t"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("items"), 3);
  EXPECT_EQ(ran.count("rows"), 3);
  EXPECT_EQ(ran.output["list"][1], Json::parse(R"({"id": 1, "name": "Zoë", "nothing": null, "price": 1.5, "day": "2026-11-01"})"));
  EXPECT_FALSE(ran.output.contains("file"));
  EXPECT_TRUE(std::filesystem::is_empty(house.folder().parent_path() / "data" / "items")) << "no file is left of what the output holds";
}

TEST_F(Sql, BatchesAreListsAndTheLastOneIsWhatIsLeft) {
  query("select n as id from range(7) t(n)");
  const auto ran = house.run("sql.rows", {{"dataset", "mart.t"}, {"batch", 3}}, {"mart.t"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.output["list"].dump(), R"([[{"id":0},{"id":1},{"id":2}],[{"id":3},{"id":4},{"id":5}],[{"id":6}]])");
  EXPECT_EQ(ran.count("items"), 3);
  EXPECT_EQ(ran.count("rows"), 7);
}

TEST_F(Sql, ManyRowsAreAFileThatTellsWhereEachItemBegins) {
  query("select n as id, repeat('x', n % 7) as pad from range(50000) t(n)");
  const auto ran = house.run("sql.rows", {{"dataset", "mart.t"}, {"columns", {"id"}}}, {"mart.t"});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("items"), 50'000);
  EXPECT_FALSE(ran.output.contains("list"));
  const auto file = house.folder().parent_path() / "data" / ran.output["file"].get<std::string>();
  const auto items = lines_of(file.string() + ".jsonl"), starts = lines_of(file.string() + ".idx");
  ASSERT_EQ(items.size(), 50'000U);
  ASSERT_EQ(starts.size(), 50'001U);
  size_t at = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    ASSERT_EQ(items[i], "{\"id\":" + std::to_string(i) + "}");
    ASSERT_EQ(starts[i].size(), 12U);
    ASSERT_EQ(std::stoull(starts[i]), at);
    at += items[i].size() + 1;
  }
  EXPECT_EQ(std::stoull(starts.back()), at);
}

TEST_F(Sql, RowsOfFilesOfEachFormat) {
  house.file("a.csv", "id,name\n1,x\n2,\n");
  house.file("a.jsonl", "{\"id\": 1, \"name\": \"x\"}\n{\"id\": 2, \"name\": null}\n");
  mr::data::Session session({});
  session.run("COPY (SELECT * FROM (VALUES (1, 'x'), (2, NULL)) t(id, name)) TO " + mr::data::literal((house.folder() / "a.parquet").string()));
  for (const char* name : {"a.csv", "a.jsonl", "a.parquet"}) {
    const auto ran = house.run("sql.rows", {{"file", name}});
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << name << ran.failure;
    EXPECT_EQ(ran.output["list"].dump(), R"([{"id":1,"name":"x"},{"id":2,"name":null}])") << name;
  }
  house.file("none.csv", "id,name\n");
  const auto none = house.run("sql.rows", {{"file", "none.csv"}});
  EXPECT_EQ(none.count("items"), 0);
  EXPECT_EQ(none.output["list"], Json::array());
}

TEST_F(Sql, RowsThatCannotBeItemsSaySo) {
  house.file("a.txt", "id\n1\n");
  EXPECT_EQ(house.run("sql.rows", {{"file", "gone.csv"}}).code(), "E5030");
  EXPECT_EQ(house.run("sql.rows", {{"file", "a.txt"}}).code(), "E5045");
  EXPECT_EQ(house.run("sql.rows", Json::object()).code(), "E5045");
  query("select repeat('x', 300000) as wide");
  EXPECT_EQ(house.run("sql.rows", {{"dataset", "mart.t"}}, {"mart.t"}).code(), "E5045");
  const auto column = house.run("sql.rows", {{"dataset", "mart.t"}, {"columns", {"wode"}}}, {"mart.t"});
  EXPECT_EQ(column.code(), "E5045");
  EXPECT_TRUE(std::filesystem::is_empty(house.folder().parent_path() / "data" / "items")) << "what failed leaves nothing";
}

}  // namespace
