#include <gtest/gtest.h>

#include <filesystem>

#include "base/text.hpp"
#include "parse/dag_reader.hpp"
#include "parse/pool_reader.hpp"
#include "unit/parse/operators.hpp"

namespace millrace {
namespace {

std::vector<std::string> codes_of(const std::vector<Error>& errors) {
  std::vector<std::string> codes;
  for (const auto& error : errors) codes.push_back(error.code);
  return codes;
}

using Codes = std::vector<std::string>;

TEST(PoolReader, ReadsPoolsAndNamesEveryMistake) {
  std::vector<Pool> pools;
  std::vector<Error> errors;
  read_pools("pools:\n  warehouse: {slots: 4, per_second: 2.5, description: The warehouse.}\n  api: {slots: 0}\n", "pools.yaml", pools, errors);
  ASSERT_TRUE(errors.empty()) << to_string(errors.front());
  ASSERT_EQ(pools.size(), 2U);
  EXPECT_EQ(pools[0].slots, 4);
  EXPECT_EQ(pools[0].per_second, 2.5);
  read_pools("pools:\n  warehouse: {slots: 1}\n  Big: {slots: -1}\n  none: {slot: 2}\n", "more.yaml", pools, errors);
  EXPECT_EQ(codes_of(errors), (Codes{"E1003", "E1008", "E1009", "E1005", "E1006"}));
  EXPECT_EQ(errors[0].where, "more.yaml:2:3");
}

class PoolFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "pools-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    write("a.yaml", "dag: a\ntasks: {x: {uses: shell.run, with: {run: a}, pool: warehous}}\n");
    write("b.yaml", "dag: b\ntasks: {x: {uses: shell.run, with: {run: a}, pool: warehouse}}\n");
    write("pools.yaml", "pools: {warehouse: {slots: 4}}\n");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { ASSERT_TRUE(write_text(folder_ + "/" + name, text)); }
  std::string folder_{};
};

TEST_F(PoolFolder, ADagOfAPoolThatNobodyDefinesIsNotTaken) {
  const auto found = read_dags(folder_, test_operators());
  ASSERT_EQ(found.pools.size(), 1U);
  ASSERT_EQ(found.dags.size(), 1U);
  EXPECT_EQ(found.dags[0].name, "b");
  ASSERT_EQ(codes_of(found.errors), Codes{"E1026"});
  EXPECT_EQ(found.errors[0].hint, "did you mean 'warehouse'?");
}

TEST_F(PoolFolder, AFileAloneTakesThePoolsBesideIt) {
  const auto found = read_dags(folder_ + "/b.yaml", test_operators());
  EXPECT_TRUE(found.errors.empty());
  EXPECT_EQ(found.dags.size(), 1U);
}

TEST_F(PoolFolder, DagsThatStartEachOtherForEverAreNotTaken) {
  write("c.yaml", "dag: c\ntriggers: [{run: e}]\ntasks: {x: {uses: ingest.files, with: {from: a.csv, into: raw.c}}}\n");
  write("e.yaml", "dag: e\ntriggers: [{dataset: raw.c}]\ntasks: {x: {uses: shell.run, with: {run: a}}}\n");
  const auto found = read_dags(folder_, test_operators());
  ASSERT_EQ(codes_of(found.errors), (Codes{"E1026", "E1027"}));
  EXPECT_NE(found.errors[1].what.find("c -> e -> c"), std::string::npos) << found.errors[1].what;
}

// --- Dags that name each other ---------------------------------------------------------------------------------------------

TEST_F(PoolFolder, ADagThatNamesNoDagIsNotTakenButABrokenNeighbourIsNoReason) {
  write("a.yaml", "dag: a\ntasks:\n  x: {uses: core.run, with: {dag: bb}}\n");
  write("c.yaml", "dag: c\ntasks:\n  x: {uses: core.run, with: {dag: broken}}\n  y: {uses: core.run, with: {dag: \"{{ .params.any }}\"}}\nparams: {any: {type: string}}\n");
  write("broken.yaml", "# not this dag: other\ndag: broken  # as it is\ntasks: {x: {uses: shell.ran}}\n");
  write("d.yaml", "dag: d\ntriggers: [{run: gone}]\ntasks: {x: {uses: shell.run, with: {run: a}}}\n");
  const auto found = read_dags(folder_, test_operators());
  std::vector<std::string> names;
  for (const auto& dag : found.dags) names.push_back(dag.name);
  EXPECT_EQ(names, (std::vector<std::string>{"b", "c"}));
  ASSERT_EQ(codes_of(found.errors), (Codes{"E1012", "E1035", "E1035"}));
  EXPECT_EQ(found.errors[1].hint, "did you mean 'b'?");
  EXPECT_EQ(found.errors[1].where, folder_ + "/a.yaml:3:3");
  EXPECT_TRUE(read_dags(folder_ + "/a.yaml", test_operators()).errors.empty()) << "a file alone can't know";
}

}  // namespace
}  // namespace millrace
