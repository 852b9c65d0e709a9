// Validates a table against checks of any dialect, and gives the result in the shape that its users
// know: that of Great Expectations for suites, contracts and short checks, of Glue for DQDL, of
// DataBrew for its rulesets.
//
// One thread. The result may hold values of rows, as its format asks for; the checks of a pipeline
// (checks.hpp) hold none. Throws mr::Failure (class config, E7xxx) for a text that is no suite and
// no ruleset; a check that can't be evaluated fails with its reason, and the rest run.
#pragma once
#include "data/session.hpp"
#include "quality/dqdl/world.hpp"

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
  std::string object{};      // of a data contract: which of its objects the rows are; or empty
  bool approximate = false;  // counts of distinct values and quantiles may be estimates
  dqdl::World world{};       // what rules may ask for besides the rows
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
  std::string row_results{};  // of DQDL: a SELECT of the rows with what came of them; else empty
};

// Which dialect the text is in, its content says: engine/dialects.hpp.
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
