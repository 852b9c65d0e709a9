// When a data commit may become visible, and what the dataset is after it. Pure; any thread.
//
// Semantics: data-plane.md section 2 (commit protocol, schema evolution).
#pragma once
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "model/data.hpp"

namespace millrace {

// What the commit does to the dataset.
struct CatalogChange {
  std::vector<std::string> ended{};    // paths of files that are not part of it any more
  std::vector<Column> columns{};       // after it
  bool schema_changed = false;
  bool nothing = false;                // partitions were to end that have no file, and nothing else was said: no snapshot is made of it
};

// `now` is the dataset as it is; `since`: of what is written by partition, the files that came or went after the snapshot that it read.
// Append never conflicts with append, nor a rewrite with either: it conflicts when one of the files that it rewrote has ended. What is written by
// partition conflicts when files of its own partitions came or went. E5011: replace, overwrite or delete of something that has moved on since it was read.
// E5013: a rewrite that has not as many rows as before. E5010: the columns can't evolve that way; `what` is the difference.
Result<CatalogChange> plan_commit(const DatasetView& now, const StagedSnapshot& staged, const std::vector<DataFile>& since = {});
bool is_by_partition(const StagedSnapshot& staged);  // and looked at the dataset

Error has_expired(const std::string& dataset, SnapshotId snapshot);  // E5015

// E5012: the position is not where the attempt found it.
std::optional<Error> position_conflict(const PositionMove& move, const std::optional<Json>& stored);

// Columns after an append of `added` to `now`: new ones are nullable, types may widen.
Result<std::vector<Column>> evolve(const std::vector<Column>& now, const std::vector<Column>& added);

}  // namespace millrace
