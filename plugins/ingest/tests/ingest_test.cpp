// ingest.files and ingest.sql as attempts see them: values, rejects that add up, each file once.
#include <gtest/gtest.h>
#include <zlib.h>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;

std::string gzipped(const std::string& text) {
  std::string out(compressBound(text.size()) + 64, '\0');
  z_stream z{};
  deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

class Ingest : public ::testing::Test {
 protected:
  mr::data::testing::Ran load(const std::string& from, const Json& more = Json::object()) {
    Json config = {{"from", from}, {"format", "csv"}, {"into", "raw.t"}};
    config.update(more);
    return house.run("ingest.files", config);
  }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

void adds_up(const mr::data::testing::Ran& ran) {
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out") + ran.count("rows_rejected")) << ran.output;
}

TEST_F(Ingest, ValuesArriveAsTheyAre) {
  house.file("a.csv", "id,name,price,day,seen_at\n1,\"Zoë \"\"Z\"\" 🦊\",12.30,2028-02-29,2026-11-01 08:16:00\n2,\"two\nlines\",,,\n3,\"\",0.10,1999-12-31,1970-01-01 00:00:00\n");
  const auto ran = load("a.csv", {{"schema", {{"id", "BIGINT"}, {"name", "VARCHAR"}, {"price", "DECIMAL(18,2)"}, {"day", "DATE"}, {"seen_at", "TIMESTAMP"}}}});
  adds_up(ran);
  EXPECT_EQ(ran.count("rows_out"), 3);
  EXPECT_EQ(house.rows("select id, replace(name, chr(10), '/'), price, day, seen_at from raw.t order by id"),
            (Rows{"1|Zoë \"Z\" 🦊|12.30|2028-02-29|2026-11-01 08:16:00", "2|two/lines|∅|∅|∅", "3|∅|0.10|1999-12-31|1970-01-01 00:00:00"}))
      << "an empty field is null, also in quotes";
  EXPECT_EQ(house.type_of("raw.t", "price"), "DECIMAL(18,2)");
}

TEST_F(Ingest, WhatDoesNotFitIsSetApartWithItsLineAndReason) {
  house.file("a.csv", "id,n\n1,10\ntwo,20\n3,30,what\n4\n5,50\n");
  const auto ran = load("a.csv", {{"schema", {{"id", "BIGINT"}, {"n", "BIGINT"}}}});
  adds_up(ran);
  EXPECT_EQ(ran.count("rows_in"), 5);
  EXPECT_EQ(ran.count("rows_rejected"), 3);
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Rows{"1", "5"}));
  EXPECT_EQ(house.rows("select _line, _column, _reason from quarantine.t order by _line"), (Rows{"3|id|not a BIGINT", "4|∅|TOO MANY COLUMNS", "5|n|MISSING COLUMNS"}));
  EXPECT_EQ(ran.output["files"][0]["rows_read"], 5);
}

TEST_F(Ingest, ARejectNamesTheLineOnWhichItsRecordBegins) {
  const std::string text = "id,name\n1,\"a\nb\"\n\n2\nx,c\n3,b,c\n4,d\n5,\"x\ny\",z\nseven,k\n";
  const Json schema = {{"schema", {{"id", "BIGINT"}, {"name", "VARCHAR"}}}};
  const Rows lines{"5|2", "6|x,c", "7|3,b,c", "9|5,\"x/y\",z", "11|seven,k"};
  const std::string look = "select _line, replace(_raw, chr(10), '/') from quarantine.t where _file = '";
  house.file("a.csv", text);
  house.file("b.csv", "\xEF\xBB\xBF" + text);
  house.file("c.csv.gz", gzipped(text));
  for (const char* name : {"a.csv", "b.csv", "c.csv.gz"}) {
    adds_up(load(name, schema));
    EXPECT_EQ(house.rows(look + name + "' order by _line"), lines) << name;
  }
  std::string windows;
  for (const char c : text) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
  house.file("d.csv", windows);
  adds_up(load("d.csv", schema));
  EXPECT_EQ(house.rows("select _line from quarantine.t where _file = 'd.csv' order by _line"), (Rows{"5", "6", "7", "9", "11"}));
}

