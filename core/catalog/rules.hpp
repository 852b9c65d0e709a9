// When a data commit may become visible, and what the dataset is after it. Pure; any thread.
//
// Semantics: data-plane.md section 2 (commit protocol, schema evolution).
#pragma once
#include <functional>
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
};

// `now` is the dataset as it is.
// Append never conflicts with append. E5011: replace, overwrite or delete of something that has moved on since it was read.
// E5010: the columns can't evolve that way; `what` is the difference.
Result<CatalogChange> plan_commit(const DatasetView& now, const StagedSnapshot& staged);

// E5012: the position is not where the attempt found it.
std::optional<Error> position_conflict(const PositionMove& move, const std::optional<Json>& stored);

// The catalog as it is, for those who look before they commit.
struct CatalogReads {
  std::function<DatasetView(const std::string& dataset)> dataset{};
  std::function<std::optional<Json>(const PositionMove& move)> position{};
  std::function<bool(const std::string& path)> has_file{};
};

// The first conflict that committing `data` would meet: its parts are taken one after the other, as the commit does.
// Beside the codes above: E5013, a file that the catalog has already.
std::optional<Error> find_conflict(const DataCommit& data, const CatalogReads& catalog);
Error file_known(const std::string& path);

// The dataset after the commit, as readers of `snapshot` see it.
DatasetView after_commit(DatasetView now, const StagedSnapshot& staged, const CatalogChange& change, SnapshotId snapshot);

// Columns after an append of `added` to `now`: new ones are nullable, types may widen.
Result<std::vector<Column>> evolve(const std::vector<Column>& now, const std::vector<Column>& added);

}  // namespace millrace
