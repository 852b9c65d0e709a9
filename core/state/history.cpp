#include "state/history.hpp"

#include <mutex>

#include "base/text.hpp"
#include "state/catalog_queries.hpp"
#include "state/catalog_table.hpp"
#include "state/check_table.hpp"
#include "state/database.hpp"
#include "state/expansion_table.hpp"
#include "state/lineage_table.hpp"
#include "state/stored_json.hpp"
#include "state/stored_time.hpp"

namespace millrace {
namespace {

const std::string kRun = "SELECT id, key, dag, dag_version, \"trigger\", params, logical_time, created, started, finished, state, abs(pruned), deadline, late FROM run ";
const std::string kSnapshot =
    "SELECT s.id, d.name, s.operation, s.time, COALESCE(r.key, ''), s.task, s.attempt, s.rows, s.bytes, s.files, s.summary, r.dag, r.dag_version, s.run_id, s.expired "
    "FROM snapshot s JOIN dataset d ON d.id = s.dataset LEFT JOIN run r ON r.id = s.run_id ";
const std::string kTask =
    "SELECT t.task, t.state, t.attempt, t.since, t.reason, o.output, (SELECT MIN(started) FROM attempt a WHERE a.run_id = t.run_id AND a.task = t.task), "
    "l.code, l.what, l.\"where\", l.hint FROM task_run t "
    "LEFT JOIN attempt l ON l.run_id = t.run_id AND l.task = t.task AND l.attempt = t.attempt AND t.state IN ('failed', 'timed_out', 'backoff') "
    "LEFT JOIN task_output o ON o.run_id = t.run_id AND o.task = t.task ";

std::string names_of(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const auto& name : names) list.push(name);
  return list.dump();
}

class SqliteHistory final : public History {
 public:
  explicit SqliteHistory(Database db) : db_(std::move(db)) {}

  Result<Page<RunView>> runs(const RunFilter& filter) override {
    const View view(*this);
    Page<RunView> page;
    int64_t before = INT64_MAX;
    if (!filter.after.empty()) {
      auto find = db_.prepare("SELECT id FROM run WHERE key = ?");
      find.bind(filter.after);
      if (find.step()) before = find.integer(0);
    }
    const int limit = std::clamp(filter.limit, 1, 1000);
    std::string where = "WHERE id < ?";
    if (!filter.dag.empty()) where += " AND dag = ?";
    if (!filter.state.empty()) where += " AND state = ?";
    if (filter.only) where += " AND dag IN (SELECT value FROM json_each(?))";
    std::vector<int64_t> ids;
    {
      auto rows = db_.prepare(kRun + where + " ORDER BY id DESC LIMIT ?");
      rows.bind(before);
      if (!filter.dag.empty()) rows.bind(filter.dag);
      if (!filter.state.empty()) rows.bind(filter.state);
      if (filter.only) rows.bind(names_of(*filter.only));
      rows.bind(limit + 1);
      while (rows.step()) {
        ids.push_back(rows.integer(0));
        page.items.push_back(run_from(rows));
      }
    }
    if (page.items.size() > static_cast<size_t>(limit)) {
      page.items.pop_back();
      page.next = page.items.back().id;
    }
    for (size_t i = 0; i < page.items.size(); ++i) count_tasks(ids[i], page.items[i]);
    return view.answer(std::move(page));
  }

  Result<std::vector<RunView>> last_runs(const std::string& dag, int count) override {
    auto page = runs({.dag = dag, .state = {}, .after = {}, .limit = count});
    if (!page) return page.error();
    return std::move(page->items);
  }

  Result<std::optional<RunView>> run_line(const std::string& id) override {
    const View view(*this);
    auto found = find_run(id);
    return view.answer(found ? std::optional(std::move(found->second)) : std::nullopt);
  }

  Result<std::optional<RunDetail>> run(const std::string& id) override {
    const View view(*this);
    auto found = find_run(id);
    if (!found) return view.answer(std::optional<RunDetail>());
    const int64_t row_id = found->first;
    RunDetail detail{.run = std::move(found->second), .tasks = {}};
    read_tasks(row_id, detail);
    read_snapshots(row_id, detail);
    return view.answer(std::optional(std::move(detail)));
  }

