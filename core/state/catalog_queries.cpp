#include "state/catalog_queries.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.hpp"
#include "state/catalog_table.hpp"
#include "state/stored_json.hpp"
#include "state/stored_time.hpp"

namespace millrace {
namespace {

// A reference's own, or all that is there now.
Result<DatasetView> view_of(Database& db, const std::string& dataset, const std::string& at) {
  auto view = read_reference(db, at.empty() ? dataset : dataset + "@" + at);
  if (!view || !at.empty() || view->snapshot.value > 0) return view;
  return Error{.code = "E8004", .what = "no dataset " + quote(dataset), .where = {}, .hint = "`millrace datasets list` shows the names"};
}

std::vector<ColumnChange> column_changes(const std::vector<Column>& from, const std::vector<Column>& to) {
  std::vector<ColumnChange> changes;
  const auto find = [](const std::vector<Column>& columns, const std::string& name) { return std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; }); };
  for (const auto& column : from) {
    const auto now = find(to, column.name);
    if (now == to.end()) changes.push_back({.name = column.name, .before = column, .after = {}});
    else if (*now != column) changes.push_back({.name = column.name, .before = column, .after = *now});
  }
  for (const auto& column : to) {
    if (find(from, column.name) == from.end()) changes.push_back({.name = column.name, .before = {}, .after = column});
  }
  return changes;
}

FileSum sum_of(const std::vector<DataFile>& files, const std::set<std::string_view>& but) {
  FileSum sum;
  for (const auto& file : files) {
    if (but.contains(file.path)) continue;
    sum = {.files = sum.files + 1, .rows = sum.rows + file.rows, .bytes = sum.bytes + file.bytes};
  }
  return sum;
}

std::set<std::string_view> paths_of(const std::vector<DataFile>& files) {
  std::set<std::string_view> paths;
  for (const auto& file : files) paths.insert(file.path);
  return paths;
}

template <class T, class Next>
Page<T> paged(std::vector<T> items, int limit, Next next) {
  Page<T> page{.items = std::move(items), .next = {}};
  if (page.items.size() <= static_cast<size_t>(limit)) return page;
  page.items.pop_back();
  page.next = next(page.items.back());
  return page;
}

}  // namespace

Result<DatasetDiff> read_diff(Database& db, const std::string& dataset, const std::string& from, const std::string& to) {
  auto before = view_of(db, dataset, from), after = view_of(db, dataset, to);
  if (!before) return before.error();
  if (!after) return after.error();
  return DatasetDiff{.dataset = dataset, .from = before->snapshot.value, .to = after->snapshot.value, .columns = column_changes(before->columns, after->columns),
                     .before = sum_of(before->files, {}), .after = sum_of(after->files, {}), .added = sum_of(after->files, paths_of(before->files)),
                     .removed = sum_of(before->files, paths_of(after->files))};
}

Page<SourceView> read_source_views(Database& db, const std::string& after, int limit) {
  std::vector<SourceView> items;
  auto rows = db.prepare("SELECT p.source, COUNT(*), (SELECT time FROM position_change WHERE source = p.source ORDER BY id DESC LIMIT 1), "
                         "(SELECT r.key FROM position_change c JOIN run r ON r.id = c.run_id WHERE c.source = p.source ORDER BY c.id DESC LIMIT 1) "
                         "FROM position p WHERE p.source > ? GROUP BY p.source ORDER BY p.source LIMIT ?");
  rows.bind(after).bind(limit + 1);
  while (rows.step()) items.push_back({.source = rows.text(0), .moved = iso(rows, 2), .run = rows.text(3), .positions = rows.integer(1)});
  return paged(std::move(items), limit, [](const SourceView& last) { return last.source; });
}

Page<PositionView> read_position_views(Database& db, const std::string& source, const std::string& after, int limit) {
  std::vector<PositionView> items;
  auto rows = db.prepare("SELECT p.key, p.value, c.id, c.time, r.key FROM position p "
                         "LEFT JOIN position_change c ON c.id = (SELECT MAX(id) FROM position_change WHERE source = p.source AND key = p.key) LEFT JOIN run r ON r.id = p.run_id "
                         "WHERE p.source = ? AND p.key > ? ORDER BY p.key LIMIT ?");
  rows.bind(source).bind(after).bind(limit + 1);
  while (rows.step()) items.push_back({.id = rows.integer(2), .key = rows.text(0), .moved = iso(rows, 3), .run = rows.text(4), .value = parsed(rows.text(1))});
  return paged(std::move(items), limit, [](const PositionView& last) { return last.key; });
}

Page<PositionView> read_position_changes(Database& db, const PositionFilter& filter) {
  const int limit = std::clamp(filter.limit, 1, 1000);
  std::vector<PositionView> items;
  auto rows = db.prepare("SELECT c.id, c.key, c.value, c.time, r.key FROM position_change c LEFT JOIN run r ON r.id = c.run_id "
                         "WHERE c.source = ?1 AND (?2 = '' OR c.key = ?2) AND c.id < ?3 ORDER BY c.id DESC LIMIT ?4");
  rows.bind(filter.source).bind(filter.key).bind(filter.before > 0 ? filter.before : INT64_MAX).bind(limit + 1);
  while (rows.step()) items.push_back({.id = rows.integer(0), .key = rows.text(1), .moved = iso(rows, 3), .run = rows.text(4), .value = parsed(rows.text(2))});
  return paged(std::move(items), limit, [](const PositionView& last) { return std::to_string(last.id); });
}

}  // namespace millrace
