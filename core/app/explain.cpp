// `millrace explain RUN [TASK]`: what a run, or one of its tasks, comes down to, followed along its needs.
#include <iostream>
#include <map>
#include <set>

#include "app/commands.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

bool is_fine(const std::string& state) { return state == "succeeded" || state == "skipped"; }

class Because {
 public:
  explicit Because(const Json& run) {
    for (const auto& task : run["tasks"].items()) tasks_[task["id"].as_text()] = &task;
  }

  bool has(const std::string& task) const { return tasks_.contains(task); }

  // The task, and then what holds it up, each once.
  void follow(const std::string& id, int depth) {
    const auto found = tasks_.find(id);
    if (found == tasks_.end() || !seen_.insert(id).second) return;
    const Json& task = *found->second;
    list_.push(Json::object({{"task", id}, {"state", task["state"]}, {"why", task["why"]}, {"depth", depth}}));
    for (const auto& need : task["needs"].items()) {
      if (!is_fine(state_of(need.as_text()))) follow(need.as_text(), depth + 1);
    }
  }

  // Tasks that have not ended well and that no other task holds up.
  void follow_roots() {
    for (const auto& [id, task] : tasks_) {
      const auto holds = [&](const Json& need) { return !is_fine(state_of(need.as_text())); };
      const auto& needs = (*task)["needs"].items();
      if (!is_fine(state_of(id)) && std::none_of(needs.begin(), needs.end(), holds)) follow(id, 0);
    }
  }

  const Json& list() const { return list_; }

 private:
  std::string state_of(const std::string& id) const {
    const auto found = tasks_.find(id);
    return found == tasks_.end() ? std::string() : (*found->second)["state"].as_text();
  }
  std::map<std::string, const Json*> tasks_{};
  std::set<std::string> seen_{};
  Json list_ = Json::array();
};

}  // namespace

int explain_run(Client& client, const std::string& run, const std::string& task, Output output) {
  auto found = client.run(run);
  if (!found) return report(found.error(), output);
  Because because(*found);
  if (!task.empty() && !because.has(task)) return report({.code = "E8004", .what = "run " + quote(run) + " has no task " + quote(task), .where = {}, .hint = "`millrace runs show` lists them"}, output);
  if (task.empty()) because.follow_roots();
  else because.follow(task, 0);
  if (output.json) {
    std::cout << Json::object({{"run", run}, {"state", (*found)["state"]}, {"because", because.list()}}).dump() << '\n';
    return 0;
  }
  if (task.empty()) std::cout << run << " is " << (*found)["state"].as_text() << '\n';
  for (const auto& one : because.list().items()) {
    std::cout << std::string(static_cast<size_t>(2 * one["depth"].as_int()) + (task.empty() ? 2 : 0), ' ') << one["task"].as_text() << " is " << one["state"].as_text() << ": " << one["why"].as_text() << '\n';
  }
  return 0;
}

}  // namespace millrace
