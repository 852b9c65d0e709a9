// recipe.run: a file through a recipe to another file, as `millrace recipe run` does.
#pragma once
#include "sdk/millrace_plugin.hpp"

#include <map>
#include <string>

namespace mr::recipe {

struct RunFile {
  static constexpr const char* type = "recipe.run";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary =
      "Applies a recipe to a file and writes another: csv, tsv, json, ndjson, parquet or xlsx by "
      "their names' endings; every removed row is accounted for.";
  static constexpr uint32_t traits = MR_IDEMPOTENT;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"path": {"type": "string"}, "bytes": {"type": "integer"}, "steps": {"type": "integer"}, "scans": {"type": "integer"},
          "recipe_rows_in": {"type": "integer"}, "recipe_rows_out": {"type": "integer"}, "removed": {"type": "array", "items": {"type": "object"}},
          "reshaped": {"type": "array", "items": {"type": "object"}}, "cells_changed": {"type": "array", "items": {"type": "object"}}, "notes": {"type": "array", "items": {"type": "string"}}}})";
  static constexpr const char* examples =
      R"([{"title": "Clean a file", "config": {"recipe": "recipes/orders.yaml", "data": "landing/orders.csv", "out": "clean/orders.parquet"}}])";

  struct Config {
    std::string recipe{}, data{}, out{};
    std::map<std::string, std::string> schema{}, secondary{}, params{}, keys{};
    mr::Json steps{};
    bool count_cells = true;
  };

  static constexpr auto config = mr::fields(
      mr::field("recipe", &Config::recipe,
                "Path of the recipe, against the Dag's folder: JSON or YAML as DataBrew has it, or "
                "the short form.")
          .example("recipes/orders.yaml"),
      mr::field("steps", &Config::steps,
                "The recipe itself, in place of its path: a list of steps, such as {trim: {column: "
                "name}}, or its text."),
      mr::field("data", &Config::data,
                "The file to read, .csv, .tsv, .json, .ndjson (these also with .gz or .zst), "
                ".parquet or .xlsx.")
          .needed()
          .example("landing/orders.csv"),
      mr::field("out", &Config::out,
                "The file to write, all but .xlsx of these; it is whole at its place or not there.")
          .needed()
          .example("clean/orders.parquet"),
      mr::field("schema", &Config::schema,
                "Types of columns in place of those that are sniffed: {zip: VARCHAR}."),
      mr::field("secondary", &Config::secondary,
                "Files that JOIN and UNION read, by the names that the recipe has for them."),
      mr::field("params", &Config::params, "Texts that stand for ${name} in values of the recipe."),
      mr::field("count_cells", &Config::count_cells,
                "Cells that each step changes are counted; costs a comparison for each of them."),
      mr::field("keys", &Config::keys,
                "Secrets of the encrypting and hashing steps, by the name that the recipe gives "
                "them: kmsKeyArn or secretId, with @VERSION when it names one.")
          .secret());

  static void run(const Config& c, mr::Attempt& attempt);
};

}  // namespace mr::recipe
