// Changed files that are loaded again in the place of what they gave before (on_change: reload).
//
// Each row has the name of its file in _file, and the dataset and its quarantine a partition for each file: what a changed file gave goes, and
// what it gives now comes, in one commit. Pure, but for the facts. Errors: E5067 (rows of before that can't be told from others, a name that
// is too long for a partition, a column that is called _file already).
#pragma once
#include "ingest/files.hpp"
#include "ingest/positions.hpp"
#include "ingest/readers.hpp"

namespace mr::ingest {

inline constexpr int64_t kMostPartitions = 1000;  // of one commit

// It does, or did once: then its datasets stay so.
bool keeps_files(const Files::Config& c, const Positions& positions);

void require_replaceable(const LandedFile& file);          // a changed one, before it is loaded again
void require_short_name(const LandedFile& file);
void require_no_file_column(const Columns& columns, const LandedFile& file);
Columns without_file_column(Columns columns);

struct Reload {
  std::string operation = "append";
  nlohmann::json clears = nlohmann::json::array();  // the partitions of changed files
  int64_t files = 0, rows = 0;                      // that are replaced
};
// Also of those that the dataset has and whose positions are forgotten (positions.hpp).
Reload reload_of(const mr::data::Facts& facts, const std::string& into, const std::vector<LandedFile>& files);

}  // namespace mr::ingest
