// One run of a suite as data docs tell of it: the checks, and the few facts of it that later runs
// are compared with.
//
// Values; any thread. Values of rows are in it only when they were asked for.
#pragma once
#include "quality/validate.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mr::quality::docs {

enum class State : uint8_t { passed = 1, failed, unjudged };

struct CheckDoc {
  std::string group{};  // the column, or what else it is about
  std::string title{};
  State state = State::passed;
  std::vector<std::pair<std::string, std::string>> arguments{};
  std::string severity{};
  std::string observed{};  // a count, a share, a figure
  std::string reason{};    // why it could not be judged, or what is wrong
  double unexpected = 0;   // share of the rows considered
  std::vector<std::pair<std::string, std::string>> values{};  // of rows: the value, how often
};

struct RunDoc {
  std::string suite{}, data{}, time{};  // time: ISO, UTC
  bool success = false;
  int64_t passed = 0, failed = 0, unjudged = 0, measures = 0, scans = 0;
  std::vector<std::string> failures{};  // checks that did not pass, at most kMostFailures
  std::string page{};                   // file of its page, without a folder; not kept

  int64_t checks() const { return passed + failed + unjudged; }

  double share() const;  // passed, of all; 1 without any
};

inline constexpr size_t kMostFailures = 200;

// `show_values`: those of rows that the result holds are shown.
std::vector<CheckDoc> checks_of(const Validation& done, bool show_values);

RunDoc run_of(const Validation& done, const std::string& suite, const std::string& data,
              const std::string& time);

// The name that the suite has for itself; `otherwise` for rules and suites without one.
std::string suite_name(const Validation& done, const std::string& otherwise);

nlohmann::json to_json(const RunDoc& run);
// Nothing for what is no file of a run.
std::optional<RunDoc> run_from(const std::string& text);

}  // namespace mr::quality::docs
