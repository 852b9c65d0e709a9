// recipe.checks: checks that a dataset or a file could have from now on, as a suite or as rules.
//
// Semantics: profile/checks.hpp.
#pragma once
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

#include <map>
#include <string>

namespace mr::recipe {

struct RecipeChecks {
  static constexpr auto type = "recipe.checks", version = "1.0.0",
                        summary =
                            "Proposes checks for a dataset or a file from its profile, as a suite "
                            "of Great Expectations or as DQDL rules: types, missing values, keys, "
                            "accepted values, ranges, each with its reason.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto output_schema =
      R"j({"type": "object", "properties": {"rows": {"type": "integer"}, "suite": {"type": "string"},
    "checks": {"type": "array", "items": {"type": "object", "properties": {"kind": {"type": "string"}, "column": {"type": "string"}, "reason": {"type": "string"}}}},
    "left_out": {"type": "array", "description": "What did not hold on the rows after all.", "items": {"type": "object"}}}})j";
  static constexpr auto examples = R"j([
    {"title": "A suite to begin with", "config": {"input": "clean.orders", "suite": "suites/orders.json"}},
    {"title": "DQDL rules for a file", "config": {"file": "landing/orders.parquet", "format": "dqdl", "suite": "rules/orders.dqdl"}}])j";

  struct Config {
    std::string input{}, file{}, suite{}, format = "gx";
    std::map<std::string, std::string> schema{};
  };

  static constexpr auto config = mr::fields(
      mr::field("input", &Config::input, "The dataset to look at, zone.name.")
          .reads()
          .example("clean.orders"),
      mr::field("file", &Config::file,
                "Instead of a dataset: a file of rows (csv, tsv, json, ndjson, parquet, xlsx), "
                "against the Dag's folder."),
      mr::field("schema", &Config::schema,
                "Types of columns of a file, in place of those that are sniffed: {zip: VARCHAR}."),
      mr::field("format", &Config::format,
                "Great Expectations 1.x (JSON), or the rules of AWS Glue (DQDL).")
          .one_of("gx", "dqdl"),
      mr::field("suite", &Config::suite,
                "Path of the suite or ruleset to write, against the Dag's folder.")
          .needed()
          .example("suites/orders.json"));

  void run(const Config& c, mr::Attempt& attempt) const;
};

}  // namespace mr::recipe
