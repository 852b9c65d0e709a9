// A dataset as SQL sees it: the catalog's columns over files that were written at different times, and what filters leave out of them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "data/publish.hpp"

namespace mr::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json column(const std::string& name, const std::string& type) { return {{"name", name}, {"type", type}, {"nullable", true}}; }

class View : public ::testing::Test {
 protected:
  View() {
    std::string pattern = (fs::temp_directory_path() / "millrace-view-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    root = pattern;
  }
  ~View() override { fs::remove_all(root); }

  // Written as any task writes it; its rows stay in the table _expected, too.
  void write(const std::string& select, const std::vector<std::string>& partition_by = {}) {
    Facts facts{{{"data_root", root}}};
    session.run("CREATE OR REPLACE TEMP TABLE _part AS " + select);
    const auto staged = stage(session, facts, "raw.t", "append", "SELECT * FROM _part", partition_by);
    for (const auto& file : staged.snapshot.at("files")) paths.push_back(root + "/" + file.at("path").get<std::string>());
    session.run("CREATE OR REPLACE TEMP TABLE _expected AS SELECT * FROM _expected UNION ALL BY NAME SELECT * FROM _part");
  }

  void begin(const json& of) {
    columns = of;
    std::string list;
    for (const auto& one : columns) list += (list.empty() ? "" : ", ") + ident(one.at("name").get<std::string>()) + " " + one.at("type").get<std::string>();
    session.run("CREATE OR REPLACE TEMP TABLE _expected (" + list + ")");
    paths.clear();
  }

  void show() { session.run("CREATE OR REPLACE TEMP VIEW _view AS " + select_from_files(columns, paths)); }

  // The first of the files alone, as a large one and as a small one.
  void expect_the_same_of_one_file(const std::string& where) {
    const std::vector<std::string> one{paths.front()};
    session.run("CREATE OR REPLACE TEMP VIEW _large AS " + select_from_files(columns, one, 0));
    session.run("CREATE OR REPLACE TEMP VIEW _small AS " + select_from_files(columns, one));
    ASSERT_EQ(rows("_large", where), rows("_small", where)) << where;
    ASSERT_EQ(session.query("SELECT string_agg(column_name || column_type, ', ') FROM (DESCRIBE _large)").rows, session.query("SELECT string_agg(column_name || column_type, ', ') FROM (DESCRIBE _small)").rows);
  }

  std::string rows(const std::string& from, const std::string& where) {
    const auto list = session.query("SELECT CAST(list(CAST(r AS VARCHAR) ORDER BY CAST(r AS VARCHAR)) AS VARCHAR) FROM (SELECT * FROM " + from + " WHERE " + where + ") AS r");
    return list.rows.at(0).at(0).value_or("none");
  }

  std::string root{};
  Session session{SessionOptions{}};
  json columns{};
  std::vector<std::string> paths{};
};

TEST_F(View, FilesOfAllTimesHaveTheColumnsOfToday) {
  begin({column("id", "BIGINT"), column("s", "STRUCT(x BIGINT, y VARCHAR, z INTEGER)"), column("total", "HUGEINT"), column("we ird\"'c", "VARCHAR"), column("d", "DECIMAL(18,2)"), column("kind", "ENUM('a', 'b''c')"),
         column("list", "STRUCT(p INTEGER, q VARCHAR)[]"), column("new", "TIMESTAMP WITH TIME ZONE")});
  write("SELECT 1::INTEGER AS id, {'x': 1, 'y': 'q'} AS s, (2::HUGEINT ** 100)::HUGEINT AS total, 'u' AS \"we ird\"\"'c\", 1.5::DECIMAL(9,2) AS d, 'b''c'::ENUM('a', 'b''c') AS kind, [{'p': 1}] AS list");
  write("SELECT 2::BIGINT AS ID, {'x': 1::BIGINT, 'y': NULL, 'z': 3} AS s, 3.25::DECIMAL(18,2) AS d, [{'p': 1, 'q': 'w'}] AS list, TIMESTAMPTZ '2026-01-01 00:00:00+02' AS new");
  write("SELECT TIMESTAMPTZ '2026-01-01 00:00:00+02' AS new");
  show();
  EXPECT_EQ(rows("_view", "true"), rows("_expected", "true"));
  EXPECT_EQ(rows("_view", "id > 1"), rows("_expected", "id > 1"));
  EXPECT_EQ(rows("_view", "id IS NULL AND d IS NULL"), rows("_expected", "id IS NULL AND d IS NULL"));
  EXPECT_EQ(rows("_view", "total > 5 OR kind = 'a' OR s.z = 3"), rows("_expected", "total > 5 OR kind = 'a' OR s.z = 3"));
  const auto types = session.query("SELECT DISTINCT typeof(total) || typeof(kind) || typeof(id) FROM _view");
  EXPECT_EQ(types.rows.at(0).at(0), "HUGEINTENUM('a', 'b''c')BIGINT");
}

// Names in another case, types that have become wider, columns that came later and columns that are no more.
TEST_F(View, OneLargeFileHasTheColumnsOfTodayToo) {
  begin({column("id", "BIGINT"), column("new", "TIMESTAMP WITH TIME ZONE"), column("d", "DECIMAL(18,2)"), column("we ird\"'c", "VARCHAR"), column("kind", "ENUM('a', 'b''c')"), column("x", "DOUBLE")});
  write("SELECT i::INTEGER AS ID, 'u' || i AS \"we ird\"\"'c\", (i / 2)::DECIMAL(9,2) AS d, 'b''c'::ENUM('a', 'b''c') AS kind, i::FLOAT AS x FROM range(5) t(i)");
  for (const char* where : {"true", "id > 2", "new IS NULL AND d < 1.5", "kind = 'a' OR x >= 3"}) expect_the_same_of_one_file(where);
  columns = json::array({column("d", "DECIMAL(18,2)")});
  expect_the_same_of_one_file("true");
}

// What is only bound does not look at them: with thousands of files that would take seconds, each time.
TEST_F(View, NoFileIsOpenedBeforeItIsRead) {
  begin(json::array({column("id", "BIGINT")}));
  write("SELECT 1 AS id");
  paths.push_back(root + "/damaged.parquet");
  std::ofstream(paths.back()) << "no Parquet";
  show();
  EXPECT_EQ(session.describe("SELECT id + 1.5 AS more FROM _view").at(0).type, "DECIMAL(21,1)");
  EXPECT_THROW(session.query("SELECT * FROM _view"), SqlError);
}

std::string value_of(const std::string& column, std::mt19937& random) {
  const auto any = [&](std::initializer_list<const char*> values) { return std::string(values.begin()[random() % values.size()]); };
  if (column == "day") return any({"DATE '2026-01-01'", "DATE '2026-01-02'", "DATE '1899-12-31'", "NULL"});
  if (column == "place") return any({"'Köln'", "'a/b=c'", "'%20 '", "''", "'__HIVE_DEFAULT_PARTITION__'", "'it''s [*]'", "NULL"});
  if (column == "price") return any({"0.10::DECIMAL(9,2)", "10.00::DECIMAL(9,2)", "-3.05::DECIMAL(9,2)", "NULL"});
  return any({"1", "2", "300", "NULL"});
}

std::string condition(std::mt19937& random, int depth) {
  static const std::vector<std::string> kColumns{"day", "place", "price", "n"};
  const auto& column = kColumns[random() % kColumns.size()];
  const auto value = [&] { return value_of(column, random); };
  switch (random() % (depth > 0 ? 9 : 6)) {
    case 0: return column + " = " + value();
    case 1: return column + " <> " + value();
    case 2: return column + " IN (" + value() + ", " + value() + ")";
    case 3: return column + " BETWEEN " + value() + " AND " + value();
    case 4: return column + (random() % 2 == 0 ? " IS NULL" : " IS NOT DISTINCT FROM " + value());
    case 5: return column + " >= " + value();
    case 6: return "(" + condition(random, depth - 1) + " OR " + condition(random, depth - 1) + ")";
    case 7: return "(" + condition(random, depth - 1) + " AND " + condition(random, depth - 1) + ")";
    default: return "NOT (" + condition(random, depth - 1) + ")";
  }
}

// Files are passed over by their statistics, never one that holds a row.
TEST_F(View, FiltersLeaveOutNoRow) {
  std::mt19937 random(20261126);
  for (int world = 0; world < 12; ++world) {
    begin({column("day", "DATE"), column("place", "VARCHAR"), column("price", "DECIMAL(9,2)"), column("n", "BIGINT")});
    for (size_t part = 0; part < 4; ++part) {
      std::string select;
      const size_t count = 1 + random() % 6;
      for (size_t i = 0; i < count; ++i) {
        select += (i == 0 ? "SELECT " : " UNION ALL SELECT ") + ("CAST(" + value_of("day", random) + " AS DATE) AS day, CAST(" + value_of("place", random)) + " AS VARCHAR) AS place, CAST(" + value_of("price", random) + " AS DECIMAL(9,2)) AS price";
        if (part % 2 == 0) select += ", CAST(" + value_of("n", random) + (part == 0 ? " AS SMALLINT) AS n" : " AS BIGINT) AS n");
      }
      const std::vector<std::vector<std::string>> kinds{{}, {"day"}, {"place", "day"}, {"price"}};
      write(select, kinds[random() % kinds.size()]);
    }
    show();
    for (int i = 0; i < 40; ++i) {
      const auto where = condition(random, 3);
      ASSERT_EQ(rows("_view", where), rows("_expected", where)) << where << ", world " << world;
      if (i % 4 == 0) expect_the_same_of_one_file(where);
    }
  }
}

}  // namespace
}  // namespace mr::data
