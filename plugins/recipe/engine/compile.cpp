#include "recipe/engine/compile.hpp"

#include <algorithm>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

bool removes_rows(std::string_view operation) {
  return operation.starts_with("REMOVE_") ? operation != "REMOVE_COMBINED" && operation != "REMOVE_WHITESPACE" : operation == "DELETE_DUPLICATE_ROWS";
}

void try_pattern(mr::data::Session& session, const Pattern& pattern) {
  try {
    session.query("SELECT regexp_matches('', " + mr::data::literal(pattern.regex) + ")");
  } catch (const mr::data::SqlError&) {
    throw RecipeError("E6005", "parameter '" + pattern.parameter + "' must be a regular expression that is supported", pattern.place,
                      "look-around and back-references are not");
  }
}

}  // namespace

Plan compile(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns, const std::string& relation, const std::string& result) {
  // Names first, so that the last step's typo is found before anything is compiled.
  for (const Step& step : recipe.steps) find_action(step);
  const bool ordered = std::any_of(recipe.steps.begin(), recipe.steps.end(), [](const Step& step) { return find_action(step).ordered; });
  Builder builder(columns, relation, ordered);
  for (const Step& step : recipe.steps) {
    builder.begin(step);
    find_action(step).apply(builder);
  }
  Plan plan;
  plan.result = result;
  plan.patterns = builder.patterns();
  plan.tables = builder.statistics();
  plan.scans = static_cast<int>(plan.tables.size()) + 1;
  const std::string table = result + "_rows";
  plan.tables.emplace_back(table, builder.final_select());
  std::string names;
  for (const Column& column : builder.columns()) {
    names += (plan.columns.empty() ? "" : ", ") + mr::data::ident(column.name);
    plan.columns.push_back({column.name, column.type});
  }
  plan.select = "SELECT " + names + " FROM " + table + (builder.tags_rows() ? " WHERE _mr_gone IS NULL" : "");
  plan.count_sql = "SELECT " + std::string(builder.tags_rows() ? "_mr_gone" : "NULL") + ", count(*) FROM " + table + " GROUP BY 1";
  return plan;
}

std::vector<std::string> statements_of(const Plan& plan) {
  std::vector<std::string> statements;
  for (const auto& [name, select] : plan.tables) statements.push_back("CREATE OR REPLACE TEMP TABLE " + name + " AS " + select);
  statements.push_back("CREATE OR REPLACE TEMP VIEW " + plan.result + " AS " + plan.select);
  return statements;
}

Account run(mr::data::Session& session, const Recipe& recipe, const Plan& plan) {
  for (const Pattern& pattern : plan.patterns) try_pattern(session, pattern);
  for (const std::string& statement : statements_of(plan)) session.run(statement);
  Account account;
  for (const Step& step : recipe.steps) {
    if (removes_rows(step.operation)) account.removed.push_back({step.number, step.operation, 0});
  }
  const mr::data::Table counts = session.query(plan.count_sql);
  for (size_t row = 0; row < counts.rows.size(); ++row) {
    const int64_t rows = counts.integer(row, 1);
    account.rows_in += rows;
    if (!counts.rows[row][0]) {
      account.rows_out += rows;
      continue;
    }
    for (Removed& removed : account.removed) {
      if (removed.step == counts.integer(row, 0)) removed.rows = rows;
    }
  }
  return account;
}

Explained explain(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns) {
  Plan plan = compile(recipe, columns, "input", "result");
  return {statements_of(plan), plan.scans, std::move(plan.columns)};
}

}  // namespace mr::recipe
