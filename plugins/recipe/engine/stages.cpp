// Stages of a recipe: where its rows are written down, counted, asked, or take another shape.
#include <algorithm>
#include <numeric>
#include <utility>

#include "recipe/engine/builder.hpp"
#include "recipe/engine/stemmer.hpp"
#include "recipe/engine/text_functions.hpp"

namespace mr::recipe {

using mr::data::ident;

namespace {

constexpr const char* kTable = "_mr_stage_";

void try_pattern(mr::data::Session& session, const Pattern& pattern) {
  if (!pattern.holds.empty()) {
    if (session.query("SELECT " + pattern.holds).rows[0][0] == "true") return;
    throw RecipeError("E6005", "parameter '" + pattern.parameter + "' must be " + pattern.expected, pattern.place);
  }
  try {
    session.query("SELECT regexp_matches('', " + mr::data::literal(pattern.regex) + ")");
  } catch (const mr::data::SqlError&) {
    throw RecipeError("E6005", "parameter '" + pattern.parameter + "' must be a regular expression that is supported", pattern.place,
                      "look-around and back-references are not");
  }
}

std::string known_names(const std::map<std::string, Dataset>& datasets) {
  std::string names;
  for (const auto& [name, dataset] : datasets) names += (names.empty() ? "given: " : ", ") + name;
  return names.empty() ? "name it in the task's 'secondary'" : names;
}

}  // namespace

void try_patterns(mr::data::Session& session, const std::vector<Pattern>& patterns) {
  register_text_functions(session);
  for (const Pattern& pattern : patterns) try_pattern(session, pattern);
}

void run_statements(mr::data::Session& session, const std::vector<Statement>& statements, size_t first, const Functions& functions, const Secrets& secrets) {
  const Keyring keys(session, functions.keys, secrets);
  register_text_functions(session);
  if (functions.stems) register_stemmers(session.connection());
  try {
    for (size_t i = first; i < statements.size(); ++i) session.run(statements[i].text());
  } catch (const mr::data::SqlError& error) {
    keys.explain(error);
  }
}

void Builder::make(const std::string& table, const std::string& select) {
  statements_.push_back({.table = table, .sql = select, .scan = true});
}

void Builder::emit_statistics() {
  std::vector<size_t> order;
  for (size_t i = groups_emitted_; i < groups_.size(); ++i) order.push_back(i);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return groups_[a].round < groups_[b].round; });
  for (const size_t i : order) {
    std::string sql = with(groups_[i].layers) + "SELECT ";
    for (size_t k = 0; k < groups_[i].aggregates.size(); ++k) sql += (k ? ", " : "") + groups_[i].aggregates[k] + " AS s" + std::to_string(k);
    make("_mr_stats_" + std::to_string(i), sql + " FROM " + from(groups_[i].layers));
  }
  groups_emitted_ = groups_.size();
}

// A stage's table that nobody reads any more, unless its removed rows are kept.
void Builder::drop(const std::string& table) {
  const bool kept = std::any_of(stages_.begin(), stages_.end(), [&](const Stage& stage) { return stage.removed_from == table; });
  if (!table.empty() && !kept) statements_.push_back({.sql = "DROP TABLE " + table});
}

// Everything so far becomes a table, and the chain starts from it; rows that are gone stay in it, tagged.
void Builder::checkpoint() {
  emit_statistics();
  const bool tagged = tags_rows();
  const std::string before = std::exchange(table_, kTable + std::to_string(++tables_));
  make(table_, with(layers_.size()) + select());
  drop(before);
  relation_ = table_;
  layers_.clear();
  drops_.clear();
  for (Column& column : columns_) column = {column.name, ident(column.name), column.type, 0, column.clear_type};
  for (Counter& counter : counters_) counter.sql = counter_name(counter.step);
  carried_ = tagged;
  windowed_ = false;
  drop_round_ = layer_round_ = 0;
}

void Builder::run_pending() {
  const std::vector<Pattern> fresh(patterns_.begin() + static_cast<std::ptrdiff_t>(std::exchange(patterns_tried_, patterns_.size())), patterns_.end());
  try_patterns(*world_.session, fresh);
  run_statements(*world_.session, statements_, done_, functions_, world_.secrets);
  done_ = statements_.size();
}

// The rows and these columns stand in a table as they are now.
bool Builder::is_written(const std::vector<size_t>& indexes) const {
  const auto plain = [&](size_t index) { return columns_[index].sql == ident(columns_[index].name); };
  return !table_.empty() && layers_.empty() && drops_.empty() && std::all_of(indexes.begin(), indexes.end(), plain);
}