  Result<Page<TaskView>> items(const ItemFilter& filter) override {
    const View view(*this);
    Page<TaskView> page;
    const auto [row_id, place] = find_task(filter.run, filter.task);
    const auto items = place < 0 ? std::nullopt : items_of(row_id, place);
    if (!items) return view.answer(std::move(page));
    const int limit = std::clamp(filter.limit, 1, 1000);
    auto rows = db_.prepare(kTask + "WHERE t.run_id = ? AND t.task > ? AND t.task < ? AND (? = '' OR t.state = ?) ORDER BY t.task LIMIT ?");
    rows.bind(row_id).bind(items->first + std::max<int64_t>(filter.after, -1)).bind(int64_t{items->first} + items->count).bind(filter.state).bind(filter.state).bind(limit + 1);
    while (rows.step()) {
      if (page.items.size() == static_cast<size_t>(limit)) {
        const auto& last = page.items.back().id;
        page.next = last.substr(filter.task.size() + 1, last.size() - filter.task.size() - 2);
        break;
      }
      page.items.push_back(task_from(rows));
      page.items.back().id = filter.task + "[" + std::to_string(rows.integer(0) - items->first) + "]";
    }
    return view.answer(std::move(page));
  }

  Result<std::vector<AttemptView>> attempts(const std::string& run, const std::string& task) override {
    const View view(*this);
    std::vector<AttemptView> list;
    const auto [row_id, index] = find_task(run, task);
    auto rows = db_.prepare("SELECT attempt, state, worker, started, finished, error_class, code, what, \"where\", hint, config, usage FROM attempt WHERE run_id = ? AND task = ? ORDER BY attempt");
    rows.bind(row_id).bind(index);
    while (rows.step()) {
      list.push_back({.number = static_cast<int>(rows.integer(0)), .state = attempt_state_from(rows.text(1)).value_or(AttemptState::leased), .worker = rows.text(2),
                      .started = iso(rows, 3), .finished = iso(rows, 4), .error_class = rows.text(5),
                      .error = {.code = rows.text(6), .what = rows.text(7), .where = rows.text(8), .hint = rows.text(9)},
                      .config = parsed(rows.text(10)), .usage = parsed(rows.text(11))});
    }
    return view.answer(std::move(list));
  }

  Result<Json> checkpoint(const std::string& run, const std::string& task) override {
    const View view(*this);
    const auto [row_id, index] = find_task(run, task);
    auto row = db_.prepare("SELECT state FROM checkpoint WHERE run_id = ? AND task = ?");
    row.bind(row_id).bind(index);
    Json saved = row.step() ? parsed(row.text(0)) : Json();
    return view.answer(std::move(saved));
  }

  Result<std::vector<DataLink>> data_links() override {
    const View view(*this);
    std::vector<DataLink> links;
    for (auto& edge : newest_edges(db_)) {
      links.push_back({.input = std::move(edge.input), .output = std::move(edge.output), .dag = std::move(edge.dag), .task = label_in(edge.run, edge.task), .columns = edge.columns.empty() ? Json() : parsed(edge.columns)});
    }
    return view.answer(std::move(links));
  }

