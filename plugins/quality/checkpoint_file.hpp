// quality.checkpoint: a checkpoint of Great Expectations, as `millrace quality check --checkpoint`
// runs it.
#pragma once
#include "sdk/millrace_plugin.hpp"

#include <map>
#include <string>
#include <vector>

namespace mr::quality {

struct CheckpointFile {
  static constexpr const char* type = "quality.checkpoint";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary =
      "Runs a checkpoint of Great Expectations, 0.18 or 1.x: its suites over its batches, which "
      "are "
      "files; and says what its actions are here.";
  static constexpr uint32_t traits = MR_IDEMPOTENT;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"success": {"type": "boolean"}, "validations": {"type": "integer"}, "evaluated": {"type": "integer"},
          "failed": {"type": "integer"}, "measures": {"type": "integer"}, "scans": {"type": "integer"}, "path": {"type": "string"},
          "said": {"type": "array", "items": {"type": "string"}}}})";
  static constexpr const char* examples =
      R"([{"title": "Suites and batches beside the checkpoint", "config": {"checkpoint": "gx/checkpoints/nightly.yml", "out": "results/nightly.json"}},
          {"title": "A batch by its file", "config": {"checkpoint": "gx/checkpoints/nightly.json", "batches": {"orders": "landing/orders.parquet"}, "result_format": "COMPLETE", "out": "results/nightly.json"}}])";

  struct Config {
    std::string checkpoint{}, data{}, result_format{}, out{}, junit{};
    std::map<std::string, std::string> batches{}, schema{};
    std::vector<std::string> index_columns{};
    mr::Json parameters{};
  };

  static constexpr auto config = mr::fields(
      mr::field(
          "checkpoint", &Config::checkpoint,
          "The checkpoint, JSON or YAML. Its suites are looked for in expectations/ beside it "
          "or beside its folder, its batches by their paths or by the names of their assets.")
          .needed()
          .example("gx/checkpoints/nightly.yml"),
      mr::field("data", &Config::data, "The file of its batch, where it has one alone."),
      mr::field("batches", &Config::batches,
                "Files of batches by the names of their assets: {orders: landing/orders.parquet}."),
      mr::field("result_format", &Config::result_format,
                "BOOLEAN_ONLY, BASIC, SUMMARY or COMPLETE; left out, what the checkpoint says."),
      mr::field("index_columns", &Config::index_columns,
                "Columns that name rows in the lists of unexpected ones."),
      mr::field(
          "parameters", &Config::parameters,
          "Values for $PARAMETER expressions, by name; they win over those of the checkpoint."),
      mr::field("schema", &Config::schema,
                "Types of columns in place of those that are sniffed: {zip: VARCHAR}."),
      mr::field("out", &Config::out,
                "The file that gets the result, JSON; it is whole at its place or not there.")
          .needed()
          .example("results/nightly.json"),
      mr::field("junit", &Config::junit,
                "A file that gets the verdicts for a CI system, JUnit's XML."));

  static void run(const Config& c, mr::Attempt& attempt);
};

}  // namespace mr::quality
