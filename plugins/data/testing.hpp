// Operator tests of data plugins: a small catalog in a temporary folder, which hands out facts and takes commits as Millrace does.
//
// One thread. Rows come back by SQL over the files that count. Plays append, replace, overwrite_partitions and rewrite, and compare-and-set of
// positions; conflicts between attempts are the product's own business.
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "data/publish.hpp"
#include "data/session.hpp"
#include "sdk/millrace_testing.hpp"

namespace mr::data::testing {

struct Ran {
  mr_outcome outcome{};
  mr::Json output{}, failure{};
  std::string log{};  // warnings and errors
  std::string code() const { return failure.is_object() ? failure.value("code", std::string()) : std::string(); }
  int64_t count(const char* key) const { return output.value(key, int64_t{-1}); }
};

class House {
 public:
  explicit House(const std::string& library) : library_(library) {
    std::string pattern = (std::filesystem::temp_directory_path() / "millrace-house-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    root_ = pattern;
    for (const char* part : {"data", "dags", "work"}) std::filesystem::create_directories(root_ / part);
  }
  ~House() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  House(const House&) = delete;
  House& operator=(const House&) = delete;

  std::string file(const std::string& name, std::string_view content) const {
    const auto path = root_ / "dags" / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  std::filesystem::path folder() const { return root_ / "dags"; }

  mr::Json checks = mr::Json::array();
  mr::Json history = mr::Json::array();  // what rules measured before, as facts have it
  mr::Json checked{};                    // what was found on a snapshot last: a commit's "checked"
  mr::Json logical_time{};

  // Runs the operator; a success is committed. `reads` are datasets that it looks at.
  Ran run(const std::string& type, const mr::Json& config, const std::vector<std::string>& reads = {}) {
    mr::testing::FakeHost host;
    const std::string into = config.value("into", type == "data.compact" ? config.value("dataset", std::string()) : std::string());
    mr::Json inputs = mr::Json::array(), outputs = mr::Json::array(), positions = mr::Json::array();
    for (const auto& name : reads) inputs.push_back(view(name));
    if (!into.empty()) outputs.push_back(view(into));
    for (const char* key : {"outputs", "routes"}) {
      for (const auto& one : config.value(key, mr::Json::array())) outputs.push_back(view(one.at("into")));
    }
    const mr::Json tables = config.value("tables", mr::Json::object());
    for (const auto& [name, dataset] : tables.items()) outputs.push_back(view(dataset));
    if (config.contains("default")) outputs.push_back(view(config.at("default")));
    for (const auto& [key, value] : positions_) positions.push_back({{"source", key.first}, {"key", key.second}, {"value", value}});
    host.facts = {{"run", "r@1"}, {"dag", "d"}, {"task", "t"}, {"attempt", ++attempts_}, {"logical_time", logical_time}, {"folder", (root_ / "dags").string()}, {"work_folder", (root_ / "work").string()},
                  {"data_root", (root_ / "data").string()}, {"inputs", inputs}, {"outputs", outputs}, {"positions", positions}, {"checks", checks}, {"history", history}, {"cpu", 1.0},
                  {"memory_bytes", int64_t{1} << 30}};
    Ran ran;
    ran.outcome = library_.run(type, config, host);
    ran.output = host.output();
    ran.failure = host.failure();
    ran.log = host.log(MR_WARN) + host.log(MR_ERROR);
    if (ran.outcome == MR_SUCCEEDED) {
      for (const auto& commit : host.commits()) take(commit);
    }
    return ran;
  }

  // A dataset with the rows of a SELECT, as a task before would have left it.
  void put(const std::string& dataset, const std::string& select) { write(dataset, "replace", select); }
  void append(const std::string& dataset, const std::string& select, const std::vector<std::string>& partition_by = {}) { write(dataset, "append", select, partition_by); }

  // As a task before, or a person, would have left it; null: none.
  void set_position(const std::string& source, const std::string& key, const mr::Json& value) { positions_[{source, key}] = value; }

  std::vector<mr::Json> files_of(const std::string& dataset) const { return datasets_.at(dataset).files; }
  std::filesystem::path data_root() const { return root_ / "data"; }

  bool has(const std::string& dataset) const { return datasets_.contains(dataset); }
  const mr::Json& lineage(const std::string& dataset) const { return datasets_.at(dataset).lineage; }  // of the newest snapshot
  const mr::Json& metrics(const std::string& dataset) const { return datasets_.at(dataset).metrics; }  // the same

  // The rows of one SELECT over datasets, as texts between bars: "1|Zoë|∅". ∅ is NULL.
  std::vector<std::string> rows(const std::string& sql) const {
    Session session({});
    for (const auto& [name, dataset] : datasets_) {
      std::vector<std::string> paths;
      for (const auto& one : dataset.files) paths.push_back((root_ / "data" / one.at("path").get<std::string>()).string());
      session.run("CREATE SCHEMA IF NOT EXISTS " + ident(name.substr(0, name.find('.'))));
      session.run("CREATE VIEW " + relation_of(name) + " AS " + select_from_files(dataset.columns, paths));
    }
    std::vector<std::string> lines;
    for (const auto& row : session.query(sql).rows) {
      std::string line;
      for (size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : "|") + row[i].value_or("∅");
      lines.push_back(std::move(line));
    }
    return lines;
  }

  std::string type_of(const std::string& dataset, const std::string& column) const {
    for (const auto& one : datasets_.at(dataset).columns) {
      if (one.at("name") == column) return one.at("type");
    }
    return {};
  }

 private:
  struct Dataset {
    int64_t snapshot{};
    mr::Json columns = mr::Json::array(), lineage{}, metrics{};
    std::vector<mr::Json> files{};
  };

  void write(const std::string& dataset, const std::string& operation, const std::string& select, const std::vector<std::string>& partition_by = {}) {
    Session session({});
    Facts facts;
    facts.json = {{"data_root", (root_ / "data").string()}};
    take({{"snapshots", mr::Json::array({stage(session, facts, dataset, operation, select, partition_by).snapshot})}});
  }

  mr::Json view(const std::string& name) const {
    const auto found = datasets_.find(name);
    if (found == datasets_.end()) return {{"dataset", name}, {"snapshot", 0}, {"columns", mr::Json::array()}, {"files", mr::Json::array()}};
    return {{"dataset", name}, {"snapshot", found->second.snapshot}, {"columns", found->second.columns}, {"files", found->second.files}};
  }

  static bool covers(const mr::Json& clear, const mr::Json& partition) {
    for (const auto& [key, value] : clear.items()) {
      if (!partition.contains(key) || partition.at(key) != value) return false;
    }
    return !clear.empty() || partition.empty();
  }

  void take(const mr::Json& commit) {
    if (commit.contains("checked")) checked = commit.at("checked");
    for (const auto& snapshot : commit.value("snapshots", mr::Json::array())) {
      if (snapshot.at("columns").empty() && snapshot.at("files").empty() && !datasets_.contains(snapshot.at("dataset"))) continue;  // it clears what is not there
      auto& dataset = datasets_[snapshot.at("dataset")];
      const std::string operation = snapshot.at("operation");
      if (operation == "replace") dataset.files.clear();
      if (operation == "overwrite_partitions") {
        std::erase_if(dataset.files, [&](const mr::Json& old) {
          const auto same = [&](const mr::Json& partition) { return partition == old.value("partition", mr::Json::object()); };
          for (const auto& fresh : snapshot.at("files")) {
            if (same(fresh.value("partition", mr::Json::object()))) return true;
          }
          for (const auto& cleared : snapshot.value("clears", mr::Json::array())) {
            if (covers(cleared, old.value("partition", mr::Json::object()))) return true;
          }
          return false;
        });
      }
      const auto ends = snapshot.value("ends", std::vector<std::string>{});
      std::erase_if(dataset.files, [&](const mr::Json& old) { return std::find(ends.begin(), ends.end(), old.at("path")) != ends.end(); });
      for (const auto& one : snapshot.at("files")) dataset.files.push_back(one);
      if (!snapshot.at("columns").empty()) dataset.columns = snapshot.at("columns");
      dataset.lineage = snapshot.value("lineage", mr::Json());
      dataset.metrics = snapshot.value("metrics", mr::Json());
      dataset.snapshot = ++snapshots_;
    }
    for (const auto& move : commit.value("positions", mr::Json::array())) {
      auto& position = positions_[{move.at("source"), move.at("key")}];
      if (position != move.value("expected", mr::Json())) throw std::runtime_error("a position was moved from where it was not");
      position = move.at("value");
    }
  }

  mr::testing::Library library_;
  std::filesystem::path root_{};
  std::map<std::string, Dataset> datasets_{};
  std::map<std::pair<std::string, std::string>, mr::Json> positions_{};
  int64_t snapshots_ = 0, attempts_ = 0;
};

}  // namespace mr::data::testing
