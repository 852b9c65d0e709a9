#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/text.hpp"
#include "parse/expression_text.hpp"
#include "parse/reading.hpp"
#include "parse/short_checks.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 19> kTaskKeys{"uses", "with", "needs", "if", "rule", "foreach", "max_parallel", "tolerate", "setup_for", "teardown_for", "group", "retry", "timeout", "runs_on",
                                                     "priority", "checks", "env", "description", "pool"};
constexpr std::array<std::string_view, 1> kTaskLater{"deadline"};
// A look that fails is looked once more: what is not there yet often answers with an error.
const RetryRule kPatient{.attempts = 1000, .delay = Millis{10'000}, .backoff = 2, .max_delay = Millis{300'000}};
constexpr std::array<std::string_view, 5> kHookKeys{"uses", "with", "env", "retry", "timeout"};

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
  check_schema(source.with != nullptr ? *source.with : nothing, info->config_schema, source.called, report);
  in.mistakes.insert(in.mistakes.end(), report.mistakes.begin(), report.mistakes.end());
  source.datasets = std::move(report.datasets);
}

// What stands there in short; the datasets that it looks into are read by the task.
void read_short_check(Reading& in, const YamlNode& item, TaskSource& source) {
  SchemaReport report;
  for (const Json* known : {&short_checks(), &short_check_keys()}) {
    for (const auto& [word, schema] : known->members()) {
      if (const YamlNode* value = item.find(word)) check_schema(*value, schema, word, report);
    }
  }
  in.mistakes.insert(in.mistakes.end(), report.mistakes.begin(), report.mistakes.end());
  source.datasets.insert(source.datasets.end(), report.datasets.begin(), report.datasets.end());
}

void read_suite(Reading& in, const YamlNode& suite, const std::string& folder) {
  const std::string path = in.text(suite, "suite");
  std::error_code ignored;  // what can't be looked at isn't a file for us
  if (!path.empty() && !std::filesystem::is_regular_file(std::filesystem::path(folder) / path, ignored)) {
    in.fail(suite.place, "E1015", "there is no suite file " + quote(path), "paths start at the folder of this file");
  }
}

bool is_of_one_kind(Reading& in, const YamlNode& item, const std::vector<std::string_view>& kinds) {
  std::vector<const YamlMember*> found;
  for (const YamlMember& member : item.members) {
    if (std::find(kinds.begin(), kinds.end(), member.key) != kinds.end()) found.push_back(&member);
  }
  if (found.size() == 1) return true;
  in.fail(found.empty() ? item.place : found[1]->place, "E1006", found.empty() ? "a check lacks the word of its kind" : "a check is of one kind: this has " + quote(found[0]->key) + " and " + quote(found[1]->key),
          "kinds are " + join(std::vector<std::string>(kinds.begin(), kinds.end()), ", "));
  return false;
}

void read_checks(Reading& in, const YamlNode& node, const std::string& folder, TaskSource& source, Task& into) {
  std::vector<std::string_view> kinds{"suite", "rules"}, keys{"on_fail", "object", "by_row", "approximate"};
  for (const auto& kind : short_checks().members()) kinds.push_back(kind.first);
  for (const auto& key : short_check_keys().members()) keys.push_back(key.first);
  keys.insert(keys.begin(), kinds.begin(), kinds.end());
  if (!node.is_list()) return in.fail(node.place, "E1007", "checks must be a list", "write - suite: suites/orders.json");
  for (const YamlNode& item : node.items) {
    const size_t before = in.mistakes.size();
    if (!in.map(item, "a check", keys) || in.mistakes.size() > before) continue;
    if (!is_of_one_kind(in, item, kinds)) continue;
    const YamlNode* suite = item.find("suite");
    const YamlNode* rules = item.find("rules");
    if (suite != nullptr) read_suite(in, *suite, folder);
    else if (rules == nullptr) read_short_check(in, item, source);
    else if (!rules->is_text() || trim(rules->text()).empty()) in.fail(rules->place, "E1007", "rules must be a text", "write rules: | and the rules below");
    if (const YamlNode* object = item.find("object"); object != nullptr && suite == nullptr) in.fail(object->place, "E1005", "'object' says what of a suite's contract is meant", "leave it out");
    if (const YamlNode* action = item.find("on_fail")) in.one_of(*action, "on_fail", {"fail", "warn", "quarantine"});
    for (const char* key : {"by_row", "approximate"}) {
      const YamlNode* flag = item.find(key);
      if (flag != nullptr && !flag->to_json().is_bool()) in.fail(flag->place, "E1007", std::string(key) + " must be true or false", "write " + std::string(key) + ": true");
    }
    into.checks.push(item.to_json());
  }
}

