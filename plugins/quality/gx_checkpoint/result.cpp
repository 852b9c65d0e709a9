#include "quality/gx_checkpoint/result.hpp"

#include "quality/gx_checkpoint/actions.hpp"

#include <algorithm>

namespace mr::quality::checkpoint {
namespace {

using nlohmann::json;

bool is_good(const Outcome& one) {
  return one.problem.empty() && one.validation.success;
}

std::string key_of(const Outcome& one, const std::string& now, bool as_0_18) {
  if (as_0_18)
    return "ValidationResultIdentifier::" + one.suite + "/__none__/" + now + "/" + one.batch;
  return one.name.empty() ? one.suite + "-" + one.batch : one.name;
}

json validation_of(const Outcome& one) {
  if (one.problem.empty()) return one.validation.result;
  return {{"success", false},
          {"suite_name", one.suite},
          {"results", json::array()},
          {"exception_info",
           {{"raised_exception", true},
            {"exception_message", one.problem},
            {"exception_traceback", nullptr}}}};
}

json actions_of(const Checkpoint& checkpoint) {
  json actions = json::array();
  for (const Action& action : checkpoint.actions)
    actions.push_back({{"name", action.name},
                       {"type", action.type},
                       {"here", action.here.empty() ? json() : json(action.here)},
                       {"done", action.is_done}});
  return actions;
}

// Two runs may have one suite and one batch: each keeps its place.
std::string free_key(const json& results, const std::string& key) {
  std::string free = key;
  for (int i = 2; results.contains(free); ++i) free = key + " " + std::to_string(i);
  return free;
}

}  // namespace

json result_of(const Checkpoint& checkpoint, const std::vector<Outcome>& outcomes,
               const std::string& now) {
  const auto all = static_cast<std::ptrdiff_t>(outcomes.size());
  const auto good = std::count_if(outcomes.begin(), outcomes.end(), is_good);
  json results = json::object();
  for (const Outcome& one : outcomes) {
    const std::string key = free_key(results, key_of(one, now, checkpoint.is_0_18));
    json validation = validation_of(one);
    results[key] = checkpoint.is_0_18 ? json{{"validation_result", std::move(validation)},
                                             {"actions_results", json::object()}}
                                      : std::move(validation);
  }
  return {
      {"success", good == all},
      {"run_id", {{"run_name", nullptr}, {"run_time", now}}},
      {"checkpoint_config", checkpoint.config},
      {"run_results", std::move(results)},
      {"statistics",
       {{"evaluated_validations", all},
        {"successful_validations", good},
        {"unsuccessful_validations", all - good},
        {"success_percent",
         all > 0 ? json(100.0 * static_cast<double>(good) / static_cast<double>(all)) : json()}}},
      {"millrace", {{"actions", actions_of(checkpoint)}, {"notes", checkpoint.notes}}}};
}

std::vector<CheckLine> lines_of(const std::vector<Outcome>& outcomes) {
  std::vector<CheckLine> lines;
  for (const Outcome& one : outcomes) {
    const std::string head = one.suite + " on " + one.batch;
    if (!one.problem.empty())
      lines.push_back({.name = head, .judged = false, .reason = one.problem});
    for (CheckLine line : one.validation.lines) {
      line.name = head + ": " + line.name;
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::vector<std::string> said_of(const Checkpoint& checkpoint) {
  std::vector<std::string> said;
  for (const Action& action : checkpoint.actions) said.push_back(said_of(action));
  said.insert(said.end(), checkpoint.notes.begin(), checkpoint.notes.end());
  return said;
}

}  // namespace mr::quality::checkpoint
