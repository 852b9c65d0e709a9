// quality.validate: a file against a suite or a ruleset, as `millrace quality check` does.
#pragma once
#include "sdk/millrace_plugin.hpp"

#include <map>
#include <string>
#include <vector>

namespace mr::quality {

struct ValidateFile {
  static constexpr const char* type = "quality.validate";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary =
      "Checks a file against a suite, a ruleset, a data contract or short checks, and writes the "
      "validation result, with the values that its format asks for.";
  static constexpr uint32_t traits = MR_IDEMPOTENT;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"success": {"type": "boolean"}, "evaluated": {"type": "integer"}, "failed": {"type": "integer"},
          "measures": {"type": "integer"}, "scans": {"type": "integer"}, "path": {"type": "string"}, "page": {"type": "string", "description": "Of data docs."}}})";
  static constexpr const char* examples =
      R"([{"title": "A file and a suite", "config": {"data": "landing/orders.parquet", "suite": "suites/orders.json", "result_format": "COMPLETE", "out": "results/orders.json"}},
          {"title": "With data docs", "config": {"data": "landing/orders.parquet", "suite": "suites/orders.json", "out": "results/orders.json", "docs": "docs/quality"}},
          {"title": "Short checks that look into another file", "config": {"data": "landing/orders.csv", "suite": "suites/orders.yaml", "sources": {"customers": "landing/customers.csv"}, "out": "results/orders.json"}},
          {"title": "Rules, another file, and what came of each row", "config": {"data": "landing/orders.csv", "suite": "suites/orders.dqdl", "sources": {"customers": "landing/customers.csv"}, "rows": "results/orders.parquet", "out": "results/orders.json"}}])";

  struct Config {
    std::string data{}, suite{}, result_format{}, out{}, junit{}, docs{}, shape = "1.x", act = "check";
    std::vector<std::string> index_columns{};
    std::map<std::string, std::string> schema{};
    mr::Json parameters{};
    std::map<std::string, std::string> sources{};
    std::string object{}, rows{};
    std::vector<std::string> history{};
    bool by_row = false, approximate = false;
  };

  static constexpr auto config = mr::fields(
      mr::field("data", &Config::data,
                "The file to check, .csv, .tsv, .json, .ndjson (these also with .gz or .zst), "
                ".parquet or .xlsx.")
          .needed()
          .example("landing/orders.parquet"),
      mr::field("suite", &Config::suite,
                "The checks: a suite of Great Expectations 0.18 or 1.x, DQDL rules, a ruleset of "
                "DataBrew, a data contract, or short checks; which, its content says.")
          .needed()
          .example("suites/orders.json"),
      mr::field("result_format", &Config::result_format,
                "BOOLEAN_ONLY, BASIC, SUMMARY or COMPLETE; left out, what each expectation says."),
      mr::field("index_columns", &Config::index_columns,
                "Columns that name rows in the lists of unexpected ones."),
      mr::field("parameters", &Config::parameters,
                "Values for $PARAMETER expressions, by name; they win over those of the suite."),
      mr::field("schema", &Config::schema,
                "Types of columns in place of those that are sniffed: {zip: VARCHAR}."),
      mr::field("shape", &Config::shape, "Which version's shape the result has.")
          .one_of("1.x", "0.18"),
      mr::field("act", &Config::act, "Whether it checks, or only writes what it would compute.")
          .one_of("check", "plan"),
      mr::field("out", &Config::out,
                "The file that gets the result, JSON; it is whole at its place or not there.")
          .needed()
          .example("results/orders.json"),
      mr::field("junit", &Config::junit,
                "A file that gets the verdicts for a CI system, JUnit's XML."),
      mr::field("docs", &Config::docs,
                "A folder that gets data docs: a page of this run, one of its suite, and an index "
                "with trends over the runs that are found there. Values of rows are on them only "
                "when result_format is given and asks for them."),
      mr::field("sources", &Config::sources,
                "Files of other rows that checks look into: {customers: landing/customers.csv}."),
      mr::field("object", &Config::object,
                "Of a data contract with several objects, the one that the rows are."),
      mr::field("history", &Config::history,
                "Results that 'out' got earlier, the newest first, for DQDL rules that look back."),
      mr::field("rows", &Config::rows,
                "A file that gets the rows with what came of each DQDL rule for them, .csv, "
                ".parquet or another that can be written."),
      mr::field("by_row", &Config::by_row,
                "Parts of a composite DQDL rule are combined for each row."),
      mr::field("approximate", &Config::approximate,
                "Counts of distinct values and quantiles may be estimates; the result says so."));

  static void run(const Config& c, mr::Attempt& attempt);
};

}  // namespace mr::quality
