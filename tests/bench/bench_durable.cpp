// No-op tasks through engine and SQLite store, each lease and each report durable before the next step (group commit, synchronous FULL).
#include "benches.hpp"
#include "house.hpp"
#include "state/sqlite_store.hpp"

namespace millrace::bench {

void durable_tasks(const std::string& folder, int slots, int runs, int tasks_of_each, const std::string& id) {
  const auto store = must(SqliteStore::open(folder + "/millrace.db"));
  House house(*store, slots);
  must(house.engine().set_dags({read_dag(dag_text("durable", Shape::fan_out, tasks_of_each))}));
  const int64_t tasks = int64_t{runs} * tasks_of_each;
  const Stopwatch watch;
  house.start("durable", runs);
  house.wait_for(tasks);
  const double seconds = watch.seconds();
  house.stop();
  house.must_have_succeeded();
  print_figure(id, static_cast<double>(tasks) / seconds);
}

}  // namespace millrace::bench
