// ingest.files over tables of text: dialects, encodings, columns that change, and bad input of each kind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/testing.hpp"
#include "ingest/landing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;
using mr::data::testing::Ran;

class Tables : public ::testing::Test {
 protected:
  Ran load(const std::string& from, const Json& more = Json::object()) {
    Json config = {{"from", from}, {"format", "csv"}, {"into", "raw.t"}};
    config.update(more);
    auto ran = house.run("ingest.files", config);
    if (ran.outcome == MR_SUCCEEDED) {
      EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out") + ran.count("rows_rejected")) << ran.output;
    }
    return ran;
  }
  Rows rejects() const { return house.rows("select _line, _column, _reason from quarantine.t order by _line"); }
  mr::data::testing::House house{MR_TEST_PLUGIN};
};

std::string utf16(const std::string& ascii) {
  std::string out = "\xFF\xFE";
  for (const char c : ascii) out += std::string(1, c) + std::string(1, '\0');
  return out;
}

TEST_F(Tables, AHeaderThatCanNotNameColumnsIsRefusedWithItsFile) {
  house.file("a.csv", "id,name,ID\n1,x,2\n");
  house.file("b.csv", "id,,name\n1,x,2\n");
  for (const char* name : {"a.csv", "b.csv"}) {
    const auto ran = load(name);
    EXPECT_EQ(ran.code(), "E5061") << name;
    EXPECT_EQ(ran.failure["where"], name);
  }
  EXPECT_EQ(load("a.csv", {{"columns", {"id", "name", "id_again"}}}).count("rows_out"), 1);
  EXPECT_EQ(house.rows("select id, name, id_again from raw.t"), Rows{"1|x|2"});
}

TEST_F(Tables, ColumnsThatChangeInTheMiddleAreRejectsWithTheirLines) {
  house.file("a.csv", "id,name\n1,x\n2,y\n3,z,more\n4,z,more\n5\n6,w\n");
  EXPECT_EQ(load("a.csv").count("rows_out"), 3);
  EXPECT_EQ(rejects(), (Rows{"4|∅|TOO MANY COLUMNS", "5|∅|TOO MANY COLUMNS", "6|name|MISSING COLUMNS"}));
}

TEST_F(Tables, NulBytesAreRejectsAndShown) {
  house.file("a.csv", std::string("id,name\n1,a") + '\0' + "b\n2,y\n");
  EXPECT_EQ(load("a.csv", {{"schema", {{"id", "BIGINT"}, {"name", "VARCHAR"}}}}).count("rows_out"), 1);
  EXPECT_EQ(rejects(), Rows{"2|name|NUL BYTE"});
  EXPECT_EQ(house.rows("select _raw from quarantine.t"), Rows{"1,a␀b"});
}

TEST_F(Tables, ALineOf3GbIsOneReject) {
  const auto path = house.file("a.csv", "id\n1\n");
  ASSERT_EQ(::truncate(path.c_str(), int64_t{3} << 30), 0);  // a hole: nothing but NUL bytes, and no line break
  {
    std::ofstream out(path, std::ios::binary | std::ios::app);
    out << "\n2\n";
  }
  EXPECT_EQ(load("a.csv", {{"schema", {{"id", "BIGINT"}}}}).count("rows_in"), 3);
  EXPECT_EQ(house.rows("select id from raw.t order by id"), (Rows{"1", "2"}));
  EXPECT_EQ(rejects(), Rows{"3|∅|LINE LONGER THAN 16 MIB"});
}

TEST_F(Tables, ThousandsSeparatorsAreNoNumbers) {
  house.file("a.csv", "id,price\n1,\"1,234.50\"\n2,1234.50\n");
  EXPECT_EQ(load("a.csv", {{"schema", {{"id", "BIGINT"}, {"price", "DECIMAL(10,2)"}}}}).count("rows_rejected"), 1);
  EXPECT_EQ(rejects(), (Rows{"2|price|not a DECIMAL(10,2)"}));
}

