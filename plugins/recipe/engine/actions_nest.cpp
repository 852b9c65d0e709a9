// Columns packed into nested ones, and nested ones spread into columns or rows.
#include <algorithm>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/nested_types.hpp"
#include "recipe/engine/shapes.hpp"

namespace mr::recipe {
namespace {

using mr::data::ident;
using mr::data::literal;

[[noreturn]] void wrong_kind(const Builder& b, const Column& column, const std::string& wanted) {
  throw RecipeError("E6008", "column '" + column.name + "' is " + column.type + ", " + wanted + " is needed", place(b.step()));
}

// ---- NEST

struct Packed {
  std::string sql{}, type{};
};

std::vector<Column> sources_of(Builder& b) {
  std::vector<Column> columns;
  for (const size_t index : b.sources()) {
    const Column& source = b.at(index);
    if (std::any_of(columns.begin(), columns.end(), [&](const Column& column) { return column.name == source.name; })) b.wrong("sourceColumns", "a list that names each column once");
    columns.push_back(source);
  }
  return columns;
}

std::string values_as(const Builder& b, const std::vector<Column>& columns, const std::string& type) {
  std::string list;
  for (const Column& column : columns) list += (list.empty() ? "[" : ", ") + as_type(b, column, type);
  return list + "]";
}

// The nested column stands right of its last source. It may take the name of one that goes.
void put_packed(Builder& b, const std::vector<Column>& sources, const Packed& packed) {
  const std::string& target = b.param("targetColumn");
  const bool removed = b.flag("removeSourceColumns");
  const auto is_target = [&](const Column& column) { return column.name == target; };
  const bool in_place = removed && std::any_of(sources.begin(), sources.end(), is_target);
  size_t last = 0;
  for (const Column& source : sources) last = std::max(last, b.index_of(source.name));
  if (in_place) {
    b.set(b.column(target), packed.sql, packed.type);
  } else {
    b.add(last + 1, target, packed.sql, packed.type);
  }
  if (!removed) return;
  std::vector<std::string> gone;
  for (const Column& source : sources) {
    if (!is_target(source) && std::find(gone.begin(), gone.end(), source.name) == gone.end()) gone.push_back(source.name);
  }
  for (const std::string& name : gone) b.remove(b.index_of(name));
}

void nest_to_array(Builder& b) {
  const std::vector<Column> sources = sources_of(b);
  const std::string type = common_type(sources);
  put_packed(b, sources, {values_as(b, sources, type), type + "[]"});
}

void nest_to_map(Builder& b) {
  const std::vector<Column> sources = sources_of(b);
  const std::string type = common_type(sources);
  std::string names;
  for (const Column& source : sources) names += (names.empty() ? "[" : ", ") + literal(source.name);
  put_packed(b, sources, {"MAP(" + names + "], " + values_as(b, sources, type) + ")", "MAP(VARCHAR, " + type + ")"});
}

void nest_to_struct(Builder& b) {
  const std::vector<Column> sources = sources_of(b);
  std::string sql, type;
  for (const Column& source : sources) {
    sql += (sql.empty() ? "struct_pack(" : ", ") + ident(source.name) + " := " + source.sql;
    type += (type.empty() ? "STRUCT(" : ", ") + ident(source.name) + " " + source.type;
  }
  put_packed(b, sources, {sql + ")", type + ")"});
}

// ---- UNNEST into rows

// A row for each element; a row without any stays, with NULL, so that none is lost.
void unnest_array(Builder& b) {
  const std::string source_name = b.param("sourceColumn"), target = b.param("targetColumn");
  const Column source = plain(b.source());
  const auto element = element_type(source.type);
  if (!element) wrong_kind(b, source, "an array");
  const std::string rows = b.before_become();
  std::vector<Column> columns;
  std::string select;
  const std::string items = "CASE WHEN len(" + source.sql + ") > 0 THEN " + source.sql + " ELSE [NULL] END";
  for (const Column& column : b.columns()) {
    if (column.name != source.name || target != source.name) {
      columns.push_back(plain(column));
      select += columns.back().sql + ", ";
    }
    if (column.name == source.name) {
      columns.push_back({target, {}, *element, 0});
      select += "unnest(" + items + ") AS " + ident(target) + ", ";
    }
  }
  select += "unnest(range(greatest(coalesce(len(" + source.sql + "), 1), 1))) AS _mr_o2";
  if (b.is_ordered()) select += ", _mr_row AS _mr_o1";
  b.become("SELECT " + select + " FROM " + rows, std::move(columns), 2);
}

void unnest_map(Builder& b) {
  const Column source = plain(b.source());
  const auto types = map_types(source.type);
  if (!types) wrong_kind(b, source, "a map");
  const bool removed = b.flag("removeSourceColumn");
  const std::string prefix = b.param_or("targetColumn", source.name);
  const std::string rows = b.before_become();
  std::vector<Column> columns;
  std::string select;
  const std::string size = "coalesce(cardinality(" + source.sql + "), 0)";
  const auto exploded = [&](const std::string& part, const std::string& type) { return "unnest(CASE WHEN " + size + " > 0 THEN " + part + "(" + source.sql + ") ELSE CAST([NULL] AS " + type + "[]) END)"; };
  for (const Column& column : b.columns()) {
    if (column.name != source.name || !removed) {
      columns.push_back(plain(column));
      select += columns.back().sql + ", ";
    }
    if (column.name != source.name) continue;
    columns.push_back({prefix + "_key", {}, types->first, 0});
    columns.push_back({prefix + "_value", {}, types->second, 0});
    select += exploded("map_keys", types->first) + " AS " + ident(prefix + "_key") + ", " + exploded("map_values", types->second) + " AS " + ident(prefix + "_value") + ", ";
  }
  select += "unnest(range(greatest(CAST(" + size + " AS BIGINT), 1))) AS _mr_o2";
  if (b.is_ordered()) select += ", _mr_row AS _mr_o1";
  b.become("SELECT " + select + " FROM " + rows, std::move(columns), 2);
}

// ---- UNNEST into columns

struct Field {
  std::string name{};
  Nested value{};
};

// The fields of a struct, those of structs inside it too while there are levels left.
void spread(const Nested& from, const std::string& prefix, const std::string& delimiter, int64_t levels, std::vector<Field>& fields) {
  const auto inside = struct_fields(from.type);
  if (!inside || levels == 0) {
    fields.push_back({prefix, from});
    return;
  }
  for (const auto& [name, type] : *inside) spread({"struct_extract(" + from.sql + ", " + literal(name) + ")", type}, prefix + delimiter + name, delimiter, levels - 1, fields);
}

void put_fields(Builder& b, const std::string& source_name, const std::vector<Field>& fields, bool removed) {
  const size_t at = b.index_of(source_name);
  if (removed && std::any_of(fields.begin(), fields.end(), [&](const Field& field) { return field.name == source_name; })) b.wrong("targetColumn", "a prefix that gives other names than the source column's");
  for (size_t i = 0; i < fields.size(); ++i) b.add(at + 1 + i, fields[i].name, fields[i].value.sql, fields[i].value.type);
  if (removed) b.remove(b.index_of(source_name));
}

void unnest_struct(Builder& b) {
  const Column source = b.source();
  if (!struct_fields(source.type)) wrong_kind(b, source, "a struct");
  std::vector<Field> fields;
  spread({source.sql, source.type}, b.param_or("targetColumn", source.name), "_", 1, fields);
  put_fields(b, source.name, fields, b.flag("removeSourceColumn"));
}

void unnest_struct_n(Builder& b) {
  const int64_t levels = b.has("unnestLevel") ? b.whole("unnestLevel", 1, 100) : 100;
  const std::string delimiter = b.param_or("delimiter", ".");
  for (const std::string& name : selected_columns(b)) {
    const Column source = b.column(name);
    if (!struct_fields(source.type)) wrong_kind(b, source, "a struct");
    std::vector<Field> fields;
    spread({source.sql, source.type}, name, delimiter, levels, fields);
    put_fields(b, name, fields, b.flag("removeSourceColumn"));
  }
}

// The path may start with the source column, as in EXTRACT_VALUE, or inside it.
void unnest_specific_key(Builder& b) {
  const Column source = b.source();
  std::vector<PathPart> path = read_path(b, "path");
  if (path.front().name == source.name) path.erase(path.begin());
  const Nested found = follow(b, "path", {source.sql, source.type}, path);
  b.add_target(found.sql, found.type);
}

constexpr Action kActions[] = {
    {"NEST_TO_ARRAY", false, nest_to_array}, {"NEST_TO_MAP", false, nest_to_map}, {"NEST_TO_STRUCT", false, nest_to_struct}, {"UNNEST_ARRAY", false, unnest_array},
    {"UNNEST_MAP", false, unnest_map}, {"UNNEST_STRUCT", false, unnest_struct}, {"UNNEST_STRUCT_N", false, unnest_struct_n}, {"UNNEST_SPECIFIC_KEY", false, unnest_specific_key}};

}  // namespace

std::span<const Action> nest_actions() { return kActions; }

}  // namespace mr::recipe
