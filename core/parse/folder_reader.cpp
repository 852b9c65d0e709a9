#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "graph/order.hpp"
#include "parse/dag_reader.hpp"
#include "parse/pool_reader.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

// Other YAML files may lie beside Dags. A broken file counts as a Dag when a line starts with the key.
// Where the key stands at the start of a line; npos: nowhere.
size_t dag_key_in(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  const size_t begin = text.starts_with(kMark) ? kMark.size() : 0;
  if (text.substr(begin).starts_with("dag:")) return begin;
  const size_t line = text.find("\ndag:");
  return line == std::string_view::npos ? line : line + 1;
}

bool has_dag_key(std::string_view text) { return dag_key_in(text) != std::string_view::npos; }

bool has_key(std::string_view text, const std::string& key) { return text.starts_with(key + ":") || text.find("\n" + key + ":") != std::string_view::npos; }

// A suite is about a Dag, and is none.
bool is_yaml(const fs::path& path) {
  return (path.extension() == ".yaml" || path.extension() == ".yml") && !path.string().ends_with(".test.yaml");
}

std::vector<std::string> files_below(const std::string& path, std::vector<Error>& errors) {
  std::vector<std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator at(path, error);
  while (!error && at != fs::recursive_directory_iterator()) {
    std::error_code ignored;  // a file that vanished meanwhile is none
    if (is_yaml(at->path()) && at->is_regular_file(ignored)) files.push_back(at->path().string());
    at.increment(error);
  }
  if (error) errors.push_back({"E0001", "can't list the folder: " + error.message(), path, "check that it exists and that this user may read it"});
  std::sort(files.begin(), files.end());
  return files;
}

// As it stands behind the key; empty: none.
std::string dag_name_in(std::string_view text) {
  const size_t at = dag_key_in(text);
  if (at == std::string_view::npos) return {};
  const std::string_view line = text.substr(at + 4, text.find_first_of("#\r\n", at) - at - 4);
  return std::string(trim(line));
}

void read_file(const std::string& file, bool always, const OperatorList& operators, ParsedFolder& into, std::vector<std::string>* names = nullptr) {
  const auto text = read_text(file);
  if (!text.ok()) {
    into.errors.push_back(text.error());
    return;
  }
  if (!has_dag_key(*text) && has_key(*text, "pools")) return read_pools(*text, file, into.pools, into.errors);
  if (!always && !has_dag_key(*text) && !has_key(*text, "tasks")) return into.others.push_back(file);
  ParsedDag parsed = parse_dag(*text, file, operators);
  into.errors.insert(into.errors.end(), parsed.errors.begin(), parsed.errors.end());
  if (names != nullptr) names->push_back(parsed.dag ? parsed.dag->name : dag_name_in(*text));
  if (parsed.dag) into.dags.push_back(std::move(*parsed.dag));
}

// A task of a pool that nobody defines would wait for ever: its Dag is not taken.
void check_pools(ParsedFolder& folder) {
  std::vector<std::string> names;
  for (const auto& pool : folder.pools) names.push_back(pool.name);
  std::erase_if(folder.dags, [&](const Dag& dag) {
    bool known = true;
    for (const auto& task : dag.tasks) {
      if (task.pool.empty() || std::find(names.begin(), names.end(), task.pool) != names.end()) continue;
      const auto near = nearest(task.pool, names);
      folder.errors.push_back({"E1026", "task " + quote(task.id) + " uses the unknown pool " + quote(task.pool), task.mark.to_string(), near.empty() ? "define it in pools.yaml of the Dag folder: pools: {" + task.pool + ": {slots: 4}}" : "did you mean " + quote(near) + "?"});
      known = false;
    }
    return !known;
  });
}

