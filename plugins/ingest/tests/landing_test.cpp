// ingest.files: which files are taken, and what becomes of those that change.
#include <gtest/gtest.h>

#include "common/digest.hpp"
#include "data/testing.hpp"
#include "ingest/landing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;
using mr::data::testing::Ran;

class Landing : public ::testing::Test {
 protected:
  Ran load(const std::string& from, const Json& more = Json::object()) {
    Json config = {{"from", from}, {"format", "csv"}, {"into", "raw.t"}, {"schema", {{"id", "BIGINT"}}}};
    config.update(more);
    auto ran = house.run("ingest.files", config);
    if (ran.outcome == MR_SUCCEEDED) {
      EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out") + ran.count("rows_rejected")) << ran.output;
    }
    return ran;
  }
  Ran reload(const std::string& from = "in/*.csv", const Json& more = Json::object()) {
    Json all = {{"on_change", "reload"}};
    all.update(more);
    return load(from, all);
  }
  void set_age(const std::string& name, std::chrono::seconds age) const { std::filesystem::last_write_time(house.folder() / name, std::filesystem::file_time_type::clock::now() - age); }

  mr::data::testing::House house{MR_TEST_PLUGIN};
};

std::string sha256(const std::string& text) {
  mr::digest::Digest digest("sha256");
  digest.add({text.data(), text.size()});
  return digest.hex();
}

TEST_F(Landing, AChangedFilesRowsAndRejectsTakeThePlaceOfItsFormerOnes) {
  house.file("in/a.csv", "id\n1\n2\nx\n");
  house.file("in/b.csv", "id\n3\ny\n");
  auto ran = reload();
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("files_reloaded"), 0);
  house.file("in/a.csv", "id\n1\n77\n78\nz\n");
  house.file("in/c.csv", "id\n5\n");
  ran = reload();
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("rows_in"), 5);
  EXPECT_EQ(ran.count("files_reloaded"), 1);
  EXPECT_EQ(ran.count("rows_replaced"), 2);
  EXPECT_EQ(house.rows("select id, _file from raw.t order by id"), (Rows{"1|in/a.csv", "3|in/b.csv", "5|in/c.csv", "77|in/a.csv", "78|in/a.csv"}));
  EXPECT_EQ(house.rows("select _file, _raw from quarantine.t order by 1"), (Rows{"in/a.csv|z", "in/b.csv|y"}));
  EXPECT_EQ(reload().count("rows_in"), 0) << "nothing has changed since";
}

TEST_F(Landing, AChangedFileMayHoldNothingAnyMore) {
  house.file("in/a.csv", "id\n1\nx\n");
  house.file("in/b.csv", "id\n2\n");
  ASSERT_EQ(reload().outcome, MR_SUCCEEDED);
  house.file("in/a.csv", "id\n");
  const auto ran = reload();
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("rows_replaced"), 1);
  EXPECT_EQ(house.rows("select id from raw.t"), Rows{"2"});
  EXPECT_EQ(house.rows("select count(*) from quarantine.t"), Rows{"0"});
}

TEST_F(Landing, FilesOfEachFormatAreReplaced) {
  for (const auto& [format, one, other] : {std::tuple("ndjson", "{\"id\": 1}\n{\"id\": \"x\"}\n", "{\"id\": 7}\n"), std::tuple("json", "[{\"id\": 1}, {\"id\": \"x\"}]", "[{\"id\": 7}]"),
                                           std::tuple("xml", "<r><o id='1'/><o id='x'/></r>", "<r><o id='7'/></r>")}) {
    const std::string name = std::string("in/a.") + format, into = std::string("raw.") + format;
    const Json more = {{"format", format}, {"into", into}, {"row", "o"}};
    house.file(name, one);
    ASSERT_EQ(reload(name, more).count("rows_rejected"), 1) << format;
    house.file(name, other);
    EXPECT_EQ(reload(name, more).count("rows_replaced"), 1) << format;
    EXPECT_EQ(house.rows("select id, _file from " + into), Rows{"7|" + name});
    EXPECT_EQ(house.rows(std::string("select count(*) from quarantine.") + format), Rows{"0"});
  }
}

TEST_F(Landing, WhatWasOnceKeptApartStaysSo) {
  house.file("in/a.csv", "id\n1\n");
  ASSERT_EQ(reload().outcome, MR_SUCCEEDED);
  house.file("in/b.csv", "id\n2\n");
  ASSERT_EQ(load("in/*.csv").count("rows_out"), 1) << "on_change is error again";
  EXPECT_EQ(house.rows("select _file from raw.t order by id"), (Rows{"in/a.csv", "in/b.csv"}));
  house.file("in/b.csv", "id\n22\n");
  EXPECT_EQ(load("in/*.csv").code(), "E5031");
  EXPECT_EQ(reload().count("rows_replaced"), 1);
}

TEST_F(Landing, RowsThatCanNotBeToldApartAreNotDoubled) {
  house.file("in/a.csv", "id\n1\n");
  ASSERT_EQ(load("in/*.csv").count("rows_out"), 1);
  house.file("in/a.csv", "id\n1\n2\n");
  const auto ran = reload();
  EXPECT_EQ(ran.code(), "E5067");
  EXPECT_EQ(ran.failure["where"], "in/a.csv");
  EXPECT_EQ(house.rows("select id from raw.t"), Rows{"1"});
  house.file("in2/a.csv", "id,_file\n1,x\n");
  EXPECT_EQ(reload("in2/*.csv", {{"into", "raw.u"}, {"schema", Json::object()}}).code(), "E5067");
  house.file(std::string("in3/") + std::string(240, 'n') + ".csv", "id\n1\n");
  EXPECT_EQ(reload("in3/*.csv", {{"into", "raw.v"}}).code(), "E5067");
}

