// From a relation to a commit: what is staged is what was there, and rows add up.
#include "data/publish.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "sdk/millrace_testing.hpp"

namespace mr::data {
namespace {

namespace fs = std::filesystem;

class Publish : public ::testing::Test {
 protected:
  Publish() {
    std::string pattern = (fs::temp_directory_path() / "millrace-publish-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    root = pattern;
    facts.json = {{"data_root", root}, {"run", "r@1"}, {"task", "t"}};
    host.facts = facts.json;
  }
  ~Publish() override { fs::remove_all(root); }

  Published publish_select(const std::string& select, PublishOptions options) {
    session.run("CREATE OR REPLACE TEMP TABLE rows_here AS " + select);
    options.into = "mart.t";
    Attempt attempt(host.table());
    return publish(session, facts, attempt, "rows_here", options);
  }

  std::string code_of(const std::string& select, const PublishOptions& options) {
    try {
      publish_select(select, options);
      return "";
    } catch (const mr::Failure& failure) {
      return failure.code;
    }
  }

  const mr::Json snapshot(size_t index = 0) const { return host.commits().at(0).at("snapshots").at(index); }
  size_t files_on_disk() const {
    return static_cast<size_t>(std::count_if(fs::recursive_directory_iterator(root), {}, [](const auto& entry) { return entry.is_regular_file(); }));
  }

  std::string root{};
  Facts facts{};
  Session session{SessionOptions{}};
  mr::testing::FakeHost host{};
};

TEST_F(Publish, WhatIsStagedIsWhatWasThere) {
  const auto done = publish_select("SELECT * FROM (VALUES (1, 'Zoë e\u0301 🦊', 12.30::DECIMAL(18, 2), DATE '2028-02-29', [1, NULL]), (2, '', NULL, NULL, NULL)) t(id, text, price, day, list)", {});
  EXPECT_EQ(done.rows_in, 2);
  EXPECT_EQ(done.rows_out, 2);
  const auto files = snapshot().at("files");
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0]["rows"], 2);
  const auto path = root + "/" + files[0]["path"].get<std::string>();
  EXPECT_EQ(files[0]["bytes"].get<uintmax_t>(), fs::file_size(path));
  EXPECT_EQ(files[0]["stats"]["price"]["nulls"], 1);
  EXPECT_EQ(files[0]["stats"]["price"]["min"], "12.30");
  EXPECT_EQ(session.query("SELECT count(*) FROM (FROM read_parquet(" + path_literal(path) + ") EXCEPT ALL FROM rows_here)").integer(0, 0), 0);
}

TEST_F(Publish, NoRowsAreASnapshotWithColumnsAndNoFile) {
  publish_select("SELECT 1 AS id, 'x' AS text WHERE false", {});
  EXPECT_EQ(snapshot().at("files").size(), 0u);
  EXPECT_EQ(snapshot().at("columns").size(), 2u);
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(Publish, EachPartitionIsAFolderAlsoForNullAndOddNames) {
  publish_select("SELECT * FROM (VALUES (1, 'a/b'), (2, NULL), (3, '../x'), (4, 'Zoë'), (5, 'a/b')) t(id, part)", {.mode = "overwrite_partitions", .partition_by = {"part"}});
  const auto files = snapshot().at("files");
  ASSERT_EQ(files.size(), 4u);
  int64_t rows = 0;
  for (const auto& file : files) {
    rows += file["rows"].get<int64_t>();
    const auto path = fs::path(root) / file["path"].get<std::string>();
    EXPECT_EQ(path.parent_path().parent_path(), fs::path(root) / "mart" / "t") << "a value may not climb out of its folder";
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_EQ(rows, 5);
  EXPECT_EQ(std::count_if(files.begin(), files.end(), [](const auto& file) { return file["partition"]["part"].is_null(); }), 1);
}

TEST_F(Publish, RowsThatCouldNotBeReadStandBesideAndAddUp) {
  session.run("CREATE TEMP TABLE unread AS SELECT 'bad' AS _raw, 'not a BIGINT' AS _reason, 'mart.t' AS _source");
  const auto done = publish_select("SELECT 1 AS id", {.mode = "append", .quarantine_from = "unread"});
  EXPECT_EQ(done.rows_in, 2);
  EXPECT_EQ(done.rows_rejected, 1);
  EXPECT_EQ(snapshot(1).at("dataset"), "quarantine.t");
  EXPECT_EQ(host.output()["reject_reasons"]["not a BIGINT"], 1);
}

TEST_F(Publish, WhatEndsRowsEndsTheirRejects) {
  const auto clears = [&](const PublishOptions& options) {
    publish_select("SELECT 1 AS id, 'a' AS day", options);
    const auto snapshots = host.commits().back().at("snapshots");
    if (snapshots.size() < 2) return mr::Json();
    EXPECT_EQ(snapshots.at(1).at("dataset"), "quarantine.t");
    EXPECT_EQ(snapshots.at(1).at("operation"), "overwrite_partitions");
    return snapshots.at(1).at("clears");
  };
  EXPECT_EQ(clears({.mode = "replace"}), mr::Json::parse(R"([{"_source": "mart.t"}])"));
  EXPECT_EQ(clears({.mode = "overwrite_partitions", .partition_by = {"day"}}), mr::Json::parse(R"([{"_of": "day=a", "_source": "mart.t"}, {"_source": "mart.t", "day": "a"}])"));
  EXPECT_EQ(clears({.mode = "overwrite_partitions", .partition_by = {"day"}, .clears = mr::Json::parse(R"([{"day": "b"}])")}), mr::Json::parse(R"([{"_of": "day=a", "_source": "mart.t"}, {"_of": "day=b", "_source": "mart.t"}, {"_source": "mart.t", "day": "a"}, {"_source": "mart.t", "day": "b"}])"));
  EXPECT_TRUE(clears({.mode = "append", .partition_by = {"day"}}).is_null());
}

// They would stay for ever: no later overwrite of the day would name them.
TEST_F(Publish, RejectsOfAnOverwriteThatAreOfNoneOfItsPartitionsStandByTheFirstThatItWrote) {
  const auto partitions = [&](const std::string& rejects, const std::string& rows = "SELECT 1 AS id, 'b' AS day UNION ALL SELECT 2, 'a'") {
    session.run("CREATE OR REPLACE TEMP TABLE unread AS " + rejects);
    publish_select(rows, {.mode = "overwrite_partitions", .partition_by = {"day"}, .quarantine_from = "unread"});
    std::set<mr::Json> found;
    const auto files = host.commits().back().at("snapshots").at(1).at("files");
    for (const auto& file : files) found.insert(file.at("partition"));
    return mr::Json(found);
  };
  EXPECT_EQ(partitions("SELECT 'bad' AS _raw, 'no row' AS _reason, 'mart.t' AS _source"), mr::Json::parse(R"([{"_of": "day=a", "_source": "mart.t"}])")) << "they have no day";
  EXPECT_EQ(partitions("SELECT * FROM (VALUES ('b', 'late', 'mart.t'), ('c', 'late', 'mart.t'), (NULL, 'late', 'mart.t')) t(day, _reason, _source)"),
            mr::Json::parse(R"([{"_of": null, "_source": "mart.t", "day": "b"}, {"_of": "day=a", "_source": "mart.t", "day": null}, {"_of": "day=a", "_source": "mart.t", "day": "c"}])"));
  EXPECT_EQ(partitions("SELECT 'b' AS day, 'late' AS _reason, 'mart.t' AS _source"), mr::Json::parse(R"([{"_source": "mart.t", "day": "b"}])")) << "all are of what was written";
  EXPECT_EQ(partitions("SELECT 'bad' AS _raw, 'no row' AS _reason, 'mart.t' AS _source", "SELECT 1 AS id, 'a' AS day WHERE false"), mr::Json::parse(R"([{"_source": "mart.t"}])")) << "nothing was overwritten";
  const std::string lasting(200, 'x');  // its name would be too long for a folder
  const auto of = partitions("SELECT 'bad' AS _raw, 'no row' AS _reason, 'mart.t' AS _source", "SELECT 1 AS id, '" + lasting + "' AS day").at(0).at("_of").get<std::string>();
  EXPECT_EQ(of.size(), 32U);
  const auto clears = host.commits().back().at("snapshots").at(1).at("clears");
  EXPECT_TRUE(std::any_of(clears.begin(), clears.end(), [&](const auto& one) { return one.value("_of", "") == of; })) << clears;
}

TEST_F(Publish, RejectsStandInThePartitionsOfTheirDatasetUnlessThoseAreTooMany) {
  const auto partition = [&](const std::string& rejects) {
    session.run("CREATE OR REPLACE TEMP TABLE unread AS " + rejects);
    publish_select("SELECT 1 AS id, 'a' AS day", {.mode = "append", .partition_by = {"day"}, .quarantine_from = "unread"});
    return host.commits().back().at("snapshots").at(1).at("files").at(0).at("partition");
  };
  EXPECT_EQ(partition("SELECT 'b' AS day, 'late' AS _reason, 'mart.t' AS _source"), mr::Json::parse(R"({"_source": "mart.t", "day": "b"})"));
  EXPECT_EQ(partition("SELECT 'bad' AS _raw, 'no row' AS _reason, 'mart.t' AS _source"), mr::Json::parse(R"({"_source": "mart.t"})")) << "they have no day";
  EXPECT_EQ(partition("SELECT 'day ' || range AS day, 'wrong' AS _reason, 'mart.t' AS _source FROM range(1001)"), mr::Json::parse(R"({"_source": "mart.t"})"));
}

TEST_F(Publish, RowsThatDoNotAddUpAreNotPublished) {
  EXPECT_EQ(code_of("SELECT 1 AS id", {.rows_in = 2}), "E5023");
  EXPECT_TRUE(host.commits().empty());
}

TEST_F(Publish, TooManyPartitionsAreRefusedAndLeaveNothing) {
  EXPECT_EQ(code_of("SELECT range AS id FROM range(1001)", {.mode = "overwrite_partitions", .partition_by = {"id"}}), "E5021");
  EXPECT_EQ(files_on_disk(), 0u);
  EXPECT_EQ(code_of("SELECT range % 40 AS a, (range // 40) % 40 AS b FROM range(100000)", {.mode = "overwrite_partitions", .partition_by = {"a", "b"}}), "E5021");
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(Publish, AThousandPartitionsAreWrittenNullAmongThem) {
  const auto done = publish_select("SELECT CASE WHEN i % 1000 > 0 THEN i % 1000 END AS part, i FROM range(10000) t(i)", {.partition_by = {"part"}});
  EXPECT_EQ(done.rows_out, 10000);
  const auto files = snapshot().at("files");
  std::set<mr::Json> partitions;
  for (const auto& file : files) partitions.insert(file.at("partition").at("part"));
  EXPECT_EQ(partitions.size(), 1000u);
  EXPECT_TRUE(partitions.contains(mr::Json("1")));
}

// What COPY tells of its files has to be what a scan of them would find.
TEST_F(Publish, StatisticsAreThoseOfTheRows) {
  publish_select("SELECT i, i % 2 = 0 AS flag, 'text ' || i AS text, CASE WHEN i > 7 THEN i / 4.0 END::DOUBLE AS real, -i::SMALLINT AS small, (i * 1.01)::DECIMAL(9, 2) AS price, DATE '2026-01-31' + i::INT AS day, "
                 "TIMESTAMP '2026-01-31 10:00:00.5' + to_seconds(i) AS moment, TIMESTAMPTZ '2026-01-31 10:00:00+01' + to_seconds(i) AS zoned, TIME '10:00:00' AS hour, i::HUGEINT * 12345678901234567890 AS huge, "
                 "[i] AS list, {'a': i} AS pair, NULL::INTEGER AS never, 'nan'::DOUBLE AS nan, repeat('x', 100) AS long, encode('x') AS bytes, uuid() AS id, i AS \"odd \"\" . name\" FROM range(1000) t(i)", {});
  const auto file = snapshot().at("files").at(0);
  for (const auto& column : session.describe("SELECT * FROM rows_here")) {
    const auto name = ident(column.name);
    const auto& told = file["stats"].value(column.name, mr::Json::object());
    const auto truth = session.query("SELECT CAST(min(" + name + ") AS VARCHAR), CAST(max(" + name + ") AS VARCHAR), CAST(count(*) - count(" + name + ") AS VARCHAR) FROM rows_here").rows[0];
    if (told.contains("nulls")) {
      EXPECT_EQ(std::to_string(told["nulls"].get<int64_t>()), truth[2]) << column.name;
    }
    if (!told.contains("min")) continue;
    EXPECT_EQ(told["min"].get<std::string>(), truth[0]) << column.name;
    EXPECT_EQ(told["max"].get<std::string>(), truth[1]) << column.name;
  }
  for (const char* known : {"i", "flag", "text", "real", "small", "price", "day", "moment", "zoned", "hour", "odd \" . name"}) EXPECT_TRUE(file["stats"][known].contains("min")) << known;
  EXPECT_EQ(file["stats"]["never"]["nulls"], 1000);
}

TEST_F(Publish, WhatIsTooLargeForAFileIsSeveral) {
  const auto staged = stage(session, facts, "mart.t", "replace", "SELECT md5(i::VARCHAR) AS text FROM range(600000) t(i)", {}, {}, int64_t{4} << 20);
  const auto files = staged.snapshot.at("files");
  ASSERT_GT(files.size(), 1u);
  EXPECT_EQ(staged.rows, 600000);
  EXPECT_EQ(files_on_disk(), files.size());
  EXPECT_EQ(session.query("SELECT count(DISTINCT text) FROM (" + staged_rows(facts, staged) + ")").integer(0, 0), 600000);
}

TEST_F(Publish, FilesThatAreStagedAlreadyArePublishedOrGone) {
  const auto staged = stage(session, facts, "mart.t", "replace", "SELECT range AS id FROM range(5)");
  EXPECT_EQ(code_of("SELECT 1 AS id", {.rows_in = 6, .staged = staged}), "E5023");
  EXPECT_EQ(files_on_disk(), 0u);
  const auto again = stage(session, facts, "mart.t", "replace", "SELECT range AS id FROM range(5)");
  session.run("CREATE TEMP VIEW standing AS " + staged_rows(facts, again));
  Attempt attempt(host.table());
  EXPECT_EQ(publish(session, facts, attempt, "standing", {.into = "mart.t", .staged = again}).rows_out, 5);
  EXPECT_EQ(snapshot().at("files"), again.snapshot.at("files"));
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(Publish, AFolderThatCanNotBeMadeLeavesNothing) {
  std::ofstream(root + "/mart") << "in the way";
  EXPECT_EQ(code_of("SELECT 1 AS id", {}), "E5002");
  EXPECT_TRUE(host.commits().empty());
  EXPECT_EQ(files_on_disk(), 1u);
}

TEST_F(Publish, ACancelledAttemptPublishesNothing) {
  host.cancel();
  EXPECT_THROW(publish_select("SELECT 1 AS id", {}), mr::Cancelled);
  EXPECT_EQ(files_on_disk(), 0u);
}

}  // namespace
}  // namespace mr::data
