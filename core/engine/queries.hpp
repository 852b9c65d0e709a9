// What every door shows. Any thread; each answer is one consistent view.
//
// Lists are newest first (runs) or by name, and paged by key: pass Page::next as `after`. Texts of time are ISO 8601 UTC.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "catalog/impact.hpp"
#include "model/capacity.hpp"
#include "model/data.hpp"
#include "model/states.hpp"

namespace millrace {

struct RunView {
  std::string id{}, dag{}, dag_version{}, trigger{}, logical_time{}, created{}, started{}, finished{};
  RunState state = RunState::queued;
  Json params{};
  std::map<std::string, int> counts{};   // task runs by state
  std::string deadline{};                // empty: none
  Json late{};                           // {state, since, predicted_end, why}; null: nothing is known against it
  std::string pruned{};                  // since when only this is kept of it; empty: all is there
};

struct AttemptView {
  int number{};
  AttemptState state = AttemptState::leased;
  std::string worker{}, started{}, finished{}, error_class{};
  Error error{};
  Json config{}, usage{};
  std::vector<std::string> last_lines{};  // of its log, when its process died
};

struct SnapshotView {
  int64_t id{};
  std::string dataset{}, operation{}, time{}, run{}, task{};
  int attempt{};
  int64_t rows{}, bytes{}, files{};      // of the dataset after it
  Json summary{}, checks{};
  std::string expired{};                 // when its files were given up; empty: they are there
};

// What a rule found on a snapshot.
struct CheckView {
  int64_t snapshot{}, number{};           // number: among those of the snapshot
  std::string time{}, run{}, rules_of{};  // rules_of: dag/task; empty in stores of older versions
  Json result{};                          // {check, success, on_fail, observed, …}
};

struct CheckFilter {
  std::string dataset{}, check{};         // check: a part of its name; empty for all
  std::string after{};                    // Page::next
  int limit = 100;                        // at most 1,000
};

struct TaskView {
  std::string id{}, uses{}, phase{}, started{}, finished{}, why{};
  std::vector<std::string> needs{};
  TaskState state = TaskState::waiting;
  int attempt{};
  Error error{};                          // of the latest attempt, while its end is the task's
  Json output{};
  std::vector<SnapshotView> snapshots{};  // that this task run committed
  std::vector<AttemptView> attempts{};    // filled by task() only, as is
  Json checkpoint{};                      // what an attempt has saved for the next one; null: nothing
};

struct RunDetail {
  RunView run{};
  std::vector<TaskView> tasks{};          // in the Dag's order
};

// The items of a foreach task, in their order.
struct ItemFilter {
  std::string run{}, task{}, state{};     // state: empty for all that were opened
  int64_t after = -1;                     // the number of the last item seen
  int limit = 100;                        // at most 1,000
};

struct DatasetSummary {
  std::string name{}, changed{};
  int64_t snapshot{}, rows{}, bytes{};
  std::vector<Column> columns{};
};

struct DatasetDetail {
  DatasetSummary summary{};
  std::vector<SnapshotView> history{};    // newest first, at most 100
  std::vector<DataFile> files{};          // of the current snapshot
};

struct FileSum {
  int64_t files{}, rows{}, bytes{};
};

struct ColumnChange {
  std::string name{};
  std::optional<Column> before{}, after{};  // none: it was not, or is not there
};

// A dataset at two times. A file is added or removed as a whole.
struct DatasetDiff {
  std::string dataset{};
  int64_t from{}, to{};                   // snapshots
  std::vector<ColumnChange> columns{};    // those that differ
  FileSum before{}, after{}, added{}, removed{};
};

struct SourceView {
  std::string source{}, moved{}, run{};   // operator:dataset; when it moved last, and by which run
  int64_t positions{};
};

struct PositionView {
  int64_t id{};                           // of its move
  std::string key{}, moved{}, run{};
  Json value{};                           // null: forgotten
};

struct PositionFilter {
  std::string source{}, key{};            // key: empty for all
  int64_t before{};                       // moves older than this one; 0: the newest
  int limit = 100;
};

struct WorkerView {
  std::string name{}, state{}, version{}, seen{};  // state: connected, draining, gone
  int slots{}, busy{}, protocol{};
  Capacity has{}, used{};                 // has: cpu or memory of zero: not said. used: by what it runs, as far as that asked for some
  std::vector<std::string> labels{};
  Millis clock_ahead{};                   // of ours; negative: behind; zero: the same, as far as we can tell
  std::optional<Error> problem{};         // E3014: its clock
};

struct PoolView {
  std::string name{}, description{};
  int slots{}, busy{}, waiting{};         // of the ready tasks
  double per_second{};
  bool by_hand = false;                   // its limits are not those of its file
};

// A task that read a snapshot, or one that holds rows of it or what was made of them.
struct ConsumerView {
  std::string run{}, dag{}, task{}, dataset{};
  int64_t snapshot{};                     // what it read
  int wave{};                             // after those of lower waves, whose snapshots it read; from 0 on
  bool pruned = false;                    // its run is only a line any more: it can't do its work again
};

template <class T>
struct Page {
  std::vector<T> items{};
  std::string next{};                     // empty: the end
};

struct RunFilter {
  std::string dag{}, state{}, after{};
  int limit = 100;                        // at most 1,000
  std::optional<std::vector<std::string>> only{};  // runs of these Dags; none: of all
};

// The part of the answers that the store gives (implemented in state/queries.cpp on a read-only connection).
class History {
 public:
  virtual ~History() = default;
  virtual Result<Page<RunView>> runs(const RunFilter& filter) = 0;
  virtual Result<std::optional<RunView>> run_line(const std::string& id) = 0;     // as lists show it, whatever the number of its tasks
  virtual Result<std::optional<RunDetail>> run(const std::string& id) = 0;        // `why`, `uses`, `needs` are left empty
  virtual Result<Page<TaskView>> items(const ItemFilter& filter) = 0;             // by `task[number]`; Page::next is a number
  virtual Result<std::vector<AttemptView>> attempts(const std::string& run, const std::string& task) = 0;
  virtual Result<Json> checkpoint(const std::string& run, const std::string& task) = 0;  // null: nothing was saved
  virtual Result<std::vector<RunView>> last_runs(const std::string& dag, int count) = 0;
  virtual Result<Page<DatasetSummary>> datasets(const std::string& after, int limit) = 0;
  virtual Result<std::optional<DatasetDetail>> dataset(const std::string& name) = 0;
  virtual Result<Page<SnapshotView>> snapshots(const std::string& dataset, int64_t before, int limit) = 0;  // newest first; of dropped ones too
  virtual Result<DatasetDiff> diff(const std::string& dataset, const std::string& from, const std::string& to) = 0;  // snapshot:42, time:…, run:…
  virtual Result<Page<CheckView>> checks(const CheckFilter& filter) = 0;          // by snapshot, newest first; of dropped datasets too
  virtual Result<Page<SourceView>> sources(const std::string& after, int limit) = 0;
  virtual Result<Page<PositionView>> positions(const std::string& source, const std::string& after, int limit) = 0;  // by key
  virtual Result<Page<PositionView>> position_changes(const PositionFilter& filter) = 0;                             // newest first
  virtual Result<std::vector<DataLink>> data_links() = 0;                         // what each task made last of what it read
  virtual Result<std::vector<ConsumerView>> consumers(int64_t snapshot) = 0;      // by wave, run and task; E1070: there is no such snapshot
  virtual Result<std::map<std::string, int64_t>> totals() = 0;  // "runs.succeeded", "tasks.failed", "rows.in" … for /metrics
};

}  // namespace millrace
