// A Dag: a named, versioned graph of tasks read from one YAML file. A value, never changed after parsing.
//
// The semantics of every field are those of the YAML key of the same name (dag-yaml.md). `needs` and `downstream`
// are mirror images; tasks stand in the order of the file.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "model/capacity.hpp"
#include "model/ids.hpp"
#include "model/schedule.hpp"
#include "model/states.hpp"
#include "model/trigger.hpp"

namespace millrace {

// A place in a file; line and column count from 1.
struct Mark {
  std::string file{};
  int line{};
  int column{};
  std::string to_string() const { return file + ":" + std::to_string(line) + ":" + std::to_string(column); }
  friend bool operator==(const Mark&, const Mark&) = default;
};

enum class Jitter : uint8_t { none = 1, full };

// One rule: for failures of some classes, or with some exit codes.
struct RetryRule {
  int attempts = 1;  // the first try counts
  Millis delay{10'000};
  double backoff = 2;
  Millis max_delay{300'000};
  Jitter jitter = Jitter::full;
  std::vector<std::string> on{"transient", "timeout", "lost"};  // error classes: "transient" stands for "transient/exit_75" too
  std::vector<int> exit_codes{};                                // of the attempt's command; any of them, beside the classes
  friend bool operator==(const RetryRule&, const RetryRule&) = default;
};

inline constexpr size_t kMostRetryRules = 4;
// The first rule that fits a failure decides, and counts it; none: it is not tried again.
using RetryPolicy = std::vector<RetryRule>;

struct Resources {
  Capacity takes{};
  std::vector<std::string> labels{};
  friend bool operator==(const Resources&, const Resources&) = default;
};

// Whether a task may run once its needs are final (schedule/rule.hpp says exactly when each decides).
enum class Rule : uint8_t { all_succeeded = 1, all_done, any_succeeded, any_failed, none_failed, none_skipped, always, expression };
std::string_view name(Rule rule);
std::optional<Rule> rule_from(std::string_view name);  // not "expression"

// A rule written as an expression over the states of needs, in postfix order: `is` pushes, the others take what is there.
struct RuleStep {
  enum class Kind : uint8_t { is = 1, no, all, any };
  Kind kind = Kind::is;
  TaskIndex need{};
  TaskState state{};
  friend bool operator==(const RuleStep&, const RuleStep&) = default;
};

// How many items of a foreach may fail: a count, or a share of them all.
struct Tolerance {
  int32_t failures = 0;
  double percent = 0;
  int32_t of(int32_t items) const { return percent > 0 ? static_cast<int32_t>(static_cast<double>(items) * percent / 100) : failures; }
  friend bool operator==(const Tolerance&, const Tolerance&) = default;
};

// "5", or "5%" for a share.
std::optional<Tolerance> tolerance_from(std::string_view text);

// main tasks decide the run's state; the others start when every main task is final, and decide nothing.
// on_late starts when the run is, or will be, late; what never started is skipped at the end.
enum class Phase : uint8_t { main = 1, on_failure, on_success, finally, on_late };

struct Task {
  std::string id{};
  std::string uses{};  // operator type
  Json with = Json::object();  // config, expressions not yet evaluated
  // A core operator that looks by a short attempt of another operator: core.sensor, and core.callback that hands over its token.
  std::string looks_by{};
  Json look = Json::object();  // its config
  std::string until{};         // core.sensor, core.loop: an expression that says when it is enough
  Json checks = Json::array(); // [{suite: path} | {rules: text}, on_fail: fail | warn | quarantine]
  std::string condition{};     // `if`: one whole expression that gives true or false; empty: none
  Json foreach {};             // null: none; else a number, a list, or an expression that gives one
  int max_parallel = 0;        // of its items; 0: as many as tasks of its Dag
  Tolerance tolerate{};
  Rule rule = Rule::all_succeeded;
  std::vector<RuleStep> rule_steps{};  // of Rule::expression
  std::string group{};         // a name that tasks share; needs may name it
  bool decides = true;         // false: a teardown, whose end says nothing about the run
  std::vector<TaskIndex> needs{};
  std::vector<TaskIndex> downstream{};
  RetryPolicy retry{RetryRule{}};
  Millis timeout{1'800'000};  // of one attempt
  Millis queue_timeout{};     // of waiting for a slot; zero: none, as for the following
  Millis total_timeout{};     // from first being ready to the end, tries and all
  Millis heartbeat{};         // between two signs of life of an attempt
  std::string pool{};         // a shared limit, and how much of it the task takes
  int weight = 1;
  Resources runs_on{};
  int priority = 0;
  Phase phase = Phase::main;
  Json env = Json::object();          // on top of its Dag's
  std::vector<TaskIndex> vars_from{};  // if an expression of it names .vars: the core.set tasks before it, each after its needs
  std::vector<std::string> reads{};   // datasets, sorted; known before the run
  std::vector<std::string> writes{};  // datasets, sorted
  std::vector<std::string> replaces{};  // those of `writes` whose new rows start from what is there, or take its place; sorted
  Mark mark{};

  bool is_core() const;  // the engine performs it by itself
  // Something has to be evaluated before it may run, and may answer that it shall not.
  bool has_gate() const { return !condition.empty() || is_core() || has_items(); }
  bool looks() const { return !looks_by.empty(); }
  const std::string& operator_type() const { return looks() ? looks_by : uses; }  // of its attempts
  bool has_items() const { return !foreach.is_null(); }
  // Also when its run is being cancelled.
  bool runs_on_kill() const { return phase == Phase::finally || rule == Rule::always; }
};

// When a run has to be over: at a wall-clock time, the first after its tick; or within some time of that. Of a run that no schedule started,
// counted from when it was created: what fills in last month is not late.
struct Deadline {
  std::optional<Schedule> at{};
  Millis within{};
  bool predict = true;  // say so as soon as it is foreseen; else only when it is missed
};

// What a tick does while a run of its Dag is open.
enum class OverlapPolicy : uint8_t { queue = 1, skip, cancel_running };

struct Dag {
  std::string name{};
  std::string version{};  // the first 16 hex digits of the SHA-256 of the normalised text
  std::string description{};
  std::string owner{};
  Json labels = Json::object();
  Json params = Json::object();  // name -> JSON Schema
  Json env = Json::object();   // .env of expressions, and the environment of commands
  Json vars = Json::object();  // .vars of expressions, until a core.set says otherwise
  OverlapPolicy overlap = OverlapPolicy::queue;  // concurrency.on_overlap
  int max_runs = 1;    // concurrency.runs
  int max_tasks = 16;  // concurrency.tasks: of a run
  int max_tasks_of_all = 0;  // concurrency.tasks_of_all_runs: of all its runs; 0: no limit
  Millis timeout{};    // of a run; zero: none
  std::optional<Deadline> deadline{};
  Millis keep_runs{};  // how long all of an ended run is kept, then its line only; zero: as the server says
  std::vector<Schedule> schedules{};
  std::vector<Trigger> triggers{};
  std::vector<Task> tasks{};
  std::vector<std::string> tests{};  // files of suites, beside this one
  std::string source{};  // the YAML as read
  std::string file{};    // where it was read
  std::string folder{};  // relative paths in configs start here

  TaskIndex find(std::string_view id) const;  // TaskIndex{-1}: no such task
  const Task& task(TaskIndex at) const { return tasks[index(at)]; }
};

std::string_view name(Phase phase);  // "main", "on_failure", "on_success", "finally", "on_late"

}  // namespace millrace
