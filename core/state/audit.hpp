// What may be wrong with a store: SQLite's own checks, what must hold of runs, attempts, counters and the catalog, and whether the journal
// leads to the states that are stored.
//
// Reads only, on a connection of its own: also while a server works on the store. Any thread. Each finding is an Error with a remedy.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/dag.hpp"

namespace millrace {

// E2030: the store contradicts itself; E2031: a file of a dataset is not as the catalog has it. `data_root` empty: files are not looked at.
Result<std::vector<Error>> check_store(const std::string& file, const std::string& data_root);

// A copy as of one moment, made beside its place and checked before it takes it. E2032: the place is taken.
Status backup_store(const std::string& file, const std::string& to);

struct Replayed {
  int64_t runs = 0, events = 0;
  std::vector<Error> differences{};  // E2033, one for each run that differs: the first difference
};

// A Dag of the text that the store keeps with its version.
using ReadDag = std::function<Result<Dag>(const std::string& yaml, const std::string& file)>;

// Feeds the journal of a run (of all: empty key) through decide(), and compares with what is stored. E2002: no such run.
Result<Replayed> replay_store(const std::string& file, const std::string& run, const ReadDag& read_dag);

}  // namespace millrace
