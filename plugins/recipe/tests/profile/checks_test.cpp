// Proposed checks: which ones tables get; that they hold on what they were made from, whatever that
// is; and that each fails when what it is about goes wrong.
#include "recipe/profile/checks.hpp"

#include "data/table_file.hpp"
#include "quality/validate.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <unistd.h>

namespace mr::recipe {
namespace {

using mr::data::ident;
using mr::data::literal;
using nlohmann::json;
using Lines = std::vector<std::string>;

// "kind column: bounds", as far as the check has them.
std::string line_of(const ProposedCheck& check) {
  std::string line(name(check.kind));
  if (!check.column.empty()) line += " " + check.column;
  const auto put = [&](const std::string& text) { line += ": " + text; };
  if (check.kind == CheckKind::present && check.share < 1) put(json(check.share).dump());
  if (check.kind == CheckKind::values) put(check.values.dump());
  if (check.kind == CheckKind::type) put(check.type);
  if (check.kind == CheckKind::since) put(check.day);
  if (check.low || check.high)
    put((check.low ? json(*check.low).dump() : "") + ".." +
        (check.high ? json(*check.high).dump() : ""));
  return line;
}

class Checks : public ::testing::Test {
 protected:
  void put(const std::string& select) { session.run("CREATE OR REPLACE TABLE t AS " + select); }

  Lines proposed() {
    checks = propose_checks(session, "t");
    Lines lines;
    for (const ProposedCheck& check : checks) lines.push_back(line_of(check));
    return lines;
  }

  Lines of_column(const std::string& select) {
    put(select);
    Lines lines;
    for (const std::string& line : proposed()) {
      if (line.find(" x") != std::string::npos) lines.push_back(line);
    }
    return lines;
  }

  std::vector<quality::CheckLine> verdicts(const std::string& relation, CheckFormat format) {
    return quality::validate(session, relation, checks_text(checks, format, "t"), "t",
                             {.result_format = "BOOLEAN_ONLY", .now = "2026-11-27T00:00:00Z"})
        .lines;
  }

  // What does not hold on the table itself, of both languages.
  Lines wrong() {
    Lines lines;
    for (const CheckFormat format : {CheckFormat::gx, CheckFormat::dqdl}) {
      for (const auto& line : verdicts("t", format)) {
        if (!line.success) lines.push_back(line.name + ": " + line.reason);
      }
    }
    return lines;
  }

  // A table in which exactly what the check is about has gone wrong.
  void spoil(const ProposedCheck& check) {
    const std::string column = ident(check.column);
    const auto one_row = [&](const std::string& value) {
      return "(SELECT * REPLACE (" + value + " AS " + column +
             ") FROM t LIMIT 1) UNION ALL SELECT * FROM t";
    };
    const auto all_rows = [&](const std::string& value) {
      return "SELECT * REPLACE (" + value + " AS " + column + ") FROM t";
    };
    const auto twice = [](const std::string& where) {
      return "SELECT * FROM t UNION ALL (SELECT * FROM t " + where + " LIMIT 1)";
    };
    const auto select = [&]() -> std::string {
      switch (check.kind) {
        case CheckKind::rows:
          return "SELECT * FROM t LIMIT 0";
        case CheckKind::columns:
          return "SELECT *, 1 AS one_more FROM t";
        case CheckKind::type:
          return all_rows(check.type == "VARCHAR" ? "42" : "'no such thing'");
        case CheckKind::present:
          return all_rows("CAST(NULL AS INTEGER)");
        case CheckKind::unique:
          return twice("WHERE " + column + " IS NOT NULL");
        case CheckKind::values:
          return one_row(check.values[0].is_string() ? "'never seen'" : "987654");
        case CheckKind::range:
          return one_row(check.high ? std::to_string(*check.high * 2 + 1e6) + "::DOUBLE"
                                    : "-1e6::DOUBLE");
        case CheckKind::since:
          return one_row("CAST(DATE '0001-01-01' AS " + check.type + ")");
        case CheckKind::lengths:
          return one_row("repeat('x', 100000)");
        case CheckKind::unique_rows:
          return twice("");
      }
      return "";
    };
    session.run("CREATE OR REPLACE TABLE spoilt AS " + select());
  }

