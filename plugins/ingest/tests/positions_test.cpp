// Sources of very many files: each file is loaded once, and what is kept of them has a bound (core/doc/decisions/0036).
#include "ingest/positions.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <set>

#include "data/testing.hpp"

namespace {

using mr::Json;
using mr::data::Facts;
using mr::ingest::LandedFile;
using mr::ingest::Positions;

constexpr int64_t kNever = INT64_MAX;
const std::string kSource = "ingest.files:raw.t";

LandedFile file(const std::string& key, int64_t changed) { return {.path = "/in/" + key, .key = key, .identity = {.size = 7, .mtime_ns = changed}, .changed_ns = changed, .seen = {}, .readable = {}}; }

// What the catalog would have.
class Source {
 public:
  Facts facts() const {
    Json positions = Json::array();
    for (const auto& [key, value] : values_) positions.push_back({{"source", kSource}, {"key", key}, {"value", value}});
    return {Json{{"positions", std::move(positions)}}};
  }
  void take(const Json& moves) {
    for (const auto& move : moves) {
      const auto key = move.at("key").get<std::string>();
      const auto known = values_.find(key);
      ASSERT_EQ(known == values_.end() ? Json() : known->second, move.at("expected")) << move;
      if (move.at("value").is_null()) values_.erase(known);
      else values_[key] = move.at("value");
    }
  }
  void load(const std::vector<LandedFile>& files) {
    for (const auto& one : files) take(Json::array({{{"key", one.key}, {"expected", one.seen}, {"value", mr::ingest::to_json(one.identity)}}}));
  }
  size_t size() const { return values_.size(); }
  Json of(const std::string& key) const { return values_.contains(key) ? values_.at(key) : Json(); }

