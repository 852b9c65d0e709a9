// Modes that write a dataset from what it holds and what comes: merge (upsert by keys) and scd2 (a row for each version).
//
// One thread. The dataset as it is comes from the attempt's outputs; a commit of somebody else in between makes the whole a conflict, and
// it is worked out again. NULL is a key like any other. Columns of the dataset that the rows lack keep their values, and are NULL in rows
// with new keys. Failures: E5050 (a column that is not there), E5053 (several rows with one key, and
// nothing says which counts), E5054 (a version that is older than what is there).
// Source: data-plane.md section 5; type 2 of Kimball's slowly changing dimensions.
#pragma once
#include <string>
#include <vector>

#include "data/publish.hpp"

namespace mr::data {

struct WriteMode {
  std::string into{}, mode{};            // merge, scd2
  std::vector<std::string> keys{};
  std::vector<std::string> newest_by{};  // of several rows with a key the greatest counts, those in the dataset included; ties: the one that comes
  std::vector<std::string> partition_by{};
  std::string as_of{};                   // scd2: when what comes is so, ISO 8601
  bool close_missing = false;            // scd2: a key that does not come any more ends
};

struct Written {
  std::string select{};                  // of what is to be staged
  std::string operation{};               // replace, or overwrite_partitions with these
  nlohmann::json clears = nlohmann::json::array();
  nlohmann::json counts{};               // {inserted, updated, unchanged, superseded}; scd2: closed, too
};

// What can be told before there are rows: E5050, E5053 (a column that scd2 makes).
void check_mode(const std::vector<ColumnInfo>& columns, const WriteMode& mode);

// The columns with those that the mode adds.
std::vector<ColumnInfo> columns_of(std::vector<ColumnInfo> columns, const WriteMode& mode);

// `source`: a relation with the rows that come.
Written write_into(Session& session, const Facts& facts, const std::string& source, const WriteMode& mode);

}  // namespace mr::data
