// The benches of the engine that need more than a loop; each prints its figures as JSON lines.
//
// `folder` is empty, of this bench alone, and on a real disk. Called one per process.
#pragma once
#include <cstdint>
#include <string>

namespace millrace::bench {

void durable_tasks(const std::string& folder, int slots, int runs, int tasks_of_each, const std::string& id);
void large_dag(const std::string& folder, const std::string& shape, int tasks, bool durable, const std::string& id);
void map_items(const std::string& folder, int items, int slots, const std::string& id);  // prints id_s and id_rss_mb (the most there was)
void fill_with_open_runs(const std::string& folder, int runs, int tasks);
void commits(const std::string& folder);
void recover(const std::string& folder, int64_t since_ns);

}  // namespace millrace::bench