  // Checks that do not notice.
  Lines blind() {
    Lines lines;
    for (const CheckFormat format : {CheckFormat::gx, CheckFormat::dqdl}) {
      size_t line = 0;
      for (const ProposedCheck& check : checks) {
        const size_t begin = line, end = line += count_in(check, format);
        if (begin == end) continue;  // no words for it
        spoil(check);
        const auto found = verdicts("spoilt", format);
        bool noticed = false;
        for (size_t at = begin; at < end; ++at) noticed = noticed || !found.at(at).success;
        if (!noticed) lines.push_back(line_of(check) + (format == CheckFormat::gx ? " gx" : ""));
      }
    }
    return lines;
  }

  mr::data::Session session{mr::data::SessionOptions{}};
  std::vector<ProposedCheck> checks{};
};

TEST_F(Checks, OrdersGetWhatAPersonWouldChoose) {
  put("SELECT 1000 + i AS order_id, 'C' || lpad((hash(i) % 700)::varchar, 5, '0') AS customer, "
      "['new', 'paid', 'shipped'][i % 3 + 1] AS state, i * 7 % 97 + 1 AS pieces, "
      "CASE WHEN hash(i, 3) % 30 > 0 THEN CAST(hash(i, 4) % 90000 / 100 AS DECIMAL(9, 2)) END AS "
      "amount, DATE '2025-03-07' + (i % 300)::int AS day, i % 2 = 0 AS gift FROM range(3207) r(i)");
  EXPECT_EQ(proposed(), (Lines{"rows: 1500.0..6500.0",
                               "columns",
                               "type order_id: BIGINT",
                               "present order_id",
                               "unique order_id",
                               "range order_id: 0.0..",
                               "type customer: VARCHAR",
                               "present customer",
                               "lengths customer: 6.0..6.0",
                               "type state: VARCHAR",
                               "present state",
                               "values state: [\"new\",\"paid\",\"shipped\"]",
                               "type pieces: BIGINT",
                               "present pieces",
                               "range pieces: 0.0..110.0",
                               "type amount: DECIMAL(9,2)",
                               "present amount: 0.95",
                               "range amount: 0.0..1000.0",
                               "type day: DATE",
                               "present day",
                               "since day: 2025-01-01",
                               "type gift: BOOLEAN",
                               "present gift"}));
  EXPECT_EQ(checks[0].reason, "3,207 rows now: from half to twice as many");
  EXPECT_EQ(wrong(), Lines{});
  EXPECT_EQ(blind(), Lines{});
}

TEST_F(Checks, RangesAreRoundAndHaveHeadRoom) {
  const auto range = [&](const std::string& low, const std::string& high) {
    const auto lines = of_column("SELECT " + low + " + (" + high + " - " + low +
                                 ") * i / 999 AS x FROM range(1000) r(i)");
    return lines.back();
  };
  EXPECT_EQ(range("18", "97"), "range x: 0.0..110.0");
  EXPECT_EQ(range("12346", "18287"), "range x: 11000.0..19000.0");
  EXPECT_EQ(range("-11062.06", "38970.0"), "range x: -20000.0..50000.0");
  EXPECT_EQ(range("0.2", "0.93"), "range x: 0.0..1.1");
  EXPECT_EQ(range("-30", "-20"), "range x: -31.0..-19.0");
  EXPECT_EQ(of_column("SELECT 7.5::DOUBLE AS x FROM range(9)").back(), "range x: 0.0..9.0");
  EXPECT_EQ(of_column("SELECT CAST(i AS DOUBLE) / 0 AS x FROM range(9) r(i)"),
            (Lines{"type x: DOUBLE", "present x"}));
}

TEST_F(Checks, MissingValuesLeaveARoundShare) {
  const auto share = [&](int missing) {
    return of_column("SELECT CASE WHEN i >= " + std::to_string(missing) +
                     " THEN i * 1.5::DOUBLE END AS x FROM range(10000) r(i)")
        .at(1);
  };
  EXPECT_EQ(share(0), "present x");
  EXPECT_EQ(share(1), "present x: 0.999");
  EXPECT_EQ(share(10), "present x: 0.99");  // exactly at a bound: no room
  EXPECT_EQ(share(2764), "present x: 0.7");
  EXPECT_EQ(share(4900), "range x: 0.0..16000.0");  // about half: nothing is promised
}

TEST_F(Checks, FewValuesAreASetWhenEachOccursAgain) {
  EXPECT_EQ(of_column("SELECT ['a', 'b', ''][i % 3 + 1] AS x FROM range(60) r(i)").back(),
            "values x: [\"\",\"a\",\"b\"]");
  EXPECT_EQ(
      of_column("SELECT CASE WHEN i = 7 THEN 'typo' ELSE 'right' END AS x FROM range(900) r(i)")
          .back(),
      "lengths x: 1.0..8.0");
  EXPECT_EQ(of_column("SELECT i % 3 AS x FROM range(200) r(i)").back(), "values x: [0,1,2]");
  EXPECT_EQ(of_column("SELECT i % 9 AS x FROM range(200) r(i)").back(), "range x: 0.0..9.0");
  EXPECT_EQ(of_column("SELECT 'name ' || i % 40 AS x FROM range(200) r(i)").back(),
            "lengths x: 1.0..12.0");
}

TEST_F(Checks, KeysAreWhatLooksLikeOne) {
  const auto has_key = [&](const std::string& select) {
    for (const std::string& line : of_column(select)) {
      if (line.starts_with("unique")) return true;
    }
    return false;
  };
  EXPECT_TRUE(has_key("SELECT 1 AS a, uuid() AS x FROM range(200)"));
  EXPECT_TRUE(has_key("SELECT 1 AS a, i * i AS x_id FROM range(10) r(i)"));
  EXPECT_TRUE(has_key("SELECT 1 AS a, 5 + i AS x FROM range(200) r(i)"));
  EXPECT_FALSE(has_key("SELECT 1 AS a, i * i AS x FROM range(200) r(i)"));  // may be a figure
  EXPECT_FALSE(has_key("SELECT 1 AS a, 'word ' || i AS x FROM range(50) r(i)"));
  EXPECT_FALSE(has_key("SELECT i / 7e0 AS x FROM range(200) r(i)"));
  EXPECT_FALSE(
      has_key("SELECT CASE WHEN i < 2 THEN '' ELSE 'w' || i END AS x FROM range(200) r(i)"));
}

TEST_F(Checks, WholeRowsAreAKeyWhereNoColumnIs) {
  put("SELECT i % 50 AS a, i // 50 AS b FROM range(500) r(i)");
  EXPECT_EQ(proposed().back(), "unique_rows");
  EXPECT_EQ(blind(), Lines{});
  put("SELECT i % 50 AS a, i // 100 AS b FROM range(500) r(i)");
  EXPECT_NE(proposed().back(), "unique_rows");
}

TEST_F(Checks, ATableWithoutRowsHasColumns) {
  put("SELECT 1 AS a, 'x' AS b WHERE false");
  EXPECT_EQ(proposed(), Lines{"columns"});
  EXPECT_EQ(wrong(), Lines{});
}

TEST_F(Checks, ReasonsHoldNoValues) {
  put("SELECT 'secret' AS a, 424242 AS b, DATE '1987-06-05' AS c FROM range(200)");
  proposed();
  for (const ProposedCheck& check : checks) {
    for (const char* value : {"secret", "424242", "1987", "06-05"})
      EXPECT_EQ(check.reason.find(value), std::string::npos) << check.reason;
  }
}

TEST_F(Checks, WhatFailsIsTakenOut) {
  put("SELECT i AS id FROM range(200) r(i)");
  proposed();
  ProposedCheck wrong{.kind = CheckKind::range, .column = "id"};
  wrong.low = 50;
  for (const CheckFormat format : {CheckFormat::gx, CheckFormat::dqdl}) {
    auto all = checks;
    all.insert(all.begin() + 1, wrong);
    const auto left_out = take_out_what_fails(session, "t", format, all);
    ASSERT_EQ(left_out.size(), 1u);
    EXPECT_EQ(line_of(left_out[0]), "range id: 50.0..");
    EXPECT_EQ(all.size(), checks.size());
  }
}

// ---- whatever the table

std::string column_sql(std::mt19937_64& random, int64_t rows) {
  const auto seed = std::to_string(random() % 1'000'000);
  const std::string h = "CAST(hash(i, " + seed + ") % 1000003 AS BIGINT)";
  const std::array<std::string, 22> kinds{
      "i",
      h,
      h + " - 500000",
      h + " % 4",
      h + " / 7e0 - 3e4",
      "CAST(" + h + " % 10000 / 100 AS DECIMAL(9, 2))",
      "['a', 'b', '', 'a \"quoted\" ''word'''][" + h + " % 4 + 1]",
      "['2026-01-01', '12:30', 'x\\y'][" + h + " % 3 + 1]",
      "'word ' || " + h,
      "md5(" + h + "::varchar)",
      "repeat('ü', (" + h + " % 30)::int)",
      h + " % 2 = 0",
      "DATE '1960-01-01' + (" + h + " % 40000)::int",
      "TIMESTAMP '2020-02-29 12:00:00' + to_seconds((" + h + ")::int)",
      "CAST(TIMESTAMP '2020-02-29 12:00:00' AS TIMESTAMPTZ)",
      "CAST(CASE WHEN " + h + " % 2 = 0 THEN 'one' ELSE 'two' END AS ENUM('one', 'two', 'three'))",
      "[i, 1]",
      "{'a': i, 'b': 'x'}",
      "CAST(" + h + " AS HUGEINT) * 1000000000000000000000",
      "CASE WHEN " + h + " % 5 = 0 THEN 'NaN'::DOUBLE WHEN " + h +
          " % 7 = 0 THEN 'infinity' ELSE 1e-7 * i END",
      "TIME '10:00:00'",
      "CAST(" + h + " % 120 AS TINYINT)"};
  const std::string value = kinds[random() % kinds.size()];
  const std::array<int, 6> shares{0, 0, 0, 1, 30, 1000};  // of a thousand
  const int missing = shares[random() % shares.size()];
  const std::string hole = "hash(i, " + seed + ", 'hole') % 1000 < " + std::to_string(missing);
  return missing == 0 || rows == 0 ? value : "CASE WHEN NOT (" + hole + ") THEN " + value + " END";
}

std::string random_table(std::mt19937_64& random) {
  const std::array<int64_t, 9> sizes{0, 1, 2, 3, 10, 37, 100, 400, 3000};
  const std::array<const char*, 7> names{"id", "a b", "Zoë", "we\"ird", "tick`s", "x.y", "select"};
  const int64_t rows = sizes[random() % sizes.size()];
  const size_t columns = 1 + random() % 6;
  std::string sql = "SELECT 1 AS one";
  for (size_t at = 0; at < columns; ++at)
    sql += ", " + column_sql(random, rows) + " AS " + ident(names[at]);
  return sql + " FROM range(" + std::to_string(rows) + ") r(i)";
}

TEST_F(Checks, HoldOnRandomTablesAndNoticeWhatGoesWrong) {
  std::mt19937_64 random(20261127);
  std::array<int, 11> seen{};
  for (int turn = 0; turn < 120; ++turn) {
    const std::string table = random_table(random);
    SCOPED_TRACE(table);
    put(table);
    proposed();
    for (const ProposedCheck& check : checks) ++seen[static_cast<size_t>(check.kind)];
    ASSERT_EQ(wrong(), Lines{});
    if (turn % 4 == 0) {
      ASSERT_EQ(blind(), Lines{});
    }
  }
  for (size_t kind = 1; kind < seen.size(); ++kind)
    EXPECT_GT(seen[kind], 0) << name(static_cast<CheckKind>(kind)) << " was never proposed";
}

// ---- real data

class RealChecks : public Checks {
 protected:
  void SetUp() override {
    const std::string archive = MR_TEST_SHARED "/data/real-data.tar.zst";
    if (!std::filesystem::exists(archive))
      GTEST_SKIP() << "the real data of ../shared aren't there";
    std::filesystem::create_directories(folder);
    const std::string command = "tar --zstd -xf '" + archive + "' -C '" + folder.string() +
                                "' ./online_retail ./completejourney ./olist ./reviews "
                                "./server_metrics ./bench_tables ./search";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  ~RealChecks() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("mr_checks_" + std::to_string(::getpid()));
};

TEST_F(RealChecks, HoldOnRealTablesAndNoticeWhatGoesWrong) {
  size_t tables = 0, all = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    const bool rows = path.ends_with(".csv") || path.ends_with(".csv.gz") || path.ends_with(".tsv");
    const auto one_of_many = [&](const char* many, const char* one) {
      return path.find(many) != std::string::npos && path.find(one) == std::string::npos;
    };
    if (!rows || one_of_many("online_retail/", "2011-03-01") || one_of_many("yellow", "2019-06") ||
        one_of_many("AWSCloudwatch", "ec2_network") || one_of_many("StormEvents", "1993") ||
        one_of_many("completejourney/p", "products") || entry.file_size() > 7'000'000)
      continue;
    SCOPED_TRACE(path);
    mr::data::open_table_file(session, path, "rows_of_file");
    put("SELECT * FROM rows_of_file");
    proposed();
    ++tables;
    all += checks.size();
    EXPECT_EQ(wrong(), Lines{});
    if (tables % 5 == 0) {
      EXPECT_EQ(blind(), Lines{});
    }
  }
  EXPECT_GT(tables, 15u);
  EXPECT_GT(all, 10 * tables);
}

}  // namespace
}  // namespace mr::recipe