TEST_F(Ingest, ARejectedLineIsNumberedWithTheBlankOnesBeforeIt) {
  house.file("a.ndjson", "{\"id\": 1}\n\n\nnonsense\n{\"id\": \"x\"}\n");
  adds_up(load("a.ndjson", {{"format", "ndjson"}, {"schema", {{"id", "BIGINT"}}}}));
  EXPECT_EQ(house.rows("select _line, _reason from quarantine.t order by _line"), (Rows{"4|not a JSON object", "5|not a BIGINT"}));
}

TEST_F(Ingest, TooManyRejectsPublishNothing) {
  house.file("a.csv", "id\n1\nx\ny\n");
  EXPECT_EQ(load("a.csv", {{"schema", {{"id", "BIGINT"}}}, {"reject_limit", 1}}).code(), "E5037");
  EXPECT_FALSE(house.has("raw.t"));
}

TEST_F(Ingest, AFileIsLoadedOnceAndAChangedOneIsAsTold) {
  house.file("in/a.csv", "id\n1\n2\n");
  adds_up(load("in/*.csv"));
  house.file("in/b.csv", "id\n3\n");
  EXPECT_EQ(load("in/*.csv").count("rows_out"), 1);
  EXPECT_EQ(load("in/*.csv").count("rows_out"), 0);
  EXPECT_EQ(house.rows("select count(*), sum(id) from raw.t"), Rows{"3|6"});
  house.file("in/a.csv", "id\n1\n2\n77\n");
  EXPECT_EQ(load("in/*.csv").code(), "E5031");
  EXPECT_EQ(load("in/*.csv", {{"on_change", "ignore"}}).count("rows_out"), 0);
}

