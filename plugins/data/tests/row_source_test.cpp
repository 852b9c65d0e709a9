// Rows made by C++ code, as SQL sees them.
#include "data/row_source.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace mr::data {
namespace {

// Numbers below `end`, in batches; each third one has no text.
class Numbers : public RowSource {
 public:
  explicit Numbers(int64_t end, int64_t bad = -1) : end_(end), bad_(bad) {}
  std::unique_ptr<RowWorker> worker() override { return std::make_unique<Worker>(*this); }

 private:
  struct Worker : RowWorker {
    explicit Worker(Numbers& of) : numbers(of) {}
    size_t fill(Batch& batch) override {
      const int64_t first = numbers.next_.fetch_add(Batch::kRows);
      size_t rows = 0;
      for (int64_t i = first; i < numbers.end_ && rows < Batch::kRows; ++i, ++rows) {
        if (i == numbers.bad_) throw mr::Failure("data", "E5044", "a bad number", "there");
        batch.values<int64_t>(0)[rows] = i;
        batch.set_text(1, rows, "number " + std::to_string(i));
        if (i % 3 == 0) batch.set_null(1, rows);
      }
      return rows;
    }
    Numbers& numbers;
  };
  int64_t end_, bad_;
  std::atomic<int64_t> next_{0};
};

const std::vector<ColumnInfo> kColumns{{"i", "BIGINT"}, {"text", "VARCHAR"}};

TEST(RowSource, AllRowsArriveOnceOnSeveralThreads) {
  Session session({.threads = 2});
  Numbers numbers(100'000);
  Rows rows(session, kColumns, numbers, 2);
  const auto seen = session.query("SELECT count(*), count(DISTINCT i), sum(i), count(text), max(text) FROM " + rows.relation()).rows[0];
  EXPECT_EQ(seen[0], "100000");
  EXPECT_EQ(seen[1], "100000");
  EXPECT_EQ(seen[2], "4999950000");
  EXPECT_EQ(seen[3], "66666");
  EXPECT_EQ(seen[4], "number 99998");
}

TEST(RowSource, WhatItThrowsIsThrownByTheStatement) {
  Session session({.threads = 2});
  Numbers numbers(100'000, 50'000);
  Rows rows(session, kColumns, numbers, 2);
  try {
    rows.run([&] { session.run("CREATE TABLE t AS SELECT * FROM " + rows.relation()); });
    FAIL();
  } catch (const mr::Failure& failure) {
    EXPECT_EQ(failure.code, "E5044");
    EXPECT_EQ(failure.where, "there");
  }
}

TEST(RowSource, OneThatIsGoneIsRefused) {
  Session session({});
  std::string relation;
  {
    Numbers numbers(10);
    Rows rows(session, kColumns, numbers, 1);
    relation = rows.relation();
    EXPECT_EQ(session.query("SELECT count(*) FROM " + relation).integer(0, 0), 10);
  }
  EXPECT_THROW(session.query("SELECT count(*) FROM " + relation), mr::Failure);
}

TEST(RowSource, KindsFollowTheNamesOfTypes) {
  EXPECT_EQ(kind_of("DECIMAL(10,2)"), (TypeOf{Kind::decimal, 10, 2}));
  EXPECT_EQ(kind_of("BIGINT").kind, Kind::i64);
  EXPECT_EQ(kind_of("VARCHAR[]").kind, Kind::other);
  EXPECT_EQ(kind_of("DECIMAL").kind, Kind::other);
}

}  // namespace
}  // namespace mr::data
