// Rows of datasets as operators read them, from a list.
#include "sdk/millrace_rows.hpp"

#include <gtest/gtest.h>

#include "sdk/millrace_testing.hpp"

namespace mr {
namespace {

using namespace std::chrono_literals;

class RowsOfAList : public ::testing::Test {
 protected:
  RowsOfAList() {
    host_.rows["raw.orders"] = {{{"id", "BIGINT"}, {"small", "SMALLINT"}, {"share", "DOUBLE"}, {"paid", "BOOLEAN"}, {"note", "VARCHAR"}, {"day", "DATE"}, {"at", "TIMESTAMP"}, {"total", "DECIMAL(18,2)"}},
                                {{1, -2, 0.5, true, "Zoë 🙂", "2026-11-01", "2026-11-01 08:16:00.25", "12.30"},
                                 {nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr},
                                 {3, 4, -1.0, false, "", "1969-12-31", "1969-12-31 23:59:59", "-0.05"}}};
    host_.rows["raw.none"] = {{{"id", "BIGINT"}}, Json::array()};
    host_.rows["raw.many"] = {{{"i", "INTEGER"}}, Json::array()};
    for (int i = 0; i < 1000; ++i) host_.rows["raw.many"].rows.push_back({i});
  }

  template <class F>
  static std::string code_of(F act) {
    try {
      act();
    } catch (const Failure& failure) {
      return failure.code;
    }
    return "nothing was refused";
  }