 private:
  std::map<std::string, Json> values_{};
};

// A run over all these files: those that it loads.
std::vector<LandedFile> run(Source& source, std::vector<LandedFile> there, int64_t most = 50'000) {
  const auto facts = source.facts();
  const Positions positions(facts, kSource);
  positions.look_up(there);
  std::erase_if(there, [&](const LandedFile& one) { return positions.is_behind_mark(one) || !one.seen.is_null(); });
  auto [now, later] = mr::ingest::earliest(std::move(there), most, std::nullopt);
  int64_t waiting = kNever;
  for (const auto& one : later) waiting = std::min(waiting, one.changed_ns);
  source.take(positions.forget(now, waiting));
  source.load(now);
  return now;
}

TEST(ManyFiles, FourHundredThousandAreLoadedOnceEachAndAHundredThousandAreKept) {
  std::vector<LandedFile> there;
  std::vector<int64_t> times(400'000);
  for (size_t i = 0; i < times.size(); ++i) times[i] = 1'000 + static_cast<int64_t>(i) / 3;  // some are of one time
  std::mt19937 random(7);
  std::shuffle(times.begin(), times.end(), random);
  for (size_t i = 0; i < times.size(); ++i) there.push_back(file("in/" + std::to_string(i), times[i]));  // names have another order
  Source source;
  std::set<std::string> loaded;
  for (int round = 0; round < 8; ++round) {
    for (const auto& one : run(source, there)) EXPECT_TRUE(loaded.insert(one.key).second) << one.key << " is loaded twice";
    EXPECT_LE(source.size(), 100'000 + 50'000 + 1U);
  }
  EXPECT_EQ(loaded.size(), times.size());
  EXPECT_TRUE(run(source, there).empty());
  there.push_back(file("in/late", 200'000));
  ASSERT_EQ(run(source, there).size(), 1U);
  EXPECT_LE(source.size(), 100'001U) << "those and the mark";
  EXPECT_EQ(source.of("/")["files"], 300'001);
}

TEST(ManyFiles, TheMarkStaysBeforeWhatWaits) {
  Source source;
  std::vector<LandedFile> there;
  for (int i = 0; i < 100'000; ++i) there.push_back(file(std::to_string(i), 1'000 + i));
  ASSERT_EQ(run(source, there).size(), 50'000U);
  ASSERT_EQ(run(source, there).size(), 50'000U);
  const auto facts = source.facts();
  const Positions positions(facts, kSource);
  const std::vector<LandedFile> coming{file("new-1", 300'000), file("new-2", 300'001), file("new-3", 300'002)};
  const auto moves = positions.forget(coming, 1'002);  // one of that time is not finished
  ASSERT_EQ(moves.size(), 3U) << "two are forgotten, though three come";
  EXPECT_EQ(moves[0]["key"], "0");
  EXPECT_EQ(moves[1]["key"], "1");
  EXPECT_EQ(moves[2], (Json{{"source", kSource}, {"key", "/"}, {"expected", nullptr}, {"value", {{"until_ns", 1'001}, {"files", 2}}}}));
  EXPECT_EQ(positions.forget(coming, 1'000).size(), 0U);
  EXPECT_EQ(positions.forget({file("new", 1)}, kNever).size(), 2U);
}

TEST(ManyFiles, WhatIsLoadedAgainInTheSameCommitIsNotForgotten) {
  Source source;
  std::vector<LandedFile> there;
  for (int i = 0; i < 100'000; ++i) there.push_back(file(std::to_string(i), 1'000 + i));
  run(source, there);
  run(source, there);
  const auto facts = source.facts();
  const Positions positions(facts, kSource);
  std::vector<LandedFile> coming{file("0", 900'000), file("new", 900'001)};
  positions.look_up(coming);
  const auto moves = positions.forget(coming, kNever);
  ASSERT_EQ(moves.size(), 2U);
  EXPECT_EQ(moves[0]["key"], "1");
}

TEST(ManyFiles, AFileBehindTheMarkWasLoadedAndOneWithAPositionIsAskedForIt) {
  const Facts facts{Json{{"positions", {{{"source", kSource}, {"key", "/"}, {"value", {{"until_ns", 500}, {"files", 9}}}},
                                        {{"source", kSource}, {"key", "kept"}, {"value", {{"size", 7}, {"mtime_ns", 400}}}},
                                        {{"source", "ingest.files:raw.other"}, {"key", "other"}, {"value", {{"size", 7}, {"mtime_ns", 900}}}}}}}};
  const Positions positions(facts, kSource);
  std::vector<LandedFile> files{file("before", 499), file("at", 500), file("after", 501), file("kept", 400), file("other", 501), file("untold", 0)};
  positions.look_up(files);
  std::vector<bool> behind;
  for (const auto& one : files) behind.push_back(positions.is_behind_mark(one));
  EXPECT_EQ(behind, (std::vector<bool>{true, true, false, false, false, false}));
  EXPECT_TRUE(files[4].seen.is_null()) << "it is another source's";
  EXPECT_EQ(files[3].seen["mtime_ns"], 400);
}

// Of the operator itself.
class Marked : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text, int64_t seconds) {
    const auto path = house.file(name, text);
    std::filesystem::last_write_time(path, std::chrono::file_clock::from_sys(std::chrono::sys_seconds(std::chrono::seconds(seconds))));
  }
  mr::data::testing::Ran load(const Json& more = Json::object()) {
    Json config = {{"from", "in/*.csv"}, {"format", "csv"}, {"into", "raw.t"}, {"schema", {{"id", "BIGINT"}}}};
    config.update(more);
    return house.run("ingest.files", config);
  }
  std::vector<std::string> ids() const { return house.rows("select id from raw.t order by id"); }
  void mark(int64_t seconds) { house.set_position(kSource, "/", {{"until_ns", seconds * 1'000'000'000}, {"files", 300'000}}); }

  mr::data::testing::House house{MR_TEST_PLUGIN};
};

TEST_F(Marked, FilesAreTakenInTheOrderOfTheirChange) {
  write("in/a.csv", "id\n3\n", 3000);
  write("in/b.csv", "id\n1\n", 1000);
  write("in/c.csv", "id\n2\n", 2000);
  for (const auto& wanted : {std::vector<std::string>{"1"}, {"1", "2"}, {"1", "2", "3"}}) {
    ASSERT_EQ(load({{"max_files", 1}}).outcome, MR_SUCCEEDED);
    EXPECT_EQ(ids(), wanted);
  }
}

TEST_F(Marked, WhatIsBehindItIsCountedAndWhatIsAfterItIsLoaded) {
  mark(2000);
  write("in/a.csv", "id\n1\n", 1000);
  write("in/b.csv", "id\n2\n", 2000);
  write("in/c.csv", "id\n3\n", 2001);
  const auto ran = load();
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("files_behind_mark"), 2);
  EXPECT_EQ(ids(), std::vector<std::string>{"3"});
  EXPECT_EQ(load().count("rows_out"), 0);
}

TEST_F(Marked, AFileThatIsForgottenAndChangesTakesThePlaceOfItsRows) {
  const Json reload = {{"on_change", "reload"}};
  write("in/a.csv", "id\n1\n2\n", 1000);
  write("in/b.csv", "id\n5\n", 1500);
  ASSERT_EQ(load(reload).outcome, MR_SUCCEEDED);
  house.set_position(kSource, "in/a.csv", nullptr);
  mark(1000);
  EXPECT_EQ(load(reload).count("rows_out"), 0);
  write("in/a.csv", "id\n3\n", 2000);
  const auto ran = load(reload);
  ASSERT_EQ(ran.outcome, MR_SUCCEEDED) << ran.failure;
  EXPECT_EQ(ran.count("rows_replaced"), 2);
  EXPECT_EQ(ids(), (std::vector<std::string>{"3", "5"}));
}

}  // namespace
