// recipe.apply: a dataset through a cleansing recipe into another one.
#include <fstream>
#include <sstream>

#include "data/publish.hpp"
#include "recipe/engine/compile.hpp"

namespace {

using mr::recipe::RecipeError;

std::string sql_name(const std::string& dataset) {
  const size_t dot = dataset.find('.');
  if (dot == std::string::npos) return mr::data::ident(dataset);
  return mr::data::ident(dataset.substr(0, dot)) + "." + mr::data::ident(dataset.substr(dot + 1));
}

mr::recipe::Recipe read_file(const std::string& path, const std::string& shown) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw RecipeError("E6010", "recipe '" + shown + "' can't be read", {}, "relative paths start at the folder of the Dag");
  std::ostringstream text;
  text << file.rdbuf();
  return mr::recipe::read_recipe(text.str(), shown);
}

struct RecipeApply {
  static constexpr const char* type = "recipe.apply";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "Applies a DataBrew recipe to a dataset: the steps become a few SQL statements, and every removed row is accounted for.";
  static constexpr uint32_t traits = MR_IDEMPOTENT;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"steps": {"type": "integer"}, "scans": {"type": "integer"}, "recipe_rows_in": {"type": "integer"},
          "recipe_rows_out": {"type": "integer"}, "removed": {"type": "array", "items": {"type": "object"}}}})";
  static constexpr const char* examples =
      R"([{"title": "Clean the orders", "config": {"input": "raw.orders", "recipe": "recipes/orders.json", "into": "clean.orders"}}])";

  struct Config {
    std::string input{}, recipe{}, into{}, mode = "replace";
  };
  static constexpr auto config = mr::fields(mr::field("input", &Config::input, "The dataset to read, zone.name.").needed().reads().example("raw.orders"),
                                            mr::field("recipe", &Config::recipe, "Path of the recipe, against the Dag's folder.").needed().example("recipes/orders.json"),
                                            mr::field("into", &Config::into, "The dataset to write, zone.name.").needed().writes().example("clean.orders"),
                                            mr::field("mode", &Config::mode, "What becomes of the rows that the dataset has.").one_of("replace", "append"));

  static void apply(const Config& c, mr::Attempt& attempt) {
    const mr::recipe::Recipe recipe = read_file(attempt.path(c.recipe), c.recipe);
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    const std::string input = sql_name(c.input);
    const auto plan = mr::recipe::compile(recipe, session.describe(input), input, "_mr_out");
    attempt.info("recipe of " + std::to_string(recipe.steps.size()) + " steps in " + std::to_string(plan.scans) + " scans");
    attempt.stop_if_cancelled();
    const auto account = mr::recipe::run(session, recipe, plan);
    attempt.stop_if_cancelled();
    mr::Json removed = mr::Json::array();
    for (const auto& step : account.removed) removed.push_back({{"step", step.step}, {"action", step.operation}, {"rows", step.rows}});
    mr::data::PublishOptions options;
    options.into = c.into;
    options.mode = c.mode;
    mr::data::publish(session, facts, attempt, "_mr_out", options);
    attempt.output("steps", recipe.steps.size());
    attempt.output("scans", plan.scans);
    attempt.output("recipe_rows_in", account.rows_in);
    attempt.output("recipe_rows_out", account.rows_out);
    attempt.output("removed", removed);
  }

  void run(const Config& c, mr::Attempt& attempt) const {
    try {
      apply(c, attempt);
    } catch (const RecipeError& error) {
      throw mr::Failure("config", error.code, error.problem, error.where, error.hint);
    }
  }
};

}  // namespace

MR_PLUGIN("recipe", "1.0.0", "Apache-2.0", RecipeApply)
