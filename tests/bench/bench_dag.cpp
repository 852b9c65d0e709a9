// One large Dag from its text to the end of its run: reading, start, and all bookkeeping of every task.
#include "benches.hpp"
#include "engine/memory_store.hpp"
#include "house.hpp"
#include "state/sqlite_store.hpp"

namespace millrace::bench {
namespace {

// Slots for as many tasks as one turn places: the figure is the engine's, not the crew's.
constexpr int kSlots = 1000;

}  // namespace

void large_dag(const std::string& folder, const std::string& shape, int tasks, bool durable, const std::string& id) {
  const std::string text = dag_text("large", shape_from(shape), tasks);
  const std::unique_ptr<Store> store = durable ? std::unique_ptr<Store>(must(SqliteStore::open(folder + "/millrace.db"))) : std::make_unique<MemoryStore>();
  House house(*store, kSlots);
  const Stopwatch watch;
  must(house.engine().set_dags({read_dag(text)}));
  const double read = watch.seconds();
  house.start("large", 1);
  house.wait_for(tasks);
  const double seconds = watch.seconds();
  house.stop();
  house.must_have_succeeded();
  print_figure(id + "_s", seconds);
  print_figure(id + "_read_s", read);
}

}  // namespace millrace::bench
