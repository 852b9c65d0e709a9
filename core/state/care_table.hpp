// What data.expire and data.gc change in the catalog: snapshots that are given up, and files that are nobody's any more.
//
// Inside the caller's transaction when it writes. Semantics: data-plane.md section 2 (maintenance).
#pragma once
#include <string>
#include <vector>

#include "engine/store.hpp"
#include "state/database.hpp"

namespace millrace {

std::vector<SnapshotId> read_old_snapshots(Database& db, const Expiry& expiry, int limit);
bool is_expired(Database& db, SnapshotId snapshot);
// Its line stays. Costs as much as the files that it gives up.
void expire_snapshot(Database& db, SnapshotId snapshot, TimePoint now);
std::vector<std::string> read_garbage(Database& db, TimePoint until, int limit);
void note_orphans(Database& db, const std::vector<std::string>& paths);  // those that the catalog knows are left out
void forget_garbage(Database& db, const std::vector<std::string>& paths);

}  // namespace millrace