TEST_F(Tables, DatesInThreeFormsStayTextUnlessOneIsNamed) {
  house.file("a.csv", "id,day\n1,2026-11-21\n2,21.11.2026\n3,11/21/2026\n");
  EXPECT_EQ(load("a.csv").count("rows_out"), 3);
  EXPECT_EQ(house.type_of("raw.t", "day"), "VARCHAR");
  house.file("b.csv", "id,day\n1,2026-11-21\n2,21.11.2026\n3,11/21/2026\n");
  EXPECT_EQ(load("b.csv", {{"into", "raw.u"}, {"schema", {{"id", "BIGINT"}, {"day", "DATE"}}}, {"formats", {{"day", "%d.%m.%Y"}}}}).count("rows_rejected"), 2);
  EXPECT_EQ(house.rows("select id, day from raw.u"), Rows{"2|2026-11-21"});
}

TEST_F(Tables, EncodingsAreToldOrFoundOut) {
  house.file("a.csv", utf16("id,name\r\n1,x\r\n"));
  house.file("b.csv", "id,name\n2,Zo\xEB \x80\n");
  EXPECT_EQ(load("a.csv").count("rows_out"), 1) << "its byte order mark says it";
  EXPECT_EQ(load("b.csv").code(), "E5035");
  EXPECT_EQ(load("b.csv", {{"encoding", "windows-1252"}}).count("rows_out"), 1);
  EXPECT_EQ(house.rows("select id, name from raw.t order by id"), (Rows{"1|x", "2|Zoë €"}));
  house.file("c.csv", "id,name\n3,Zo\xEB\n");
  EXPECT_EQ(load("c.csv", {{"encoding", "detect"}}).count("rows_out"), 1);
}

TEST_F(Tables, TheDelimiterIsFoundOutKeptAndShown) {
  house.file("in/a.csv", "id;name\n1;a\n2;b\n");
  const auto ran = load("in/*.csv");
  EXPECT_EQ(ran.output["dialect"]["delimiter"], ";");
  EXPECT_EQ(ran.output["dialect"]["types"]["id"], "BIGINT");
  house.file("in/b.csv", "id;name\n3;\"x, y\"\n");
  const auto more = load("in/*.csv");
  EXPECT_EQ(more.count("rows_out"), 1) << more.failure;
  EXPECT_FALSE(more.output.contains("dialect")) << "nothing new was found out";
  EXPECT_EQ(house.rows("select id, name from raw.t order by id"), (Rows{"1|a", "2|b", "3|x, y"}));
}

TEST_F(Tables, ColumnsEvolveAsThePolicySays) {
  house.file("a.csv", "id,n\n1,7\n");
  EXPECT_EQ(load("a.csv", {{"schema", {{"id", "INTEGER"}, {"n", "INTEGER"}}}}).outcome, MR_SUCCEEDED);
  house.file("b.csv", "id,extra\n2,2026-11-21\n");
  const auto drifted = load("b.csv");
  EXPECT_EQ(drifted.code(), "E5033");
  EXPECT_NE(drifted.failure.dump().find("missing n new extra"), std::string::npos) << drifted.failure;
  EXPECT_EQ(load("b.csv", {{"evolve", "add"}}).count("rows_out"), 1);
  EXPECT_EQ(house.rows("select id, n, extra from raw.t order by id"), (Rows{"1|7|∅", "2|∅|2026-11-21"}));
  house.file("c.csv", "id,n,extra\n3000000000,1,2026-11-22\n");
  EXPECT_EQ(load("c.csv", {{"evolve", "add"}}).count("rows_rejected"), 1);
  house.file("d.csv", "id,n,extra\n3000000000,1,2026-11-22\n");
  EXPECT_EQ(load("d.csv", {{"evolve", "widen"}}).count("rows_out"), 1);
  EXPECT_EQ(house.type_of("raw.t", "id"), "BIGINT");
}

TEST_F(Tables, RejectsAreLimitedByNumberAndByShare) {
  house.file("a.csv", "id\n1\n2\n3\nx\n");
  const Json schema = {{"id", "BIGINT"}};
  EXPECT_EQ(load("a.csv", {{"schema", schema}, {"reject_limit", "20%"}}).code(), "E5037");
  EXPECT_FALSE(house.has("raw.t"));
  EXPECT_TRUE(!std::filesystem::exists(house.data_root() / "raw/t") || std::filesystem::is_empty(house.data_root() / "raw/t")) << "what was staged is gone";
  for (const Json& bad : {Json("many"), Json(-1), Json("200%"), Json(1.5)}) EXPECT_EQ(load("a.csv", {{"reject_limit", bad}}).code(), "E5063") << bad;
  EXPECT_EQ(load("a.csv", {{"schema", schema}, {"reject_limit", "25%"}}).count("rows_out"), 3);
}