TEST_F(Landing, ReplaceLeavesNoRejectsOfBefore) {
  house.file("a.csv", "id\n1\nx\n");
  house.file("b.csv", "id\n2\n");
  ASSERT_EQ(load("a.csv", {{"mode", "replace"}}).count("rows_rejected"), 1);
  ASSERT_EQ(house.rows("select count(*) from quarantine.t"), Rows{"1"});
  ASSERT_EQ(load("a.csv", {{"into", "clean.t"}}).count("rows_rejected"), 1);
  ASSERT_EQ(load("b.csv", {{"mode", "replace"}}).count("rows_out"), 1);
  EXPECT_EQ(house.rows("select _source from quarantine.t"), Rows{"clean.t"}) << "that of another dataset stays";
}

TEST_F(Landing, AFolderIsTakenWhenItsMarkerIsThere) {
  const Json rule = {{"finished", {{"success", "_SUCCESS"}}}};
  house.file("in/1/a.csv", "id\n1\n");
  house.file("in/1/_SUCCESS", "");
  house.file("in/2/a.csv", "id\n2\n");
  EXPECT_EQ(load("in/*/*", rule).count("rows_out"), 1);
  house.file("in/2/_SUCCESS", "");
  EXPECT_EQ(load("in/*/*", rule).count("rows_out"), 1);
  EXPECT_EQ(house.rows("select id from raw.t order by 1"), (Rows{"1", "2"}));
}

TEST_F(Landing, AManifestSaysWhichFilesThereAre) {
  const std::string a = "id\n1\n", b = "id\n2\n";
  house.file("in/a.csv", a);
  house.file("in/b.csv", b);
  house.file("in/c.csv", "id\n3\n");
  const Json rule = {{"finished", {{"manifest", "in/*.manifest"}}}};
  EXPECT_EQ(load("in/*", rule).count("rows_out"), 0) << "there is no manifest yet";
  house.file("in/1.manifest", sha256(a) + "  a.csv\n" + sha256(b) + " *b.csv\n");
  EXPECT_EQ(load("in/*", rule).count("rows_out"), 2);
  house.file("in/2.manifest", R"({"files": ["c.csv", {"path": "d.csv", "size": 5}]})");
  auto ran = load("in/*", rule);
  EXPECT_EQ(ran.code(), "E5065") << "d.csv is not there";
  EXPECT_EQ(ran.failure["where"], "in/2.manifest");
  house.file("in/d.csv", "id\n44\n");
  ran = load("in/*", rule);
  EXPECT_EQ(ran.code(), "E5066") << "a byte more";
  EXPECT_EQ(ran.failure["where"], "in/d.csv");
  house.file("in/d.csv", "id\n4\n");
  EXPECT_EQ(load("in/*", rule).count("rows_out"), 2);
  house.file("in/3.manifest", "{\"entries\": [{\"url\": \"e.csv\", \"mandatory\": true, \"meta\": {\"content_length\": 5}}]}");
  house.file("in/e.csv", "id\n5\n");
  EXPECT_EQ(load("in/*", rule).count("rows_out"), 1);
  house.file("in/f.csv", "id\n6\n");
  house.file("in/4.manifest", sha256("id\n7\n") + "  f.csv\n");
  EXPECT_EQ(load("in/*", rule).code(), "E5066") << "other bytes, as many";
  house.file("in/4.manifest", "{\"files\": [{\"name\": 1}]}");
  EXPECT_EQ(load("in/*", rule).code(), "E5065") << "it can't be read";
  EXPECT_EQ(house.rows("select id from raw.t order by 1"), (Rows{"1", "2", "3", "4", "5"}));
}

TEST_F(Landing, AFileMaySettle) {
  const Json rule = {{"finished", {{"settle", "30s"}}}};
  house.file("in/a.csv", "id\n1\n");
  set_age("in/a.csv", std::chrono::seconds(60));
  house.file("in/b.csv", "id\n2\n");
  EXPECT_EQ(load("in/*.csv", rule).count("rows_out"), 1);
  set_age("in/b.csv", std::chrono::seconds(31));
  EXPECT_EQ(load("in/*.csv", rule).count("rows_out"), 1);
}

TEST_F(Landing, FilesStillBeingWrittenAreLeftAlone) {
  for (const char* name : {"in/a.csv.tmp", "in/b.csv.part", "in/c.csv.crdownload", "in/.d.csv"}) house.file(name, "id\n1\n");
  EXPECT_EQ(load("in/*").count("rows_out"), 0);
  std::filesystem::rename(house.folder() / "in/a.csv.tmp", house.folder() / "in/a.csv");
  EXPECT_EQ(load("in/*").count("rows_out"), 1);
}

TEST_F(Landing, RulesThatMakeNoSenseAreNamed) {
  house.file("a.csv", "id\n1\n");
  for (const Json& bad : {Json("yes"), Json{{"success", "a/b"}}, Json{{"marker", "x"}}, Json{{"success", "x"}, {"settle", "1s"}}, Json{{"success", 1}}, Json{{"manifest", ""}}}) EXPECT_EQ(load("a.csv", {{"finished", bad}}).code(), "E5064") << bad;
  EXPECT_EQ(load("a.csv", {{"finished", {{"settle", "soon"}}}}).code(), "E4044");
  EXPECT_EQ(load("s3://b/a.csv", {{"finished", {{"settle", "30s"}}}}).code(), "E5064");
}

}  // namespace
