// What rules found on snapshots, and what they measured.
//
// Inside the caller's transaction when it writes.
#pragma once
#include "engine/queries.hpp"
#include "engine/store.hpp"
#include "state/database.hpp"

namespace millrace {

// Of the commit's rules on one snapshot of the dataset with this id.
void write_checks(Database& db, const RunCommit& part, int64_t dataset,
                  const CheckedSnapshot& found);
// DataCommit::checked. What is told of a snapshot that is not the dataset's is dropped.
void write_checked(Database& db, const RunCommit& part);

Json read_measured(Database& db, const MeasuredBefore& what);          // as Store::measured()
Page<CheckView> read_checks(Database& db, const CheckFilter& filter);  // by snapshot, newest first

}  // namespace millrace