TEST_F(Ingest, AFileThatArrivesAgainAsItWasIsNotNew) {
  for (const auto& [format, text] : {std::pair("csv", "id\n1\n2\n"), std::pair("ndjson", "{\"id\": 1}\n{\"id\": 2}\n")}) {
    const std::string name = std::string("in/a.") + format, into = std::string("raw.") + format;
    house.file(name, text);
    const auto again = [&] { return house.run("ingest.files", {{"from", name}, {"format", format}, {"into", into}, {"schema", {{"id", "BIGINT"}}}}); };
    EXPECT_EQ(again().count("rows_out"), 2);
    std::filesystem::last_write_time(house.file(name, text), std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    EXPECT_EQ(again().count("rows_out"), 0) << "only its time is another";
    std::string other = text;
    other[other.find('2')] = '3';
    std::filesystem::last_write_time(house.file(name, other), std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    EXPECT_EQ(again().code(), "E5031") << "as long as before, with other bytes";
  }
}

// Avro 1.11.1, "Object Container Files": a magic, a map of the schema and codec, a mark, one block of records, the mark again.
std::string avro(const std::string& schema, const std::string& block, int records) {
  const auto number = [](int64_t value) {  // zigzag, seven bits a byte
    std::string bytes;
    for (auto left = static_cast<uint64_t>(value) << 1; ; left >>= 7) {
      bytes += static_cast<char>((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
      if (left <= 0x7F) return bytes;
    }
  };
  const auto text = [&](const std::string& value) { return number(static_cast<int64_t>(value.size())) + value; };
  const std::string mark(16, 'm');
  return "Obj\x01" + number(2) + text("avro.schema") + text(schema) + text("avro.codec") + text("null") + number(0) + mark + number(records) + text(block) + mark;
}

TEST_F(Ingest, AvroHasItsTypes) {
  house.file("a.avro", avro(R"({"type": "record", "name": "r", "fields": [{"name": "id", "type": "long"}, {"name": "item", "type": "string"}]})", std::string("\x02\x06tea\x04\x06") + "cup", 2));
  const auto ran = house.run("ingest.files", {{"from", "a.avro"}, {"format", "avro"}, {"into", "raw.t"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, item, typeof(id) from raw.t order by id"), (Rows{"1|tea|BIGINT", "2|cup|BIGINT"}));
  house.file("b.avro", "Obj\x01 and nothing more");
  EXPECT_EQ(house.run("ingest.files", {{"from", "b.avro"}, {"format", "avro"}, {"into", "raw.u"}}).code(), "E5044");
}

TEST_F(Ingest, ASheetOfExcelHasItsTypesAndRowsThatDoNotFitAreSetApart) {
  {
    mr::data::SessionOptions options;
    options.extensions = {"excel"};
    mr::data::Session session(options);
    session.run("COPY (SELECT * FROM (VALUES (1, 'tea', DATE '2026-11-01', 2.5), (2, 'cup', DATE '2026-11-02', NULL)) t(id, item, day, price)) TO '" + house.folder().string() + "/a.xlsx' (FORMAT xlsx, HEADER true)");
    session.run("COPY (SELECT * FROM (VALUES ('1'), ('x'), ('3')) t(id)) TO '" + house.folder().string() + "/b.xlsx' (FORMAT xlsx, HEADER true)");
  }
  const auto load = [&](const std::string& name, const Json& schema) { return house.run("ingest.files", {{"from", name}, {"format", "excel"}, {"into", "raw.t"}, {"schema", schema}, {"mode", "replace"}}); };
  auto ran = load("a.xlsx", {{"id", "BIGINT"}, {"item", "VARCHAR"}, {"day", "DATE"}, {"price", "DECIMAL(10,2)"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id, item, day, price from raw.t order by id"), (Rows{"1|tea|2026-11-01|2.50", "2|cup|2026-11-02|∅"}));
  ran = load("b.xlsx", {{"id", "BIGINT"}});
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Rows{"1", "3"}));
  EXPECT_EQ(house.rows("select _line, _reason from quarantine.t"), (Rows{"3|not a BIGINT"}));
  EXPECT_EQ(house.run("ingest.files", {{"from", "b.xlsx"}, {"format", "excel"}, {"sheet", "nowhere"}, {"into", "raw.u"}}).code(), "E5044");
  house.file("c.xlsx", "no spreadsheet");
  EXPECT_EQ(house.run("ingest.files", {{"from", "c.xlsx"}, {"format", "excel"}, {"into", "raw.u"}}).code(), "E5044");
}

TEST_F(Ingest, EmptyFilesAndHeadersOnlyAreNoRows) {
  house.file("in/a.csv", "id,name\n1,x\n");
  house.file("in/b.csv", "id,name\n");
  const auto ran = load("in/*.csv");
  adds_up(ran);
  EXPECT_EQ(ran.count("rows_out"), 1);
}

TEST_F(Ingest, GzipIsReadAndACutOneIsNamed) {
  const auto whole = gzipped("id\n" + std::string(2000, '7') + "\n8\n");
  house.file("a.csv.gz", whole);
  EXPECT_EQ(load("a.csv.gz", {{"schema", {{"id", "VARCHAR"}}}}).count("rows_out"), 2);
  house.file("b.csv.gz", whole.substr(0, whole.size() / 2));
  const auto cut = load("b.csv.gz", {{"schema", {{"id", "VARCHAR"}}}});
  EXPECT_EQ(cut.code(), "E5034");
  EXPECT_NE(cut.failure.dump().find("b.csv.gz"), std::string::npos);
  EXPECT_EQ(house.rows("select count(*) from raw.t"), Rows{"2"});
}

TEST_F(Ingest, Latin1IsReadWhenToldAndRefusedWhenNot) {
  house.file("a.csv", "name\nZo\xEB\n");
  EXPECT_EQ(load("a.csv").code(), "E5035");
  adds_up(load("a.csv", {{"encoding", "latin-1"}}));
  EXPECT_EQ(house.rows("select name from raw.t"), Rows{"Zoë"});
}

TEST_F(Ingest, JsonKeepsNestedValues) {
  house.file("a.ndjson", "{\"id\": 1, \"tags\": [\"a\", null], \"who\": {\"name\": \"Zoë\", \"age\": 3}}\n{\"id\": 2, \"tags\": [], \"who\": null}\n");
  const auto ran = load("a.ndjson", {{"format", "ndjson"}, {"schema", {{"id", "BIGINT"}, {"tags", "VARCHAR[]"}, {"who", "STRUCT(name VARCHAR, age INTEGER)"}}}});
  adds_up(ran);
  EXPECT_EQ(house.rows("select id, len(tags), who.name, who.age from raw.t order by id"), (Rows{"1|2|Zoë|3", "2|0|∅|∅"}));
}

TEST_F(Ingest, AFileThatIsNotOfItsFormatIsNamed) {
  house.file("in/a.json", "[{\"id\": 1}]");
  house.file("in/b.json", "[{\"id\": 2}, {\"id\": secret-7");
  house.file("c.parquet", "PAR1 and no more");
  auto ran = load("in/*.json", {{"format", "json"}, {"schema", {{"id", "BIGINT"}}}});
  EXPECT_EQ(ran.code(), "E5044") << ran.failure;
  EXPECT_EQ(ran.failure["where"], "in/b.json");
  EXPECT_EQ((ran.failure.dump() + ran.log).find("secret-7"), std::string::npos);
  ran = load("c.parquet", {{"format", "parquet"}});
  EXPECT_EQ(ran.code(), "E5044") << ran.failure;
  EXPECT_EQ(ran.failure["where"], "c.parquet");
  EXPECT_FALSE(house.has("raw.t"));
}

TEST_F(Ingest, AFolderWithoutFilesAndAMissingFileAreDifferentThings) {
  std::filesystem::create_directories(house.folder() / "empty");
  EXPECT_EQ(load("empty/*.csv").outcome, MR_SUCCEEDED);
  EXPECT_EQ(load("none.csv").code(), "E5030");
}

// Small files are read hundreds at a time; what is odd about one must show in it alone.
TEST_F(Ingest, AmongManySmallFilesEachIsCountedAndOddOnesAreNamed) {
  for (int i = 0; i < 60; ++i) house.file("in/f" + std::to_string(100 + i) + ".csv", "id,name\n" + std::to_string(i) + ",\"two\nlines\"\n");
  house.file("in/f110.csv", "name,id\nZoë 🦊,10\n");                // the same columns, another order
  house.file("in/f120.csv", "id,name\r\n20,x\r\n");                // other line ends
  house.file("in/f130.csv", "id,name\n30,x\nthirty,y\n31,z,more\n");  // two rejects
  house.file("in/f140.csv", "id,name\n");                            // no row
  const auto ran = load("in/*.csv", {{"schema", {{"id", "BIGINT"}, {"name", "VARCHAR"}}}});
  adds_up(ran);
  EXPECT_EQ(ran.count("rows_in"), 61);
  EXPECT_EQ(ran.count("rows_rejected"), 2);
  ASSERT_EQ(ran.output["files"].size(), 60u);
  for (int i = 0; i < 60; ++i) {
    const auto& one = ran.output["files"][static_cast<size_t>(i)];
    EXPECT_EQ(one["file"], "in/f" + std::to_string(100 + i) + ".csv");
    EXPECT_EQ(one["rows_read"], i == 30 ? 3 : i == 40 ? 0 : 1) << one;
    EXPECT_EQ(one["rows_rejected"], i == 30 ? 2 : 0) << one;
  }
  EXPECT_EQ(house.rows("select count(distinct id), sum(id), count(*) filter (name = 'two' || chr(10) || 'lines') from raw.t"), Rows{"59|1730|56"});
  EXPECT_EQ(house.rows("select id from raw.t where name = 'Zoë 🦊'"), Rows{"10"});
  EXPECT_EQ(house.rows("select distinct _file from quarantine.t"), Rows{"in/f130.csv"});
  EXPECT_EQ(load("in/*.csv").count("rows_in"), 0) << "each of them has its position";
}

TEST_F(Ingest, ADriftedOneAmongManySmallFilesIsNamedAndNothingIsLoaded) {
  for (int i = 0; i < 20; ++i) house.file("in/f" + std::to_string(100 + i) + ".csv", "id\n1\n");
  house.file("in/f110.csv", "number\n1\n");
  const auto ran = load("in/*.csv", {{"schema", {{"id", "BIGINT"}}}});
  EXPECT_EQ(ran.code(), "E5033");
  EXPECT_EQ(ran.failure["where"], "in/f110.csv");
  EXPECT_FALSE(house.has("raw.t"));
}

TEST_F(Ingest, ManySmallFilesOfLinesAreCountedEach) {
  for (int i = 0; i < 20; ++i) {
    const auto name = std::to_string(100 + i), id = std::to_string(i);
    house.file("json/" + name, "{\"id\": " + id + ", \"name\": \"Zoë\"}\n\n{\"id\": null}\n");
    house.file("logs/" + name, "10.0.0." + id + " - - [21/Nov/2026:10:00:00 +0100] \"GET / HTTP/1.1\" 200 - \"-\" \"x\"\n");
  }
  house.file("json/110", "{\"id\": 10}\n[10]\n{\"id\": \"ten\"}\n");
  house.file("logs/110", "nonsense\n");
  auto ran = load("json/*", {{"format", "ndjson"}, {"schema", {{"id", "BIGINT"}, {"name", "VARCHAR"}}}});
  adds_up(ran);
  EXPECT_EQ(ran.count("rows_in"), 41);
  EXPECT_EQ(house.rows("select count(*), sum(id), count(name) from raw.t"), Rows{"39|190|19"});
  EXPECT_EQ(house.rows("select _file, _reason from quarantine.t order by _reason"), (Rows{"json/110|not a BIGINT", "json/110|not a JSON object"}));
  ran = load("logs/*", {{"format", "combined_log"}, {"into", "raw.log"}});
  adds_up(ran);
  EXPECT_EQ(ran.count("rows_rejected"), 1);
  EXPECT_EQ(house.rows("select count(distinct host), min(time) from raw.log"), Rows{"19|2026-11-21 09:00:00"});
}

TEST_F(Ingest, ManySmallArraysAreCountedEachAndAWrongOneIsNamed) {
  const Json json = {{"format", "json"}, {"schema", {{"id", "BIGINT"}}}};
  for (int i = 0; i < 20; ++i) house.file("in/" + std::to_string(100 + i) + ".json", "[{\"id\": " + std::to_string(i) + "},\n {\"id\": null}]");
  house.file("in/110.json", "[{\"id\": 10}, {\"id\": 11}, {\"id\": \"ten\"}]");
  house.file("in/111.json", "{\"id\": 111}\n");  // lines among arrays
  house.file("in/112.json", "[]");
  auto ran = load("in/*.json", json);
  adds_up(ran);
  EXPECT_EQ(ran.count("rows_in"), 38);
  EXPECT_EQ(ran.output["files"][10]["rows_rejected"], 1);
  EXPECT_EQ(ran.output["files"][12]["rows_read"], 0);
  EXPECT_EQ(house.rows("select sum(id), count(*) from raw.t"), Rows{"289|37"});
  EXPECT_EQ(house.rows("select _file, _line, _column from quarantine.t"), Rows{"in/110.json|3|id"}) << "which of its elements";
  house.file("in/130.json", "[{\"id\": 1}, {\"id\" 2}]");
  house.file("in/131.json", "[{\"id\": 1}]");
  ran = load("in/13*.json", json);
  EXPECT_EQ(ran.code(), "E5044");
  EXPECT_EQ(ran.failure["where"], "in/130.json");
}

TEST_F(Ingest, ALineOfJsonThatIsTooLongIsOneReject) {
  house.file("a.ndjson", "{\"id\": 1}\n{\"id\": 2, \"text\": \"" + std::string(size_t{20} << 20, 'x') + "\"}\n{\"id\": 3}\n");
  adds_up(load("a.ndjson", {{"format", "ndjson"}, {"schema", {{"id", "BIGINT"}}}}));
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Rows{"1", "3"}));
  EXPECT_EQ(house.rows("select _line, _reason from quarantine.t"), Rows{"2|LINE LONGER THAN 16 MIB"});
}

TEST_F(Ingest, AParquetFileWhoseColumnsOrTypesDifferIsNamedAndNothingIsLoaded) {
  const auto write = [&](const std::string& name, const std::string& select) {
    std::filesystem::create_directories(house.folder() / "in");
    mr::data::Session({}).run("COPY (" + select + ") TO '" + (house.folder() / "in" / name).string() + "' (FORMAT parquet)");
  };
  write("a.parquet", "SELECT 1::BIGINT AS id, 'x' AS name");
  for (const char* other : {"SELECT 2::BIGINT AS id", "SELECT 2::BIGINT AS id, 'y' AS name, 3 AS more", "SELECT 'two' AS id, 'y' AS name"}) {
    write("b.parquet", other);
    const auto ran = load("in/*.parquet", {{"format", "parquet"}});
    EXPECT_TRUE(ran.code() == "E5033" || ran.code() == "E5044") << ran.failure;
    EXPECT_EQ(ran.failure["where"], "in/b.parquet") << other;
    EXPECT_FALSE(house.has("raw.t"));
  }
  write("b.parquet", "SELECT 'y' AS name, 2::INTEGER AS id");
  EXPECT_EQ(load("in/*.parquet", {{"format", "parquet"}}).count("rows_out"), 2) << "another order, and a type that fits";
}

TEST_F(Ingest, ANameThatLooksLikeAPatternIsAName) {
  house.file("in/a[1].csv", "id\n1\n");
  house.file("in/a1.csv", "id\n2\n");
  house.file("in/a*.csv", "id\n3\n");
  EXPECT_EQ(load("in/a[1].csv").count("rows_out"), 1);
  EXPECT_EQ(house.rows("select id from raw.t"), Rows{"1"});
  EXPECT_EQ(load("in/*.csv").count("rows_out"), 2);
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Rows{"1", "2", "3"}));
}

// Types and rules are SQL of others: they reach the landed files and nothing else.
TEST_F(Ingest, SqlHiddenInATypeOrARuleReachesNoOtherFile) {
  house.file("a.csv", "id\n1\n");
  const auto other = house.file("secret.txt", "hunter2\n");
  house.checks = Json::array({{{"rules", "Rules = [ IsComplete \"id\" where \"(select count(*) from read_text('" + other + "')) = 1\" ]"}, {"on_fail", "fail"}}});
  EXPECT_EQ(load("a.csv").code(), "E5022");
  house.checks = Json::array();
  EXPECT_EQ(load("a.csv", {{"schema", {{"id", "VARCHAR DEFAULT (select content from read_text('" + other + "'))"}}}}).code(), "E5004");
  EXPECT_FALSE(house.has("raw.t"));
  EXPECT_EQ(load("a.csv").outcome, MR_SUCCEEDED);
}

TEST_F(Ingest, ADatabaseFileThatIsMissingIsNamed) {
  const auto ran = house.run("ingest.sql", {{"connection", {{"type", "sqlite"}, {"path", "none.db"}}}, {"table", "t"}, {"into", "raw.t"}});
  EXPECT_EQ(ran.code(), "E5030");
  EXPECT_EQ(house.run("ingest.sql", {{"connection", {{"type", "oracle"}}}, {"table", "t"}, {"into", "raw.t"}}).code(), "E5039");
}

}  // namespace
