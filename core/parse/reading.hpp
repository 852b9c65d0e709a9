// Helpers of the Dag reader: typed reads that note a mistake and go on with a fallback, so that one reading finds all mistakes.
//
// One thread per Reading.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "model/dag.hpp"
#include "model/operator.hpp"
#include "parse/rule_text.hpp"
#include "parse/schema_check.hpp"
#include "parse/yaml_tree.hpp"

namespace millrace {

using Keys = std::span<const std::string_view>;

class Reading {
 public:
  explicit Reading(const OperatorList& known) : operators(known) {}

  void fail(Place place, std::string code, std::string what, std::string hint = "") {
    mistakes.push_back({place, std::move(code), std::move(what), std::move(hint)});
  }
  // False (noted) unless `node` is a map. Keys in neither list are unknown; keys in `later` are not available yet.
  bool map(const YamlNode& node, const std::string& what, Keys known, Keys later = {});
  std::string text(const YamlNode& node, const std::string& what);
  Millis duration(const YamlNode& node, const std::string& what, Millis other);
  int whole(const YamlNode& node, const std::string& what, int least, int most, int other);
  double number(const YamlNode& node, const std::string& what, double least, double other);
  int64_t memory(const YamlNode& node, const std::string& what, int64_t other);
  std::vector<std::string> texts(const YamlNode& node, const std::string& what);
  Json plain_map(const YamlNode& node, const std::string& what);  // scalars by name, without expressions
  bool one_of(const YamlNode& node, const std::string& what, const std::vector<std::string>& allowed);

  const OperatorList& operators;
  std::vector<Mistake> mistakes{};
};

// "did you mean 'x'?" or, when nothing is near, `other`.
std::string suggest(std::string_view word, const std::vector<std::string>& candidates, std::string other = "");

// What the later checks need of a task beside the Task itself.
struct TaskSource {
  const YamlNode* node = nullptr;    // the task's map
  const YamlNode* with = nullptr;
  std::string called = "with";       // the key of its config
  std::vector<std::pair<std::string, Place>> needs{};
  std::vector<std::pair<std::string, Place>> sets_up{}, tears_down{};  // setup_for, teardown_for
  std::vector<NamedRuleStep> rule{};
  Place rule_place{};
  std::vector<DatasetUse> datasets{};
};

// Up to 64 of a-z, 0-9 and `extra`, starting with a letter.
bool fits_name(const std::string& name, std::string_view extra);

void read_schedules(Reading& in, const YamlNode& node, const std::string& folder, std::vector<Schedule>& into);
// After the schedules: its zone is that of the first one, unless it names another.
void read_deadline(Reading& in, const YamlNode& node, Dag& dag);
void read_retry(Reading& in, const YamlNode& node, Task& into);
void read_task_limits(Reading& in, const YamlNode& node, Task& into);  // its keys retry and timeout
// Of a sensor, a loop or a callback: what it looks by, and when it is enough.
void read_look(Reading& in, const YamlNode& with, TaskSource& source, Task& into);
void read_resources(Reading& in, const YamlNode& node, Resources& into);
// Main tasks have needs, priority, runs_on and checks; hooks have none of these.
// `called` is the key of its config in the file.
TaskSource read_task(Reading& in, const YamlMember& member, const std::string& folder, Task& into, const std::string& called = "with");
// A foreach over rows is short for two tasks: this one reads them, and the other has them as its items.
inline std::string rows_task_of(const std::string& task) { return task + ":rows"; }

// Fills needs and downstream from the names in `sources`; notes unknown needs, self needs, cycles. False: no order exists.
bool connect_tasks(Reading& in, Dag& dag, const std::vector<TaskSource>& sources);
// Only for connected tasks: datasets read before written, two writers.
void check_datasets(Reading& in, const Dag& dag, const std::vector<TaskSource>& sources);
// Expressions: syntax, params, tasks upstream, roots. `connected`: the tasks have an order.
void check_references(Reading& in, const Dag& dag, const std::vector<TaskSource>& sources, bool connected);
// Which core.set tasks .vars is made of, for each task that names it.
void link_vars(Dag& dag);
// After the params: a trigger's values are theirs.
void read_triggers(Reading& in, const YamlNode& node, Dag& dag);
void refuse_stray_secrets(Reading& in, const YamlNode& node, bool allowed = false);
void read_params(Reading& in, const YamlNode& node, Dag& dag);

}  // namespace millrace