  Result<std::vector<ConsumerView>> consumers(int64_t snapshot) override {
    const View view(*this);
    {
      auto known = db_.prepare("SELECT 1 FROM snapshot WHERE id = ?");
      known.bind(snapshot);
      if (!known.step()) return Error{.code = "E1070", .what = "there is no snapshot " + std::to_string(snapshot), .where = {}, .hint = "`millrace datasets show` has the numbers of a dataset's snapshots"};
    }
    std::map<std::pair<int64_t, int64_t>, ConsumerView> found;
    for (const auto& [id, wave] : snapshots_from(db_, snapshot)) {
      // Pins go with the run's tasks; of a run that is only a line, edges are left.
      auto rows = db_.prepare("SELECT p.run_id, p.task, r.key, r.dag, d.name, 0 FROM snapshot s JOIN dataset d ON d.id = s.dataset JOIN task_pin p ON p.snapshot = s.id JOIN run r ON r.id = p.run_id WHERE s.id = ?1 "
                              "UNION SELECT e.run_id, e.task, r.key, r.dag, d.name, 1 FROM dataset_edge e JOIN run r ON r.id = e.run_id JOIN snapshot s ON s.id = e.input_snapshot JOIN dataset d ON d.id = s.dataset WHERE e.input_snapshot = ?1 AND r.pruned > 0");
      rows.bind(id);
      while (rows.step()) {
        auto& one = found[{rows.integer(0), rows.integer(1)}];
        if (!one.run.empty() && one.wave >= wave) continue;
        one = {.run = rows.text(2), .dag = rows.text(3), .task = {}, .dataset = rows.text(4), .snapshot = id, .wave = wave, .pruned = rows.integer(5) != 0};
      }
    }
    std::vector<ConsumerView> list;
    for (auto& [key, one] : found) {
      one.task = label_in(key.first, key.second);
      list.push_back(std::move(one));
    }
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.wave < b.wave; });
    return view.answer(std::move(list));
  }

  Result<Page<DatasetSummary>> datasets(const std::string& after, int limit) override {
    const View view(*this);
    limit = std::clamp(limit, 1, 1000);
    std::vector<std::string> names;
    {
      auto rows = db_.prepare("SELECT d.name FROM dataset d WHERE d.name > ? AND (SELECT operation FROM snapshot WHERE dataset = d.id ORDER BY id DESC LIMIT 1) <> 'drop' ORDER BY d.name LIMIT ?");
      rows.bind(after).bind(limit + 1);
      while (rows.step()) names.push_back(rows.text(0));
    }
    Page<DatasetSummary> page;
    if (names.size() > static_cast<size_t>(limit)) {
      names.pop_back();
      page.next = names.back();
    }
    for (const auto& name : names) page.items.push_back(summary_of(name));
    return view.answer(std::move(page));
  }

  Result<std::optional<DatasetDetail>> dataset(const std::string& name) override {
    const View view(*this);
    DatasetDetail detail{.summary = summary_of(name), .history = {}, .files = read_dataset(db_, name, std::nullopt).files};
    if (detail.summary.snapshot == 0) return view.answer(std::optional<DatasetDetail>());
    auto rows = db_.prepare(kSnapshot + "WHERE d.name = ? ORDER BY s.id DESC LIMIT 100");
    rows.bind(name);
    while (rows.step()) detail.history.push_back(snapshot_from(rows));
    return view.answer(std::optional(std::move(detail)));
  }

  Result<Page<SnapshotView>> snapshots(const std::string& dataset, int64_t before, int limit) override {
    const View view(*this);
    limit = std::clamp(limit, 1, 1000);
    Page<SnapshotView> page;
    auto rows = db_.prepare(kSnapshot + "WHERE d.name = ? AND s.id < ? ORDER BY s.id DESC LIMIT ?");
    rows.bind(dataset).bind(before > 0 ? before : INT64_MAX).bind(limit + 1);
    while (rows.step()) {
      if (page.items.size() == static_cast<size_t>(limit)) {
        page.next = std::to_string(page.items.back().id);
        break;
      }
      page.items.push_back(snapshot_from(rows));
    }
    return view.answer(std::move(page));
  }

  Result<DatasetDiff> diff(const std::string& dataset, const std::string& from, const std::string& to) override {
    const View view(*this);
    auto found = read_diff(db_, dataset, from, to);
    return found ? view.answer(std::move(*found)) : found;
  }

  Result<Page<CheckView>> checks(const CheckFilter& filter) override {
    const View view(*this);
    return view.answer(read_checks(db_, filter));
  }

  Result<Page<SourceView>> sources(const std::string& after, int limit) override {
    const View view(*this);
    return view.answer(read_source_views(db_, after, std::clamp(limit, 1, 1000)));
  }

  Result<Page<PositionView>> positions(const std::string& source, const std::string& after, int limit) override {
    const View view(*this);
    return view.answer(read_position_views(db_, source, after, std::clamp(limit, 1, 1000)));
  }

  Result<Page<PositionView>> position_changes(const PositionFilter& filter) override {
    const View view(*this);
    return view.answer(read_position_changes(db_, filter));
  }

  Result<std::map<std::string, int64_t>> totals() override {
    const View view(*this);
    std::map<std::string, int64_t> totals;
    auto rows = db_.prepare("SELECT name, value FROM total");
    while (rows.step()) totals[rows.text(0)] = rows.integer(1);
    return view.answer(std::move(totals));
  }

 private:
  // One read transaction, so that an answer is one consistent view; and the turn on the connection.
  class View {
   public:
    explicit View(SqliteHistory& history) : history_(history), turn_(history.mutex_) { history_.db_.execute("BEGIN"); }
    ~View() { history_.db_.execute("COMMIT"); }
    View(const View&) = delete;
    View& operator=(const View&) = delete;

    template <class T>
    Result<T> answer(T value) const {
      if (auto failed = history_.db_.take_error(); !failed) return failed.error();
      return value;
    }

   private:
    SqliteHistory& history_;
    std::lock_guard<std::mutex> turn_;
  };

  static RunView run_from(const Statement& row) {
    return {.id = row.text(1), .dag = row.text(2), .dag_version = row.text(3), .trigger = row.text(4), .logical_time = iso(row, 6), .created = iso(row, 7),
            .started = iso(row, 8), .finished = iso(row, 9), .state = run_state_from(row.text(10)).value_or(RunState::queued), .params = parsed(row.text(5)), .counts = {}, .deadline = iso(row, 12), .late = row.is_null(13) ? Json() : parsed(row.text(13)), .pruned = iso(row, 11)};
  }

  // With the number of its row.
  std::optional<std::pair<int64_t, RunView>> find_run(const std::string& id) {
    auto row = db_.prepare(kRun + "WHERE key = ?");
    row.bind(id);
    if (!row.step()) return std::nullopt;
    std::pair<int64_t, RunView> found{row.integer(0), run_from(row)};
    count_tasks(found.first, found.second);
    return found;
  }

  void count_tasks(int64_t row_id, RunView& run) {
    auto rows = db_.prepare("SELECT state, COUNT(*) FROM task_run WHERE run_id = ? AND task < ? GROUP BY state");
    rows.bind(row_id).bind(static_cast<int64_t>(task_ids(run.dag, run.dag_version).size()));
    while (rows.step()) run.counts[rows.text(0)] = static_cast<int>(rows.integer(1));
  }

  Json task_ids(const std::string& dag, const std::string& version) {
    auto row = db_.prepare("SELECT tasks FROM dag_version WHERE name = ? AND version = ?");
    row.bind(dag).bind(version);
    return row.step() ? parsed(row.text(0)) : Json::array();
  }

  std::pair<int64_t, int64_t> find_task(const std::string& run, const std::string& task) {
    int64_t row_id = 0;
    std::string dag, version;
    {
      auto row = db_.prepare("SELECT id, dag, dag_version FROM run WHERE key = ?");
      row.bind(run);
      if (!row.step()) return {0, -1};
      row_id = row.integer(0);
      dag = row.text(1);
      version = row.text(2);
    }
    const Json ids = task_ids(dag, version);
    const auto bracket = task.find('[');
    int64_t place = -1;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids.at(i).as_text() == task.substr(0, bracket)) place = static_cast<int64_t>(i);
    }
    if (bracket == std::string::npos || place < 0) return {row_id, place};
    const auto items = items_of(row_id, place);
    const auto number = whole_number(task.substr(bracket + 1, task.size() - bracket - 2));
    return {row_id, items && task.ends_with(']') && number && *number >= 0 && *number < items->count ? items->first + *number : -1};
  }

  // The expansion of a foreach task that counts.
  std::optional<Expansion> items_of(int64_t row_id, int64_t task) {
    for (const auto& one : read_expansions(db_, {row_id})) {
      if (one.task.value == task && !one.dropped) return one;
    }
    return std::nullopt;
  }

  std::string label_in(int64_t row_id, int64_t place) {
    std::string dag, version;
    {
      auto row = db_.prepare("SELECT dag, dag_version FROM run WHERE id = ?");
      row.bind(row_id);
      if (!row.step()) return std::to_string(place);
      dag = row.text(0);
      version = row.text(1);
    }
    return label(row_id, task_ids(dag, version), place);
  }

  // "load", or "load[3]" for an item.
  std::string label(int64_t row_id, const Json& ids, int64_t place) {
    if (static_cast<size_t>(place) < ids.size()) return ids.at(static_cast<size_t>(place)).as_text();
    for (const auto& one : read_expansions(db_, {row_id})) {
      const bool has = place >= one.first && place < one.first + one.count && index(one.task) < ids.size();
      if (has) return ids.at(index(one.task)).as_text() + "[" + std::to_string(place - one.first) + "]";
    }
    return std::to_string(place);
  }

  static TaskView task_from(const Statement& rows) {  // as kTask selects
    TaskView task;
    task.state = task_state_from(rows.text(1)).value_or(TaskState::waiting);
    task.attempt = static_cast<int>(rows.integer(2));
    task.started = iso(rows, 6);
    task.finished = is_final(task.state) ? iso(rows, 3) : "";
    task.why = rows.text(4);
    task.error = {.code = rows.text(7), .what = rows.text(8), .where = rows.text(9), .hint = rows.text(10)};
    if (!rows.is_null(5)) task.output = parsed(rows.text(5));
    return task;
  }

  void read_tasks(int64_t row_id, RunDetail& detail) {
    const Json ids = task_ids(detail.run.dag, detail.run.dag_version);
    auto rows = db_.prepare(kTask + "WHERE t.run_id = ? AND t.task < ? ORDER BY t.task");
    rows.bind(row_id).bind(static_cast<int64_t>(ids.size()));
    while (rows.step()) {
      detail.tasks.push_back(task_from(rows));
      detail.tasks.back().id = ids.at(static_cast<size_t>(rows.integer(0))).as_text();
    }
  }
  void read_snapshots(int64_t row_id, RunDetail& detail) {
    auto rows = db_.prepare(kSnapshot + "WHERE s.run_id = ? ORDER BY s.id");
    rows.bind(row_id);
    while (rows.step()) {
      auto snapshot = snapshot_from(rows);
      const std::string task = snapshot.task.substr(0, snapshot.task.find('['));  // an item's is shown at its task
      for (auto& one : detail.tasks) {
        if (one.id == task) one.snapshots.push_back(snapshot);
      }
    }
  }

  SnapshotView snapshot_from(const Statement& row) {
    SnapshotView snapshot{.id = row.integer(0), .dataset = row.text(1), .operation = row.text(2), .time = iso(row, 3), .run = row.text(4), .task = {},
                          .attempt = static_cast<int>(row.integer(6)), .rows = row.integer(7), .bytes = row.integer(8), .files = row.integer(9),
                          .summary = parsed(row.text(10)), .checks = Json::array(), .expired = iso(row, 14)};
    const Json ids = task_ids(row.text(11), row.text(12));
    snapshot.task = label(row.integer(13), ids, row.integer(5));
    auto checks = db_.prepare("SELECT result FROM check_result WHERE snapshot = ? ORDER BY number");
    checks.bind(snapshot.id);
    while (checks.step()) snapshot.checks.push(parsed(checks.text(0)));
    return snapshot;
  }

  DatasetSummary summary_of(const std::string& name) {
    DatasetSummary summary{.name = name, .changed = {}, .snapshot = 0, .rows = 0, .bytes = 0, .columns = {}};
    auto row = db_.prepare("SELECT s.id, s.time, s.rows, s.bytes, s.operation FROM snapshot s JOIN dataset d ON d.id = s.dataset WHERE d.name = ? ORDER BY s.id DESC LIMIT 1");
    row.bind(name);
    if (!row.step() || row.text(4) == millrace::name(Operation::drop)) return summary;
    summary.snapshot = row.integer(0);
    summary.changed = iso(row, 1);
    summary.rows = row.integer(2);
    summary.bytes = row.integer(3);
    summary.columns = read_dataset(db_, name, std::nullopt).columns;
    return summary;
  }

  Database db_;
  std::mutex mutex_{};
};

}  // namespace

Result<std::unique_ptr<History>> open_history(const std::string& file) {
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return db.error();
  db->execute("PRAGMA query_only = ON");
  return std::unique_ptr<History>(new SqliteHistory(std::move(*db)));
}

}  // namespace millrace
