#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/text.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 9> kTaskKeys{"uses", "with", "needs", "retry", "timeout", "runs_on", "priority", "checks", "env"};
constexpr std::array<std::string_view, 10> kTaskLater{"foreach", "if", "rule", "pool", "deadline", "setup_for", "teardown_for", "max_parallel", "tolerate", "description"};
constexpr std::array<std::string_view, 4> kHookKeys{"uses", "with", "retry", "timeout"};

void read_config(Reading& in, const std::string& id, TaskSource& source, Task& into) {
  const YamlNode* uses = source.node->find("uses");
  if (uses == nullptr) return in.fail(source.node->place, "E1006", "task " + quote(id) + " lacks the key 'uses'", "name the operator, for example uses: sql.query");
  into.uses = in.text(*uses, "uses");
  if (into.uses.empty()) return;
  const OperatorInfo* info = in.operators.find(into.uses);
  if (info == nullptr) {
    if (into.uses.starts_with("core.")) return in.fail(uses->place, "E1090", "the operator " + quote(into.uses) + " is not available yet", "leave the task out");
    std::vector<std::string> types;
    for (const OperatorInfo& one : in.operators.all()) types.push_back(one.type);
    const std::string other = types.empty() ? "no plugin is loaded: check the plugin folder" : "check that its plugin lies in the plugin folder; known are " + join(types, ", ");
    return in.fail(uses->place, "E1012", "task " + quote(id) + " uses the unknown operator " + quote(into.uses), suggest(into.uses, types, other));
  }
  YamlNode nothing;
  nothing.kind = YamlNode::Kind::map;
  nothing.place = source.node->place;
  SchemaReport report;
  check_schema(source.with != nullptr ? *source.with : nothing, info->config_schema, "with", report);
  in.mistakes.insert(in.mistakes.end(), report.mistakes.begin(), report.mistakes.end());
  source.datasets = std::move(report.datasets);
}

void read_checks(Reading& in, const YamlNode& node, const std::string& folder, Task& into) {
  static constexpr std::array<std::string_view, 3> kKeys{"suite", "rules", "on_fail"};
  if (!node.is_list()) return in.fail(node.place, "E1007", "checks must be a list", "write - suite: suites/orders.json");
  for (const YamlNode& item : node.items) {
    if (!in.map(item, "a check", kKeys)) continue;
    const YamlNode* suite = item.find("suite");
    const YamlNode* rules = item.find("rules");
    if ((suite == nullptr) == (rules == nullptr)) {
      in.fail(item.place, "E1006", "a check has either 'suite' or 'rules'", "suite: <path>, or rules: <text>");
      continue;
    }
    if (suite != nullptr) {
      const std::string path = in.text(*suite, "suite");
      std::error_code ignored;  // what can't be looked at isn't a file for us
      if (!path.empty() && !std::filesystem::is_regular_file(std::filesystem::path(folder) / path, ignored)) {
        in.fail(suite->place, "E1015", "there is no suite file " + quote(path), "paths start at the folder of this file");
      }
    } else if (!rules->is_text() || trim(rules->text()).empty()) {
      in.fail(rules->place, "E1007", "rules must be a text", "write rules: | and the rules below");
    }
    if (const YamlNode* action = item.find("on_fail")) in.one_of(*action, "on_fail", {"fail", "warn", "quarantine"});
    into.checks.push(item.to_json());
  }
}

void read_needs(Reading& in, const YamlNode& node, TaskSource& source) {
  if (!node.is_list()) return in.fail(node.place, "E1007", "needs must be a list of tasks", "write needs: [a, b]");
  for (const YamlNode& item : node.items) {
    std::string name = in.text(item, "an item of needs");
    const bool twice = std::any_of(source.needs.begin(), source.needs.end(), [&](const auto& n) { return n.first == name; });
    if (twice) in.fail(item.place, "E1003", "the need " + quote(name) + " stands here twice", "remove one of them");
    else if (!name.empty()) source.needs.emplace_back(std::move(name), item.place);
  }
}

