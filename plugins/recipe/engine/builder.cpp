#include "recipe/engine/builder.hpp"

#include <algorithm>

namespace mr::recipe {

using mr::data::ident;

namespace {
constexpr size_t kLongExpression = 3000;  // longer ones get a SELECT of their own, so that use in several places can't explode

std::string names_of(const std::vector<Column>& columns) {
  std::string text;
  for (size_t i = 0; i < columns.size() && i < 12; ++i) text += (i ? ", " : "columns here: ") + columns[i].name;
  return columns.size() > 12 ? text + ", …" : text;
}
}  // namespace

std::string counter_name(int step) { return "_mr_cells_" + std::to_string(step); }

Family family_of(std::string_view type) {
  static const std::map<std::string_view, Family> kFamilies{
      {"VARCHAR", Family::text}, {"TINYINT", Family::whole}, {"SMALLINT", Family::whole}, {"INTEGER", Family::whole}, {"BIGINT", Family::whole},
      {"HUGEINT", Family::whole}, {"UTINYINT", Family::whole}, {"USMALLINT", Family::whole}, {"UINTEGER", Family::whole},
      {"UBIGINT", Family::whole}, {"UHUGEINT", Family::whole}, {"FLOAT", Family::floating}, {"DOUBLE", Family::floating},
      {"BOOLEAN", Family::boolean}, {"DATE", Family::date}};
  if (type.starts_with("DECIMAL") && !type.ends_with("]")) return Family::decimal;
  if (type.starts_with("TIMESTAMP") && !type.ends_with("]")) return Family::timestamp;
  const auto found = kFamilies.find(type);
  return found == kFamilies.end() ? Family::other : found->second;
}

bool is_number(Family family) { return family == Family::whole || family == Family::floating || family == Family::decimal; }

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

Builder::Builder(const std::vector<mr::data::ColumnInfo>& columns, std::string relation, bool ordered, const World& world)
    : relation_(std::move(relation)), ordered_(ordered), world_(world) {
  for (const auto& info : columns) {
    if (info.name.starts_with("_mr_")) throw RecipeError("E6011", "column '" + info.name + "' has a reserved name", {}, "names that start with _mr_ are ours");
    columns_.push_back({info.name, ident(info.name), info.type, 0, {}});
    input_names_.push_back(info.name);
  }
  if (ordered_) layers_.push_back("SELECT *, row_number() OVER () AS _mr_row FROM " + relation_);
}

void Builder::begin(const Step& step) {
  step_ = &step;
  step_round_ = 0;
  read_.clear();
  where_ = condition_sql(*this, step.conditions);
}

void Builder::use(const Column& column) { step_round_ = std::max(step_round_, column.round); }

Column& Builder::column(const std::string& name) {
  for (Column& column : columns_) {
    if (column.name == name) {
      use(column);
      return column;
    }
  }
  no_column(name);
}

void Builder::no_column(const std::string& name) const {
  const auto taken = taken_.find(name);
  throw UnknownColumn(name, place(*step_), (taken == taken_.end() ? "" : taken->second + "; ") + names_of(columns_));
}

Column& Builder::at(size_t index) {
  use(columns_[index]);
  return columns_[index];
}

size_t Builder::index_of(const std::string& name) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name == name) return i;
  }
  no_column(name);
}

bool Builder::is_from_input(const std::string& column) const { return std::find(input_names_.begin(), input_names_.end(), column) != input_names_.end(); }

Column& Builder::source(const std::string& parameter) { return column(param(parameter)); }

std::vector<size_t> Builder::sources(const std::string& parameter) {
  std::vector<size_t> indexes;
  for (const std::string& name : list(parameter)) {
    column(name);
    indexes.push_back(index_of(name));
  }
  if (indexes.empty()) wrong(parameter, "a list with at least one column name");
  return indexes;
}

std::string Builder::text(const Column& column) const {
  return family_of(column.type) == Family::text ? column.sql : "CAST(" + column.sql + " AS VARCHAR)";
}

std::string Builder::number(const Column& column) const {
  const Family family = family_of(column.type);
  if (is_number(family)) return column.sql;
  if (family == Family::text) return "TRY_CAST(" + column.sql + " AS DOUBLE)";
  throw RecipeError("E6008", "column '" + column.name + "' is " + column.type + ", a number is needed", place(*step_), "CHANGE_DATA_TYPE before this step");
}

std::string Builder::missing(const Column& column) const {
  if (family_of(column.type) == Family::text) return "(" + column.sql + " IS NULL OR " + column.sql + " = '')";
  return "(" + column.sql + " IS NULL)";
}

