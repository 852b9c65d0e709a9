// The Arrow stream of a dataset, read field by field as the specification of the C data interface has it.
#include "data/row_stream.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "data/publish.hpp"
#include "sdk/millrace_testing.hpp"
#include "unit/state/folder.hpp"

namespace mr::data {
namespace {

using nlohmann::json;

class Stream {
 public:
  Stream(const mr_host& host, const std::string& dataset, const std::string& options = "") : opened(open_rows(host, dataset, options, stream_)) {}
  ~Stream() {
    if (stream_.release != nullptr) stream_.release(&stream_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  int next(ArrowArray& array) { return stream_.get_next(&stream_, &array); }
  int schema(ArrowSchema& schema) { return stream_.get_schema(&stream_, &schema); }
  std::string problem() {
    const char* text = stream_.get_last_error(&stream_);
    return text != nullptr ? text : "";
  }
  std::string code() { return problem().substr(0, problem().find(' ')); }
  void release() { stream_.release(&stream_); }

 private:
  ArrowArrayStream stream_{};

 public:
  int opened;
};

// name:format of each column.
std::string names_of(Stream& stream) {
  ArrowSchema schema{};
  EXPECT_EQ(stream.schema(schema), 0) << stream.problem();
  std::string text = schema.format;
  for (int64_t i = 0; i < schema.n_children; ++i) text += std::string(" ") + schema.children[i]->name + ":" + schema.children[i]->format;
  schema.release(&schema);
  EXPECT_EQ(schema.release, nullptr);
  return text;
}

bool is_null(const ArrowArray& array, int64_t row) {
  const auto* bits = static_cast<const uint8_t*>(array.buffers[0]);
  const int64_t at = array.offset + row;
  return bits != nullptr && ((bits[at / 8] >> (at % 8)) & 1) == 0;
}

template <class T>
T value(const ArrowArray& array, int64_t row) {
  T found{};
  std::memcpy(&found, static_cast<const char*>(array.buffers[1]) + (array.offset + row) * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return found;
}

std::string text(const ArrowArray& array, int64_t row) {
  const auto* offsets = static_cast<const int32_t*>(array.buffers[1]) + array.offset;
  return {static_cast<const char*>(array.buffers[2]) + offsets[row], static_cast<size_t>(offsets[row + 1] - offsets[row])};
}

bool truth(const ArrowArray& array, int64_t row) { return ((static_cast<const uint8_t*>(array.buffers[1])[(array.offset + row) / 8] >> ((array.offset + row) % 8)) & 1) != 0; }

class Rows : public ::testing::Test {
 protected:
  Rows() {
    host_.facts = {{"data_root", folder_.file("data")}, {"work_folder", folder_.file("work")}, {"memory_bytes", int64_t{1} << 30}, {"inputs", json::array()}};
    std::filesystem::create_directories(folder_.file("work"));
  }

  // A dataset of a file for each SELECT; the columns are those of the last.
  void put(const std::string& dataset, const std::vector<std::string>& selects) {
    Session session({});
    Facts facts{{{"data_root", folder_.file("data")}}};
    json input{{"dataset", dataset}, {"snapshot", 7}, {"columns", json::array()}, {"files", json::array()}};
    for (const auto& select : selects) {
      const auto staged = stage(session, facts, dataset, "append", select);
      input["columns"] = staged.snapshot.at("columns");
      for (const auto& file : staged.snapshot.at("files")) input["files"].push_back(file);
    }
    host_.facts["inputs"].push_back(input);
  }

  std::string file_of(size_t index) const { return folder_.file("data") + "/" + host_.facts["inputs"][0]["files"][index]["path"].get<std::string>(); }

  // All of column 0 as int64, null as -1.
  std::vector<int64_t> integers(const std::string& dataset, const std::string& options = "") {
    Stream stream(host_.table(), dataset, options);
    std::vector<int64_t> all;
    for (;;) {
      ArrowArray batch{};
      EXPECT_EQ(stream.next(batch), 0) << stream.problem();
      if (batch.release == nullptr) return all;
      batches_.push_back(batch.length);
      for (int64_t i = 0; i < batch.length; ++i) all.push_back(is_null(*batch.children[0], i) ? -1 : value<int64_t>(*batch.children[0], i));
      batch.release(&batch);
    }
  }

  millrace::testing::Folder folder_{};
  mr::testing::FakeHost host_{};
  std::vector<int64_t> batches_{};
};

TEST_F(Rows, TypesNullsUnicodeAndDecimalsComeAsArrowHasThem) {
  put("raw.all", {"SELECT 7::BIGINT AS i, 8::INTEGER AS n, 2.5::DOUBLE AS d, true AS b, 'Zoë 🙂' AS t, -12.30::DECIMAL(18,2) AS m, DATE '1970-01-11' AS day, TIMESTAMP '1970-01-01 00:00:01.5' AS at, "
                  "'\\x00\\xFF'::BLOB AS raw UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL UNION ALL SELECT 9, 1, 0, false, '', 0, DATE '1969-12-31', TIMESTAMP '1970-01-01', ''"});
  Stream stream(host_.table(), "raw.all");
  ASSERT_EQ(stream.opened, 0) << stream.problem();
  EXPECT_EQ(names_of(stream), "+s i:l n:i d:g b:b t:u m:d:18,2,128 day:tdD at:tsu: raw:z");
  ArrowArray batch{};
  ASSERT_EQ(stream.next(batch), 0) << stream.problem();
  ASSERT_EQ(batch.length, 3);
  ASSERT_EQ(batch.n_children, 9);
  const auto column = [&](int i) -> const ArrowArray& { return *batch.children[i]; };
  EXPECT_EQ(value<int64_t>(column(0), 0), 7);
  EXPECT_EQ(value<int32_t>(column(1), 0), 8);
  EXPECT_EQ(value<double>(column(2), 0), 2.5);
  EXPECT_TRUE(truth(column(3), 0));
  EXPECT_FALSE(truth(column(3), 2));
  EXPECT_EQ(text(column(4), 0), "Zoë 🙂");
  EXPECT_EQ(text(column(4), 2), "");
  EXPECT_EQ(value<int64_t>(column(5), 0), -1230) << "the low half of 128 bits";
  EXPECT_EQ((value<std::array<int64_t, 2>>(column(5), 0)[1]), -1) << "and its sign";
  EXPECT_EQ(value<int32_t>(column(6), 0), 10);
  EXPECT_EQ(value<int32_t>(column(6), 2), -1);
  EXPECT_EQ(value<int64_t>(column(7), 0), 1500000);
  EXPECT_EQ(text(column(8), 0), std::string("\x00\xFF", 2));
  for (int i = 0; i < 9; ++i) {
    EXPECT_TRUE(is_null(column(i), 1)) << i;
    EXPECT_FALSE(is_null(column(i), 0)) << i;
    EXPECT_EQ(column(i).null_count, 1) << i;
  }
  batch.release(&batch);
  ASSERT_EQ(stream.next(batch), 0);
  EXPECT_EQ(batch.release, nullptr) << "the end";
  ASSERT_EQ(stream.next(batch), 0) << "and still the end";
  EXPECT_EQ(batch.release, nullptr);
}

TEST_F(Rows, NestedValuesStayNested) {
  put("raw.nested", {"SELECT i AS id, [i, NULL, i + 1] AS list, {'a': i, 'b': 'x' || i} AS pair, MAP {'k': i} AS map FROM range(5000) t(i)"});
  Stream stream(host_.table(), "raw.nested", R"({"batch_rows": 3000})");
  ASSERT_EQ(stream.opened, 0) << stream.problem();
  EXPECT_EQ(names_of(stream), "+s id:l list:+l pair:+s map:+m");
  ArrowArray batch{};
  ASSERT_EQ(stream.next(batch), 0) << stream.problem();
  ASSERT_EQ(batch.length, 3000) << "put together from pieces of another length";
  const auto& list = *batch.children[1];
  const auto* offsets = static_cast<const int32_t*>(list.buffers[1]);
  EXPECT_EQ(offsets[2999], 2999 * 3);
  EXPECT_EQ(value<int64_t>(*list.children[0], offsets[2999]), 2999);
  EXPECT_TRUE(is_null(*list.children[0], offsets[2999] + 1));
  EXPECT_EQ(value<int64_t>(*list.children[0], offsets[2999] + 2), 3000);
  const auto& pair = *batch.children[2];
  EXPECT_EQ(value<int64_t>(*pair.children[0], 2500), 2500);
  EXPECT_EQ(text(*pair.children[1], 2500), "x2500");
  const auto& entries = *batch.children[3]->children[0];
  EXPECT_EQ(value<int64_t>(*entries.children[1], 2999), 2999);
  batch.release(&batch);
}

TEST_F(Rows, WhatNoBatchCanHoldIsRefusedByName) {
  put("raw.odd", {"SELECT 1::UNION(n BIGINT, t VARCHAR) AS choice"});
  host_.facts["inputs"][0]["columns"][0]["type"] = "UNION(n BIGINT, t VARCHAR)";
  Stream stream(host_.table(), "raw.odd");
  EXPECT_EQ(stream.opened, EBADMSG);
  EXPECT_TRUE(stream.code() == "E5048" || stream.code() == "E5005") << stream.problem();
}

TEST_F(Rows, AnEnumComesAsText) {
  put("raw.enums", {"SELECT 'b' AS letter"});
  host_.facts["inputs"][0]["columns"][0]["type"] = "ENUM('a', 'b')";
  Stream stream(host_.table(), "raw.enums");
  EXPECT_EQ(names_of(stream), "+s letter:u");
}

TEST_F(Rows, MomentsCarryTheirZoneAndUuidsAreText) {
  put("raw.kinds", {"SELECT TIMESTAMPTZ '2026-11-01 08:16:00+00' AS moment, TIME '08:16:00' AS hour, UUID '00000000-0000-0000-0000-000000000007' AS id, 1.5::FLOAT AS f, 7::UTINYINT AS u"});
  Stream stream(host_.table(), "raw.kinds");
  EXPECT_EQ(names_of(stream), "+s moment:tsu:UTC hour:ttu id:u f:f u:C");
  ArrowArray batch{};
  ASSERT_EQ(stream.next(batch), 0) << stream.problem();
  EXPECT_EQ(value<int64_t>(*batch.children[1], 0), (8 * 60 + 16) * int64_t{60000000});
  EXPECT_EQ(text(*batch.children[2], 0), "00000000-0000-0000-0000-000000000007");
  EXPECT_EQ(value<uint8_t>(*batch.children[4], 0), 7);
  batch.release(&batch);
}

TEST_F(Rows, AnEmptyDatasetHasColumnsAndNoBatch) {
  put("raw.empty", {"SELECT 1::BIGINT AS id, 'x' AS note WHERE false"});
  ASSERT_TRUE(host_.facts["inputs"][0]["files"].empty());
  Stream stream(host_.table(), "raw.empty");
  EXPECT_EQ(names_of(stream), "+s id:l note:u");
  ArrowArray batch{};
  EXPECT_EQ(stream.next(batch), 0);
  EXPECT_EQ(batch.release, nullptr);
}

TEST_F(Rows, AColumnThatALaterFileAddedIsNullInEarlierOnes) {
  put("raw.grown", {"SELECT i AS id FROM range(3) t(i)", "SELECT i + 10 AS id, i * 2 AS twice FROM range(2) t(i)"});
  EXPECT_EQ(integers("raw.grown"), (std::vector<int64_t>{0, 1, 2, 10, 11}));
  EXPECT_EQ(integers("raw.grown", R"({"columns": ["twice"]})"), (std::vector<int64_t>{-1, -1, -1, 0, 2}));
}

TEST_F(Rows, ATypeThatWasWidenedIsTheNewOneEverywhere) {
  put("raw.wide", {"SELECT 1::INTEGER AS id", "SELECT 5000000000::BIGINT AS id"});
  EXPECT_EQ(integers("raw.wide"), (std::vector<int64_t>{1, 5000000000}));
}

TEST_F(Rows, ManyFilesComeInTheirOrderAndBatchesHaveTheAskedLength) {
  put("raw.many", {"SELECT i FROM range(5000) t(i)", "SELECT i + 5000 AS i FROM range(1) t(i)", "SELECT i + 5001 AS i FROM range(4999) t(i)"});
  const auto all = integers("raw.many", R"({"batch_rows": 4096})");
  ASSERT_EQ(all.size(), 10000U);
  for (int64_t i = 0; i < 10000; ++i) ASSERT_EQ(all[static_cast<size_t>(i)], i);
  EXPECT_EQ(batches_, (std::vector<int64_t>{4096, 4096, 1808}));
  batches_.clear();
  EXPECT_EQ(integers("raw.many", R"({"batch_rows": 999})"), all);
  EXPECT_EQ(batches_.front(), 999);
  EXPECT_EQ(batches_.back(), 10);
}

TEST_F(Rows, NullsAndBitsSurviveAnySeam) {
  put("raw.bits", {"SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE i END AS i, CASE WHEN i % 5 = 0 THEN NULL ELSE i % 7 = 0 END AS b FROM range(9001) t(i)"});
  for (const int64_t batch_rows : {1000, 2047, 2048, 2049, 5000, 100000}) {
    Stream stream(host_.table(), "raw.bits", json{{"batch_rows", batch_rows}}.dump());
    int64_t at = 0, nulls = 0;
    for (ArrowArray batch{};; batch.release(&batch)) {
      ASSERT_EQ(stream.next(batch), 0) << stream.problem();
      if (batch.release == nullptr) break;
      nulls += batch.children[0]->null_count;
      for (int64_t i = 0; i < batch.length; ++i, ++at) {
        ASSERT_EQ(is_null(*batch.children[0], i), at % 3 == 0) << at;
        ASSERT_EQ(is_null(*batch.children[1], i), at % 5 == 0) << at;
        ASSERT_EQ(at % 5 != 0 && truth(*batch.children[1], i), at % 5 != 0 && at % 7 == 0) << at;
      }
    }
    EXPECT_EQ(at, 9001);
    EXPECT_EQ(nulls, 3001);
  }
}

TEST_F(Rows, AWideBatchEndsEarly) {
  put("raw.texts", {"SELECT repeat('x', 50000) AS t FROM range(6000) t(i)"});
  Stream stream(host_.table(), "raw.texts", R"({"batch_rows": 6000})");
  ArrowArray batch{};
  ASSERT_EQ(stream.next(batch), 0) << stream.problem();
  EXPECT_LT(batch.length, 6000);
  batch.release(&batch);
}

TEST_F(Rows, ABatchOutlivesItsStreamAndAChildItsBatch) {
  put("raw.many", {"SELECT i FROM range(9000) t(i)"});
  Stream stream(host_.table(), "raw.many");
  ArrowArray batch{};
  ASSERT_EQ(stream.next(batch), 0);
  stream.release();  // in the middle
  ArrowArray child = *batch.children[0];
  batch.children[0]->release = nullptr;
  batch.release(&batch);
  EXPECT_EQ(value<int64_t>(child, 5), 5);
  child.release(&child);
}

TEST_F(Rows, ACancelEndsTheStream) {
  put("raw.many", {"SELECT i FROM range(100000) t(i)"});
  Stream stream(host_.table(), "raw.many", R"({"batch_rows": 2048})");
  ArrowArray batch{};
  ASSERT_EQ(stream.next(batch), 0);
  batch.release(&batch);
  host_.cancel();
  EXPECT_EQ(stream.next(batch), ECANCELED);
  EXPECT_EQ(stream.problem(), "the attempt is to stop");
  EXPECT_EQ(Stream(host_.table(), "raw.many").opened, ECANCELED);
}

TEST_F(Rows, EveryRefusalSaysWhy) {
  put("raw.orders", {"SELECT 1 AS id"});
  host_.facts["inputs"].push_back({{"dataset", "raw.none"}, {"snapshot", 0}, {"columns", json::array()}, {"files", json::array()}});
  const auto refused = [&](const std::string& dataset, const std::string& options, int reason, const std::string& code) {
    Stream stream(host_.table(), dataset, options);
    EXPECT_EQ(stream.opened, reason) << stream.problem();
    EXPECT_EQ(stream.code(), code) << stream.problem();
    ArrowArray batch{};
    ArrowSchema schema{};
    EXPECT_EQ(stream.next(batch), reason) << "who looks only here learns it too";
    EXPECT_EQ(stream.schema(schema), reason);
  };
  refused("raw.unknown", "", EINVAL, "E4019");
  refused("nonsense", "", EINVAL, "E4019");
  refused("raw.none", "", EBADMSG, "E5020");
  refused("raw.orders", R"({"columns": ["ID2"]})", EINVAL, "E5004");
  for (const char* options : {"[]", "{", R"({"column": ["id"]})", R"({"columns": []})", R"({"columns": ["id", "id"]})", R"({"batch_rows": 0})", R"({"batch_rows": "9"})", R"({"batch_rows": 2000000})"}) refused("raw.orders", options, EINVAL, "E5047");
}

TEST_F(Rows, AFileThatIsGoneOrHasOtherBytesIsRefusedBeforeAnyRow) {
  put("raw.orders", {"SELECT 1 AS id", "SELECT 2 AS id"});
  std::ofstream(file_of(1), std::ios::app) << "more";
  Stream longer(host_.table(), "raw.orders");
  EXPECT_EQ(longer.opened, EIO);
  EXPECT_EQ(longer.code(), "E5046") << longer.problem();
  std::filesystem::remove(file_of(1));
  Stream gone(host_.table(), "raw.orders");
  EXPECT_EQ(gone.opened, EIO);
  EXPECT_EQ(gone.code(), "E5046") << gone.problem();
}

TEST_F(Rows, DamageInsideAFileIsAnErrorAndNotAnEnd) {
  put("raw.orders", {"SELECT 'order ' || (i % 7919) AS note FROM range(200000) t(i)"});
  const auto path = file_of(0);
  const auto size = static_cast<int64_t>(std::filesystem::file_size(path));
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(size / 2);
    file << std::string(4096, '\xA5');
  }
  Stream stream(host_.table(), "raw.orders");
  int reason = stream.opened;
  int64_t rows = 0;
  for (ArrowArray batch{}; reason == 0; batch.release(&batch)) {
    reason = stream.next(batch);
    if (reason != 0 || batch.release == nullptr) break;
    rows += batch.length;
  }
  EXPECT_NE(reason, 0) << rows << " rows came";
  EXPECT_TRUE(stream.code() == "E5003" || stream.code() == "E5005") << stream.problem();
}

TEST_F(Rows, AValueThatDoesNotFitIsAnErrorInTheMiddle) {
  put("raw.orders", {"SELECT i::VARCHAR AS id FROM range(500000) t(i)", "SELECT 'none' AS id"});
  host_.facts["inputs"][0]["columns"][0]["type"] = "BIGINT";
  Stream stream(host_.table(), "raw.orders", R"({"batch_rows": 2048})");
  ArrowArray batch{};
  ASSERT_EQ(stream.next(batch), 0) << stream.problem();
  batch.release(&batch);
  int reason = 0;
  for (int i = 0; i < 300 && reason == 0; ++i) {
    reason = stream.next(batch);
    if (reason == 0 && batch.release != nullptr) batch.release(&batch);
  }
  EXPECT_EQ(reason, EBADMSG);
  EXPECT_EQ(stream.code(), "E5005") << stream.problem();
  EXPECT_EQ(stream.problem().find("none"), std::string::npos) << "values of rows stay out of messages";
}

}  // namespace
}  // namespace mr::data