void read_names(Reading& in, const YamlNode& node, const std::string& key, std::vector<std::pair<std::string, Place>>& into) {
  if (!node.is_list()) return in.fail(node.place, "E1007", key + " must be a list of tasks", "write " + key + ": [a, b]");
  std::set<std::string_view> seen;  // of the nodes; the last task of a wide Dag needs all others
  for (const YamlNode& item : node.items) {
    std::string name = in.text(item, "an item of " + key);
    if (!name.empty() && !seen.insert(item.text()).second) in.fail(item.place, "E1003", quote(name) + " stands twice in " + key, "remove one of them");
    else if (!name.empty()) into.emplace_back(std::move(name), item.place);
  }
}

void read_condition(Reading& in, const YamlNode& node, Task& into) {
  if (node.is_text() && is_whole_expression(node.text())) into.condition = node.text();
  else in.fail(node.place, "E1007", "if must be one expression that gives true or false", "write if: \"{{ .params.full_refresh }}\"");
}

// A count of failures, or a share such as 5%.
void read_tolerance(Reading& in, const YamlNode& node, Tolerance& into) {
  static constexpr std::array<std::string_view, 1> kKeys{"failures"};
  if (!in.map(node, "tolerate", kKeys)) return;
  const YamlNode* failures = node.find("failures");
  if (failures == nullptr) return in.fail(node.place, "E1006", "tolerate lacks the key 'failures'", "write {failures: 5} or {failures: 5%}");
  const auto given = tolerance_from(failures->is_text() ? failures->text() : failures->to_json().dump());
  if (given) into = *given;
  else in.fail(failures->place, "E1007", "tolerate.failures is neither a count nor a share", "write {failures: 5} or {failures: 5%}");
}

void read_items(Reading& in, const YamlNode& node, Task& into) {
  const YamlNode* items = node.find("foreach");
  for (const char* key : {"max_parallel", "tolerate"}) {
    if (const YamlNode* n = node.find(key); n != nullptr && items == nullptr) in.fail(n->place, "E1006", std::string(key) + " says something about foreach, and there is none", "add foreach, or leave it out");
  }
  if (items == nullptr) return;
  const bool fits = items->is_list() || items->is_map() || (items->is_text() && is_whole_expression(items->text())) || items->to_json().is_int();
  if (!fits) in.fail(items->place, "E1007", "foreach must be a list, a whole number, one expression that gives either, or a map that names rows", "write foreach: \"{{ .tasks.find.output.list }}\", or {dataset: clean.orders, batch: 500}");
  if (into.uses == "core.switch") in.fail(items->place, "E1009", "a switch chooses once, and can't stand for many items", "leave foreach out, or put an if on the tasks");
  into.foreach = items->is_map() ? Json::object({{"rows_of", rows_task_of(into.id)}}) : items->to_json();  // a task of its own reads them
  if (const auto* n = node.find("max_parallel")) into.max_parallel = in.whole(*n, "max_parallel", 1, 100'000, 0);
  if (const auto* n = node.find("tolerate")) read_tolerance(in, *n, into.tolerate);
}

void read_rule(Reading& in, const YamlNode& node, TaskSource& source, Task& into) {
  const std::string text = in.text(node, "rule");
  source.rule_place = node.place;
  if (const auto rule = rule_from(text)) {
    into.rule = *rule;
    return;
  }
  if (text.find('.') == std::string::npos) {
    if (!text.empty()) {
      static const std::vector<std::string> kNames{"all_succeeded", "all_done", "any_succeeded", "any_failed", "none_failed", "none_skipped", "always"};
      in.fail(node.place, "E1014", quote(text) + " is no rule", suggest(text, kNames, "known are " + join(kNames, ", ") + ", or an expression such as load.succeeded"));
    }
    return;
  }
  auto steps = millrace::read_rule(text);
  if (!steps) return in.fail(node.place, steps.error().code, steps.error().what, steps.error().hint);
  into.rule = Rule::expression;
  source.rule = std::move(*steps);
}

// A teardown waits for the end, whatever it is, also on a kill, and says nothing about the run.
void read_setup(Reading& in, const YamlNode& node, TaskSource& source, Task& into) {
  if (const auto* n = node.find("setup_for")) read_names(in, *n, "setup_for", source.sets_up);
  const auto* teardown = node.find("teardown_for");
  if (teardown == nullptr) return;
  read_names(in, *teardown, "teardown_for", source.tears_down);
  if (const auto* rule = node.find("rule")) in.fail(rule->place, "E1014", "a teardown has no rule of its own", "leave rule out: it runs when the tasks of teardown_for are over");
  into.rule = Rule::always;
  into.decides = false;
}

void sort_datasets(const TaskSource& source, Task& into) {
  std::set<std::string> reads, writes, replaces;
  for (const DatasetUse& use : source.datasets) {
    (use.writes ? writes : reads).insert(use.dataset);
    if (use.replaces) replaces.insert(use.dataset);
  }
  into.reads.assign(reads.begin(), reads.end());
  into.writes.assign(writes.begin(), writes.end());
  into.replaces.assign(replaces.begin(), replaces.end());
}

}  // namespace