  mr::testing::FakeHost host_{};
  Attempt attempt_{host_.table()};
};

TEST_F(RowsOfAList, EveryTypeIsReadAsWhatItIs) {
  auto reader = rows(attempt_, "raw.orders");
  const auto* batch = reader.next();
  ASSERT_NE(batch, nullptr);
  ASSERT_EQ(batch->size(), 3);
  EXPECT_EQ(batch->column<int64_t>("id")[0], 1);
  EXPECT_EQ(batch->column<int64_t>("small")[0], -2);
  EXPECT_EQ(batch->column<double>("share")[2], -1.0);
  EXPECT_EQ(batch->column<bool>("paid")[0], true);
  EXPECT_EQ(batch->column<bool>("paid")[2], false);
  EXPECT_EQ(batch->column<std::string_view>("note")[0], "Zoë 🙂");
  EXPECT_EQ(batch->column<std::string>("note")[2], "");
  EXPECT_EQ(batch->column<Date>("day")[0], Date(std::chrono::year(2026) / 11 / 1));
  EXPECT_EQ(batch->column<Date>("day")[2], Date(std::chrono::year(1969) / 12 / 31));
  EXPECT_EQ(batch->column<Timestamp>("at")[0], Timestamp(Date(std::chrono::year(2026) / 11 / 1)) + 8h + 16min + 250ms);
  EXPECT_EQ(batch->column<Timestamp>("at")[2], Timestamp(-1s));
  EXPECT_EQ(batch->column<std::string>("total")[0], "12.30");
  EXPECT_EQ(batch->column<std::string>("total")[2], "-0.05");
  EXPECT_EQ(batch->column<int64_t>("id")[1], std::nullopt);
  EXPECT_EQ(batch->column<bool>("paid")[1], std::nullopt);
  EXPECT_EQ(batch->column<std::string_view>("note")[1], std::nullopt);
  EXPECT_EQ(batch->column<std::string>("total")[1], std::nullopt);
  EXPECT_EQ(reader.next(), nullptr);
  EXPECT_EQ(reader.next(), nullptr);
}

TEST_F(RowsOfAList, ARangeGoesOverAllBatches) {
  int64_t sum = 0, batches = 0;
  for (const auto& batch : rows(attempt_, "raw.many", {.columns = {"i"}, .batch_rows = 300})) {
    const auto numbers = batch.column<int64_t>("i");
    for (int64_t row = 0; row < batch.size(); ++row) sum += numbers[row].value_or(0);
    ++batches;
  }
  EXPECT_EQ(sum, 499500);
  EXPECT_EQ(batches, 4);
  for (const auto& batch : rows(attempt_, "raw.none")) FAIL() << batch.size();
}

TEST_F(RowsOfAList, ColumnsComeAsAsked) {
  auto reader = rows(attempt_, "raw.orders", {.columns = {"note", "id"}});
  ASSERT_EQ(reader.schema().n_children, 2);
  EXPECT_STREQ(reader.schema().children[0]->name, "note");
  const auto* batch = reader.next();
  EXPECT_EQ(batch->column<int64_t>("id")[2], 3);
  EXPECT_EQ(code_of([&] { batch->column<double>("share"); }), "E5049") << "not asked for";
}

TEST_F(RowsOfAList, TheFirstErrorIsThrown) {
  EXPECT_EQ(code_of([&] { rows(attempt_, "raw.unknown"); }), "E4019");
  EXPECT_EQ(code_of([&] { rows(attempt_, "raw.orders", {.columns = {"nothing"}}); }), "E5004");
  auto reader = rows(attempt_, "raw.orders");
  const auto* batch = reader.next();
  EXPECT_EQ(code_of([&] { batch->column<int64_t>("note"); }), "E5049");
  EXPECT_EQ(code_of([&] { batch->column<std::string_view>("total"); }), "E5049");
  host_.rows["raw.orders"].rows.push_back({1, 2, 0.5, true, 7, "2026-11-01", "2026-11-01 00:00:00", "1"});
  EXPECT_EQ(code_of([&] { rows(attempt_, "raw.orders").next(); }), "E5005") << "a number is no text";
}

TEST_F(RowsOfAList, ACancelIsNoFailure) {
  auto reader = rows(attempt_, "raw.many", {.batch_rows = 10});
  ASSERT_NE(reader.next(), nullptr);
  host_.cancel();
  EXPECT_THROW(reader.next(), Cancelled);
}

TEST_F(RowsOfAList, AHostWithoutRowsSaysSo) {
  mr_host bare = host_.table();
  bare.extension = nullptr;
  const Attempt attempt(bare);
  EXPECT_EQ(code_of([&] { rows(attempt, "raw.orders"); }), "E4075");
}

TEST_F(RowsOfAList, TheStreamCanBeHandedOn) {
  auto reader = rows(attempt_, "raw.many", {.batch_rows = 600});
  ASSERT_NE(reader.next(), nullptr);
  auto stream = reader.take();
  EXPECT_EQ(reader.next(), nullptr);
  ArrowArray left{};
  ASSERT_EQ(stream.get_next(&stream, &left), 0);
  EXPECT_EQ(left.length, 400);
  stream.release(&stream);
  left.release(&left);
}

// 128 bits of a decimal, as text; what a list of rows can't make.
TEST(DecimalText, IsExactUpToThirtyEightDigits) {
  const auto text = [](int64_t high, uint64_t low, size_t scale) {
    const uint64_t bits[2]{low, static_cast<uint64_t>(high)};
    const void* buffers[2]{nullptr, bits};
    ArrowArray array{};
    array.n_buffers = 2;
    array.buffers = buffers;
    return columnar::decimal(array, 0, scale);
  };
  EXPECT_EQ(text(0, 0, 0), "0");
  EXPECT_EQ(text(0, 0, 3), "0.000");
  EXPECT_EQ(text(0, 5, 2), "0.05");
  EXPECT_EQ(text(-1, ~uint64_t{0}, 0), "-1");
  EXPECT_EQ(text(0x4B3B4CA85A86C47A, 0x098A223FFFFFFFFF, 0), "99999999999999999999999999999999999999");
  EXPECT_EQ(text(1, 0, 19), "1.8446744073709551616");
  EXPECT_EQ(text(-1, 0, 0), "-18446744073709551616");
}

}  // namespace
}  // namespace mr
