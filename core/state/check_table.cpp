#include "state/check_table.hpp"

#include "base/text.hpp"
#include "state/stored_json.hpp"
#include "state/stored_time.hpp"

#include <algorithm>

namespace millrace {
namespace {

int64_t first_of(Statement row) {
  return row.step() && !row.is_null(0) ? row.integer(0) : 0;
}

int64_t next_number(Database& db, int64_t snapshot) {
  return first_of(std::move(
      db.prepare("SELECT MAX(number) + 1 FROM check_result WHERE snapshot = ?").bind(snapshot)));
}

// That for which the run was, else that of its commit.
int64_t time_of(Database& db, const RunCommit& part) {
  const int64_t logical = first_of(
      std::move(db.prepare("SELECT logical_time FROM run WHERE id = ?").bind(part.run.value)));
  return logical > 0 ? logical : part.time.time_since_epoch().count();
}

// "41.3": the snapshot and the number of the last one that was seen. Empty: before the first.
struct Seen {
  int64_t snapshot = INT64_MAX, number = -1;
};

Seen seen_by(const std::string& text) {
  const auto dot = text.find('.');
  if (dot == std::string::npos) return {};
  return {whole_number(text.substr(0, dot)).value_or(INT64_MAX),
          whole_number(text.substr(dot + 1)).value_or(-1)};
}

}  // namespace

void write_checks(Database& db, const RunCommit& part, int64_t dataset,
                  const CheckedSnapshot& found) {
  const std::string& rules = part.data.rules_of;
  int64_t number = next_number(db, found.snapshot.value);
  for (const auto& result : found.checks.items()) {
    db.prepare("INSERT INTO check_result (snapshot, number, result, rules_of, run_id, time) "
               "VALUES (?, ?, ?, ?, ?, ?)")
        .bind(found.snapshot.value)
        .bind(number++)
        .bind(result.dump())
        .bind(rules)
        .bind(part.run.value)
        .bind(part.time.time_since_epoch().count())
        .run();
  }
  if (found.metrics.size() == 0) return;
  const int64_t time = time_of(db, part);
  db.prepare("INSERT OR REPLACE INTO check_metric (dataset, rules_of, snapshot, run_id, time, "
             "metrics) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(dataset)
      .bind(rules)
      .bind(found.snapshot.value)
      .bind(part.run.value)
      .bind(time)
      .bind(found.metrics.dump())
      .run();
}

void write_checked(Database& db, const RunCommit& part) {
  for (const auto& one : part.data.checked) {
    const int64_t dataset =
        first_of(std::move(db.prepare("SELECT s.dataset FROM snapshot s JOIN dataset d ON d.id = "
                                      "s.dataset WHERE s.id = ? AND d.name = ?")
                               .bind(one.snapshot.value)
                               .bind(one.dataset)));
    if (dataset == 0) continue;
    db.prepare("DELETE FROM check_result WHERE snapshot = ? AND rules_of = ?")
        .bind(one.snapshot.value)
        .bind(part.data.rules_of)
        .run();
    db.prepare("DELETE FROM check_metric WHERE dataset = ? AND rules_of = ? AND snapshot = ?")
        .bind(dataset)
        .bind(part.data.rules_of)
        .bind(one.snapshot.value)
        .run();
    write_checks(db, part, dataset, one);
  }
}

Json read_measured(Database& db, const MeasuredBefore& what) {
  Json list = Json::array();
  size_t bytes = 0;
  auto rows = db.prepare(
      "SELECT m.snapshot, m.time, m.metrics FROM check_metric m JOIN dataset d ON d.id = m.dataset "
      "WHERE d.name = ? AND m.rules_of = ? AND m.snapshot < ? AND m.run_id <> ? ORDER BY "
      "m.snapshot DESC LIMIT ?");
  rows.bind(what.dataset)
      .bind(what.rules_of)
      .bind(what.snapshot.value > 0 ? what.snapshot.value : INT64_MAX)
      .bind(what.run.value)
      .bind(kMostMeasured);
  while (rows.step()) {
    const std::string metrics = rows.text(2);
    bytes += metrics.size();
    if (bytes > kMostMeasuredBytes) break;
    list.push(Json::object({{"snapshot", rows.integer(0)},
                            {"time", iso(rows, 1)},
                            {"metrics", parsed(metrics)}}));
  }
  return list;
}

Page<CheckView> read_checks(Database& db, const CheckFilter& filter) {
  const size_t limit = static_cast<size_t>(std::clamp(filter.limit, 1, 1000));
  const Seen after = seen_by(filter.after);
  Page<CheckView> page;
  auto rows = db.prepare(
      "SELECT c.snapshot, c.number, c.result, c.rules_of, COALESCE(r.key, ''), "
      "CASE WHEN c.time > 0 THEN c.time ELSE s.time END FROM snapshot s "
      "JOIN dataset d ON d.id = s.dataset JOIN check_result c ON c.snapshot = s.id "
      "LEFT JOIN run r ON r.id = CASE WHEN c.run_id > 0 THEN c.run_id ELSE s.run_id END "
      "WHERE d.name = ?1 AND s.id <= ?2 AND (s.id < ?2 OR c.number > ?3) "
      "AND (?4 = '' OR instr(json_extract(c.result, '$.check'), ?4) > 0) "
      "ORDER BY s.id DESC, c.number LIMIT ?5");
  rows.bind(filter.dataset)
      .bind(after.snapshot)
      .bind(after.number)
      .bind(filter.check)
      .bind(static_cast<int64_t>(limit) + 1);
  while (rows.step()) {
    if (page.items.size() == limit) {
      page.next = std::to_string(page.items.back().snapshot) + "." +
                  std::to_string(page.items.back().number);
      break;
    }
    page.items.push_back({.snapshot = rows.integer(0),
                          .number = rows.integer(1),
                          .time = iso(rows, 5),
                          .run = rows.text(4),
                          .rules_of = rows.text(3),
                          .result = parsed(rows.text(2))});
  }
  return page;
}

}  // namespace millrace
