// recipe.apply: a dataset through a cleansing recipe into another one.
#include <fstream>
#include <sstream>

#include "data/explain.hpp"
#include "data/publish.hpp"
#include "recipe/engine/compile.hpp"
#include "sdk/millrace_traits.h"

namespace {

using mr::recipe::RecipeError;

mr::recipe::Recipe read_file(const std::string& path, const std::string& shown) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw RecipeError("E6010", "recipe '" + shown + "' can't be read", {}, "relative paths start at the folder of the Dag");
  std::ostringstream text;
  text << file.rdbuf();
  return mr::recipe::read_recipe(text.str(), shown);
}

std::string where_in(const std::string& file, const std::string& where) {
  if (where.starts_with(file)) return where;
  return where.empty() ? file : file + ": " + where;
}

struct RecipeApply {
  static constexpr const char* type = "recipe.apply";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "Applies a DataBrew recipe to a dataset: the steps become a few SQL statements, and every removed row is accounted for.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_EXPLAINS;
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

  static mr::data::PublishOptions options_of(const Config& c, const mr::recipe::Plan& plan) {
    mr::data::PublishOptions options;
    options.into = c.into;
    options.mode = c.mode;
    options.sql = plan.select;
    options.tables = plan.tables;
    return options;
  }

  // Later statements read what earlier ones make: of no rows.
  static void explain(const Config& c, const mr::data::Facts& facts, const mr::recipe::Recipe& recipe, const mr::recipe::Plan& plan, mr::data::Session& session, mr::Attempt& attempt) {
    mr::recipe::run(session, recipe, plan);
    mr::Json statements = mr::Json::array();
    for (const auto& sql : mr::recipe::statements_of(plan)) statements.push_back({{"sql", sql}});
    statements.push_back(mr::data::statement_for(session, facts, options_of(c, plan), plan.select));
    attempt.output("statements", statements);
  }

  static void apply(const Config& c, mr::Attempt& attempt) {
    const mr::recipe::Recipe recipe = read_file(attempt.path(c.recipe), c.recipe);
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    const std::string input = mr::data::relation_of(c.input);
    const auto plan = mr::recipe::compile(recipe, session.describe(input), input, "_mr_out");
    if (mr::data::is_to_explain(facts)) return explain(c, facts, recipe, plan, session, attempt);
    attempt.info("recipe of " + std::to_string(recipe.steps.size()) + " steps in " + std::to_string(plan.scans) + " scans");
    attempt.stop_if_cancelled();
    const auto account = mr::recipe::run(session, recipe, plan);
    attempt.stop_if_cancelled();
    mr::Json removed = mr::Json::array();
    for (const auto& step : account.removed) removed.push_back({{"step", step.step}, {"action", step.operation}, {"rows", step.rows}});
    mr::data::publish(session, facts, attempt, plan.result, options_of(c, plan));
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
      throw mr::Failure("config", error.code, error.problem, where_in(c.recipe, error.where), error.hint);
    }
  }
};

}  // namespace

MR_PLUGIN("recipe", "1.0.0", "Apache-2.0", RecipeApply)
