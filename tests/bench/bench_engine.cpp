// bench_engine WORD ARGUMENTS: one bench per process, so that none inherits another's memory. bench.py drives it.
#include <cstdio>
#include <string>
#include <vector>

#include "benches.hpp"

int main(int count, char** words) {
  using namespace millrace::bench;
  const std::vector<std::string> args(words + 1, words + count);
  if (args.size() == 6 && args[0] == "durable") {
    durable_tasks(args[1], std::stoi(args[2]), std::stoi(args[3]), std::stoi(args[4]), args[5]);
  } else if (args.size() == 6 && args[0] == "dag") {
    large_dag(args[1], args[2], std::stoi(args[3]), args[4] == "durable", args[5]);
  } else if (args.size() == 5 && args[0] == "map") {
    map_items(args[1], std::stoi(args[2]), std::stoi(args[3]), args[4]);
  } else if (args.size() == 4 && args[0] == "fill") {
    fill_with_open_runs(args[1], std::stoi(args[2]), std::stoi(args[3]));
  } else if (args.size() == 2 && args[0] == "commits") {
    commits(args[1]);
  } else if (args.size() == 3 && args[0] == "recover") {
    recover(args[1], std::stoll(args[2]));
  } else {
    std::fputs("bench_engine durable FOLDER SLOTS RUNS TASKS ID\n"
               "bench_engine dag FOLDER chain|fan_out|layered TASKS durable|memory ID\n"
               "bench_engine map FOLDER ITEMS SLOTS ID\n"
               "bench_engine fill FOLDER RUNS TASKS\n"
               "bench_engine commits FOLDER\n"
               "bench_engine recover FOLDER SINCE_NS\n", stderr);
    return 2;
  }
  return 0;
}
