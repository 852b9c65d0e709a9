// data.compact and data.verify as attempts see them.
#include <gtest/gtest.h>

#include <filesystem>

#include "data/testing.hpp"

namespace {

using mr::Json;
using Rows = std::vector<std::string>;
namespace fs = std::filesystem;

class Maintenance : public ::testing::Test {
 protected:
  mr::data::testing::Ran compact(const Json& more = Json::object()) {
    Json config = {{"dataset", "raw.t"}};
    config.update(more);
    return house.run("data.compact", config);
  }
  mr::data::testing::Ran verify() { return house.run("data.verify", {{"dataset", "raw.t"}}, {"raw.t"}); }
  Rows all() { return house.rows("select * from raw.t order by all"); }
  fs::path file(size_t number) { return house.data_root() / house.files_of("raw.t").at(number).at("path").get<std::string>(); }

  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(Maintenance, CompactingPutsSmallFilesTogetherAndKeepsEveryRow) {
  for (int i = 0; i < 7; ++i) house.append("raw.t", "select " + std::to_string(i) + " as id, 'Zoë 🦊' as text, cast(null as date) as day");
  const auto before = all();
  const auto ran = compact();
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("files_before"), 7);
  EXPECT_EQ(ran.count("files_after"), 1);
  EXPECT_EQ(ran.count("rows"), 7);
  EXPECT_EQ(house.files_of("raw.t").size(), 1U);
  EXPECT_EQ(all(), before);
  EXPECT_EQ(compact().count("files_before"), 0) << "a second time there is nothing to do";
}

TEST_F(Maintenance, PartitionsStayApartAlsoThatOfNull) {
  for (const char* day : {"date '2026-11-01'", "date '2026-11-02'", "cast(null as date)"}) {
    for (int i = 0; i < 3; ++i) house.append("raw.t", std::string("select ") + day + " as day, " + std::to_string(i) + " as n", {"day"});
  }
  const auto before = all();
  ASSERT_EQ(compact({{"sort_by", {"n"}}}).count("files_after"), 3);
  EXPECT_EQ(all(), before);
  std::vector<Json> partitions;
  for (const auto& one : house.files_of("raw.t")) partitions.push_back(one.at("partition").at("day"));
  std::sort(partitions.begin(), partitions.end());
  EXPECT_EQ(partitions, (std::vector<Json>{nullptr, "2026-11-01", "2026-11-02"}));
}

// An old file lacks a column, and another has a narrower type than the dataset has today.
TEST_F(Maintenance, FilesOfOlderSchemasAreReadAsTheDatasetIsToday) {
  house.append("raw.t", "select cast(1 as integer) as id");
  house.append("raw.t", "select cast(5000000000 as bigint) as id, 'x' as note");
  ASSERT_EQ(compact().outcome, MR_SUCCEEDED);
  EXPECT_EQ(all(), (Rows{"1|∅", "5000000000|x"}));
}

TEST_F(Maintenance, ADatasetThatIsNotThereIsNothingToDo) { EXPECT_EQ(compact().count("files_before"), 0); }

TEST_F(Maintenance, AWholeDatasetIsVerified) {
  house.append("raw.t", "select * from range(1000) t(n)");
  house.append("raw.t", "select 7 as n");
  const auto ran = verify();
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("files"), 2);
  EXPECT_EQ(ran.count("rows"), 1001);
}

TEST_F(Maintenance, FilesThatAreMissingCutOrDamagedAreNamed) {
  for (int i = 0; i < 3; ++i) house.append("raw.t", "select " + std::to_string(i) + " as n");
  fs::remove(file(0));
  fs::resize_file(file(1), fs::file_size(file(1)) - 1);
  {
    const auto size = static_cast<std::streamoff>(fs::file_size(file(2)));
    std::fstream damaged(file(2), std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(size - 4);
    damaged << "XXXX";
  }
  const auto ran = verify();
  EXPECT_EQ(ran.code(), "E5018");
  const std::string what = ran.failure.value("what", "");
  EXPECT_NE(what.find("3 of 3 files"), std::string::npos) << what;
  for (const char* word : {"is not there", "bytes instead of", "is damaged"}) EXPECT_NE(what.find(word), std::string::npos) << what;
}

TEST_F(Maintenance, CompactingDamagedFilesChangesNothing) {
  for (int i = 0; i < 3; ++i) house.append("raw.t", "select " + std::to_string(i) + " as n");
  fs::remove(file(1));
  const auto ran = compact();
  EXPECT_NE(ran.outcome, MR_SUCCEEDED);
  EXPECT_EQ(house.files_of("raw.t").size(), 3U);
}

}  // namespace
