// foreach over many no-op items, each lease and each report durable: how long, and how much memory the process needed.
#include <sys/resource.h>

#include "benches.hpp"
#include "house.hpp"
#include "state/sqlite_store.hpp"

namespace millrace::bench {

void map_items(const std::string& folder, int items, int slots, const std::string& id) {
  const auto store = must(SqliteStore::open(folder + "/millrace.db"));
  House house(*store, slots);
  const std::string most = std::to_string(slots);
  must(house.engine().set_dags({read_dag("dag: map\nconcurrency: {tasks: " + most + "}\ntasks: {each: {uses: bench.nothing, foreach: " + std::to_string(items) + ", max_parallel: " + most + "}}\n")}));
  const Stopwatch watch;
  house.start("map", 1);
  house.wait_for(items);
  const double seconds = watch.seconds();
  house.stop();
  house.must_have_succeeded();
  print_figure(id + "_s", seconds);
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  print_figure(id + "_rss_mb", static_cast<double>(use.ru_maxrss) / 1024);
}

}  // namespace millrace::bench
