#include "recipe/engine/compile.hpp"

#include <algorithm>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
using mr::data::ident;

namespace {

// SQL ends at such a character, wherever it stands.
void refuse_zeros(const Step& step) {
  const auto check = [&](const std::string& name, const std::string& text) {
    if (text.find('\0') != std::string::npos) throw RecipeError("E6005", "parameter '" + name + "' must be a text without the character of code 0", place(step));
  };
  for (const auto& [name, value] : step.parameters) check(name, value);
  for (const Condition& condition : step.conditions) {
    check("TargetColumn", condition.column);
    check("Value", condition.value);
  }
}

}  // namespace

Plan compile(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns, const std::string& relation, const std::string& result, const World& world) {
  // Names first, so that the last step's typo is found before anything is compiled.
  for (const Step& step : recipe.steps) {
    find_action(step);
    refuse_zeros(step);
  }
  const bool ordered = std::any_of(recipe.steps.begin(), recipe.steps.end(), [](const Step& step) { return find_action(step).ordered; });
  Builder builder(columns, relation, ordered, world);
  Plan plan;
  for (const Step& step : recipe.steps) {
    builder.begin(step);
    find_action(step).apply(builder);
    for (const std::string& name : builder.unread()) plan.notes.push_back(place(step) + ": parameter '" + name + "' has no effect");
  }
  const std::string table = result + "_rows";
  builder.finish(table);
  plan.result = result;
  plan.patterns = builder.patterns();
  plan.stages = builder.stages();
  plan.functions = builder.functions();
  plan.notes.insert(plan.notes.end(), builder.notes().begin(), builder.notes().end());
  plan.removing_steps = builder.removing_steps();
  plan.done = builder.statements_done();
  plan.statements = builder.statements();
  for (const Statement& statement : plan.statements) plan.scans += statement.scan ? 1 : 0;
  std::string names;
  for (const Column& column : builder.columns()) {
    names += (plan.columns.empty() ? "" : ", ") + ident(column.name);
    plan.columns.push_back({column.name, column.type});
  }
  if (builder.is_tallied()) plan.tally = world.tally;
  const std::string tag = builder.tags_rows() ? "_mr_gone" : "NULL";
  plan.select = "SELECT " + names + " FROM " + table + (plan.tally != nullptr ? " WHERE " + plan.tally->stays(tag) : builder.tags_rows() ? " WHERE _mr_gone IS NULL" : "");
  plan.statements.push_back({.sql = "CREATE OR REPLACE TEMP VIEW " + result + " AS " + plan.select});
  return plan;
}

namespace {

const std::string& operation_of(const Recipe& recipe, int step) { return recipe.steps[static_cast<size_t>(step) - 1].operation; }

struct Counts {
  int64_t all = 0, left = 0;
};

Counts count(mr::data::Session& session, const Recipe& recipe, const Stage& stage, Account& account) {
  std::vector<int64_t> cells(stage.counted_steps.size(), 0);
  Counts counts;
  const mr::data::Table table = session.query(stage.count_sql);
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const int64_t rows = table.integer(row, 1);
    counts.all += rows;
    for (size_t i = 0; i < cells.size(); ++i) cells[i] += table.integer(row, i + 2);
    if (!table.rows[row][0]) counts.left += rows;
    for (Removed& removed : account.removed) {
      if (table.rows[row][0] && removed.step == table.integer(row, 0)) removed.rows = rows;
    }
  }
  for (size_t i = 0; i < cells.size(); ++i) account.changed.push_back({stage.counted_steps[i], operation_of(recipe, stage.counted_steps[i]), cells[i]});
  return counts;
}

void add(Account& account, const Recipe& recipe, const Plan& plan, const Stage& stage, const Counts& counts) {
  if (&stage == &plan.stages.front()) account.rows_in = counts.all;
  if (!account.reshaped.empty()) account.reshaped.back().rows_after = counts.all;
  if (stage.reshaped_by != 0) account.reshaped.push_back({stage.reshaped_by, operation_of(recipe, stage.reshaped_by), counts.left, 0});
  account.rows_out = counts.left;
}

// Columns that quarantine has for itself.
bool is_of_quarantine(const std::string& name) { return same_name(name, "_reason") || same_name(name, "_source") || same_name(name, "_run") || same_name(name, "_task"); }

}  // namespace

Account run(mr::data::Session& session, const Recipe& recipe, const Plan& plan, const Secrets& secrets) {
  try_patterns(session, plan.patterns);
  run_statements(session, plan.statements, plan.done, plan.functions, secrets);
  Account account;
  for (const int step : plan.removing_steps) account.removed.push_back({step, operation_of(recipe, step), 0});
  for (const Stage& stage : plan.stages) {
    if (plan.tally == nullptr || &stage != &plan.stages.back()) add(account, recipe, plan, stage, count(session, recipe, stage, account));
  }
  return account;
}

void complete(Account& account, const Recipe& recipe, const Plan& plan) {
  if (plan.tally == nullptr) return;
  Counts counts{.all = plan.tally->left(), .left = plan.tally->left()};
  for (Removed& removed : account.removed) {
    const int64_t rows = plan.tally->removed_by(removed.step);
    removed.rows += rows;
    counts.all += rows;
  }
  add(account, recipe, plan, plan.stages.back(), counts);
}

Explained explain(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns, const World& world, const std::string& relation) {
  Plan plan = compile(recipe, columns, relation, "result", world);
  return {texts_of(plan.statements), plan.scans, std::move(plan.columns)};
}

Assumed compile_alone(const Recipe& recipe, const std::string& relation, const World& world) {
  Assumed assumed;
  while (true) {
    try {
      assumed.plan = compile(recipe, assumed.columns, relation, "result", world);
      return assumed;
    } catch (const UnknownColumn& error) {
      // One that is in the input already is gone by a step: the recipe is wrong.
      if (std::any_of(assumed.columns.begin(), assumed.columns.end(), [&](const mr::data::ColumnInfo& column) { return same_name(column.name, error.column); })) throw;
      assumed.columns.push_back({error.column, "VARCHAR"});
    }
  }
}

std::vector<std::string> texts_of(const std::vector<Statement>& statements) {
  std::vector<std::string> texts;
  for (const Statement& statement : statements) texts.push_back(statement.text());
  return texts;
}

std::string removed_rows(const Recipe& recipe, const Plan& plan) {
  std::string reason = "CASE _mr_gone";
  for (const int step : plan.removing_steps) {
    reason += " WHEN " + std::to_string(step) + " THEN " + mr::data::literal("step " + std::to_string(step) + " " + operation_of(recipe, step));
  }
  std::string sql;
  for (const Stage& stage : plan.stages) {
    if (stage.removed_from.empty()) continue;
    sql += sql.empty() ? "SELECT " : " UNION ALL BY NAME SELECT ";
    for (const auto& column : stage.columns) {
      if (is_of_quarantine(column.name)) continue;
      sql += "CAST(" + ident(column.name) + " AS VARCHAR) AS " + ident(column.name) + ", ";
    }
    sql += reason + " END AS _reason FROM " + stage.removed_from + " WHERE _mr_gone IS NOT NULL";
  }
  return sql;
}

}  // namespace mr::recipe
