#include "state/care_table.hpp"

#include <limits>

namespace millrace {
namespace {

struct Neighbours {
  int64_t dataset = 0, before = 0, after = std::numeric_limits<int64_t>::max();  // kept snapshots
};

Neighbours neighbours_of(Database& db, int64_t snapshot) {
  Neighbours found;
  {
    auto row = db.prepare("SELECT dataset FROM snapshot WHERE id = ?");
    row.bind(snapshot);
    if (row.step()) found.dataset = row.integer(0);
  }
  auto row = db.prepare("SELECT (SELECT MAX(id) FROM snapshot WHERE dataset = ?1 AND id < ?2 AND expired IS NULL), (SELECT MIN(id) FROM snapshot WHERE dataset = ?1 AND id > ?2 AND expired IS NULL)");
  row.bind(found.dataset).bind(snapshot);
  if (!row.step()) return found;
  if (!row.is_null(0)) found.before = row.integer(0);
  if (!row.is_null(1)) found.after = row.integer(1);
  return found;
}

// Files that begin after the kept snapshot before and end by the kept one after: of kept ones, none has them.
const std::string kFreed = "FROM data_file WHERE dataset = ?1 AND end_snapshot > ?2 AND end_snapshot <= ?3 AND begin_snapshot > ?4";
// A file that was restored has rows for other times too.
const std::string kKeepPaths = "INSERT OR IGNORE INTO garbage (path, not_before) SELECT DISTINCT path, ?5 " + kFreed +
                               " AND NOT EXISTS (SELECT 1 FROM data_file o WHERE o.path = data_file.path AND NOT (o.dataset = ?1 AND o.end_snapshot IS NOT NULL AND o.end_snapshot > ?2 AND o.end_snapshot <= ?3 AND o.begin_snapshot > ?4))";
const std::string kForgetFiles = "DELETE " + kFreed;

}  // namespace

std::vector<SnapshotId> read_old_snapshots(Database& db, const Expiry& expiry, int limit) {
  auto rows = db.prepare("SELECT s.id FROM snapshot s JOIN dataset d ON d.id = s.dataset WHERE d.name = ?1 AND s.expired IS NULL AND s.time < ?2 "
                         "AND s.id NOT IN (SELECT id FROM snapshot WHERE dataset = s.dataset ORDER BY id DESC LIMIT ?3) "
                         "AND NOT EXISTS (SELECT 1 FROM task_pin p JOIN run r ON r.id = p.run_id WHERE p.snapshot = s.id AND r.state NOT IN ('succeeded', 'failed', 'cancelled')) "
                         "ORDER BY s.id LIMIT ?4");
  rows.bind(expiry.dataset).bind(expiry.before.time_since_epoch().count()).bind(expiry.keep_last).bind(limit);
  std::vector<SnapshotId> old;
  while (rows.step()) old.push_back({rows.integer(0)});
  return old;
}

bool is_expired(Database& db, SnapshotId snapshot) {
  auto row = db.prepare("SELECT 1 FROM snapshot WHERE id = ? AND expired IS NOT NULL");
  row.bind(snapshot.value);
  return row.step();
}

void expire_snapshot(Database& db, SnapshotId snapshot, TimePoint now) {
  db.prepare("UPDATE snapshot SET expired = ? WHERE id = ? AND expired IS NULL").bind(now.time_since_epoch().count()).bind(snapshot.value).run();
  const auto kept = neighbours_of(db, snapshot.value);
  db.prepare(kKeepPaths)
      .bind(kept.dataset).bind(kept.before).bind(kept.after).bind(kept.before).bind(now.time_since_epoch().count()).run();
  db.prepare(kForgetFiles).bind(kept.dataset).bind(kept.before).bind(kept.after).bind(kept.before).run();
}

std::vector<std::string> read_garbage(Database& db, TimePoint until, int limit) {
  std::vector<std::string> paths;
  auto rows = db.prepare("SELECT path FROM garbage WHERE not_before <= ? ORDER BY path LIMIT ?");
  rows.bind(until.time_since_epoch().count()).bind(limit);
  while (rows.step()) paths.push_back(rows.text(0));
  return paths;
}

// Whoever found them has seen to it that they are old.
void note_orphans(Database& db, const std::vector<std::string>& paths) {
  for (const auto& path : paths) {
    db.prepare("INSERT OR IGNORE INTO garbage (path, not_before) SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM data_file WHERE path = ?1)")
        .bind(path).run();
  }
}

void forget_garbage(Database& db, const std::vector<std::string>& paths) {
  for (const auto& path : paths) db.prepare("DELETE FROM garbage WHERE path = ?").bind(path).run();
}

}  // namespace millrace
