#include "app/simulate/past.hpp"

#include <filesystem>

#include "base/text.hpp"
#include "parse/yaml_tree.hpp"
#include "state/past.hpp"

namespace millrace::simulate {
namespace {

Error wrong(const std::string& file, Place place, std::string what) {
  return {.code = "E9320", .what = std::move(what), .where = Mark{file, place.line, place.column}.to_string(), .hint = "write dag: {task: 10m}, or {task: {typical: 10m, worst: 20m, memory: 2GiB, items: 5}}"};
}

// False: it is no duration.
bool read_time(const YamlNode& node, Millis& into) {
  const auto time = node.is_text() ? duration_from_text(node.text()) : Result<Millis>(Error{});
  if (time) into = *time;
  return time.ok();
}

Result<Takes> takes_from(const std::string& file, const YamlNode& node) {
  Takes takes{.known = true};
  const YamlNode* typical = node.is_map() ? node.find("typical") : &node;
  if (typical == nullptr || !read_time(*typical, takes.typical)) return wrong(file, node.place, "there is no duration");
  takes.worst = takes.typical;
  for (const YamlMember& member : node.members) {
    if (member.key == "typical") continue;
    if (member.key == "worst" && read_time(member.value, takes.worst)) continue;
    if (const auto bytes = member.key == "memory" && member.value.is_text() ? bytes_from_text(member.value.text()) : std::nullopt) {
      takes.memory = *bytes;
      continue;
    }
    const int64_t items = member.value.value.as_int(-1);
    if (member.key != "items" || items < 0 || items > 1'000'000) return wrong(file, member.place, quote(member.key) + " is not known here, or not of its kind");
    takes.items = static_cast<int>(items);
  }
  return takes;
}

}  // namespace

Result<Past> past_of_store(const std::string& file, const std::vector<Dag>& dags) {
  if (!std::filesystem::exists(file)) return Error{.code = "E0001", .what = "there is no store", .where = file, .hint = "name the home of a server by --home, or durations by --durations"};
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return db.error();
  Past past;
  for (const Dag& dag : dags) {
    const auto attempts = read_past_attempts(*db, dag.name);
    const auto whole = read_past_durations(*db, dag.name);
    const auto items = read_past_items(*db, dag.name);
    const auto memory = read_past_memory(*db, dag.name);
    for (const Task& task : dag.tasks) {
      Takes& takes = past[dag.name][task.id];
      if (const auto found = items.find(task.id); found != items.end()) takes.items = found->second;
      if (const auto found = memory.find(task.id); found != memory.end()) takes.memory = found->second;
      if (const auto found = attempts.find(task.id); found != attempts.end()) {
        takes = {.typical = share_of(found->second, 0.5), .worst = share_of(found->second, 0.9), .memory = takes.memory, .items = takes.items, .known = true};
      } else if (const auto sleeps = whole.find(task.id); sleeps != whole.end() && task.is_core() && !task.has_items()) {
        takes = {.typical = sleeps->second, .worst = sleeps->second, .items = 1, .known = true};
      }
    }
  }
  if (auto fine = db->take_error(); !fine) return fine.error();
  return past;
}

Result<Past> past_of_file(const std::string& file) {
  const auto text = read_text(file);
  if (!text) return text.error();
  const YamlTree tree = read_yaml(*text);
  if (!tree.mistakes.empty()) return wrong(file, tree.mistakes.front().place, tree.mistakes.front().what);
  Past past;
  if (!tree.root.is_map()) return wrong(file, tree.root.place, "this is no map of Dags");
  for (const YamlMember& dag : tree.root.members) {
    if (!dag.value.is_map()) return wrong(file, dag.place, quote(dag.key) + " is no map of tasks");
    for (const YamlMember& task : dag.value.members) {
      auto takes = takes_from(file, task.value);
      if (!takes) return takes.error();
      past[dag.key][task.key] = *takes;
    }
  }
  return past;
}

}  // namespace millrace::simulate
