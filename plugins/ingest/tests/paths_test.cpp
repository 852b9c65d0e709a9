// Ways to read a table: the quick one, the careful one (every value by DuckDB's own casts), and DuckDB's own reader of CSV. What they load and
// what they set apart has to be the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "ingest/tables.hpp"

namespace {

namespace fs = std::filesystem;
using namespace mr::ingest;
using mr::data::literal;
using mr::data::Session;
using Lines = std::vector<std::string>;

const Columns kColumns{{"id", "BIGINT"}, {"name", "VARCHAR"}, {"price", "DECIMAL(10,2)"}, {"day", "DATE"}, {"seen_at", "TIMESTAMP"}, {"share", "DOUBLE"}, {"small", "SMALLINT"}, {"flag", "BOOLEAN"}, {"at", "TIME"}};

// Values of a column as people write them, and as they should not.
const std::vector<Lines> kValues{
    {"17", "-3", "0", "+5", " 8", "9 ", "1e3", "1.0", "1.5", "1.4", "2.", "-0", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1_000", "0x1F", "seven", "1,000", "99999999999999999999", "", "-", "1.0.0", "NULL"},
    {"plain", "Zoë 🦊", "in \"quotes\"", "x, y", "", "two\nlines", " spaces "},
    {"12.30", "1", "-0.5", ".5", "1.", "1.005", "1.004", "12345678.99", "123456789.00", "1e2", "+1", " 1.5 ", "1,234.50", "abc", "", "-", "--1", "1.2.3", "0.000001"},
    {"2026-11-21", "2026-2-3", "2028-02-29", "2026-02-30", "01.02.2026", "2026/11/21", "21/11/2026", "2026-11-21 10:00:00", " 2026-11-21", "infinity", "0000-01-01", "-0044-03-15", "20261121", "epoch", "", "9999-12-31", "10000-01-01"},
    {"2026-11-21 10:00:00", "2026-11-21T10:00:00.5", "2026-11-21", "2026-11-21 10:00", "2026-11-21 24:00:00", "2026-11-21 23:59:60", "2026-11-21 10:00:00+02", "2026-11-21T10:00:00Z", "2026-11-21 10:00:00.123456", "2026-11-21 10:00:00.1234567", "now", ""},
    {"0.5", "1e10", "-1.5E-3", "nan", "inf", ".5", "5.", "+1.5", " 1.5", "1,5", "1e400", "4.9e-324", "0.1", "1e", "", "-", "e5", "123456789012345678901234567890"},
    {"1", "-32768", "32767", "32768", "1.0", "1.5", "-1.5", "0.5", "x", "", "1e2"},
    {"true", "false", "TRUE", "t", "1", "0", "yes", "no", "maybe", "", "2"},
    {"10:00:00", "10:00", "23:59:59.999999", "24:00:00", "1:2:3", "10:00:00.5", "10:00:00+01", "x", ""}};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

class Paths : public ::testing::Test {
 protected:
  Paths() {
    std::string pattern = (fs::temp_directory_path() / "millrace-paths-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    facts_.json = {{"data_root", pattern + "/data"}};
  }
  ~Paths() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  LandedFile file(const std::string& name, const std::string& text) const {
    const auto path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return {.path = path, .key = name, .identity = identity_of(path), .seen = {}, .readable = path};
  }

  static Lines lines(Session& session, const std::string& sql) {
    Lines lines;
    for (const auto& one : session.query("SELECT CAST(t AS VARCHAR) FROM (" + sql + ") AS t ORDER BY 1").rows) lines.push_back(one[0].value_or(""));
    return lines;
  }

  // What one way gives: rows, rejects, and for each file its counts.
  struct Given {
    Lines rows{}, rejects{}, counts{};
    Lines broken{};  // of rejects a column whose value is wrong, or a line with what is wrong with it; sorted
    bool operator==(const Given&) const = default;
  };

  Given load(const std::vector<LandedFile>& files, bool careful, const Columns& columns = kColumns) const {
    Session session({.threads = 2});
    const auto plan = plan_tables(session, folder_.string(), files, {}, columns, {}, {});
    const auto loaded = load_tables(session, facts_, plan, {.into = "raw.t", .operation = "replace", .encoding = "utf-8", .work_folder = folder_.string(), .formats = {}, .threads = 2, .careful = careful}, [](size_t) {});
    Given given{.rows = lines(session, mr::data::staged_rows(facts_, *loaded.staged)), .rejects = lines(session, "SELECT _file, _line, _column, _reason, _raw FROM _rejects"), .counts = {}, .broken = {}};
    for (const auto& one : session.query("SELECT CASE WHEN _reason LIKE 'not a %' THEN ' (' || _column || ')' ELSE _line || ' ' || _reason END FROM _rejects").rows) given.broken.push_back(one[0].value_or(""));
    std::sort(given.broken.begin(), given.broken.end());
    for (const auto& one : loaded.counts) given.counts.push_back(std::to_string(one.read) + "/" + std::to_string(one.loaded) + "/" + std::to_string(one.rejected));
    return given;
  }

  fs::path folder_{};
  mr::data::Facts facts_{};
};

std::string header() {
  std::string text;
  for (const auto& column : kColumns) text += (text.empty() ? "" : ",") + column.name;
  return text;
}

// Mostly what it should be, and now and then another.
std::string row(std::mt19937& random, const Columns& columns) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto& values = kValues[i];
    const auto& value = random() % 9 == 0 ? values[random() % values.size()] : values[0];
    const bool must = value.find_first_of(",\"\n") != std::string::npos;
    text += (i == 0 ? "" : ",") + (must || random() % 7 == 0 ? quoted(value) : value);
  }
  return text;
}

std::string dirt(std::mt19937& random, const std::string& fine) {
  static const Lines kWrong{"1,x", "1,\"never closed,1.00,2026-01-01", "1,x\"y,1.00", "1,\"a\"b,1", ""};
  switch (random() % 12) {
    case 0: return kWrong[random() % kWrong.size()];
    case 1: return fine + ",more";
    default: return fine;
  }
}

TEST_F(Paths, TheQuickAndTheCarefulGiveTheSameRowsAndTheSameRejects) {
  std::mt19937 random(20261126);
  for (int round = 0; round < 25; ++round) {
    std::vector<LandedFile> files;
    for (int n = 0; n < 5; ++n) {
      const std::string end = random() % 3 == 0 ? "\r\n" : "\n";
      std::string text = header() + end;
      const int rows = static_cast<int>(random() % 120);
      for (int i = 0; i < rows; ++i) text += dirt(random, row(random, kColumns)) + end;
      if (random() % 4 == 0 && rows > 0) text.resize(text.size() - end.size());  // the last line is not ended
      files.push_back(file(std::to_string(round) + "-" + std::to_string(n) + ".csv", text));
    }
    ASSERT_EQ(load(files, false), load(files, true)) << "round " << round;
  }
}

TEST_F(Paths, EachValueIsTakenOrRefusedAsDuckDbDoes) {
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const Columns columns{{"id", "BIGINT"}, kColumns[i]};
    if (i == 0) continue;
    std::string text = "id," + kColumns[i].name + "\n";
    for (size_t k = 0; k < kValues[i].size(); ++k) text += std::to_string(k) + "," + quoted(kValues[i][k]) + "\n";
    const auto given = load({file(kColumns[i].name + ".csv", text)}, false, columns);
    Session session({});
    std::string values;
    for (size_t k = 0; k < kValues[i].size(); ++k) values += (k == 0 ? "(" : ", (") + std::to_string(k) + "::BIGINT, nullif(" + literal(kValues[i][k]) + ", ''))";
    const std::string cast = "TRY_CAST(v AS " + kColumns[i].type + ")";
    EXPECT_EQ(given.rows, lines(session, "SELECT id, " + cast + " AS " + mr::data::ident(kColumns[i].name) + " FROM (VALUES " + values + ") AS t(id, v) WHERE v IS NULL OR " + cast + " IS NOT NULL"));
  }
}

