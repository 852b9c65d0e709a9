// recipe.suggest: the steps that a dataset or a file could do with, as a recipe and with their reasons.
//
// Semantics: profile/suggest.hpp.
#pragma once
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

namespace mr::recipe {

struct RecipeSuggest {
  static constexpr auto type = "recipe.suggest", version = "1.0.0", summary = "Proposes a recipe for a dataset or a file: blanks, types, dates, spellings, repeated rows, outliers, personal data, each step with its reason.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto output_schema = R"j({"type": "object", "properties": {
    "steps": {"type": "array", "description": "The recipe, as recipe.apply takes it.", "items": {"type": "object"}},
    "reasons": {"type": "array", "description": "Of each step.", "items": {"type": "object", "properties": {"step": {"type": "integer"}, "operation": {"type": "string"}, "column": {"type": "string"}, "reason": {"type": "string"}}}}}})j";
  static constexpr auto examples = R"j([{"title": "What could the orders do with?", "config": {"input": "raw.orders", "recipe": "recipes/proposed.json"}}])j";

  struct Config {
    std::string input{}, file{}, recipe{};
  };
  static constexpr auto config =
      mr::fields(mr::field("input", &Config::input, "The dataset to look at, zone.name.").reads().example("raw.orders"),
                 mr::field("file", &Config::file, "Instead of a dataset: a file of rows (csv, tsv, json, ndjson, parquet, xlsx), against the Dag's folder."),
                 mr::field("recipe", &Config::recipe, "Path of the recipe to write, against the Dag's folder.").example("recipes/proposed.json"));

  void run(const Config& c, mr::Attempt& attempt) const;
};

}  // namespace mr::recipe
