// The catalog's tables: datasets as they are at a snapshot, and what a data commit does to them.
//
// Inside the caller's transaction when it writes. Semantics: data-plane.md section 2; the rules are in catalog/rules.hpp.
#pragma once
#include "engine/store.hpp"
#include "state/database.hpp"

namespace millrace {

DatasetView read_dataset(Database& db, const std::string& name, std::optional<SnapshotId> at);
std::optional<Error> find_conflict(Database& db, const DataCommit& data);
// A conflict goes into the Database as its failure: the transaction is void then.
void write_data(Database& db, const RunCommit& part);

}  // namespace millrace