// DuckDB's reader of CSV with its own rejects, and its casts; lines follow from where it says that they begin.
TEST_F(Paths, DuckDbsOwnReaderGivesTheSame) {
  const Columns columns{{"id", "BIGINT"}, {"name", "VARCHAR"}, {"price", "DECIMAL(10,2)"}, {"day", "DATE"}};
  const std::string wrong = "CASE WHEN id IS NOT NULL AND TRY_CAST(id AS BIGINT) IS NULL THEN 'id' WHEN price IS NOT NULL AND TRY_CAST(price AS DECIMAL(10,2)) IS NULL THEN 'price' "
                            "WHEN day IS NOT NULL AND TRY_CAST(day AS DATE) IS NULL THEN 'day' END";
  std::mt19937 random(7);
  for (int round = 0; round < 15; ++round) {
    std::string text = "id,name,price,day\n";
    for (int i = 0; i < 200; ++i) text += (random() % 15 == 0 ? row(random, columns) + ",more" : random() % 15 == 0 ? std::string("1,x") : row(random, columns)) + "\n";
    const auto landed = file(std::to_string(round) + ".csv", text);
    const auto given = load({landed}, false, columns);
    Session session({});
    session.run("CREATE TEMP TABLE theirs AS SELECT * FROM read_csv(" + mr::data::path_literal(landed.path) + ", header = true, delim = ',', quote = '\"', escape = '\"', auto_detect = false, strict_mode = true, store_rejects = true, "
                "columns = {'id': 'VARCHAR', 'name': 'VARCHAR', 'price': 'VARCHAR', 'day': 'VARCHAR'})");
    EXPECT_EQ(given.rows, lines(session, "SELECT TRY_CAST(id AS BIGINT) AS id, name, TRY_CAST(price AS DECIMAL(10,2)) AS price, TRY_CAST(day AS DATE) AS day FROM theirs WHERE " + wrong + " IS NULL")) << "round " << round;
    Lines rejects;
    for (const auto& one : session.query("SELECT ' (' || " + wrong + " || ')' FROM theirs WHERE " + wrong + " IS NOT NULL").rows) rejects.push_back(one[0].value_or(""));
    const auto errors = session.query("SELECT CAST(line_byte_position AS VARCHAR), min(CAST(error_type AS VARCHAR)) FROM reject_errors GROUP BY line_byte_position");
    for (size_t i = 0; i < errors.rows.size(); ++i) {
      const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(errors.integer(i, 0)), '\n');
      rejects.push_back(std::to_string(line) + " " + errors.rows[i][1].value_or(""));
    }
    std::sort(rejects.begin(), rejects.end());
    EXPECT_EQ(given.broken, rejects) << "round " << round;
  }
}

TEST_F(Paths, AFileThatWentAwayLeavesNothingBehind) {
  std::vector<LandedFile> files{file("a.csv", "id\n1\n"), file("b.csv", "id\n2\n")};
  fs::remove(files[1].path);
  try {
    (void)load(files, false, {{"id", "BIGINT"}});
    FAIL() << "it was loaded";
  } catch (const mr::Failure& failure) {
    EXPECT_EQ(failure.code, "E5030");
    EXPECT_EQ(failure.where, "b.csv");
  }
  EXPECT_FALSE(fs::exists(folder_ / "data/raw/t"));
}

}  // namespace