void sort_datasets(const TaskSource& source, Task& into) {
  std::set<std::string> reads, writes;
  for (const DatasetUse& use : source.datasets) (use.writes ? writes : reads).insert(use.dataset);
  into.reads.assign(reads.begin(), reads.end());
  into.writes.assign(writes.begin(), writes.end());
}

}  // namespace

void read_retry(Reading& in, const YamlNode& node, RetryPolicy& into) {
  static constexpr std::array<std::string_view, 6> kKeys{"attempts", "delay", "backoff", "max_delay", "jitter", "on"};
  static constexpr std::array<std::string_view, 1> kLater{"max_total"};
  if (node.is_list()) return in.fail(node.place, "E1090", "a list of retry rules is not available yet", "write one rule");
  if (!in.map(node, "retry", kKeys, kLater)) return;
  if (const auto* n = node.find("attempts")) into.attempts = in.whole(*n, "retry.attempts", 1, 1000, into.attempts);
  if (const auto* n = node.find("delay")) into.delay = in.duration(*n, "retry.delay", into.delay);
  if (const auto* n = node.find("backoff")) into.backoff = in.number(*n, "retry.backoff", 1, into.backoff);
  if (const auto* n = node.find("max_delay")) into.max_delay = in.duration(*n, "retry.max_delay", into.max_delay);
  if (const auto* n = node.find("jitter"); n != nullptr && in.one_of(*n, "retry.jitter", {"none", "full"})) into.jitter = n->text() == "full" ? Jitter::full : Jitter::none;
  if (const auto* n = node.find("on")) into.on = in.texts(*n, "retry.on");
}

void read_resources(Reading& in, const YamlNode& node, Resources& into) {
  static constexpr std::array<std::string_view, 3> kKeys{"labels", "cpu", "memory"};
  if (!in.map(node, "runs_on", kKeys)) return;
  if (const auto* n = node.find("labels")) into.labels = in.texts(*n, "runs_on.labels");
  if (const auto* n = node.find("cpu")) into.cpu = in.number(*n, "runs_on.cpu", 0, into.cpu);
  if (const auto* n = node.find("memory")) into.memory = in.memory(*n, "runs_on.memory", into.memory);
}

TaskSource read_task(Reading& in, const YamlMember& member, const std::string& folder, Task& into) {
  TaskSource source;
  source.node = &member.value;
  const bool hook = into.phase != Phase::main;
  const Keys keys = hook ? Keys(kHookKeys) : Keys(kTaskKeys);
  const Keys later = hook ? Keys() : Keys(kTaskLater);
  const YamlNode& node = member.value;
  if (!in.map(node, (hook ? "" : "task ") + quote(into.id), keys, later)) return source;
  source.with = node.find("with");
  if (source.with != nullptr && !source.with->is_map()) {
    in.fail(source.with->place, "E1007", "with must be a map of keys");
    source.with = nullptr;
  }
  if (source.with != nullptr) into.with = source.with->to_json();
  read_config(in, into.id, source, into);
  if (const auto* n = node.find("retry")) read_retry(in, *n, into.retry);
  if (const auto* n = node.find("timeout")) into.timeout = in.duration(*n, "timeout", into.timeout);
  sort_datasets(source, into);
  if (hook) return source;
  if (const auto* n = node.find("needs")) read_needs(in, *n, source);
  if (const auto* n = node.find("runs_on")) read_resources(in, *n, into.runs_on);
  if (const auto* n = node.find("priority")) into.priority = in.whole(*n, "priority", -1'000'000, 1'000'000, 0);
  if (const auto* n = node.find("checks")) read_checks(in, *n, folder, into);
  // A Task has no place for variables of its own: the attempt would not see them.
  if (const auto* n = node.find("env")) in.fail(n->place, "E1090", "'env' of a task is not available yet", "put it under env of the Dag");
  return source;
}

}  // namespace millrace
