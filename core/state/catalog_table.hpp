// The catalog's tables: datasets as they are at a snapshot, and what a data commit does to them.
//
// Inside the caller's transaction when it writes. Semantics: data-plane.md section 2; the rules are in catalog/rules.hpp.
#pragma once
#include "engine/store.hpp"
#include "state/database.hpp"
#include "state/totals.hpp"

namespace millrace {

enum class Parts : uint8_t { columns_only = 1, with_files };
DatasetView read_dataset(Database& db, const std::string& name, std::optional<SnapshotId> at, Parts parts = Parts::with_files);
// model/dataset_ref.hpp. E1036, E5015, E5016.
Result<DatasetView> read_reference(Database& db, const std::string& reference, Parts parts = Parts::with_files);
std::optional<Error> find_conflict(Database& db, const DataCommit& data);
// A conflict goes into the Database: the transaction is void then.
void write_data(Database& db, const RunCommit& part, Totals& totals);

}  // namespace millrace