void Builder::materialise(const std::vector<size_t>& asked) {
  if (world_.session == nullptr) {
    throw RecipeError("E6012", "the columns that this step makes depend on the data", place(*step_), "give the data that the recipe is for");
  }
  if (!is_written(asked)) checkpoint();
  run_pending();
  step_round_ = 0;
  where_ = condition_sql(*this, step_->conditions);
}

std::string Builder::rows() const {
  std::string sql;
  for (const Column& column : columns_) sql += (sql.empty() ? "(SELECT " : ", ") + column.sql + " AS " + ident(column.name);
  return sql + (ordered_ ? ", _mr_row" : "") + " FROM " + from(layers_.size()) + (carried_ ? " WHERE _mr_gone IS NULL)" : ")");
}

mr::data::Table Builder::ask(const std::string& select) {
  statements_.push_back({.sql = select, .scan = true});
  ++done_;
  return world_.session->query(select);
}

// The account of the rows up to here: `from` holds all of them.
void Builder::end_stage(const std::string& from, bool tagged, int reshaped_by) {
  Stage stage;
  stage.reshaped_by = reshaped_by;
  std::string sums;
  for (const Counter& counter : counters_) {
    sums += ", sum(" + counter_name(counter.step) + ")";
    stage.counted_steps.push_back(counter.step);
  }
  stage.count_sql = "SELECT " + std::string(tagged ? "_mr_gone" : "NULL::INTEGER") + ", count(*)" + sums + " FROM " + from + " GROUP BY 1";
  if (tagged && world_.keep_removed) {
    stage.removed_from = from;
    for (const Column& column : columns_) stage.columns.push_back({column.name, column.type});
  }
  stages_.push_back(std::move(stage));
}

std::string Builder::before_become() {
  if (!where_.empty()) {
    throw RecipeError("E6007", "conditions can't restrict a step that reshapes the table", place(*step_), "remove or change the rows by a step before it");
  }
  const std::string count = "_mr_count_" + std::to_string(stages_.size() + 1);
  std::string with_layers;
  if (tags_rows() || !counters_.empty()) {
    std::vector<size_t> all(columns_.size());
    std::iota(all.begin(), all.end(), size_t{0});
    const bool counted = std::all_of(counters_.begin(), counters_.end(), [](const Counter& counter) { return counter.sql == counter_name(counter.step); });
    if (!counted || !is_written(all)) checkpoint();
  } else {
    emit_statistics();
    with_layers = with(layers_.size());
  }
  end_stage(from(layers_.size()), carried_, step_->number);
  std::string& sql = stages_.back().count_sql;
  make(count, with_layers + sql);
  sql = "SELECT * FROM " + count;
  return rows();
}

void Builder::become(const std::string& select, std::vector<Column> columns, int order_keys) {
  layer_round_ = std::max({layer_round_, step_round_, drop_round_});
  for (const Column& column : columns_) layer_round_ = std::max(layer_round_, column.round);
  std::string list, order;
  for (Column& column : columns) {
    column.sql = ident(column.name);
    column.round = 0;
    list += (list.empty() ? "" : ", ") + column.sql;
  }
  for (int key = 1; key <= order_keys; ++key) order += (key > 1 ? ", _mr_o" : "_mr_o") + std::to_string(key);
  if (ordered_) list += ", row_number() OVER (" + (order.empty() ? order : "ORDER BY " + order) + ") AS _mr_row";
  for (const Column& column : columns_) taken_[column.name] = place(*step_) + " left it out";
  columns_.clear();
  for (Column& column : columns) {
    fresh_name(column.name);
    columns_.push_back(std::move(column));
  }
  layers_.push_back("SELECT " + list + " FROM (" + select + ")");
  counters_.clear();
  carried_ = windowed_ = false;
  step_round_ = drop_round_ = 0;
}

const Dataset& Builder::secondary(const std::string& parameter, const std::string& name) const {
  const auto found = world_.secondary.find(name);
  if (found == world_.secondary.end()) {
    throw RecipeError("E6013", "parameter '" + parameter + "' names the dataset '" + name + "', which is not given", place(*step_), known_names(world_.secondary));
  }
  return found->second;
}

// What is encrypted is done with the keys at hand; cells are counted, and removed rows kept, in a table.
bool Builder::is_tallied() const { return world_.tally != nullptr && !world_.keep_removed && counters_.empty() && functions_.keys.empty(); }

void Builder::finish(const std::string& table) {
  emit_statistics();
  const bool tagged = tags_rows();
  const std::string rows = with(layers_.size()) + select() + (ordered_ ? " ORDER BY _mr_row" : "");
  if (is_tallied()) {
    statements_.push_back({.sql = "CREATE OR REPLACE TEMP VIEW " + table + " AS " + rows, .scan = true});
  } else {
    make(table, rows);
    drop(std::exchange(table_, ""));
  }
  end_stage(table, tagged, 0);
}

}  // namespace mr::recipe
