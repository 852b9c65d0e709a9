#include "model/data.hpp"

#include <array>

#include "base/text.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 7> kOperations{"append", "replace", "overwrite_partitions", "delete", "rewrite", "restore", "drop"};

Json to_json(const std::vector<Column>& columns) {
  Json list = Json::array();
  for (const auto& column : columns) {
    list.push(Json::object({{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}}));
  }
  return list;
}

Json to_json(const std::vector<DataFile>& files) {
  Json list = Json::array();
  for (const auto& file : files) {
    Json one = Json::object({{"path", file.path}, {"rows", file.rows}, {"bytes", file.bytes}, {"partition", file.partition}});
    if (!file.stats.members().empty()) one.set("stats", file.stats);
    list.push(std::move(one));
  }
  return list;
}

Error wrong(const std::string& what) {
  return {.code = "E0004", .what = "a data commit " + what, .where = {}, .hint = "see millrace_attempt.h for its shape"};
}

// Numbers by metric; what else stands there is dropped.
Json metrics_from(const Json& json) {
  Json metrics = Json::object();
  for (const auto& [name, value] : json["metrics"].members()) {
    if (value.is_number()) metrics.set(name, value);
  }
  return metrics;
}

Result<CheckedSnapshot> checked_from(const Json& json) {
  if (json["dataset"].as_text().empty() || !json["snapshot"].is_int() || !json["checks"].is_array()) return wrong("has check results without dataset, snapshot or list");
  return CheckedSnapshot{.dataset = json["dataset"].as_text(), .snapshot = {json["snapshot"].as_int()}, .checks = json["checks"], .metrics = metrics_from(json)};
}

Result<StagedSnapshot> snapshot_from(const Json& json) {
  StagedSnapshot staged;
  staged.dataset = json["dataset"].as_text();
  if (staged.dataset.find('.') == std::string::npos) return wrong("names the dataset " + quote(staged.dataset) + ", which is not zone.name");
  const auto operation = operation_from(json["operation"].as_text());
  if (!operation || *operation >= Operation::restore) return wrong("has the unknown operation " + quote(json["operation"].as_text()));
  staged.operation = *operation;
  for (const auto& column : json["columns"].items()) {
    staged.columns.push_back({column["name"].as_text(), column["type"].as_text(), column["nullable"].as_bool(true)});
  }
  for (const auto& file : json["files"].items()) {
    if (file["path"].as_text().empty() || !file["rows"].is_int()) return wrong("has a file without path or rows");
    staged.files.push_back({file["path"].as_text(), file["rows"].as_int(), file["bytes"].as_int(), file["partition"], file["stats"]});
  }
  staged.clears = json["clears"].items();
  for (const auto& path : json["ends"].items()) staged.ends.push_back(path.as_text());
  staged.by_partition = json["by_partition"].is_bool() && json["by_partition"].as_bool();
  if (json["read"].is_int()) staged.read = SnapshotId{json["read"].as_int()};
  if (json.contains("summary")) staged.summary = json["summary"];
  if (json.contains("checks")) staged.checks = json["checks"];
  staged.metrics = metrics_from(json);
  staged.lineage = json["lineage"];
  return staged;
}

}  // namespace

std::string_view name(Operation operation) { return kOperations.at(static_cast<size_t>(operation) - 1); }

std::optional<Operation> operation_from(std::string_view name) {
  for (size_t i = 0; i < kOperations.size(); ++i) {
    if (kOperations[i] == name) return static_cast<Operation>(i + 1);
  }
  return std::nullopt;
}

Json to_json(const DatasetView& view) {
  return Json::object({{"dataset", view.dataset}, {"snapshot", view.snapshot.value},
                       {"columns", to_json(view.columns)}, {"files", to_json(view.files)}});
}

Json to_json(const DataCommit& commit) {
  Json snapshots = Json::array(), positions = Json::array();
  for (const auto& staged : commit.snapshots) {
    Json one = Json::object({{"dataset", staged.dataset}, {"operation", name(staged.operation)}, {"columns", to_json(staged.columns)},
                             {"files", to_json(staged.files)}, {"summary", staged.summary}, {"checks", staged.checks}});
    if (!staged.clears.empty()) one.set("clears", Json(staged.clears));
    if (!staged.ends.empty()) {
      Json ends = Json::array();
      for (const auto& path : staged.ends) ends.push(path);
      one.set("ends", std::move(ends));
    }
    if (staged.by_partition) one.set("by_partition", true);
    if (staged.read) one.set("read", staged.read->value);
    if (!staged.lineage.is_null()) one.set("lineage", staged.lineage);
    if (staged.metrics.size() > 0) one.set("metrics", staged.metrics);
    snapshots.push(std::move(one));
  }
  for (const auto& move : commit.positions) {
    positions.push(Json::object({{"source", move.source}, {"key", move.key}, {"expected", move.expected}, {"value", move.value}}));
  }
  Json whole = Json::object({{"snapshots", std::move(snapshots)}, {"positions", std::move(positions)}});
  for (const auto& one : commit.checked) {
    whole["checked"].push(Json::object({{"dataset", one.dataset}, {"snapshot", one.snapshot.value}, {"checks", one.checks}, {"metrics", one.metrics}}));
  }
  return whole;
}

Result<DataCommit> data_commit_from(const Json& json) {
  DataCommit commit;
  for (const auto& item : json["snapshots"].items()) {
    auto staged = snapshot_from(item);
    if (!staged) return staged.error();
    commit.snapshots.push_back(std::move(*staged));
  }
  for (const auto& move : json["positions"].items()) {
    if (move["source"].as_text().empty()) return wrong("has a position without a source");
    commit.positions.push_back({move["source"].as_text(), move["key"].as_text(), move["expected"], move["value"]});
  }
  for (const auto& item : json["checked"].items()) {
    auto checked = checked_from(item);
    if (!checked) return checked.error();
    commit.checked.push_back(std::move(*checked));
  }
  return commit;
}

}  // namespace millrace
