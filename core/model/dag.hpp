// A Dag: a named, versioned graph of tasks read from one YAML file. A value, never changed after parsing.
//
// The semantics of every field are those of the YAML key of the same name (dag-yaml.md). `needs` and `downstream`
// are mirror images; tasks stand in the order of the file.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "model/ids.hpp"

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

struct RetryPolicy {
  int attempts = 1;  // the first try counts
  Millis delay{10'000};
  double backoff = 2;
  Millis max_delay{300'000};
  Jitter jitter = Jitter::full;
  std::vector<std::string> on{"transient", "timeout", "lost"};  // error classes
  friend bool operator==(const RetryPolicy&, const RetryPolicy&) = default;
};

struct Resources {
  double cpu = 1;
  int64_t memory = int64_t{1} << 30;  // bytes
  std::vector<std::string> labels{};
  friend bool operator==(const Resources&, const Resources&) = default;
};

// main tasks decide the run's state; the others start when every main task is final, and decide nothing.
enum class Phase : uint8_t { main = 1, on_failure, on_success, finally };

struct Task {
  std::string id{};
  std::string uses{};  // operator type
  Json with = Json::object();  // config, expressions not yet evaluated
  Json checks = Json::array(); // [{suite: path} | {rules: text}, on_fail: fail | warn | quarantine]
  std::vector<TaskIndex> needs{};
  std::vector<TaskIndex> downstream{};
  RetryPolicy retry{};
  Millis timeout{1'800'000};  // of one attempt
  Resources runs_on{};
  int priority = 0;
  Phase phase = Phase::main;
  std::vector<std::string> reads{};   // datasets, sorted; known before the run
  std::vector<std::string> writes{};  // datasets, sorted
  Mark mark{};
};

struct Dag {
  std::string name{};
  std::string version{};  // the first 16 hex digits of the SHA-256 of the normalised text
  std::string description{};
  std::string owner{};
  Json labels = Json::object();
  Json params = Json::object();  // name -> JSON Schema
  Json env = Json::object();
  int max_runs = 1;    // concurrency.runs
  int max_tasks = 16;  // concurrency.tasks
  Millis timeout{};    // of a run; zero: none
  std::vector<Task> tasks{};
  std::string source{};  // the YAML as read
  std::string file{};    // where it was read
  std::string folder{};  // relative paths in configs start here

  TaskIndex find(std::string_view id) const;  // TaskIndex{-1}: no such task
  const Task& task(TaskIndex at) const { return tasks[index(at)]; }
};

std::string_view name(Phase phase);  // "main", "on_failure", "on_success", "finally"

}  // namespace millrace
