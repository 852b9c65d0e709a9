// What dataset_edge and task_pin tell: who made what of which snapshot.
//
// Reads only. Semantics: core/doc/decisions/0032-lineage-and-binding.md.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "state/database.hpp"

namespace millrace {

// What a task of a Dag made last of one dataset.
struct EdgeRow {
  std::string input{}, output{}, dag{};
  int64_t run{}, task{};
  std::string columns{};  // JSON; empty: not known
};
std::vector<EdgeRow> newest_edges(Database& db);

// Snapshots that hold rows of this one, or what was made of them, each with the number of tasks on the longest way to it; itself with 0.
// Rows stay as long as their file does: a snapshot after it holds them, until one replaces them.
std::map<int64_t, int> snapshots_from(Database& db, int64_t snapshot);

}  // namespace millrace
