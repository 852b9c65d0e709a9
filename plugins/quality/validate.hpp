// Validates a table against a suite of Great Expectations or a DQDL ruleset, and gives the result
// in the shape that their users know.
//
// One thread. The result may hold values of rows, as its format asks for; the checks of a pipeline
// (checks.hpp) hold none. Throws mr::Failure (class config, E7xxx) for a text that is no suite and
// no ruleset; a check that can't be evaluated fails with its reason, and the rest run.
#pragma once
#include "data/session.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace mr::quality {

struct ValidateOptions {
  nlohmann::json result_format{};  // a text (BOOLEAN_ONLY, BASIC, SUMMARY, COMPLETE) or an object
                                   // with result_format; null: as the suite says
  nlohmann::json parameters{};     // values for $PARAMETER, by name
  bool as_0_18 = false;  // the result in the shape of Great Expectations 0.18; else of 1.x
  std::string batch{};   // what the table is called in the result
  std::string now{};     // ISO, UTC
};

struct CheckLine {
  std::string name{};
  bool success = false;
  bool judged = true;    // false: it could not be evaluated, `reason` says why
  std::string reason{};  // of a failure, without values of rows
  nlohmann::json facts{};  // observed, unexpected_count, considered_count …, where they are known
};

struct Validation {
  bool success = false;
  nlohmann::json result{};
  std::vector<CheckLine> lines{};
  size_t measures = 0;
  int scans = 0;
};

// `text` is JSON (a suite) or not (rules), whatever its name.
Validation validate(mr::data::Session& session, const std::string& relation,
                    const std::string& text, const std::string& name,
                    const ValidateOptions& options);

// What validate() would compute: {"checks", "measures", "scans": [{"reads", "filter", "keys",
// "measures"}]}. When checks fail and the result shows rows, one more scan for each relation
// fetches them.
nlohmann::json plan_of(mr::data::Session& session, const std::string& relation,
                       const std::string& text, const std::string& name,
                       const ValidateOptions& options);

// Lines as a JUnit test suite.
std::string junit(const std::string& name, const std::vector<CheckLine>& lines);

}  // namespace mr::quality
