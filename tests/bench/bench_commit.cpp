// Commits of snapshots with few and many files, and the plan of a reader of a dataset that has 100,000 files.
#include <algorithm>

#include "benches.hpp"
#include "house.hpp"
#include "state/sqlite_store.hpp"
#include "unit/state/driver.hpp"

namespace millrace::bench {
namespace {

constexpr int kTimes = 25, kManyFiles = 100'000;

std::vector<DataFile> files(int number, const std::string& name) {
  std::vector<DataFile> list;
  Json stats = Json::object();
  for (const char* column : {"id", "customer", "ordered_at", "quantity", "unit_price"}) stats.set(column, Json::object({{"min", "0"}, {"max", "99999"}, {"nulls", 0}}));
  for (int i = 0; i < number; ++i) {
    list.push_back(testing::file("raw/orders/day=" + std::to_string(i % 365) + "/" + name + "-" + std::to_string(i) + ".parquet", 10, Json::object({{"day", std::to_string(i % 365)}})));
    list.back().stats = stats;
  }
  return list;
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// One attempt's end, with its snapshot, durable.
double commit_ms(testing::Driver& driver, int task, int number) {
  must(driver.grant(TaskIndex{task}));
  DataCommit data;
  data.snapshots.push_back(testing::staged("raw.orders", Operation::append, files(number, "t" + std::to_string(task))));
  const Stopwatch watch;
  must(driver.finish(TaskIndex{task}, std::move(data)));
  return watch.seconds() * 1e3;
}

}  // namespace

void commits(const std::string& folder) {
  const auto store = must(SqliteStore::open(folder + "/millrace.db"));
  Dag dag;
  for (int i = 0; i < 2 * kTimes + 1; ++i) testing::add(dag, "t" + std::to_string(i));
  testing::Driver driver(*store, dag);
  must(driver.start());
  std::vector<double> one, thousand, plans;
  for (int i = 0; i < kTimes; ++i) one.push_back(commit_ms(driver, i, 1));
  for (int i = 0; i < kTimes; ++i) thousand.push_back(commit_ms(driver, kTimes + i, 1'000));
  commit_ms(driver, 2 * kTimes, kManyFiles - 1'001 * kTimes);
  for (int i = 0; i < kTimes; ++i) {
    const Stopwatch watch;
    const auto view = must(store->dataset("raw.orders", std::nullopt));
    plans.push_back(watch.seconds() * 1e3);
    if (view.files.size() != kManyFiles) give_up("not all files are there");
  }
  print_figure("data.commit1_ms", median(one));
  print_figure("data.commit1000_ms", median(thousand));
  print_figure("data.plan100k_ms", median(plans));
}

}  // namespace millrace::bench
