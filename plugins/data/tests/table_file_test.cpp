// Files of rows by their names' endings: what is read, what is guessed and what is not, and what
// comes back when it is written.
#include "data/table_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace mr::data {
namespace {

namespace fs = std::filesystem;

class TableFile : public ::testing::Test {
 protected:
  TableFile() {
    std::string pattern = (fs::temp_directory_path() / "millrace-files-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }

  ~TableFile() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::string file(const std::string& name, std::string_view content) const {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return (folder_ / name).string();
  }

  std::string types(const std::string& path, const TableFileOptions& options = {}) {
    std::string text;
    for (const auto& column : session_.describe(rows_of_file(session_, path, options)))
      text += (text.empty() ? "" : ", ") + column.name + " " + column.type;
    return text;
  }

  std::vector<std::string> rows(const std::string& path, const TableFileOptions& options = {}) {
    std::vector<std::string> lines;
    for (const auto& row : session_
                               .query("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (" +
                                      rows_of_file(session_, path, options) + ")")
                               .rows) {
      std::string line;
      for (const auto& cell : row) line += (line.empty() ? "" : "|") + cell.value_or("∅");
      lines.push_back(line);
    }
    return lines;
  }

  std::string failure(const std::string& path, const TableFileOptions& options = {}) {
    try {
      rows(path, options);
    } catch (const mr::Failure& failure) {
      return failure.code + " " + failure.what_happened;
    }
    return "read";
  }

  fs::path folder_{};
  Session session_{SessionOptions{}};
};

using Rows = std::vector<std::string>;

TEST_F(TableFile, CsvHasTheTypesThatItsValuesFit) {
  const auto path = file(
      "a.csv",
      "zip,name,day,us day,n,flag\n00123,\"Zoë, "
      "\"\"Z\"\"\",2026-01-02,1/2/2026,1.5,true\n99,\"two\nlines\",2026-12-31,1/31/2026,2,false\n");
  EXPECT_EQ(types(path),
            "zip VARCHAR, name VARCHAR, day DATE, us day VARCHAR, n DOUBLE, flag BOOLEAN");
  EXPECT_EQ(rows(path), (Rows{"00123|Zoë, \"Z\"|2026-01-02|1/2/2026|1.5|true",
                              "99|two\nlines|2026-12-31|1/31/2026|2.0|false"}));
  EXPECT_EQ(types(path, {.types = {{"n", "DECIMAL(9,2)"}}}),
            "zip VARCHAR, name VARCHAR, day DATE, us day VARCHAR, n DECIMAL(9,2), flag BOOLEAN");
}

// Which of 1/2/2026 is the month, nobody can tell.
TEST_F(TableFile, DatesThatMayBeReadInTwoWaysStayText) {
  EXPECT_EQ(types(file("a.csv", "d,t\n1/2/2026,1/2/2026 08:30\n3/4/2026,3/4/2026 09:00\n")),
            "d VARCHAR, t VARCHAR");
  EXPECT_EQ(types(file("b.csv", "d,t\n2026-01-02,2026-01-02 08:30:00\n")), "d DATE, t TIMESTAMP");
}

TEST_F(TableFile, ColumnsAreBetweenCommasOrWhatElseMakesColumns) {
  EXPECT_EQ(rows(file("semicolons.csv", "a;b\n1,5;x\n2,5;\"y;z\"\n")), (Rows{"1,5|x", "2,5|y;z"}));
  EXPECT_EQ(rows(file("tabs.tsv", "a\tb\nx,y\t#1\n#z\t\n")), (Rows{"x,y|#1", "#z|∅"}));
  EXPECT_EQ(rows(file("one.csv", "name\nbob\nzoe\n")), (Rows{"bob", "zoe"}));
  EXPECT_EQ(rows(file("none.csv", "a,b\n")), Rows{});
  EXPECT_EQ(rows(file("windows.csv", "a,b\r\n1,x\r\n")), Rows{"1|x"});
  const std::string no_table = "E5044 the file can't be read as a table of delimited text";
  EXPECT_EQ(failure(file("ragged.csv", "a,b\n1,x\n2,y,z\n")), no_table);
  EXPECT_EQ(failure(file("ragged.tsv", "a\tb\n1\tx\n2\ty\tz\n")), no_table);
  EXPECT_EQ(failure(file("latin.csv", "a,b\n1,Zo\xEB\n")), no_table);
  EXPECT_EQ(failure(file("empty.csv", "")), no_table);
}

// The first 20,480 rows have no quotes and no text.
TEST_F(TableFile, LateRowsAreReadAsTheyAre) {
  std::string text = "id,n\n";
  for (int i = 0; i < 30000; ++i) text += std::to_string(i) + ",1\n";
  const auto path = file("late.csv", text + "30000,\"a, b\"\n");
  EXPECT_EQ(types(path), "id BIGINT, n BIGINT");
  EXPECT_EQ(failure(path).substr(0, 5), "E5005");
  EXPECT_EQ(types(path, {.whole = true}), "id BIGINT, n VARCHAR");
  EXPECT_EQ(rows(path, {.types = {{"n", "VARCHAR"}}}).back(), "30000|a, b");
}

TEST_F(TableFile, JsonIsAListOrLinesAndNoKeyIsLost) {
  EXPECT_EQ(rows(file("a.json", R"([{"a": 1, "b": "x"}, {"a": 2, "c": [1, 2]}])")),
            (Rows{"1|x|∅", "2|∅|[1, 2]"}));
  std::string lines;
  for (int i = 0; i < 30000; ++i) lines += "{\"a\": 1}\n";
  EXPECT_EQ(types(file("b.ndjson", lines + "{\"late\": \"x\"}\n")), "a BIGINT, late VARCHAR");
}

TEST_F(TableFile, NamesThatTellNoFormatAndColumnsThatAreNotThereAreRefused) {
  EXPECT_EQ(failure(file("a.txt", "a\n1\n")), "E5056 the file's name does not say its format");
  EXPECT_EQ(failure(file("a.parquet.gz", "x")).substr(0, 5), "E5056");
  EXPECT_EQ(failure((folder_ / "gone.csv").string()), "E5030 there is no such file");
  EXPECT_EQ(failure(file("a.csv", "a,b\n1,2\n"), {.types = {{"c", "INT"}}}),
            "E5050 the file has no column 'c'");
  EXPECT_EQ(failure(file("a.csv", "a,b\n1,2\n"), {.types = {{"a", "INT) , (SELECT"}}}),
            "E5050 'INT) , (SELECT' is no type");
  EXPECT_THROW(check_writable("rows.xlsx"), mr::Failure);
}

// Names of files and columns are values, whatever they hold.
TEST_F(TableFile, NamesAreNeverSql) {
  const auto path = file("it's [1]*.csv", "a'b,\"c\"\"d\"\n1,x\n");
  EXPECT_EQ(types(path), "a'b BIGINT, c\"d VARCHAR");
  EXPECT_EQ(rows(path), Rows{"1|x"});
}

TEST_F(TableFile, WhatIsWrittenReadsAsItWas) {
  session_.run(
      "CREATE TABLE t AS SELECT * FROM (VALUES (1, 'Zoë, \"Z\"', DATE '2026-01-02'), (2, NULL, "
      "NULL)) v(a, b, d)");
  for (const std::string name :
       {"t.csv", "t.tsv", "t.csv.gz", "t.json", "t.ndjson", "t.ndjson.zst", "t.parquet"}) {
    const auto path = (folder_ / name).string();
    EXPECT_EQ(write_file(session_, "SELECT * FROM t", path, path), 2) << name;
    EXPECT_EQ(rows(path), (Rows{"1|Zoë, \"Z\"|2026-01-02", "2|∅|∅"})) << name;
  }
}

TEST_F(TableFile, TheHeadOfALargeFileIsWholeRecords) {
  std::string text = "a,b\n";
  for (int i = 0; i < 50000; ++i) text += std::to_string(i) + ",\"two\nlines\"\n";
  const auto head = head_of_file(file("large.csv", text), 20, folder_.string());
  EXPECT_LE(fs::file_size(head), 64U << 10);
  const auto lines = rows(head);
  ASSERT_GT(lines.size(), 20U);
  EXPECT_EQ(lines[19], "19|two\nlines");
  EXPECT_EQ(lines.back(), std::to_string(lines.size() - 1) + "|two\nlines");
  const auto small = file("small.csv", "a,b\n1,no line end");
  EXPECT_EQ(rows(head_of_file(small, 20, folder_.string())), Rows{"1|no line end"});
  const auto parquet = (folder_ / "t.parquet").string();
  write_file(session_, "SELECT 1 AS a", parquet, parquet);
  EXPECT_EQ(head_of_file(parquet, 20, folder_.string()), parquet);
}

}  // namespace
}  // namespace mr::data
