#include "data/databases.hpp"

#include <duckdb.h>

#include <cstdlib>
#include <future>
#include <mutex>
#include <string>

#include "sdk/millrace_plugin.hpp"

namespace mr::data {
namespace {

duckdb_database open_database() {
  duckdb_config config{};
  duckdb_create_config(&config);
  // No more threads than the taker's own before it says how many there may be.
  for (const auto& [name, value] : {std::pair{"threads", "1"}, {"autoinstall_known_extensions", "false"}, {"autoload_known_extensions", "false"}}) duckdb_set_config(config, name, value);
  duckdb_database database{};
  char* problem = nullptr;
  const auto opened = duckdb_open_ext(nullptr, &database, config, &problem);
  duckdb_destroy_config(&config);
  const std::string text = problem != nullptr ? problem : "";
  if (problem != nullptr) duckdb_free(problem);
  if (opened != DuckDBSuccess) throw mr::Failure("resource", "E5007", "DuckDB did not open: " + text, "", "", false);
  return database;
}

class Databases {
 public:
  duckdb_database take() {
    auto ready = turn();
    return ready.valid() ? ready.get() : open_database();
  }
  void wait() {
    const std::lock_guard hold(mutex_);
    if (next_.valid()) next_.wait();
  }

 private:
  std::future<duckdb_database> turn() {
    const std::lock_guard hold(mutex_);
    auto ready = std::move(next_);
    if (is_warm_) next_ = std::async(std::launch::async, open_database);
    is_warm_ = true;
    return ready;
  }

  std::mutex mutex_{};
  std::future<duckdb_database> next_{};
  bool is_warm_ = false;
};

// The last one is never closed: when a process ends, what DuckDB keeps per thread is gone before that could be done. Only its opening is over.
Databases& databases() {
  static Databases& all = *[] {
    std::atexit([] { databases().wait(); });
    return new Databases;
  }();
  return all;
}

}  // namespace

duckdb_database take_database() { return databases().take(); }

}  // namespace mr::data