// Whom a Dag starts or waits for, as far as that is written out: it would only be missed while a run is at work.
std::vector<std::pair<std::string, Mark>> dags_named(const Dag& dag) {
  std::vector<std::pair<std::string, Mark>> names;
  const auto add = [&](const Json& name, const Mark& place) {
    if (name.is_text() && name.as_text().find("{{") == std::string::npos) names.emplace_back(name.as_text(), place);
  };
  for (const Task& task : dag.tasks) {
    if (task.uses == "core.run" || task.uses == "core.loop") add(task.with["dag"], task.mark);
    if (task.uses == "core.sensor") add(task.with["run"]["dag"], task.mark);
  }
  for (const Trigger& trigger : dag.triggers) {
    if (!trigger.dag.empty()) names.emplace_back(trigger.dag, Mark{dag.file, 1, 1});
  }
  return names;
}

// `names` has those of broken files too: their own mistakes are enough.
void check_names(ParsedFolder& folder, const std::vector<std::string>& names) {
  std::erase_if(folder.dags, [&](const Dag& dag) {
    bool known = true;
    for (const auto& [name, place] : dags_named(dag)) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      const auto near = nearest(name, names);
      folder.errors.push_back({"E1035", "there is no Dag " + quote(name), place.to_string(), near.empty() ? "put it into the folder, or leave it out" : "did you mean " + quote(near) + "?"});
      known = false;
    }
    return !known;
  });
}

// Runs that start each other in a circle would never end: who starts whom, by runs and by datasets.
void check_triggers(ParsedFolder& folder) {
  NeedsList after;  // by place of the Dag: those whose runs start it
  const auto writes = [](const Dag& dag, const std::string& dataset) {
    return std::any_of(dag.tasks.begin(), dag.tasks.end(), [&](const Task& task) { return std::binary_search(task.writes.begin(), task.writes.end(), dataset); });
  };
  for (const Dag& dag : folder.dags) {
    auto& starters = after.emplace_back();
    for (size_t i = 0; i < folder.dags.size(); ++i) {
      const bool starts = std::any_of(dag.triggers.begin(), dag.triggers.end(), [&](const Trigger& trigger) {
        return trigger.dag == folder.dags[i].name || std::any_of(trigger.datasets.begin(), trigger.datasets.end(), [&](const auto& dataset) { return writes(folder.dags[i], dataset); });
      });
      if (starts) starters.push_back(TaskIndex{static_cast<int32_t>(i)});
    }
  }
  const auto circle = find_cycle(after);
  if (circle.empty()) return;
  std::vector<std::string> names;
  for (const TaskIndex at : circle) names.push_back(folder.dags[index(at)].name);
  std::reverse(names.begin(), names.end());
  const std::string first = folder.dags[index(circle.front())].file;
  folder.errors.push_back({"E1027", "runs would start each other for ever: " + join(names, " -> "), first + ":1:1", "remove one of the triggers"});
  std::erase_if(folder.dags, [&](const Dag& dag) { return dag.file == first; });
}

}  // namespace

// Whether a dataset that no Dag here writes exists is the catalog's to say (it may come from outside), so it isn't checked.
ParsedFolder read_dags(const std::string& path, const OperatorList& operators) {
  ParsedFolder result;
  std::error_code ignored;  // not a file: the listing says why
  if (fs::is_regular_file(path, ignored)) {
    read_file(path, true, operators, result);
    const std::string beside = (fs::path(path).parent_path() / "pools.yaml").string();
    if (fs::is_regular_file(beside, ignored)) read_file(beside, false, operators, result);
  } else {
    std::vector<std::string> names;
    for (const std::string& file : files_below(path, result.errors)) read_file(file, false, operators, result, &names);
    check_names(result, names);
  }
  check_pools(result);
  check_triggers(result);
  std::stable_sort(result.dags.begin(), result.dags.end(), [](const Dag& a, const Dag& b) { return a.name < b.name; });
  for (size_t i = 1; i < result.dags.size(); ++i) {
    if (result.dags[i].name != result.dags[i - 1].name) continue;
    result.errors.push_back({"E1016", "the Dag " + quote(result.dags[i].name) + " is also in " + result.dags[i - 1].file, result.dags[i].file + ":1:1", "rename one of them"});
  }
  return result;
}

}  // namespace millrace