TEST_F(Tables, ARunTakesNoMoreThanItIsAllowed) {
  for (const char* name : {"in/a.csv", "in/b.csv", "in/c.csv"}) house.file(name, "id\n1\n");
  EXPECT_EQ(load("in/*.csv", {{"max_bytes", 11}}).count("rows_out"), 2);
  EXPECT_EQ(load("in/*.csv", {{"max_bytes", 1}}).count("rows_out"), 1) << "always one";
}

TEST_F(Tables, ColumnsByWidth) {
  house.file("a.txt", "stock of today\nA1 Zoë  12\nB2 two    \n");
  const Json fixed = {{"format", "fixed_width"}, {"widths", {3, 5, 3}}, {"columns", {"sku", "name", "pieces"}}, {"skip", 1}, {"schema", {{"sku", "VARCHAR"}, {"name", "VARCHAR"}, {"pieces", "INTEGER"}}}};
  EXPECT_EQ(load("a.txt", fixed).count("rows_out"), 2);
  EXPECT_EQ(house.rows("select sku, name, pieces from raw.t order by sku"), (Rows{"A1|Zoë|12", "B2|two|∅"}));
  EXPECT_EQ(load("a.txt", {{"format", "fixed_width"}}).code(), "E5062");
}

TEST_F(Tables, LogsOfWebServers) {
  house.file("a.log", "h - - [21/Nov/2026:10:00:00 +0100] \"GET / HTTP/1.1\" 200 17\nnonsense\n");
  EXPECT_EQ(load("a.log", {{"format", "common_log"}}).count("rows_rejected"), 1);
  EXPECT_EQ(house.rows("select host, time, status, bytes from raw.t"), Rows{"h|2026-11-21 09:00:00|200|17"});
  house.file("b.log", "#Version: 1.0\n#Fields: date time cs-method sc-status\n2026-11-21 10:00:00 GET 200\n2026-11-21 10:00:01 GET -\n");
  EXPECT_EQ(load("b.log", {{"format", "w3c_log"}, {"into", "raw.w"}}).count("rows_out"), 2);
  EXPECT_EQ(house.rows("select \"cs-method\", \"sc-status\", \"date\" from raw.w order by 2"), (Rows{"GET|200|2026-11-21", "GET|∅|2026-11-21"}));
}

TEST_F(Tables, WithoutAHeaderColumnsAreNamedByPlaceOrByTheConfig) {
  house.file("a.csv", "1,x\n2,y\n");
  EXPECT_EQ(load("a.csv", {{"header", false}}).count("rows_out"), 2);
  EXPECT_EQ(house.rows("select column0, column1 from raw.t order by 1"), (Rows{"1|x", "2|y"}));
  EXPECT_EQ(load("a.csv", {{"header", false}, {"into", "raw.u"}, {"columns", {"id", "name"}}, {"schema", {{"name", "VARCHAR"}, {"id", "SMALLINT"}}}}).count("rows_out"), 2);
  EXPECT_EQ(house.rows("select id, name from raw.u order by 1"), (Rows{"1|x", "2|y"}));
}

// The owner of the tests may be root, whom no permission stops: another user looks.
TEST_F(Tables, AFolderWithoutPermissionIsAnErrorAndNotEmpty) {
  const auto path = std::filesystem::temp_directory_path() / ("millrace-closed-" + std::to_string(::getpid()));
  std::filesystem::create_directories(path);
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  const auto look = [&] {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(3);
    try {
      (void)mr::ingest::find_files(mr::data::Facts{Json{{"folder", "/"}}}, {path.string() + "/*.csv"});
    } catch (const mr::Failure& failure) {
      ::_exit(failure.code == "E5030" ? 0 : 2);
    }
    ::_exit(1);
  };
  EXPECT_EXIT(look(), ::testing::ExitedWithCode(0), "");
  std::filesystem::remove(path);
}

}  // namespace
