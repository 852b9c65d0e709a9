// Facts and the session that shows an attempt its inputs.
#include <algorithm>
#include <filesystem>

#include "data/publish.hpp"

namespace mr::data {
namespace {

using nlohmann::json;

// One dataset as a view over exactly the files of the pinned snapshot, with the catalog's names, order and types.
void create_view(Session& session, const std::string& data_root, const json& input) {
  const std::string dataset = input.at("dataset");
  if (input.value("snapshot", int64_t{0}) == 0) {
    throw mr::Failure("data", "E5020", "dataset '" + dataset + "' has no snapshot yet", "", "run the task that writes it first, and name it in needs");
  }
  std::vector<std::string> paths;
  for (const auto& file : input.at("files")) paths.push_back(data_root + "/" + file.at("path").get<std::string>());
  session.run("CREATE SCHEMA IF NOT EXISTS " + ident(dataset.substr(0, dataset.find('.'))));
  session.run("CREATE OR REPLACE VIEW " + relation_of(dataset) + " AS " + select_from_files(input.at("columns"), paths));
}

json view_in(const Facts& facts, const char* list, const std::string& dataset) {
  for (const auto& view : facts.json.value(list, json::array())) {
    if (view.value("dataset", "") == dataset) return view;
  }
  return {{"dataset", dataset}, {"snapshot", 0}, {"columns", json::array()}, {"files", json::array()}};
}

// A quarter stays for what DuckDB does not count, but 320 MiB where there are so many: at the process's own limit nothing can be spilled any
// more. A merge of 10 million rows with as many goes through 512 MiB so.
int64_t for_duckdb(int64_t memory) { return memory - std::max(memory / 4, std::min(memory / 8 * 5, int64_t{320} << 20)); }

// Each thread has buffers that DuckDB does not count: the merge above goes through 512 MiB by one thread, and by two only now and then.
constexpr int64_t kMemoryOfThread = int64_t{384} << 20;

bool is_large(const std::string& path, uintmax_t large) {
  std::error_code none;
  const auto bytes = std::filesystem::file_size(path, none);
  return !none && bytes >= large;
}

// Of such types a file may have fewer fields, which a UNION does not fill up.
bool is_nested(const json& columns) {
  return std::any_of(columns.begin(), columns.end(), [](const json& column) {
    const std::string type = column.at("type");
    return type.starts_with("STRUCT") || type.starts_with("MAP") || type.ends_with("]");
  });
}

}  // namespace

json input_of(const Facts& facts, const std::string& dataset) { return view_in(facts, "inputs", dataset); }
json output_of(const Facts& facts, const std::string& dataset) { return view_in(facts, "outputs", dataset); }

std::string relation_of(const std::string& dataset) {
  const auto dot = dataset.find('.');
  return ident(dataset.substr(0, dot)) + "." + ident(dataset.substr(dot + 1));
}

// Told the columns, DuckDB opens no file before it reads it; else it would open every one of them each time that a statement is bound. But a
// single file it reads by one thread then, because it does not know of its row groups. So a large one is opened: its columns beside ours, of
// no rows, and all as the catalog has them.
std::string select_from_files(const json& columns, const std::vector<std::string>& paths, uintmax_t large) {
  std::string none, schema, files, ours;
  for (const auto& column : columns) {
    const std::string name = column.at("name"), type = column.at("type");
    none += (none.empty() ? "" : ", ") + ("CAST(NULL AS " + type + ") AS " + ident(name));
    ours += (ours.empty() ? "" : ", ") + ("CAST(" + ident(name) + " AS " + type + ") AS " + ident(name));
    schema += (schema.empty() ? "" : ", ") + (literal(name) + ": {name: " + literal(name) + ", type: " + literal(type) + ", default_value: NULL}");
  }
  for (const auto& path : paths) files += (files.empty() ? "" : ", ") + path_literal(path);
  if (files.empty()) return "SELECT " + none + " WHERE false";
  if (paths.size() == 1 && is_large(paths.front(), large) && !is_nested(columns)) {
    return "SELECT " + ours + " FROM (SELECT " + none + " WHERE false UNION ALL BY NAME SELECT * FROM read_parquet([" + files + "], hive_partitioning = false))";
  }
  return "SELECT * FROM read_parquet([" + files + "], schema = MAP {" + schema + "})";
}

std::string Facts::path(std::string_view relative) const {
  const std::string text(relative), folder = json.value("folder", "");
  return text.empty() || text[0] == '/' || folder.empty() ? text : folder + "/" + text;
}

Session open_session(const Facts& facts, std::vector<std::string> extensions) {
  const auto& f = facts.json;
  const int64_t memory = f.value("memory_bytes", int64_t{1} << 30);
  SessionOptions options;
  options.threads = static_cast<int>(std::clamp<int64_t>(static_cast<int64_t>(f.value("cpu", 1.0)), 1, std::max<int64_t>(1, memory / kMemoryOfThread)));
  options.memory_bytes = for_duckdb(memory);
  options.temp_folder = f.value("work_folder", "");
  options.extensions = std::move(extensions);
  Session session(options);
  for (const auto& input : f.value("inputs", json::array())) create_view(session, f.value("data_root", ""), input);
  return session;
}

void confine(Session& session, const Facts& facts, const std::vector<std::string>& files, const std::vector<std::string>& more_folders) {
  const auto& f = facts.json;
  const std::string root = f.value("data_root", "") + "/";
  std::vector<std::string> folders{f.value("work_folder", "")}, paths = files;
  for (const auto& input : f.value("inputs", json::array())) {
    for (const auto& file : input.at("files")) paths.push_back(root + file.at("path").get<std::string>());
  }
  for (const auto& output : f.value("outputs", json::array())) {
    const std::string dataset = output.at("dataset"), name = dataset.substr(dataset.find('.') + 1);
    folders.push_back(root + dataset.substr(0, dataset.find('.')) + "/" + name);
    folders.push_back(root + "quarantine/" + name);
  }
  folders.insert(folders.end(), more_folders.begin(), more_folders.end());
  session.confine(folders, paths);
}

Session open_confined_session(const Facts& facts) {
  Session session = open_session(facts);
  confine(session, facts);
  return session;
}

}  // namespace mr::data