void Builder::set(Column& column, const std::string& sql, const std::string& type) {
  std::string value = sql;
  if (!where_.empty()) {
    const std::string old = column.type == type ? column.sql : "TRY_CAST(" + column.sql + " AS " + type + ")";
    value = "CASE WHEN " + where_ + " THEN " + sql + " ELSE " + old + " END";
  }
  if (world_.count_cells) count_cells(column, value);
  column.sql = value;
  column.type = type;
  column.round = step_round_;
  column.clear_type.clear();
  if (column.sql.size() > kLongExpression) seal();
}

// A cell has changed when it reads otherwise: '1' as a number has not, 'x' that became NULL has. Rows removed before don't count.
void Builder::count_cells(const Column& column, const std::string& sql) {
  const std::string changed = "(CAST(" + column.sql + " AS VARCHAR) IS DISTINCT FROM CAST(" + sql + " AS VARCHAR)" + (tags_rows() ? " AND " + alive() : "") + ")::INTEGER";
  if (counters_.empty() || counters_.back().step != step_->number) {
    counters_.push_back({step_->number, changed});
  } else {
    counters_.back().sql += " + " + changed;
  }
}

std::string Builder::fresh_name(const std::string& name) const {
  for (const Column& column : columns_) {
    if (same_name(column.name, name)) throw RecipeError("E6009", "column '" + column.name + "' exists already", place(*step_), "choose another name than '" + name + "'");
  }
  if (name.empty() || name.starts_with("_mr_")) throw RecipeError("E6011", "'" + name + "' can't be the name of a column", place(*step_));
  return name;
}

void Builder::add(size_t position, const std::string& name, const std::string& sql, const std::string& type) {
  const std::string value = where_.empty() ? sql : "CASE WHEN " + where_ + " THEN " + sql + " END";
  columns_.insert(columns_.begin() + static_cast<std::ptrdiff_t>(std::min(position, columns_.size())), Column{fresh_name(name), value, type, step_round_, {}});
  if (value.size() > kLongExpression) seal();
}

void Builder::add_target(const std::string& sql, const std::string& type) {
  const size_t position = has("sourceColumn") ? index_of(param("sourceColumn")) + 1 : columns_.size();
  add(position, param("targetColumn"), sql, type);
}

void Builder::remove(size_t index) {
  taken_[columns_[index].name] = place(*step_) + " removed it";
  columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(index));
  if (columns_.empty()) throw RecipeError("E6006", "no column would be left", place(*step_));
}

void Builder::rename(size_t index, const std::string& name) {
  std::string& old = columns_[index].name;
  const std::string next = same_name(old, name) ? name : fresh_name(name);
  taken_[old] = place(*step_) + " called it '" + next + "'";
  old = next;
}

void Builder::move(size_t from, size_t to) {
  Column moved = columns_[from];
  columns_.erase(columns_.begin() + static_cast<std::ptrdiff_t>(from));
  columns_.insert(columns_.begin() + static_cast<std::ptrdiff_t>(std::min(to, columns_.size())), std::move(moved));
}

void Builder::drop_rows(const std::string& condition) {
  drops_.emplace_back(step_->number, where_.empty() ? condition : "(" + where_ + ") AND (" + condition + ")");
  drop_round_ = std::max(drop_round_, step_round_);
  if (removing_.empty() || removing_.back() != step_->number) removing_.push_back(step_->number);
}

size_t Builder::use_key(const KeyUse& use) {
  for (size_t i = 0; i < functions_.keys.size(); ++i) {
    const KeyUse& known = functions_.keys[i];
    if (known.purpose == use.purpose && known.place == use.place && known.secret == use.secret && known.algorithm == use.algorithm) return i;
  }
  functions_.keys.push_back(use);
  return functions_.keys.size() - 1;
}

void Builder::note(const std::string& text) { notes_.push_back(place(*step_) + ": " + text); }

std::string Builder::gone() const {
  if (drops_.empty()) return carried_ ? "_mr_gone" : "";
  std::string sql = "CASE";
  if (carried_) sql += " WHEN _mr_gone IS NOT NULL THEN _mr_gone";
  for (const auto& [number, condition] : drops_) sql += " WHEN " + condition + " THEN " + std::to_string(number);
  return sql + " END";
}

std::string Builder::alive() const {
  const std::string tag = gone();
  return tag.empty() ? "true" : "(" + tag + ") IS NULL";
}

