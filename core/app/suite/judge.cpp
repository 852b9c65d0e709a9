#include "app/suite/judge.hpp"

#include <functional>

namespace millrace {
namespace {

// Every member that is expected is there, with its value; others may be there too.
bool holds(const Json& expected, const Json& is) {
  if (!expected.is_object() || !is.is_object()) return expected == is;
  for (const auto& [key, value] : expected.members()) {
    if (!is.contains(key) || !holds(value, is[key])) return false;
  }
  return true;
}

std::string found_in(const std::map<std::string, std::string>& map, const std::string& key, const std::string& other) {
  const auto found = map.find(key);
  return found == map.end() ? other : found->second;
}

void compare_runs(const Expected& expected, const Seen& seen, std::vector<std::string>& into) {
  std::map<std::string, int> counts{{"count", static_cast<int>(seen.runs.size())}};
  for (const auto& run : seen.runs) {
    if (const auto state = seen.states.find(run); state != seen.states.end()) ++counts[std::string(name(state->second))];
  }
  for (const auto& [what, count] : expected.runs) {
    if (counts[what] != count) into.push_back("runs " + what + ": expected " + std::to_string(count) + ", but " + std::to_string(counts[what]));
  }
}

void compare_values(const std::string& what, const Json& expected, const std::function<Json(const std::string&)>& is, std::vector<std::string>& into) {
  for (const auto& [task, value] : expected.members()) {
    if (const Json found = is(task); !holds(value, found)) into.push_back(what + " of " + task + ": expected " + value.dump() + ", but " + found.dump());
  }
}

}  // namespace

void compare(const Expected& expected, const Seen& seen, std::vector<std::string>& into) {
  if (!expected.run.empty() && expected.run != seen.run) into.push_back("the run: expected " + expected.run + ", but " + seen.run);
  for (const auto& [task, state] : expected.tasks) {
    const auto is = found_in(seen.tasks, task, "never there");
    if (is != state) into.push_back("task " + task + ": expected " + state + ", but " + is + " (" + found_in(seen.reasons, task, "no reason is known") + ")");
  }
  for (const auto& [task, why] : expected.whys) {
    const auto is = found_in(seen.reasons, task, "");
    if (is.find(why) == std::string::npos) into.push_back("why " + task + ": expected a reason with '" + why + "', but '" + is + "'");
  }
  for (const auto& [task, count] : expected.attempts) {
    const auto found = seen.attempts.find(task);
    const int is = found == seen.attempts.end() ? 0 : found->second;
    if (is != count) into.push_back("attempts of " + task + ": expected " + std::to_string(count) + ", but " + std::to_string(is));
  }
  compare_values("output", expected.outputs, [&](const std::string& task) { return seen.outputs[task]; }, into);
  compare_values("config", expected.configs, [&](const std::string& task) { return seen.configs.contains(task) ? seen.configs.at(task) : Json(); }, into);
  compare_runs(expected, seen, into);
  if (expected.finished_within && seen.took > *expected.finished_within) into.push_back("it took " + to_text(seen.took) + ", and not at most " + to_text(*expected.finished_within));
}

}  // namespace millrace
