#include "app/lineage_words.hpp"

#include <chrono>
#include <iostream>
#include <thread>

#include "app/table.hpp"
#include "base/text.hpp"
#include "model/states.hpp"

namespace millrace {
namespace {

constexpr std::chrono::milliseconds kLook{100};

void print_consumers(const Json& consumers) {
  TextTable table{.columns = {"wave", "run", "task", "read", "snapshot", ""}};
  for (const auto& one : consumers.items()) {
    table.rows.push_back({std::to_string(one["wave"].as_int()), one["run"].as_text(), one["task"].as_text(), one["dataset"].as_text(), std::to_string(one["snapshot"].as_int()), one["pruned"].as_bool() ? "its run is only a line any more" : ""});
  }
  std::cout << table.to_string();
}

// The state in which the task ends.
Result<std::string> ended(Client& client, const Json& one) {
  while (true) {
    auto task = client.task(one["run"].as_text(), one["task"].as_text());
    if (!task) return task.error();
    const auto& state = (*task)["state"].as_text();
    if (const auto known = task_state_from(state); known && is_final(*known)) return state;
    std::this_thread::sleep_for(kLook);
  }
}

Status rerun_wave(Client& client, const std::vector<Json>& wave, Json& done) {
  for (const auto& one : wave) {
    auto cleared = client.task_verb({.verb = "clear", .run = one["run"].as_text(), .task = one["task"].as_text(), .alone = true});
    if (!cleared) return cleared.error();
  }
  std::vector<std::string> failed;
  for (auto one : wave) {
    auto state = ended(client, one);
    if (!state) return state.error();
    one.set("state", *state);
    if (*state != "succeeded" && *state != "skipped") failed.push_back(one["task"].as_text() + " of " + one["run"].as_text());
    done.push(std::move(one));
  }
  if (failed.empty()) return {};
  return Error{.code = "E1071", .what = "not all went well: " + join(failed, ", "), .where = {}, .hint = "those that read what they make were left as they are; mend it, and say it again"};
}

}  // namespace

int show_impact(Client& client, const std::string& name, Output output) {
  auto found = client.impact(name);
  if (!found) return report(found.error(), output);
  if (output.json) {
    std::cout << found->dump(2) << '\n';
    return 0;
  }
  TextTable table{.columns = {"dataset", "column", "how", "dag", "task", "distance"}};
  for (const auto& one : (*found)["dependents"].items()) {
    table.rows.push_back({one["dataset"].as_text(), one["column"].as_text(), one["how"].as_text(), one["dag"].as_text(), one["task"].as_text(), std::to_string(one["distance"].as_int())});
  }
  std::cout << table.to_string();
  return 0;
}

int rerun_affected(Client& client, const RerunWords& words, Output output) {
  auto found = client.consumers(words.snapshot);
  if (!found) return report(found.error(), output);
  if (!output.json) print_consumers(*found);
  if (words.dry_run) {
    if (output.json) std::cout << Json::object({{"tasks", *found}}).dump(2) << '\n';
    return 0;
  }
  Json done = Json::array();
  std::vector<Json> wave;
  Status all;
  const auto& consumers = found->items();
  for (size_t i = 0; i < consumers.size() && all; ++i) {
    if (!consumers[i]["pruned"].as_bool()) wave.push_back(consumers[i]);
    const bool last = i + 1 == consumers.size() || consumers[i + 1]["wave"].as_int() != consumers[i]["wave"].as_int();
    if (!last) continue;
    all = rerun_wave(client, wave, done);
    wave.clear();
  }
  if (!all) return report(all.error(), output);
  if (output.json) std::cout << Json::object({{"tasks", done}}).dump(2) << '\n';
  else std::cout << done.size() << (done.size() == 1 ? " task" : " tasks") << " did their work again\n";
  return 0;
}

}  // namespace millrace
