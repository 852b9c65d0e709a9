// Snapshots taken back: what a dataset is without the rows that some of its snapshots brought.
//
// Pure; any thread. Semantics: data-plane.md section 4 (a rewind can also drop the snapshots made since).
#pragma once
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "model/data.hpp"

namespace millrace {

// What it is known of a dataset from the first snapshot that is to be taken back.
struct Aftermath {
  struct Made {
    SnapshotId id{};
    Operation operation{};
    bool taken_back = false;
  };
  struct File {
    DataFile file{};
    int64_t begin{}, end{};  // snapshots; end 0: it is still there
  };
  DatasetView now{};
  DatasetView before{};            // at the snapshot before the first one; 0: it was not there
  bool before_expired = false;
  std::vector<Made> snapshots{};   // from the first one on, in order
  std::vector<File> files{};       // that began, or were there, in that time
};

// Of appends the files end, when they still are as they were written. Else, when nobody else has written since, the dataset is again as it
// was before. E5019: neither can be done.
Result<StagedSnapshot> plan_rewind(const Aftermath& since);

// The dataset with exactly the columns and files of `then`, which it had once.
StagedSnapshot plan_return(const DatasetView& now, const DatasetView& then);

}  // namespace millrace
