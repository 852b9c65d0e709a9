// recipe.look: what a recipe would do, without doing it: its SQL, its steps on the first rows, its
// other form; and what a DataBrew dataset would be here.
#pragma once
#include "sdk/millrace_plugin.hpp"

#include <map>
#include <string>
#include <vector>

namespace mr::recipe {

struct Look {
  static constexpr const char* type = "recipe.look";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary =
      "Looks at a recipe without applying it: the statements that it comes down to, each step's "
      "effect on the first rows of the data, or the recipe in its other form.";
  static constexpr uint32_t traits = MR_IDEMPOTENT;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"path": {"type": "string"}}})";
  static constexpr const char* examples =
      R"([{"title": "The effect of each step on twenty rows", "config": {"recipe": "recipes/orders.yaml", "data": "landing/orders.csv", "show": "steps", "out": "steps.json"}}])";

  struct Config {
    std::string recipe{}, data{}, input{}, show = "statements", out{};
    mr::Json steps{};
    std::vector<std::string> secondary_datasets{};
    std::map<std::string, std::string> schema{}, secondary{}, params{}, keys{};
    int step = 100, rows = 20;
  };

  static constexpr auto config = mr::fields(
      mr::field("recipe", &Config::recipe,
                "Path of the recipe, against the Dag's folder: JSON or YAML as DataBrew has it, or "
                "the short form.")
          .example("recipes/orders.yaml"),
      mr::field("steps", &Config::steps,
                "The recipe itself, in place of its path: a list of steps, such as {trim: {column: "
                "name}}, or its text."),
      mr::field("show", &Config::show,
                "statements: the SQL and its scans; steps: before and after each of them; yaml and "
                "json: the recipe in the short form, and as DataBrew exports it; task: `recipe` is a DataBrew "
                "dataset, and its options become a task of ingest.files.")
          .one_of("statements", "steps", "yaml", "json", "task"),
      mr::field("out", &Config::out, "The file that gets the answer.")
          .needed()
          .example("steps.json"),
      mr::field("data", &Config::data,
                "The file that the recipe is for, by its name's ending as for recipe.run. `steps` "
                "needs it or `input`; `statements` assumes texts without."),
      mr::field("input", &Config::input, "Or the dataset, zone.name.").reads(),
      mr::field("schema", &Config::schema,
                "Types of columns in place of those that are sniffed: {zip: VARCHAR}."),
      mr::field("secondary", &Config::secondary,
                "Files that JOIN and UNION read, by the names that the recipe has for them."),
      mr::field("secondary_datasets", &Config::secondary_datasets,
                "Datasets that JOIN and UNION read, zone.name; the recipe calls one by its name "
                "without or with the zone.")
          .reads(),
      mr::field("params", &Config::params, "Texts that stand for ${name} in values of the recipe."),
      mr::field("step", &Config::step, "The last step that is tried.").between(1, 100),
      mr::field("rows", &Config::rows, "So many of the first rows are tried.").between(1, 1000),
      mr::field(
          "keys", &Config::keys,
          "Secrets of the encrypting and hashing steps, by the name that the recipe gives them.")
          .secret());

  static void run(const Config& c, mr::Attempt& attempt);
};

}  // namespace mr::recipe
