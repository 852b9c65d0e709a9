// Data docs: what their pages tell of runs, what they keep to themselves, and what lies in their
// folder.
#include "quality/docs/folder.hpp"
#include "quality/docs/pages.hpp"
#include "quality/validate.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace mr::quality::docs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kPeople =
    "SELECT * FROM (VALUES (1, 'Zoë', 10), (2, 'secret<b>', 20), (2, NULL, 7777)) v(id, name, "
    "price)";

struct Folder {
  fs::path path = fs::temp_directory_path() / ("mr_docs_" + std::to_string(::getpid()));

  Folder() { fs::remove_all(path); }

  ~Folder() { fs::remove_all(path); }

  std::string text(const fs::path& name) const {
    std::ifstream file(path / name, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
};

class Docs : public ::testing::Test {
 protected:
  Docs() { session.run(std::string("CREATE TABLE t AS ") + kPeople); }

  Validation validated(const std::string& text, const json& format = "COMPLETE") {
    return validate(session, "t", text, "suite",
                    {.result_format = format, .now = "2026-11-27T08:12:00Z"});
  }

  static std::string suite(const json& expectations, const std::string& name = "people") {
    return json{{"name", name}, {"expectations", expectations}}.dump();
  }

  static json expectation(const std::string& type, json kwargs) {
    return {{"type", "expect_" + type}, {"kwargs", std::move(kwargs)}};
  }

  // Each kind of expectation that fails on a value, or shows one.
  static std::string telling() {
    return suite(json::array(
        {expectation("column_values_to_match_regex", {{"column", "name"}, {"regex", "^Z"}}),
         expectation("column_values_to_be_between", {{"column", "price"}, {"max_value", 100}}),
         expectation("column_max_to_be_between", {{"column", "price"}, {"max_value", 100}}),
         expectation("column_most_common_value_to_be_in_set",
                     {{"column", "name"}, {"value_set", {"Zoë"}}}),
         expectation("column_distinct_values_to_equal_set",
                     {{"column", "name"}, {"value_set", {"Zoë"}}}),
         expectation("column_quantile_values_to_be_between",
                     {{"column", "price"},
                      {"quantile_ranges",
                       {{"quantiles", {0.99}}, {"value_ranges", json::array({{0, 1}})}}}}),
         expectation("column_values_to_be_unique", {{"column", "id"}})}));
  }

  RunDoc run(const Validation& done, const std::string& time = "2026-11-27T08:12:00Z",
             const std::string& name = "people") {
    return run_of(done, suite_name(done, name), "people.csv", time);
  }

  mr::data::Session session{mr::data::SessionOptions{}};
};

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST_F(Docs, AChecksOutcomeArgumentsAndCounts) {
  const auto done = validated(suite(json::array(
      {expectation("column_values_to_not_be_null", {{"column", "name"}, {"mostly", 0.9}}),
       expectation("column_to_exist", {{"column", "id"}}), expectation("magic", json::object())})));
  const auto checks = checks_of(done, false);
  ASSERT_EQ(checks.size(), 3u);
  EXPECT_EQ(checks[0].group, "name");
  EXPECT_EQ(checks[0].title, "column values to not be null");
  EXPECT_EQ(checks[0].state, State::failed);
  EXPECT_EQ(checks[0].observed, "1 of 3 unexpected (33.33 %)");
  ASSERT_EQ(checks[0].arguments.size(), 1u);
  EXPECT_EQ(checks[0].arguments[0], (std::pair<std::string, std::string>("mostly", "0.9")));
  EXPECT_EQ(checks[1].state, State::passed);
  EXPECT_EQ(checks[2].state, State::unjudged);
  EXPECT_EQ(checks[2].group, "the table");
  EXPECT_EQ(checks[2].reason, "expectation expect_magic is not supported");
  const RunDoc told = run(done);
  EXPECT_EQ(told.suite, "people");
  EXPECT_EQ((std::vector<int64_t>{told.passed, told.failed, told.unjudged}),
            (std::vector<int64_t>{1, 1, 1}));
  EXPECT_EQ(told.failures.size(), 2u);
}

TEST_F(Docs, RulesAreGroupedByWhatTheyName) {
  const auto done = validated(R"(Rules = [ RowCount = 3, IsComplete "name", Mean "price" > 1 ])");
  const auto checks = checks_of(done, false);
  ASSERT_EQ(checks.size(), 3u);
  EXPECT_EQ(checks[0].group, "the table");
  EXPECT_EQ(checks[1].group, "name");
  EXPECT_EQ(checks[1].title, R"(IsComplete "name")");
  EXPECT_EQ(checks[1].state, State::failed);
  EXPECT_EQ(suite_name(done, "people"), "people");
}

TEST_F(Docs, ValuesOfRowsAreShownOnlyWhenTheyWereAskedFor) {
  const auto done = validated(telling());
  const std::string quiet = run_page(run(done), checks_of(done, false));
  for (const char* value : {"secret", "7,777", "7777"})
    EXPECT_EQ(quiet.find(value), std::string::npos) << value;
  const std::string open = run_page(run(done), checks_of(done, true));
  EXPECT_NE(open.find("secret&lt;b&gt;"), std::string::npos);
  EXPECT_NE(open.find("7,777"), std::string::npos);
  EXPECT_EQ(to_json(run(done)).dump().find("secret"), std::string::npos);
}

TEST_F(Docs, PagesFetchNothingAndEscapeEveryText) {
  const auto done = validated(
      suite(json::array({expectation("column_to_exist", {{"column", "<script>x</script>"}})}),
            "a<b>&\""));
  const RunDoc told = run(done);
  SuiteRuns runs{.folder = "a", .runs = {told, told}};
  for (const std::string& page :
       {run_page(told, checks_of(done, true)), suite_page(runs), index_page({runs}, 0)}) {
    for (const char* wrong : {"<script", "<b>", "http:", "https:", "src=", "url(", "@import"})
      EXPECT_EQ(page.find(wrong), std::string::npos) << wrong;
    EXPECT_NE(page.find("a&lt;b&gt;&amp;&quot;"), std::string::npos);
  }
}

// What is not within a closed list.
std::string in_sight(const std::string& page) {
  std::string seen;
  int depth = 0;
  for (size_t at = 0; at < page.size();) {
    if (page.compare(at, 8, "<details") == 0) ++depth;
    if (page.compare(at, 10, "</details>") == 0) --depth;
    if (depth == 0) seen += page[at];
    ++at;
  }
  return seen;
}

TEST_F(Docs, TenThousandChecksAreInListsThatOpenPieceByPiece) {
  std::vector<CheckDoc> checks;
  for (int n = 0; n < 10'000; ++n) {
    CheckDoc check{.group = "c" + std::to_string(n % 7), .title = "check " + std::to_string(n)};
    check.state = n % 2 == 0 ? State::failed : State::passed;
    checks.push_back(std::move(check));
  }
  RunDoc told{.suite = "large", .data = "x.csv", .time = "2026-11-27T08:12:00Z"};
  told.passed = told.failed = 5'000;
  const std::string page = run_page(told, checks);
  EXPECT_EQ(count(page, "<article>"), 5'000u);
  EXPECT_EQ(count(page, "<tr>") - count(page, "<thead>"), 10'000u);
  EXPECT_EQ(count(in_sight(page), "<article>"), 50u);
  EXPECT_EQ(count(in_sight(page), "<tr>"), 0u);
  size_t most = 0;
  for (size_t at = page.find("<details"); at != std::string::npos;
       at = page.find("<details", at + 1)) {
    const size_t end = std::min(page.find("</details>", at), page.find("<details", at + 1));
    const std::string piece = page.substr(at, end - at);
    most = std::max({most, count(piece, "<article>"), count(piece, "<tr>")});
  }
  EXPECT_LE(most, 251u);
}

TEST_F(Docs, RunsAreFoundAgainInTheFolder) {
  const Folder folder;
  const auto good = validated(R"(Rules = [ RowCount = 3 ])");
  const auto bad = validated(R"(Rules = [ RowCount = 4 ])");
  const std::string out = folder.path.string();
  add_run(out, run(good, "2026-11-25T08:00:00Z"), checks_of(good, false));
  add_run(out, run(good, "2026-11-26T08:00:00Z"), checks_of(good, false));
  const std::string page = add_run(out, run(bad, "2026-11-27T08:00:00Z"), checks_of(bad, false));
  EXPECT_EQ(page, (folder.path / "people/20261127T080000Z.html").string());
  const std::string index = folder.text("index.html"), suite = folder.text("people/index.html");
  EXPECT_NE(index.find("1 suite, 3 runs"), std::string::npos);
  EXPECT_NE(index.find("href=\"people/20261127T080000Z.html\""), std::string::npos);
  EXPECT_EQ(count(index, "<svg"), 1u);
  EXPECT_LT(suite.find("27 Nov 2026, 08:00 UTC</a>"), suite.find("25 Nov 2026, 08:00 UTC</a>"));
  EXPECT_EQ(count(suite, "href=\"20261"), 3u);
  EXPECT_NE(suite.find("What did not pass in the last 3 runs"), std::string::npos);
}

TEST_F(Docs, RunsOfTheSameSecondAreTwo) {
  const Folder folder;
  const auto done = validated(R"(Rules = [ RowCount = 3 ])");
  add_run(folder.path.string(), run(done), checks_of(done, false));
  const auto second = add_run(folder.path.string(), run(done), checks_of(done, false));
  EXPECT_TRUE(second.ends_with("20261127T081200Z-2.html")) << second;
  const std::string suite = folder.text("people/index.html");
  EXPECT_LT(suite.find("Z-2.html"), suite.find("Z.html"));
}

TEST_F(Docs, WhatIsNoRunIsLeftAlone) {
  const Folder folder;
  const auto done = validated(R"(Rules = [ RowCount = 3 ])");
  fs::create_directories(folder.path / "people");
  fs::create_directories(folder.path / "other");
  std::ofstream(folder.path / "people/20261101T000000Z.json") << "{\"run\": 1, \"suite\": 7}";
  std::ofstream(folder.path / "people/20261102T000000Z.json") << "{";
  std::ofstream(folder.path / "other/package.json") << "{}";
  add_run(folder.path.string(), run(done), checks_of(done, false));
  const std::string index = folder.text("index.html");
  EXPECT_NE(index.find("1 suite, 1 run<"), std::string::npos);
  EXPECT_NE(index.find("2 files that are named like runs can&#39;t be read"), std::string::npos);
  EXPECT_FALSE(fs::exists(folder.path / "other/index.html"));
}

TEST_F(Docs, FoldersOfSuitesAreTheirOwn) {
  EXPECT_EQ(folder_name("orders-2"), "orders-2");
  EXPECT_TRUE(folder_name("Orders / EU").starts_with("orders-eu-"));
  EXPECT_NE(folder_name("Orders"), folder_name("orders"));
  EXPECT_NE(folder_name("../../etc"), folder_name("etc"));
  EXPECT_EQ(folder_name("../../etc").find('/'), std::string::npos);
  EXPECT_FALSE(folder_name("日本").empty());
  EXPECT_NE(folder_name("日本"), folder_name("東京"));
  EXPECT_LE(folder_name(std::string(500, 'a')).size(), 80u);
}

}  // namespace
}  // namespace mr::quality::docs