std::string Builder::statistic(const std::string& aggregate, const std::string& post) {
  if (windowed_) throw RecipeError("E6008", "a statistic of a column that looks across rows must be prepared first", place(*step_));
  const int round = std::max({step_round_, drop_round_, layer_round_}) + 1;
  auto group = std::find_if(groups_.begin() + static_cast<std::ptrdiff_t>(groups_emitted_), groups_.end(), [&](const Group& g) { return g.round == round && g.layers == layers_.size(); });
  if (group == groups_.end()) group = groups_.insert(groups_.end(), Group{round, layers_.size(), {}});
  const std::string sql = tags_rows() ? aggregate + " FILTER (WHERE " + alive() + ")" : aggregate;
  auto found = std::find(group->aggregates.begin(), group->aggregates.end(), sql);
  if (found == group->aggregates.end()) found = group->aggregates.insert(group->aggregates.end(), sql);
  const std::string name = "s" + std::to_string(found - group->aggregates.begin());
  std::string reading = post;
  for (size_t at = reading.find('@'); at != std::string::npos; at = reading.find('@', at + name.size())) reading.replace(at, 1, name);
  step_round_ = std::max(step_round_, round);
  return "(SELECT " + reading + " FROM _mr_stats_" + std::to_string(group - groups_.begin()) + ")";
}

std::vector<std::string> Builder::statistics(const std::vector<std::string>& aggregates) {
  const int before = step_round_;
  int after = before;
  std::vector<std::string> readings;
  for (const std::string& aggregate : aggregates) {
    step_round_ = before;
    readings.push_back(statistic(aggregate));
    after = std::max(after, step_round_);
  }
  step_round_ = after;
  return readings;
}

void Builder::prepare_statistic() {
  if (!windowed_) return;
  seal();
  where_ = condition_sql(*this, step_->conditions);
}

void Builder::prepare_window() {
  const bool plain = drops_.empty() && std::all_of(columns_.begin(), columns_.end(), [](const Column& c) { return c.sql == ident(c.name); });
  if (!plain || windowed_) {
    seal();
    where_ = condition_sql(*this, step_->conditions);
  }
  windowed_ = true;
}

void Builder::prepare_plain(const std::vector<std::string>& names) {
  const auto is_named = [&](const Column& c) { return std::find(names.begin(), names.end(), c.name) != names.end(); };
  const auto looks_away = [&](const Column& c) { return (windowed_ || c.round > 0) && c.sql != ident(c.name); };
  if (std::none_of(columns_.begin(), columns_.end(), [&](const Column& c) { return is_named(c) && looks_away(c); })) return;
  seal();
  where_ = condition_sql(*this, step_->conditions);
}

void Builder::reorder(const std::string& order_by) {
  prepare_window();
  std::string sql = "SELECT * EXCLUDE (_mr_row), row_number() OVER (ORDER BY " + order_by + ", _mr_row) AS _mr_row FROM " + from(layers_.size());
  layers_.push_back(std::move(sql));
  windowed_ = false;
}

void Builder::seal() {
  const bool tagged = tags_rows();
  layers_.push_back(select());
  layer_round_ = std::max(layer_round_, drop_round_);
  for (Column& column : columns_) {
    layer_round_ = std::max(layer_round_, column.round);
    column.sql = ident(column.name);
    column.round = 0;
  }
  for (Counter& counter : counters_) counter.sql = counter_name(counter.step);
  drops_.clear();
  drop_round_ = 0;
  carried_ = tagged;
  windowed_ = false;
}

std::string Builder::from(size_t layers) const { return layers == 0 ? relation_ : "_mr_" + std::to_string(layers); }

std::string Builder::with(size_t layers) const {
  std::string sql;
  for (size_t i = 0; i < layers; ++i) sql += (i ? ", _mr_" : "WITH _mr_") + std::to_string(i + 1) + " AS (" + layers_[i] + ")";
  return sql.empty() ? sql : sql + " ";
}

std::string Builder::select() const {
  std::string sql = "SELECT ";
  for (size_t i = 0; i < columns_.size(); ++i) {
    const std::string name = ident(columns_[i].name);
    sql += (i ? ", " : "") + columns_[i].sql + (columns_[i].sql == name ? "" : " AS " + name);
  }
  if (ordered_) sql += ", _mr_row";
  for (const Counter& counter : counters_) sql += ", " + counter.sql + " AS " + counter_name(counter.step);
  const std::string tag = gone();
  if (!tag.empty()) sql += ", " + tag + (tag == "_mr_gone" ? "" : " AS _mr_gone");
  return sql + " FROM " + from(layers_.size());
}

}  // namespace mr::recipe
