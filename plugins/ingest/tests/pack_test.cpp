// Each file of the data pack loads with the rows that it has, or is refused with a reason that names it.
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "data/testing.hpp"
#include "ingest/bytes.hpp"
#include "ingest/tests/slow_csv.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;
using mr::data::testing::House;
using mr::data::testing::Ran;

class Pack : public ::testing::Test {
 protected:
  // Lays a set of the pack out in the folder of Dags.
  bool lay_out(const std::string& set) const {
    const fs::path pack = fs::path(MR_TEST_SHARED) / "data/real-data.tar.zst";
    if (!fs::exists(pack)) return false;
    const std::string command = "tar --zstd -xf '" + pack.string() + "' -C '" + house.folder().string() + "' './" + set + "'";
    return std::system(command.c_str()) == 0;
  }

  std::vector<std::string> files(const std::string& set) const {
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(house.folder() / set)) {
      if (entry.is_regular_file()) found.insert(fs::relative(entry.path(), house.folder()).string());
    }
    return {found.begin(), found.end()};
  }

  // Loaded with counts that add up, or refused by a known code and the file's name.
  Ran load(const std::string& file, const std::string& format, const std::string& encoding = "detect") {
    const std::string into = "raw.f" + std::to_string(++number_);
    auto ran = house.run("ingest.files", {{"from", file}, {"format", format}, {"into", into}, {"encoding", encoding}});
    if (ran.outcome == MR_SUCCEEDED) {
      EXPECT_EQ(ran.count("rows_in"), ran.count("rows_out") + ran.count("rows_rejected")) << file;
    } else {
      EXPECT_EQ(ran.code().substr(0, 2), "E5") << file << ran.failure;
      EXPECT_EQ(ran.failure.value("where", ""), file) << ran.failure;
      EXPECT_FALSE(house.has(into)) << file;
    }
    return ran;
  }

  int64_t records(const std::string& file, char delimiter) const {
    const mr::ingest::LandedFile landed{.path = (house.folder() / file).string(), .key = file, .identity = {}, .seen = {}, .readable = {}};
    const auto text = mr::ingest::open_text(landed, "detect");
    return static_cast<int64_t>(mr::ingest::testing::Slow(mr::ingest::read_all(*text, size_t{64} << 20), delimiter).all().size());
  }

  House house{MR_TEST_PLUGIN};
  int number_ = 0;
};

#define NEED(set) \
  if (!lay_out(set)) GTEST_SKIP() << "no data pack beside the repository: " MR_TEST_SHARED

TEST_F(Pack, CsvOfManyDialects) {
  NEED("csv_dialects");
  int loaded = 0, refused = 0;
  for (const auto& file : files("csv_dialects/duckdb")) {
    const auto ran = load(file, file.find(".tsv") != std::string::npos ? "tsv" : "csv");
    ran.outcome == MR_SUCCEEDED ? ++loaded : ++refused;
    if (ran.outcome != MR_SUCCEEDED || ran.count("rows_in") == 0) continue;
    EXPECT_EQ(ran.count("rows_in") + 1, records(file, ran.output["dialect"]["delimiter"].get<std::string>()[0])) << file;
  }
  EXPECT_GT(loaded, 500) << refused << " were refused";
}

TEST_F(Pack, CsvSpectrumIsReadAsItSays) {
  NEED("csv_dialects");
  for (const auto& file : files("csv_dialects/csv-spectrum/csvs")) {
    const auto ran = load(file, "csv", "utf-8");
    ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << file << ran.failure;
    std::ifstream in(house.folder() / "csv_dialects/csv-spectrum/json" / (fs::path(file).stem().string() + ".json"));
    const auto expected = Json::parse(in);
    if (!expected.is_array()) continue;  // one is that of another file
    const auto dataset = ran.output["dataset"].get<std::string>();
    ASSERT_EQ(ran.count("rows_out"), static_cast<int64_t>(expected.size())) << file;
    for (const auto& row : expected) {
      std::string where = "true";  // the pack's files end lines by LF alone, and what is expected of them does not know
      for (const auto& [name, value] : row.items()) where += " and replace(coalesce(" + mr::data::ident(name) + "::varchar, ''), chr(13), '') = replace(" + mr::data::literal(value.get<std::string>()) + ", chr(13), '')";
      EXPECT_NE(house.rows("select count(*) from " + dataset + " where " + where)[0], "0") << file << row;
    }
  }
}

TEST_F(Pack, JsonThatIsNoneIsNeverTaken) {
  NEED("json_tests");
  for (const auto& file : files("json_tests")) {
    const auto name = fs::path(file).filename().string();
    if (!name.ends_with(".json")) continue;
    const auto ran = load(file, "json", "utf-8");
    // DuckDB takes a comma before a closing bracket for none: nothing is lost by that.
    if (name.starts_with("n_") && name != "n_object_trailing_comma.json" && ran.outcome == MR_SUCCEEDED) {
      EXPECT_EQ(ran.count("rows_out"), 0) << file;
    }
  }
}

TEST_F(Pack, ParquetOfAllKinds) {
  NEED("parquet");
  int loaded = 0;
  for (const auto& file : files("parquet")) {
    if (!file.ends_with(".parquet")) continue;
    loaded += load(file, "parquet").outcome == MR_SUCCEEDED ? 1 : 0;
  }
  EXPECT_GT(loaded, 50);
}

}  // namespace
