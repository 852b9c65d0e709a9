#include "state/lineage_table.hpp"

#include <algorithm>

namespace millrace {
namespace {

std::vector<int64_t> numbers(Statement rows) {
  std::vector<int64_t> list;
  while (rows.step()) list.push_back(rows.integer(0));
  return list;
}

}  // namespace

std::vector<EdgeRow> newest_edges(Database& db) {
  // Of each task of a Dag, the newest snapshot of each dataset that it writes: SQLite takes the other columns from the row with the MAX.
  auto rows = db.prepare(
      "WITH newest AS (SELECT MAX(s.id) AS id, s.dataset, s.task, r.dag, s.run_id FROM snapshot s JOIN run r ON r.id = s.run_id GROUP BY s.dataset, s.task, r.dag) "
      "SELECT i.name, o.name, n.dag, n.run_id, n.task, e.columns FROM newest n JOIN dataset o ON o.id = n.dataset "
      "JOIN dataset_edge e ON e.output_snapshot = n.id JOIN snapshot s ON s.id = e.input_snapshot JOIN dataset i ON i.id = s.dataset ORDER BY n.id");
  std::vector<EdgeRow> edges;
  while (rows.step()) edges.push_back({rows.text(0), rows.text(1), rows.text(2), rows.integer(3), rows.integer(4), rows.text(5)});
  return edges;
}

std::map<int64_t, int> snapshots_from(Database& db, int64_t snapshot) {
  std::map<int64_t, int> found{{snapshot, 0}};
  const auto reach = [&](int64_t id, int tasks) { found[id] = std::max(found[id], tasks); };
  for (auto at = found.begin(); at != found.end(); ++at) {  // what is made of a snapshot has a greater number
    auto made = db.prepare("SELECT output_snapshot FROM dataset_edge WHERE input_snapshot = ?");
    made.bind(at->first);
    for (const int64_t id : numbers(std::move(made))) reach(id, at->second + 1);
    auto holding = db.prepare(
        "SELECT s.id FROM snapshot s WHERE s.dataset = (SELECT dataset FROM snapshot WHERE id = ?1) AND s.id > ?1 AND "
        "EXISTS (SELECT 1 FROM data_file f JOIN data_file g ON g.path = f.path WHERE f.dataset = s.dataset AND f.begin_snapshot = ?1 "  // g: it may be restored later
        "AND g.begin_snapshot <= s.id AND (g.end_snapshot IS NULL OR g.end_snapshot > s.id OR (g.end_snapshot = s.id AND s.operation = 'rewrite')))");
    holding.bind(at->first);
    for (const int64_t id : numbers(std::move(holding))) reach(id, at->second);
  }
  return found;
}

}  // namespace millrace
