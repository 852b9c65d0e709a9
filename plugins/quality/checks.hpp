// Runs checks (suites of Great Expectations, DQDL, and the other dialects of README.md) on a relation of an open session.
//
// One thread. Semantics: ../../shared reference of the suite and rule formats, restated in README.md.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "data/session.hpp"
#include "quality/dqdl/world.hpp"

namespace mr::quality {

struct CheckReport {
  bool success = true;                                  // of the checks whose on_fail is "fail"
  nlohmann::json results = nlohmann::json::array();     // [{check, success, on_fail, observed, unexpected_count, …}]: never a row value
  // When a check with on_fail "quarantine" failed on rows: SQL of a boolean expression that is true for the rows to set apart,
  // and SQL of a text expression that names the failed rules, both over the relation's columns. Else empty.
  std::string quarantine_condition{};
  std::string quarantine_reason{};
  int scans = 0;                                        // how many times the relation was read
  nlohmann::json metrics = nlohmann::json::object();    // what DQDL rules measured: numbers by dqdl::metric_key(), for the runs to come
};

// `checks` as in the facts of the attempt; relative suite paths start at `folder`. Throws a final mr::Failure (class config, E7xxx) for a suite or
// rule that can't be read or is not known: refused by name, never skipped.
// `world`: what rules may ask for besides the rows; its by_row is each check's own.
CheckReport run_checks(mr::data::Session& session, const std::string& relation, const nlohmann::json& checks, const std::string& folder, const dqdl::World& world = {});

// Whether they could be judged on the SELECT's rows, told before there are any: E7008 for a column that is not there or not of a type that a
// check can bear, which run_checks calls a failed check.
void bind_checks(mr::data::Session& session, const std::string& select, const nlohmann::json& checks, const std::string& folder, const dqdl::World& world = {});

}  // namespace mr::quality
