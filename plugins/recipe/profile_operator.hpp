// recipe.profile: what a dataset or a file holds, as the report of a profile job and as a page.
//
// Semantics: profile/profile.hpp, profile/report.hpp.
#pragma once
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

namespace mr::recipe {

struct RecipeProfile {
  static constexpr auto type = "recipe.profile", version = "1.0.0", summary = "Profiles a dataset or a file: every statistic of a DataBrew profile job, personal data, a JSON report and a page, in a few scans.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto output_schema = R"j({"type": "object", "properties": {"rows": {"type": "integer"}, "columns": {"type": "integer", "description": "That were profiled."},
    "duplicate_rows": {"type": "integer"}, "scans": {"type": "integer", "description": "How often a cell was read at most."},
    "entities": {"type": "array", "description": "Personal data that was found.", "items": {"type": "object", "properties": {"column": {"type": "string"}, "entity": {"type": "string"},
      "rows": {"type": "integer"}, "confidence": {"type": "number"}}}}, "report": {"type": "string"}, "html": {"type": "string"}}})j";
  static constexpr auto examples = R"j([
    {"title": "A report and a page of the orders", "config": {"input": "clean.orders", "report": "profiles/orders.json", "html": "profiles/orders.html"}},
    {"title": "Is there personal data?", "config": {"input": "raw.customers", "entities": true, "report": "profiles/customers.json"}},
    {"title": "As a DataBrew job has it", "config": {"input": "raw.orders", "configuration": "profiles/job.json", "report": "profiles/orders.json"}},
    {"title": "In place, of some columns", "config": {"input": "raw.orders", "configuration": {"ProfileColumns": [{"Regex": "amount.*"}], "DatasetStatisticsConfiguration": {"IncludedStatistics": ["NONE"]}}, "report": "profiles/amounts.json"}}])j";

  struct Config {
    std::string input{}, file{}, report{}, html{};
    Json configuration{};
    bool entities = false, all_types = false;
  };
  static constexpr auto config = mr::fields(
      mr::field("input", &Config::input, "The dataset to profile, zone.name.").reads().example("clean.orders"),
      mr::field("file", &Config::file, "Instead of a dataset: a file of rows (csv, tsv, json, ndjson, parquet, xlsx), against the Dag's folder."),
      mr::field("configuration", &Config::configuration, "The Configuration of a DataBrew profile job, in place or as the path of a JSON or YAML file, also of a whole job or of CloudFormation. Left out: every statistic of every column."),
      mr::field("entities", &Config::entities, "Personal data of every type is looked for, and statistics are shown all the same. A configuration says it by EntityDetectorConfiguration."),
      mr::field("all_types", &Config::all_types, "Also columns that DataBrew skips: decimals as numbers, dates and times as texts."),
      mr::field("report", &Config::report, "Path of the JSON report, against the Dag's folder.").example("profiles/orders.json"),
      mr::field("html", &Config::html, "Path of the page, against the Dag's folder.").example("profiles/orders.html"));

  void run(const Config& c, mr::Attempt& attempt) const;
};

}  // namespace mr::recipe
