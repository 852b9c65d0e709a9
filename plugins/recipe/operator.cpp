// recipe.apply: a dataset through a cleansing recipe into another one.
#include <algorithm>
#include <map>
#include <utility>

#include "data/explain.hpp"
#include "data/publish.hpp"
#include "recipe/account.hpp"
#include "recipe/checks_operator.hpp"
#include "recipe/engine/compile.hpp"
#include "recipe/look.hpp"
#include "recipe/profile_operator.hpp"
#include "recipe/run_file.hpp"
#include "recipe/source.hpp"
#include "recipe/suggest_operator.hpp"
#include "sdk/millrace_traits.h"

namespace {

using mr::recipe::RecipeError;

struct RecipeApply {
  static constexpr const char* type = "recipe.apply";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "Applies a DataBrew recipe to a dataset: the steps become a few SQL statements, and every removed row is accounted for.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_EXPLAINS;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"steps": {"type": "integer"}, "scans": {"type": "integer"}, "recipe_rows_in": {"type": "integer"},
          "recipe_rows_out": {"type": "integer"}, "removed": {"type": "array", "items": {"type": "object"}},
          "reshaped": {"type": "array", "items": {"type": "object"}}, "cells_changed": {"type": "array", "items": {"type": "object"}}}})";
  static constexpr const char* examples =
      R"([{"title": "Clean the orders", "config": {"input": "raw.orders", "recipe": "recipes/orders.json", "into": "clean.orders"}},
          {"title": "Steps that stand in the Dag", "config": {"input": "raw.orders", "into": "clean.orders", "steps": [{"trim": {"column": "name"}}, {"fill_with_custom": {"column": "quantity", "value": 0, "column_data_type": "int"}, "when": {"column": "country", "is": ["DE"]}}]}},
          {"title": "Join a lookup, and keep what steps remove", "config": {"input": "raw.orders", "recipe": "recipes/orders.json", "into": "clean.orders", "secondary": ["raw.zones"], "params": {"country": "PT"}, "quarantine": true}}])";

  struct Config {
    std::string input{}, recipe{}, into{}, mode = "replace";
    mr::Json steps{};
    std::vector<std::string> secondary{};
    std::map<std::string, std::string> secondary_names{}, params{}, keys{};
    bool quarantine = false, count_cells = false;
  };
  static constexpr auto config = mr::fields(
      mr::field("input", &Config::input, "The dataset to read, zone.name.").needed().reads().example("raw.orders"),
      mr::field("recipe", &Config::recipe, "Path of the recipe, against the Dag's folder: JSON or YAML as DataBrew has it, or the short form.").example("recipes/orders.json"),
      mr::field("steps", &Config::steps, "The recipe itself, in place of its path: a list of steps, such as {trim: {column: name}}, or its text."),
      mr::field("into", &Config::into, "The dataset to write, zone.name.").needed().writes().example("clean.orders"),
      mr::field("mode", &Config::mode, "What becomes of the rows that the dataset has.").one_of("replace", "append"),
      mr::field("secondary", &Config::secondary, "Datasets that JOIN and UNION read, zone.name; the recipe calls one by its name without or with the zone.").reads(),
      mr::field("secondary_names", &Config::secondary_names, "Other names that the recipe has for datasets of 'secondary': {name in the recipe: zone.name}."),
      mr::field("params", &Config::params, "Texts that stand for ${name} in values of the recipe."),
      mr::field("quarantine", &Config::quarantine, "Rows that steps remove are kept in the quarantine dataset, with the step as reason."),
      mr::field("count_cells", &Config::count_cells, "Cells that each step changes are counted; costs a comparison for each of them."),
      mr::field("keys", &Config::keys, "Secrets of the encrypting and hashing steps, by the name that the recipe gives them: kmsKeyArn or secretId, with @VERSION when it names one.").secret());

  static mr::recipe::World world_of(const Config& c, const mr::Attempt& attempt, mr::data::Session& session) {
    mr::recipe::World world;
    world.session = &session;
    world.keep_removed = c.quarantine;
    world.count_cells = c.count_cells;
    world.seed = attempt.fact("run") + "/" + attempt.fact("task");
    world.secrets = mr::recipe::secrets_among(c.keys);
    mr::recipe::add_datasets(world.secondary, session, c.secondary);
    for (const auto& [name, dataset] : c.secondary_names) {
      if (std::find(c.secondary.begin(), c.secondary.end(), dataset) == c.secondary.end()) throw RecipeError("E6013", "'" + dataset + "' is not among 'secondary'", "secondary_names");
      world.secondary[name] = world.secondary[dataset];
    }
    return world;
  }

  // The rows that steps removed, as they stand in quarantine; empty when none can be.
  static std::string quarantined(const Config& c, mr::data::Session& session, const mr::data::Facts& facts, const std::string& removed) {
    if (removed.empty()) return {};
    session.run("CREATE OR REPLACE TEMP VIEW _mr_apart AS SELECT *, " + mr::data::origin_columns(facts, c.into) + " FROM (" + removed + ")");
    return "_mr_apart";
  }

  static void tell(mr::Attempt& attempt, const mr::recipe::Recipe& recipe, const mr::recipe::Account& account, bool cells) {
    const mr::Json told = mr::recipe::account_json(recipe, account);
    for (const auto& [key, value] : told.items()) {
      if (cells || key != "cells_changed") attempt.output(key, value);
    }
  }

  static mr::data::PublishOptions options_of(const Config& c, const mr::recipe::Plan& plan) {
    mr::data::PublishOptions options;
    options.into = c.into;
    options.mode = c.mode;
    options.sql = plan.select;
    for (const auto& statement : plan.statements) {
      if (!statement.table.empty()) options.tables.emplace_back(statement.table, statement.sql);
    }
    return options;
  }

  // Later statements read what earlier ones make: of no rows. Of steps whose columns depend on the data, nothing can be told without them.
  static void explain(const Config& c, const mr::data::Facts& facts, const mr::recipe::Recipe& recipe, mr::recipe::World world, mr::Attempt& attempt) {
    auto& session = *std::exchange(world.session, nullptr);
    mr::Json statements = mr::Json::array();
    try {
      const std::string input = mr::data::relation_of(c.input);
      const auto plan = mr::recipe::compile(recipe, session.describe(input), input, "_mr_out", world);
      mr::recipe::run(session, recipe, plan, world.secrets);
      for (const auto& sql : mr::recipe::texts_of(plan.statements)) statements.push_back({{"sql", sql}});
      statements.push_back(mr::data::statement_for(session, facts, options_of(c, plan), plan.select));
    } catch (const RecipeError& error) {
      if (error.code != "E6012" && error.code != "E6041") throw;  // a placeholder is no key
    }
    attempt.output("statements", statements);
  }

  static void apply(const Config& c, mr::Attempt& attempt) {
    const mr::recipe::Recipe recipe = mr::recipe::recipe_of(attempt, c.recipe, c.steps, c.params);
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    const std::string input = mr::data::relation_of(c.input);
    mr::recipe::World world = world_of(c, attempt, session);
    if (mr::data::is_to_explain(facts)) return explain(c, facts, recipe, world, attempt);
    const mr::recipe::Tally tally(session, recipe.steps.size());
    world.tally = &tally;
    const auto plan = mr::recipe::compile(recipe, session.describe(input), input, "_mr_out", world);
    attempt.info("recipe of " + std::to_string(recipe.steps.size()) + " steps in " + std::to_string(plan.scans) + " scans");
    for (const std::string& note : plan.notes) attempt.warn(note);
    attempt.stop_if_cancelled();
    auto account = mr::recipe::run(session, recipe, plan, world.secrets);
    attempt.stop_if_cancelled();
    auto options = options_of(c, plan);
    options.quarantine_from = quarantined(c, session, facts, mr::recipe::removed_rows(recipe, plan));
    const auto published = mr::data::publish(session, facts, attempt, plan.result, options);
    mr::recipe::complete(account, recipe, plan);
    if (plan.tally != nullptr && account.rows_out != published.rows_in) {
      throw mr::Failure("data", "E5023", "rows don't add up: the recipe left " + std::to_string(account.rows_out) + ", and " + std::to_string(published.rows_in) + " were read from it", "",
                        "this is a mistake of the operator; nothing was published", true);
    }
    attempt.output("steps", recipe.steps.size());
    attempt.output("scans", plan.scans);
    tell(attempt, recipe, account, c.count_cells);
  }

  void run(const Config& c, mr::Attempt& attempt) const {
    mr::recipe::as_failure(mr::recipe::shown_name(c.recipe), [&] { apply(c, attempt); });
  }
};

}  // namespace

MR_PLUGIN("recipe", "1.0.0", "Apache-2.0", RecipeApply, mr::recipe::RunFile, mr::recipe::Look, mr::recipe::RecipeProfile, mr::recipe::RecipeSuggest, mr::recipe::RecipeChecks)
