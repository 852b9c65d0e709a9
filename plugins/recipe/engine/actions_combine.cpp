// Rows of other datasets: joined to these, or appended.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/shapes.hpp"

namespace mr::recipe {
namespace {

using mr::data::ident;
using mr::data::literal;

// ---- JOIN

struct JoinKind {
  std::string_view name, sql, filter;
};

constexpr std::array<JoinKind, 7> kJoins{{{"INNER_JOIN", " JOIN ", ""}, {"LEFT_JOIN", " LEFT JOIN ", ""}, {"RIGHT_JOIN", " RIGHT JOIN ", ""}, {"OUTER_JOIN", " FULL JOIN ", ""},
                                          {"LEFT_EXCLUDING_JOIN", " LEFT JOIN ", " WHERE r._mr_side IS NULL"}, {"RIGHT_EXCLUDING_JOIN", " RIGHT JOIN ", " WHERE l._mr_side IS NULL"},
                                          {"OUTER_EXCLUDING_JOIN", " FULL JOIN ", " WHERE l._mr_side IS NULL OR r._mr_side IS NULL"}}};

const JoinKind& join_kind(const Builder& b) {
  for (const JoinKind& kind : kJoins) {
    if (kind.name == b.param("joinType")) return kind;
  }
  b.wrong("joinType", "INNER_JOIN, LEFT_JOIN, RIGHT_JOIN, OUTER_JOIN, LEFT_EXCLUDING_JOIN, RIGHT_EXCLUDING_JOIN or OUTER_EXCLUDING_JOIN");
}

const mr::data::ColumnInfo& column_of(const Builder& b, const Dataset& dataset, const std::string& dataset_name, const std::string& name) {
  for (const auto& column : dataset.columns) {
    if (column.name == name) return column;
  }
  throw RecipeError("E6006", "dataset '" + dataset_name + "' has no column '" + name + "'", place(b.step()));
}

// Equal keys; a text and a number are equal when they read the same. NULL equals nothing.
std::string join_condition(Builder& b, const Dataset& other, const std::string& other_name) {
  const auto keys = nlohmann::json::parse(b.param("joinKeys"), nullptr, false);
  const auto refuse = [&] { b.wrong("joinKeys", R"(a JSON list, not empty, of {"key": column here, "value": column of the other dataset})"); };
  if (!keys.is_array() || keys.empty()) refuse();
  std::string sql;
  for (const auto& entry : keys) {
    const bool whole = entry.is_object() && entry.contains("key") && entry.contains("value") && entry["key"].is_string() && entry["value"].is_string();
    if (!whole) refuse();
    const Column& left = b.column(entry["key"].get<std::string>());
    const auto& right = column_of(b, other, other_name, entry["value"].get<std::string>());
    std::string l = "l." + ident(left.name), r = "r." + ident(right.name);
    const Family a = family_of(left.type), c = family_of(right.type);
    if (a != c && (a == Family::text || c == Family::text)) {
      l = "CAST(" + l + " AS VARCHAR)";
      r = "CAST(" + r + " AS VARCHAR)";
    }
    sql += (sql.empty() ? "" : " AND ") + l + " = " + r;
  }
  return sql;
}

std::string free_name(const std::vector<Column>& taken, const std::string& name) {
  const auto is_taken = [&](const std::string& wanted) { return std::any_of(taken.begin(), taken.end(), [&](const Column& column) { return same_name(column.name, wanted); }); };
  std::string free = name;
  for (int i = 1; is_taken(free); ++i) free = name + "_" + std::to_string(i);
  return free;
}

// Those listed, and those that steps before have made: exports don't list the latter.
std::vector<Column> left_columns(Builder& b) {
  const std::vector<std::string> listed = b.list("leftColumns");
  for (const std::string& name : listed) b.column(name);
  std::vector<Column> columns;
  for (const Column& column : b.columns()) {
    const bool kept = std::find(listed.begin(), listed.end(), column.name) != listed.end() || !b.is_from_input(column.name);
    if (kept) columns.push_back(plain(column));
  }
  return columns;
}

void join(Builder& b) {
  const JoinKind& kind = join_kind(b);
  const std::string name = b.param("secondaryDatasetName");
  const Dataset& other = b.secondary("secondaryDatasetName", name);
  const std::string condition = join_condition(b, other, name);
  std::vector<Column> columns = left_columns(b);
  std::string select;
  for (const Column& column : columns) select += "l." + column.sql + ", ";
  for (const std::string& wanted : b.list("rightColumns")) {
    const auto& column = column_of(b, other, name, wanted);
    columns.push_back({free_name(columns, wanted), {}, column.type, 0});
    select += "r." + ident(wanted) + " AS " + ident(columns.back().name) + ", ";
  }
  if (columns.empty()) throw RecipeError("E6006", "no column would be left", place(b.step()));
  const std::string rows = b.before_become();
  const std::string right_row = b.is_ordered() ? ", row_number() OVER () AS _mr_row" : "";
  if (b.is_ordered()) select += "l._mr_row AS _mr_o1, r._mr_row AS _mr_o2, ";
  select.resize(select.size() - 2);
  b.become("SELECT " + select + " FROM (SELECT *, true AS _mr_side FROM " + rows + ") l" + std::string(kind.sql) + "(SELECT *, true AS _mr_side" + right_row + " FROM " +
               other.relation + ") r ON " + condition + std::string(kind.filter), std::move(columns), 2);
}

// ---- UNION

using Place = std::optional<Column>;  // of a target in one dataset; empty: the dataset lacks it

std::vector<std::vector<std::string>> table_of_names(const Builder& b, size_t datasets, size_t targets) {
  const auto tree = nlohmann::json::parse(b.param("datasetsColumns"), nullptr, false);
  const auto refuse = [&] {
    b.wrong("datasetsColumns", "a JSON list of " + std::to_string(datasets) + " lists (one for each dataset) of " + std::to_string(targets) + " column names or null");
  };
  if (!tree.is_array() || tree.size() != datasets) refuse();
  std::vector<std::vector<std::string>> names;
  for (const auto& list : tree) {
    if (!list.is_array() || list.size() != targets) refuse();
    names.emplace_back();
    for (const auto& name : list) {
      if (!name.is_null() && (!name.is_string() || name.get<std::string>().empty())) refuse();
      names.back().push_back(name.is_null() ? std::string() : name.get<std::string>());
    }
  }
  return names;
}

std::string union_part(const Builder& b, const std::vector<Place>& places, const std::vector<Column>& targets, const std::string& from, size_t dataset) {
  std::string sql = "SELECT ";
  for (size_t i = 0; i < targets.size(); ++i) {
    const std::string value = places[i] ? as_type(b, *places[i], targets[i].type) : "CAST(NULL AS " + targets[i].type + ")";
    sql += (i ? ", " : "") + value + " AS " + ident(targets[i].name);
  }
  if (b.is_ordered()) sql += ", " + std::to_string(dataset) + " AS _mr_o1, " + (dataset == 0 ? "_mr_row" : "row_number() OVER ()") + " AS _mr_o2";
  return sql + " FROM " + from;
}

void append(Builder& b) {
  const std::vector<std::string> names = b.list("secondaryDatasetNames"), targets = b.list("targetColumnNames");
  if (names.empty()) b.wrong("secondaryDatasetNames", "a list with at least one dataset");
  if (targets.empty()) b.wrong("targetColumnNames", "a list with at least one column name");
  const auto table = table_of_names(b, names.size() + 1, targets.size());
  std::vector<std::vector<Place>> places(names.size() + 1);
  for (size_t set = 0; set < table.size(); ++set) {
    for (const std::string& name : table[set]) {
      if (name.empty()) {
        places[set].emplace_back();
      } else if (set == 0) {
        places[set].emplace_back(plain(b.column(name)));
      } else {
        const auto& column = column_of(b, b.secondary("secondaryDatasetNames", names[set - 1]), names[set - 1], name);
        places[set].emplace_back(Column{column.name, ident(column.name), column.type, 0});
      }
    }
  }
  std::vector<Column> columns;
  for (size_t i = 0; i < targets.size(); ++i) {
    std::vector<std::string> types;
    for (const auto& set : places) {
      if (set[i]) types.push_back(set[i]->type);
    }
    columns.push_back({targets[i], {}, types.empty() ? "VARCHAR" : common_type(types), 0});
  }
  std::string select = union_part(b, places[0], columns, b.before_become(), 0);
  for (size_t set = 1; set < places.size(); ++set) select += " UNION ALL " + union_part(b, places[set], columns, b.secondary("secondaryDatasetNames", names[set - 1]).relation, set);
  b.become(select, std::move(columns), 2);
}

constexpr Action kActions[] = {{"JOIN", false, join}, {"UNION", false, append}};

}  // namespace

std::span<const Action> combine_actions() { return kActions; }

}  // namespace mr::recipe