namespace {

void read_retry_rule(Reading& in, const YamlNode& node, RetryRule& into, Millis& max_total) {
  static constexpr std::array<std::string_view, 8> kKeys{"attempts", "delay", "backoff", "max_delay", "jitter", "on", "exit_codes", "max_total"};
  if (!in.map(node, "retry", kKeys)) return;
  if (const auto* n = node.find("attempts")) into.attempts = in.whole(*n, "retry.attempts", 1, 1000, into.attempts);
  if (const auto* n = node.find("delay")) into.delay = in.duration(*n, "retry.delay", into.delay);
  if (const auto* n = node.find("backoff")) into.backoff = in.number(*n, "retry.backoff", 1, into.backoff);
  if (const auto* n = node.find("max_delay")) into.max_delay = in.duration(*n, "retry.max_delay", into.max_delay);
  if (const auto* n = node.find("jitter"); n != nullptr && in.one_of(*n, "retry.jitter", {"none", "full"})) into.jitter = n->text() == "full" ? Jitter::full : Jitter::none;
  if (const auto* n = node.find("max_total")) max_total = in.duration(*n, "retry.max_total", {});
  const auto *on = node.find("on"), *codes = node.find("exit_codes");
  if (on != nullptr) into.on = in.texts(*on, "retry.on");
  else if (codes != nullptr) into.on.clear();  // these codes, and nothing else
  if (codes == nullptr) return;
  if (!codes->is_list()) return in.fail(codes->place, "E1007", "retry.exit_codes must be a list of numbers", "write exit_codes: [75]");
  for (const YamlNode& code : codes->items) into.exit_codes.push_back(in.whole(code, "an exit code", 1, 255, 1));
}

// "30m" for each attempt, or a map that names the limits.
void read_timeout(Reading& in, const YamlNode& node, Task& into) {
  static constexpr std::array<std::string_view, 4> kKeys{"attempt", "queue", "total", "heartbeat"};
  if (!node.is_map()) {
    into.timeout = in.duration(node, "timeout", into.timeout);
    return;
  }
  if (!in.map(node, "timeout", kKeys)) return;
  if (const auto* n = node.find("attempt")) into.timeout = in.duration(*n, "timeout.attempt", into.timeout);
  if (const auto* n = node.find("queue")) into.queue_timeout = in.duration(*n, "timeout.queue", {});
  if (const auto* n = node.find("total")) into.total_timeout = in.duration(*n, "timeout.total", {});
  if (const auto* n = node.find("heartbeat")) into.heartbeat = in.duration(*n, "timeout.heartbeat", {});
}

// A name, or a name and how much of it the task takes.
void read_pool(Reading& in, const YamlNode& node, Task& into) {
  static constexpr std::array<std::string_view, 2> kKeys{"name", "weight"};
  if (node.is_map()) {
    if (!in.map(node, "pool", kKeys)) return;
    if (const auto* n = node.find("name")) into.pool = in.text(*n, "pool.name");
    else in.fail(node.place, "E1006", "pool lacks the key 'name'", "write {name: warehouse, weight: 2}");
    if (const auto* n = node.find("weight")) into.weight = in.whole(*n, "pool.weight", 1, 100'000, 1);
  } else {
    into.pool = in.text(node, "pool");
  }
  if (into.is_core()) in.fail(node.place, "E1009", "a core operator holds no slot, and so no pool", "leave pool out");
}

}  // namespace

void read_task_limits(Reading& in, const YamlNode& node, Task& into) {
  if (const auto* n = node.find("retry")) read_retry(in, *n, into);
  if (const auto* n = node.find("timeout")) read_timeout(in, *n, into);
}

void read_retry(Reading& in, const YamlNode& node, Task& into) {
  if (!node.is_list()) {
    into.retry.resize(1);
    return read_retry_rule(in, node, into.retry.front(), into.total_timeout);
  }
  if (node.items.empty() || node.items.size() > kMostRetryRules) return in.fail(node.place, "E1009", "retry has from 1 to " + std::to_string(kMostRetryRules) + " rules", "write [{on: [transient], attempts: 5}]");
  into.retry.clear();
  for (const YamlNode& rule : node.items) {
    if (rule.find("max_total") != nullptr && node.items.size() > 1) in.fail(rule.place, "E1009", "max_total bounds the whole task, not one rule", "write it as timeout: {total: 2h}");
    read_retry_rule(in, rule, into.retry.emplace_back(), into.total_timeout);
  }
}

void read_resources(Reading& in, const YamlNode& node, Resources& into) {
  static constexpr std::array<std::string_view, 4> kKeys{"labels", "cpu", "memory", "resources"};
  if (!in.map(node, "runs_on", kKeys)) return;
  if (const auto* n = node.find("labels")) into.labels = in.texts(*n, "runs_on.labels");
  if (const auto* n = node.find("cpu")) into.takes.cpu = in.number(*n, "runs_on.cpu", 0, into.takes.cpu);
  if (const auto* n = node.find("memory")) into.takes.memory = in.memory(*n, "runs_on.memory", into.takes.memory);
  const auto* named = node.find("resources");
  if (named == nullptr) return;
  if (!named->is_map()) return in.fail(named->place, "E1007", "runs_on.resources must be a map of amounts", "write resources: {gpu: 0.5}");
  into.takes.named.clear();
  for (const YamlMember& member : named->members) {
    if (!fits_name(member.key, "_-")) in.fail(member.place, "E1008", quote(member.key) + " is not a name of a resource", "up to 64 of a-z, 0-9, _ and -, starting with a letter");
    into.takes.named.emplace_back(member.key, in.number(member.value, "runs_on.resources." + member.key, 0, 1));
  }
  std::sort(into.takes.named.begin(), into.takes.named.end());
}

TaskSource read_task(Reading& in, const YamlMember& member, const std::string& folder, Task& into, const std::string& called) {
  TaskSource source;
  source.called = called;
  source.node = &member.value;
  const bool hook = into.phase != Phase::main;
  const Keys keys = hook ? Keys(kHookKeys) : Keys(kTaskKeys);
  const Keys later = hook ? Keys() : Keys(kTaskLater);
  const YamlNode& node = member.value;
  if (!in.map(node, (hook ? "" : "task ") + quote(into.id), keys, later)) return source;
  source.with = node.find("with");
  if (source.with != nullptr && !source.with->is_map()) {
    in.fail(source.with->place, "E1007", called + " must be a map of keys");
    source.with = nullptr;
  }
  if (source.with != nullptr) into.with = source.with->to_json();
  read_config(in, into.id, source, into);
  if (into.uses == "core.sensor" && node.find("retry") == nullptr) into.retry = {kPatient};
  if (source.with != nullptr) read_look(in, *source.with, source, into);
  read_task_limits(in, node, into);
  if (const auto* n = node.find("env")) into.env = in.plain_map(*n, "env");
  if (const auto* n = node.find("checks"); n != nullptr && !hook) read_checks(in, *n, folder, source, into);
  sort_datasets(source, into);
  if (hook) return source;
  if (const auto* n = node.find("needs")) read_names(in, *n, "needs", source.needs);
  if (const auto* n = node.find("if")) read_condition(in, *n, into);
  read_items(in, node, into);
  if (const auto* n = node.find("rule")) read_rule(in, *n, source, into);
  read_setup(in, node, source, into);
  if (const auto* n = node.find("pool")) read_pool(in, *n, into);
  if (const auto* n = node.find("group")) into.group = in.text(*n, "group");
  if (const auto* n = node.find("description")) in.text(*n, "description");
  if (const auto* n = node.find("runs_on")) read_resources(in, *n, into.runs_on);
  if (const auto* n = node.find("priority")) into.priority = in.whole(*n, "priority", -1'000'000, 1'000'000, 0);
  return source;
}

}  // namespace millrace
