// What attempts say about data: files they staged, positions they moved, and what became visible of it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "model/ids.hpp"

namespace millrace {

struct Column {
  std::string name{};
  std::string type{};  // DuckDB's spelling: BIGINT, VARCHAR, DECIMAL(18,3), TIMESTAMP …
  bool nullable = true;
  friend bool operator==(const Column&, const Column&) = default;
};

struct DataFile {
  std::string path{};  // relative to the data root
  int64_t rows{};
  int64_t bytes{};
  Json partition = Json::object();
  Json stats = Json::object();  // column -> {min, max, nulls}; as an attempt said: views are without, as there may be 100,000 files
  friend bool operator==(const DataFile&, const DataFile&) = default;
};

// rewrite: the same rows in other files; who reads the dataset sees no change.
// restore, drop: files that it had before come back, others end; of drop, all of them, and the columns. The engine alone makes them.
enum class Operation : uint8_t { append = 1, replace, overwrite_partitions, remove, rewrite, restore, drop };
std::string_view name(Operation operation);  // "append", "replace", "overwrite_partitions", "delete", "rewrite", "restore", "drop"
std::optional<Operation> operation_from(std::string_view name);

// One dataset's part of a successful attempt: becomes one Snapshot, or nothing at all.
struct StagedSnapshot {
  std::string dataset{};
  Operation operation = Operation::append;
  std::vector<Column> columns{};
  std::vector<DataFile> files{};
  std::vector<Json> clears{};        // overwrite_partitions: partitions that end without new files; one named by some of its keys: all that have those
  std::vector<std::string> ends{};   // rewrite: the files whose rows the new ones hold; restore, drop: those that go
  bool by_partition = false;         // overwrite_partitions: of what the dataset holds, only the partitions that it writes matter to it
  std::optional<SnapshotId> read{};  // the snapshot of this dataset that the attempt started from, if it looked at one
  Json summary = Json::object();     // rows_in, rows_out, rows_rejected, bytes …
  Json checks = Json::array();       // check results
  Json metrics = Json::object();     // what its rules measured: numbers, for the runs to come
  Json lineage{};                    // which columns of the inputs feed which of its own: millrace_attempt.h; null: not told
};

// A compare-and-set on what was read from a source: null means "never seen", before and after.
struct PositionMove {
  std::string source{};  // "ingest.files:raw.orders"
  std::string key{};     // a file's path, a key column …
  Json expected{};
  Json value{};
};

// What rules found on a snapshot that was there before. What the same task found on it earlier is forgotten.
struct CheckedSnapshot {
  std::string dataset{};
  SnapshotId snapshot{};
  Json checks = Json::array();
  Json metrics = Json::object();
};

struct DataCommit {
  std::vector<StagedSnapshot> snapshots{};
  std::vector<PositionMove> positions{};
  std::vector<CheckedSnapshot> checked{};
  std::string rules_of{};  // dag/task: whose rules its checks are; the engine says so
  bool empty() const { return snapshots.empty() && positions.empty() && checked.empty(); }
};

// A dataset as readers see it at one snapshot.
struct DatasetView {
  std::string dataset{};  // as it was asked for (model/dataset_ref.hpp)
  SnapshotId snapshot{};  // 0: the dataset does not exist yet, or was dropped
  std::vector<Column> columns{};
  std::vector<DataFile> files{};
};

struct Position {
  std::string source{}, key{};
  Json value{};
};

// Wire forms used by the worker protocol and the plugin contract (millrace_attempt.h documents them).
Json to_json(const DatasetView& view);
Json to_json(const DataCommit& commit);
Result<DataCommit> data_commit_from(const Json& json);

}  // namespace millrace
