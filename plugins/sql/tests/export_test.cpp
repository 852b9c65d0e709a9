// export.file as attempts see it: formats, and what becomes of a place that is taken.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "data/testing.hpp"

namespace {

using mr::Json;

class Export : public ::testing::Test {
 protected:
  mr::data::testing::Ran write(const std::string& sql, const std::string& format, const std::string& path, const Json& more = Json::object()) {
    Json config = {{"sql", sql}, {"format", format}, {"path", path}};
    config.update(more);
    return house.run("export.file", config);
  }
  std::string content(const std::string& path) const {
    std::ifstream file(house.folder() / path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

// The messages of a stream by their framing: what each metadata's union says it is, and how many bytes of body follow.
struct Messages {
  std::vector<int> kinds{};
  bool ended = false;

  explicit Messages(const std::string& bytes) {
    size_t at = 0;
    while (at + 8 <= bytes.size()) {
      EXPECT_EQ(number<uint32_t>(bytes, at), 0xFFFFFFFFu);
      const auto size = number<int32_t>(bytes, at + 4);
      at += 8;
      if (size == 0) {
        ended = at == bytes.size();
        return;
      }
      EXPECT_EQ(size % 8, 0);
      const size_t table = at + number<uint32_t>(bytes, at), vtable = table - static_cast<size_t>(number<int32_t>(bytes, table));
      kinds.push_back(bytes[table + number<uint16_t>(bytes, vtable + 4 + 2)]);
      at += static_cast<size_t>(size) + static_cast<size_t>(number<int64_t>(bytes, table + number<uint16_t>(bytes, vtable + 4 + 6)));
    }
  }
  template <class T>
  static T number(const std::string& bytes, size_t at) {
    T value{};
    if (at + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
  }
};

// What Apache Arrow itself reads from it is compared in tests/e2e/sql_test.py.
TEST_F(Export, ArrowIsASchemaThenBatchesThenTheEnd) {
  ASSERT_EQ(write("select i, 'Zoë' as name from range(40000) t(i)", "arrow", "rows.arrow").count("rows"), 40000);
  const Messages many(content("rows.arrow"));
  EXPECT_EQ(many.kinds, (std::vector<int>{1, 3, 3, 3}));
  EXPECT_TRUE(many.ended);
  ASSERT_EQ(write("select 1 as a where false", "arrow", "none.arrow").count("rows"), 0);
  const Messages none(content("none.arrow"));
  EXPECT_EQ(none.kinds, std::vector<int>{1});
  EXPECT_TRUE(none.ended);
}

TEST_F(Export, ATypeThatArrowHasNoPlaceForHereIsNamed) {
  const auto ran = write("select 1::union(n integer, t varchar) as either", "arrow", "rows.arrow");
  EXPECT_EQ(ran.code(), "E5048") << ran.failure;
  EXPECT_FALSE(std::filesystem::exists(house.folder() / "rows.arrow"));
}

TEST_F(Export, CsvHasTheDelimiterTheNamesAndTheNullThatAreAskedFor) {
  const std::string sql = "select * from (values (1, null, ''), (2, 'a;b', 'Zoë \"x\"')) t(n, gap, text) order by n";
  ASSERT_EQ(write(sql, "csv", "a.csv").count("rows"), 2);
  EXPECT_EQ(content("a.csv"), "n,gap,text\n1,,\"\"\n2,a;b,\"Zoë \"\"x\"\"\"\n");
  ASSERT_EQ(write(sql, "csv", "b.csv", {{"delimiter", ";"}, {"null", "NULL"}, {"header", false}}).count("rows"), 2);
  EXPECT_EQ(content("b.csv"), "1;NULL;\n2;\"a;b\";\"Zoë \"\"x\"\"\"\n");
  ASSERT_EQ(write("select 1 as n where false; -- none", "csv", "c.csv").count("rows"), 0);
  EXPECT_EQ(content("c.csv"), "n\n");
}

TEST_F(Export, CompressionIsByNameOrAsAsked) {
  const std::string sql = "select i from range(1000) t(i)";
  for (const auto& [path, more, begin] : std::vector<std::tuple<std::string, Json, std::string>>{
           {"a.csv.gz", Json::object(), "\x1f\x8b"}, {"b.json.zst", Json::object(), "\x28\xb5\x2f\xfd"}, {"c.csv", {{"compression", "gzip"}}, "\x1f\x8b"}, {"d.csv.gz", {{"compression", "none"}}, "i\n0\n"}}) {
    ASSERT_EQ(write(sql, path.find("json") != std::string::npos ? "json" : "csv", path, more).count("rows"), 1000) << path;
    EXPECT_EQ(content(path).substr(0, begin.size()), begin) << path;
  }
  std::vector<int64_t> sizes;
  for (const char* one : {"none", "snappy", "gzip", "zstd"}) sizes.push_back(write("select repeat('abc ', 1000) as x from range(100)", "parquet", "e.parquet", {{"compression", one}}).count("bytes"));
  EXPECT_GT(sizes[0], 0);
  for (const auto size : sizes) EXPECT_GT(size, 0);
}

TEST_F(Export, APartitionedFolderIsThereWholeAndReplacesTheOldOne) {
  const auto first = write("select i, 'c' || i % 3 as country from range(30) t(i)", "parquet", "out/orders", {{"partition_by", {"country"}}});
  ASSERT_EQ(first.outcome, MR_SUCCEEDED) << first.failure;
  EXPECT_EQ(first.count("rows"), 30);
  EXPECT_EQ(first.count("files"), 3);
  EXPECT_TRUE(std::filesystem::is_directory(house.folder() / "out/orders/country=c2"));
  EXPECT_EQ(house.rows("select count(*), sum(i) from read_parquet('" + (house.folder() / "out/orders").string() + "/*/*.parquet', hive_partitioning = true) where country = 'c1'"), std::vector<std::string>{"10|145"});
  ASSERT_EQ(write("select 1 as i, 'new' as country", "parquet", "out/orders/", {{"partition_by", {"country"}}}).count("files"), 1);
  EXPECT_FALSE(std::filesystem::exists(house.folder() / "out/orders/country=c2"));
  EXPECT_EQ(write("select 1 as i, 'x' as country", "parquet", "out/orders", {{"partition_by", {"country"}}, {"overwrite", false}}).code(), "E5055");
  EXPECT_NE(write("select cast('x' as integer) as i, 'x' as country", "parquet", "out/orders", {{"partition_by", {"country"}}}).outcome, MR_SUCCEEDED);
  EXPECT_TRUE(std::filesystem::exists(house.folder() / "out/orders/country=new"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(house.folder() / "out"), {}), 1) << "no draft is left";
  EXPECT_EQ(write("select 1 as i", "csv", "out/orders").code(), "E5055") << "a folder is no file";
  EXPECT_EQ(write("select 1 as i", "csv", "out/many", {{"per_thread", true}}).count("files"), 1);
}

// An attempt that is killed can't tidy up.
TEST_F(Export, TheNextExportRemovesWhatAKilledOneLeftAndNothingElse) {
  const std::string id = "01a2181a-211e-732d-9795-d67a9c4096b8";
  house.file("out/.rows.csv." + id + ".part", "half");
  house.file("out/.rows.csv.notes.part", "mine");
  house.file("out/.other.csv." + id + ".part", "another's");
  const auto written = house.file("out/.rows.csv.11111111-211e-732d-9795-d67a9c4096b8.part", "goes on");
  const int other = ::open(written.c_str(), O_RDONLY);
  ASSERT_EQ(::flock(other, LOCK_EX), 0);
  ASSERT_EQ(write("select 1 as n", "csv", "out/rows.csv").count("rows"), 1);
  ::close(other);
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(house.folder() / "out")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{".other.csv." + id + ".part", ".rows.csv.11111111-211e-732d-9795-d67a9c4096b8.part", ".rows.csv.notes.part", "rows.csv"}));
}

TEST_F(Export, OptionsThatDoNotFitAreNamedBeforeAnythingIsRead) {
  for (const auto& [format, more] : std::vector<std::pair<std::string, Json>>{{"json", {{"delimiter", ";"}}}, {"parquet", {{"null", "-"}}}, {"excel", {{"compression", "gzip"}}}, {"csv", {{"compression", "snappy"}}}, {"arrow", {{"partition_by", {"a"}}}}, {"excel", {{"per_thread", true}}}})
    EXPECT_EQ(write("select nothing", format, "x", more).code(), "E5100") << format << more;
}

// The sheet's XML: its one file is stored or deflated, so it is read back by DuckDB's own reader instead.
TEST_F(Export, ASheetHoldsWhatWasAskedForOrTellsWhatItMadeOfIt) {
  const auto ran = write("select 1 as n, 9007199254740993 as big, 123456789012345 as fits, 1.25::decimal(18, 4) as price, 1234567890123456.5::decimal(20, 1) as exact, 'nan'::double as odd, true as flag, date '2026-11-01' as day, "
                         "date '1850-01-01' as old, timestamptz '2026-11-01 08:16:00+01' as seen, 'a' || chr(1) || chr(0) || '_x0041_<&' as text, null::varchar as gap, [1, 2] as list", "excel", "a.xlsx");
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("rows"), 1);
  EXPECT_EQ(ran.output["as_text"], Json::array({"big", "exact", "odd", "old"}));
  EXPECT_NE(ran.log.find("'big' is written as text"), std::string::npos);
  mr::data::SessionOptions options;
  options.extensions = {"excel"};
  mr::data::Session session(options);
  const auto row = session.query("SELECT n, big, fits, price, exact, odd, flag, day, old, seen, text, gap, list FROM read_xlsx(" + mr::data::literal((house.folder() / "a.xlsx").string()) + ", header = true)").rows.at(0);
  std::string line;
  for (const auto& value : row) line += value.value_or("∅") + "|";
  EXPECT_EQ(line, "1.0|9007199254740993|123456789012345.0|1.25|1234567890123456.5|nan|true|2026-11-01|1850-01-01|2026-11-01 07:16:00|a_x0001__x0000__x005F_x0041_<&|∅|[1, 2]|");
}

TEST_F(Export, WhatHasNoRoomInASheetIsRefused) {
  EXPECT_EQ(write("select i from range(1048576) t(i)", "excel", "a.xlsx").code(), "E5101");
  EXPECT_EQ(write("select repeat('x', 32768) as x", "excel", "a.xlsx").code(), "E5101");
  EXPECT_FALSE(std::filesystem::exists(house.folder() / "a.xlsx"));
  EXPECT_EQ(write("select 1 as x where false", "excel", "a.xlsx").count("rows"), 0);
}

TEST_F(Export, WhatIsNoSelectOverDatasetsIsRefusedAndWritesNothing) {
  house.file("other.csv", "id\n1\n");
  for (const char* sql : {"select * from read_text('/etc/passwd')", "select * from '/etc/hostname'", "select * from read_csv('other.csv')", "attach '/tmp/other.db' as other", "copy (select 1) to 'written.csv'", "load 'httpfs'", "install httpfs",
                          "set memory_limit = '100GB'", "pragma enable_profiling", "call pragma_version()", "select 1; select 2", "create table x as select 1", "select getenv('HOME')"}) {
    for (const char* format : {"csv", "excel", "arrow"}) {
      const auto ran = write(sql, format, "rows");
      EXPECT_TRUE(ran.code() == "E5004" || ran.code() == "E5009") << format << ": " << sql << ran.failure;
      EXPECT_FALSE(std::filesystem::exists(house.folder() / "rows")) << sql;
    }
  }
  EXPECT_FALSE(std::filesystem::exists(house.folder() / "written.csv"));
}

}  // namespace
