// Two ways to read a table: many files in one statement, and one file by itself. What they load and what they set apart has to be the same.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "ingest/many.hpp"
#include "ingest/readers.hpp"

namespace {

namespace fs = std::filesystem;
using namespace mr::ingest;
using mr::data::Session;

const Columns kColumns{{"id", "BIGINT"}, {"name", "VARCHAR"}, {"price", "DECIMAL(10,2)"}, {"day", "DATE"}, {"seen_at", "TIMESTAMP"}};
const ReadOptions kOptions{.format = "csv", .delimiter = {}, .header = true};

std::string row(std::mt19937& random, int id) {
  static const std::vector<std::string> kNames{"plain", "\"in quotes\"", "\"a \"\"word\"\"\"", "\"two\nlines\"", "Zoë 🦊", "", "\"x, y\""};
  static const std::vector<std::string> kWrong{
      "not a number,x,1.00,2026-01-01,2026-01-01 10:00:00", "7,x,\"1,234.50\",2026-01-01,2026-01-01 10:00:00", "7,x,1.00,01.02.2026,2026-01-01 10:00:00", "7,x,1.00,02/13/2026,2026-01-01 10:00:00",
      "7,x,1.00",  "7,x,1.00,2026-01-01,2026-01-01 10:00:00,more", "7,\"never closed,1.00,2026-01-01,2026-01-01 10:00:00", "7,x\"y,1.00,2026-01-01,2026-01-01 10:00:00", "99999999999999999999,x,1.00,2026-01-01,2026-01-01 10:00:00",
      "7,x,123456789012.00,2026-01-01,2026-01-01 10:00:00", "7,x,1.00,2026-02-30,2026-01-01 10:00:00", ""};
  if (random() % 12 == 0) return kWrong[random() % kWrong.size()];
  return std::to_string(id) + "," + kNames[random() % kNames.size()] + "," + std::to_string(random() % 500) + ".25,2026-01-0" + std::to_string(1 + random() % 9) + ",2026-01-01 10:00:0" + std::to_string(random() % 10);
}

class Paths : public ::testing::Test {
 protected:
  Paths() {
    std::string pattern = (fs::temp_directory_path() / "millrace-paths-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
  }
  ~Paths() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  LandedFile file(const std::string& name, const std::string& text) const {
    const auto path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << text;
    LandedFile landed{.path = path, .key = name, .identity = identity_of(path), .seen = {}, .readable = path};
    inspect(landed, Shape::csv, "utf-8", folder_.string());
    return landed;
  }

  static std::vector<std::string> lines(Session& session, const std::string& sql) {
    std::vector<std::string> lines;
    for (const auto& one : session.query("SELECT CAST(t AS VARCHAR) FROM (" + sql + ") AS t ORDER BY 1").rows) lines.push_back(one[0].value_or(""));
    return lines;
  }

  // What one way gives: rows, rejects, and for each file its counts, or that it can't be read.
  struct Given {
    std::vector<std::string> rows{}, rejects{}, counts{};
    bool operator==(const Given&) const = default;
  };
  static std::string text(const ReadCounts& counts) { return std::to_string(counts.read) + "/" + std::to_string(counts.loaded) + "/" + std::to_string(counts.rejected); }

  static Given one_by_one(const std::vector<LandedFile>& files) {
    Session session({});
    make_tables(session, kColumns);
    Given given;
    for (const auto& one : files) given.counts.push_back(text(read_file(session, one, kOptions, kColumns)));
    given.rows = lines(session, "SELECT * FROM _rows");
    given.rejects = lines(session, "SELECT * FROM _rejects");
    return given;
  }

  // As the operator does it: those that the statement did not take are read by themselves.
  Given together(const std::vector<LandedFile>& files) {
    Session session({.threads = 2});
    make_tables(session, kColumns);
    Given given;
    const auto quick = read_many(session, files, kOptions, kColumns);
    for (size_t i = 0; i < files.size(); ++i) {
      taken_ += quick[i] ? 1 : 0;
      given.counts.push_back(text(quick[i] ? *quick[i] : read_file(session, files[i], kOptions, kColumns)));
    }
    given.rows = lines(session, "SELECT * FROM _rows");
    given.rejects = lines(session, "SELECT * FROM _rejects");
    return given;
  }

  fs::path folder_{};
  int taken_ = 0;
};

TEST_F(Paths, GiveTheSameRowsAndTheSameRejects) {
  std::mt19937 random(20261126);
  int compared = 0;
  for (int round = 0; round < 25; ++round) {
    std::vector<LandedFile> files;
    for (int n = 0; n < 5; ++n) {
      const std::string end = random() % 3 == 0 ? "\r\n" : "\n";
      std::string text = "id,name,price,day,seen_at" + end;
      const int rows = static_cast<int>(random() % 60);
      for (int i = 0; i < rows; ++i) text += row(random, i) + end;
      if (random() % 4 == 0 && rows > 0) text.resize(text.size() - end.size());  // the last line is not ended
      files.push_back(file(std::to_string(round) + "-" + std::to_string(n) + ".csv", text));
    }
    std::vector<LandedFile> readable;
    for (const auto& one : files) {
      try {
        (void)one_by_one({one});
        readable.push_back(one);
      } catch (const mr::Failure&) {  // so broken that a person has to look: refused as a whole, either way
      }
    }
    if (readable.empty()) continue;
    compared += static_cast<int>(readable.size());
    EXPECT_EQ(together(readable), one_by_one(readable)) << "round " << round;
  }
  EXPECT_GT(compared, 60);
  EXPECT_GT(taken_, compared / 2) << "the quick way is hardly ever taken";
}

TEST_F(Paths, AFileThatStopsTheStatementLeavesNothingOfTheOthersBehind) {
  std::vector<LandedFile> files{file("a.csv", "id,name,price,day,seen_at\n1,x,1.00,2026-01-01,2026-01-01 10:00:00\n"), file("b.csv", "id,name,price,day,seen_at\n2,x,1.00,2026-01-01,2026-01-01 10:00:00\n")};
  fs::remove(files[1].path);
  Session session({});
  make_tables(session, kColumns);
  const auto quick = read_many(session, files, kOptions, kColumns);
  EXPECT_FALSE(quick[0]);
  EXPECT_FALSE(quick[1]);
  EXPECT_TRUE(lines(session, "SELECT * FROM _rows").empty());
}

}  // namespace
