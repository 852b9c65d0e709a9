// Datasets as an operator without a library of its own sees them.
#include "sdk/millrace_datasets.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "sdk/millrace_testing.hpp"
#include "unit/state/folder.hpp"

namespace millrace::testing {
namespace {

class Datasets : public ::testing::Test {
 protected:
  Datasets() {
    host_.facts["data_root"] = folder_.file("data");
    host_.facts["inputs"] = {{{"dataset", "raw.orders"},
                              {"snapshot", 41},
                              {"columns", {{{"name", "id"}, {"type", "BIGINT"}, {"nullable", false}}}},
                              {"files", {{{"path", "raw/orders/a.parquet"}, {"rows", 10}, {"bytes", 900}, {"partition", {{"day", "2026-11-01"}}}}, {{"path", "raw/orders/b.parquet"}, {"rows", 5}, {"bytes", 500}}}}},
                             {{"dataset", "raw.none"}, {"snapshot", 0}}};
    host_.facts["outputs"] = {{{"dataset", "clean.orders"}, {"snapshot", 7}}};
  }

  static void write(const std::string& path, const std::string& bytes) { std::ofstream(path) << bytes; }

  Folder folder_{};
  mr::testing::FakeHost host_{};
};

TEST_F(Datasets, AnInputIsItsPinnedFiles) {
  const mr::Attempt attempt(host_.table());
  const auto orders = mr::dataset(attempt, "raw.orders");
  EXPECT_EQ(orders.snapshot, 41);
  EXPECT_EQ(orders.rows(), 15);
  ASSERT_EQ(orders.files.size(), 2U);
  EXPECT_EQ(orders.files[0].path, folder_.file("data") + "/raw/orders/a.parquet");
  EXPECT_EQ(orders.files[0].partition.at("day"), "2026-11-01");
  EXPECT_FALSE(orders.columns.at(0).nullable);
  EXPECT_TRUE(mr::dataset(attempt, "raw.none").files.empty()) << "there is none yet";
}

TEST_F(Datasets, WhatTheTaskDoesNotNameIsRefused) {
  const mr::Attempt attempt(host_.table());
  const auto code_of = [](auto act) {
    try {
      act();
    } catch (const mr::Failure& failure) {
      return failure.code;
    }
    return std::string("nothing was refused");
  };
  EXPECT_EQ(code_of([&] { mr::dataset(attempt, "clean.orders"); }), "E4019");
  EXPECT_EQ(code_of([&] { mr::Staging staging(attempt, "raw.orders"); }), "E4019");
}

TEST_F(Datasets, StagedFilesBecomeACommit) {
  const mr::Attempt attempt(host_.table());
  mr::Staging clean(attempt, "clean.orders");
  const auto first = clean.new_file(), second = clean.new_file();
  EXPECT_NE(first, second);
  write(first, "0123456789");
  write(second, "01234");
  clean.add(first, 3);
  clean.add(second, 2, {{"day", "2026-11-01"}});
  clean.replace({{"id", "BIGINT", false}, {"note", "VARCHAR", true}});
  ASSERT_EQ(host_.commits().size(), 1U);
  const auto snapshot = host_.commits().at(0).at("snapshots").at(0);
  EXPECT_EQ(snapshot.at("dataset"), "clean.orders");
  EXPECT_EQ(snapshot.at("operation"), "replace");
  EXPECT_EQ(snapshot.at("read"), 7);
  EXPECT_EQ(snapshot.at("summary").at("rows_out"), 5);
  EXPECT_EQ(snapshot.at("summary").at("bytes"), 15);
  EXPECT_EQ(snapshot.at("files").at(1).at("partition").at("day"), "2026-11-01");
  EXPECT_EQ(folder_.file("data") + "/" + snapshot.at("files").at(0).at("path").get<std::string>(), first);
}

TEST_F(Datasets, WhatNoCommitNamesIsRemoved) {
  const mr::Attempt attempt(host_.table());
  std::string kept, left, lost;
  {
    mr::Staging clean(attempt, "clean.orders");
    kept = clean.new_file();
    left = clean.new_file();
    write(kept, "1");
    write(left, "2");
    clean.add(kept, 1);
    clean.append({{"id", "BIGINT", true}});
    mr::Staging other(attempt, "clean.orders");
    lost = other.new_file();
    write(lost, "3");
    other.add(lost, 1);  // and then something goes wrong
  }
  EXPECT_TRUE(std::filesystem::exists(kept));
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_FALSE(std::filesystem::exists(lost));
}

TEST_F(Datasets, AFileThatIsNotThereIsNoFile) {
  const mr::Attempt attempt(host_.table());
  mr::Staging clean(attempt, "clean.orders");
  EXPECT_THROW(clean.add(clean.new_file(), 1), mr::Failure);
}

}  // namespace
}  // namespace millrace::testing
