// Names, order and types of columns.
#include <algorithm>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/semantic_types.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// Names and order are those of a column, whatever the row.
void whole_column(Builder& b) {
  if (!b.where().empty()) b.note("its conditions have no effect, because it changes whole columns");
}

void delete_columns(Builder& b) {
  whole_column(b);
  if (b.has("sourceColumns")) {
    for (const std::string& name : b.list("sourceColumns")) b.remove(b.index_of(name));
  } else {
    b.remove(b.index_of(b.param("sourceColumn")));
  }
}

void duplicate(Builder& b) {
  const Column source = b.source();
  b.add_target(source.sql, source.type);
}

void rename(Builder& b) {
  whole_column(b);
  b.rename(b.index_of(b.param("sourceColumn")), b.param("targetColumn"));
}

void move(Builder& b, size_t to) {
  whole_column(b);
  b.move(b.index_of(b.param("sourceColumn")), to);
}

void move_beside(Builder& b, size_t offset) {
  const size_t from = b.index_of(b.param("sourceColumn"));
  const size_t target = b.index_of(b.param("targetColumn"));
  if (from != target) move(b, (target > from ? target - 1 : target) + offset);
}

void move_after(Builder& b) { move_beside(b, 1); }
void move_before(Builder& b) { move_beside(b, 0); }
void move_to_end(Builder& b) { move(b, b.columns().size()); }
void move_to_start(Builder& b) { move(b, 0); }
void move_to_index(Builder& b) { move(b, static_cast<size_t>(b.whole("targetIndex", 0, static_cast<int64_t>(b.columns().size()) - 1))); }

void change(Builder& b, const std::string& type) {
  Column& column = b.source();
  b.set(column, converted(b, column, type), type);
}

void change_data_type(Builder& b) { change(b, duck_type(b, "columnDataType", b.param("columnDataType"))); }
void to_boolean(Builder& b) { change(b, "BOOLEAN"); }
void to_double(Builder& b) { change(b, "DOUBLE"); }
void to_string(Builder& b) { change(b, "VARCHAR"); }

constexpr Action kActions[] = {
    {"DELETE", false, delete_columns}, {"DUPLICATE", false, duplicate}, {"RENAME", false, rename},
    {"MOVE_AFTER", false, move_after}, {"MOVE_BEFORE", false, move_before}, {"MOVE_TO_END", false, move_to_end},
    {"MOVE_TO_START", false, move_to_start}, {"MOVE_TO_INDEX", false, move_to_index}, {"CHANGE_DATA_TYPE", false, change_data_type},
    {"TO_BOOLEAN_COLUMN", false, to_boolean}, {"TO_DOUBLE_COLUMN", false, to_double}, {"TO_NUMBER_COLUMN", false, to_double},
    {"TO_STRING_COLUMN", false, to_string}};

}  // namespace

std::span<const Action> column_actions() { return kActions; }

std::string duck_type(const Builder& builder, const std::string& parameter, const std::string& name) {
  static constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {"byte", "TINYINT"}, {"short", "SMALLINT"}, {"int", "INTEGER"}, {"integer", "INTEGER"}, {"long", "BIGINT"}, {"float", "FLOAT"},
      {"double", "DOUBLE"}, {"number", "DOUBLE"}, {"decimal", "DECIMAL(38,18)"}, {"string", "VARCHAR"}, {"boolean", "BOOLEAN"},
      {"timestamp", "TIMESTAMP"}, {"date", "DATE"}};
  for (const auto& [key, type] : kTypes) {
    if (name == key) return std::string(type);
  }
  builder.wrong(parameter, "byte, short, int, long, float, double, decimal, string, boolean, timestamp or date, not '" + name + "'");
}

std::string converted(const Builder& builder, const Column& column, const std::string& type) {
  const Family from = family_of(column.type), to = family_of(type);
  if (column.type == type) return column.sql;
  if (to == Family::text) return builder.text(column);
  if (from != Family::text) {
    // Whole numbers are cut, not rounded, as Spark casts do.
    if (to == Family::whole && (from == Family::floating || from == Family::decimal)) return "TRY_CAST(trunc(" + column.sql + ") AS " + type + ")";
    return "TRY_CAST(" + column.sql + " AS " + type + ")";
  }
  // Numbers are read without the white space around them; cutting it off here would take longer than reading them.
  if (to == Family::whole) {
    return "CASE WHEN regexp_full_match(" + column.sql + ", '[ \\t\\r\\n]*[+-]?\\d+[ \\t\\r\\n]*') THEN TRY_CAST(" + column.sql + " AS " + type + ") ELSE TRY_CAST(trunc(TRY_CAST(" + column.sql +
           " AS DECIMAL(38,10))) AS " + type + ") END";
  }
  if (is_number(to)) return "TRY_CAST(" + column.sql + " AS " + type + ")";
  const std::string trimmed = "trim(" + column.sql + ", " + literal(" \t\r\n") + ")";
  if (to == Family::boolean) {
    return "CASE lower(" + trimmed + ") WHEN 'true' THEN true WHEN 'yes' THEN true WHEN 'false' THEN false WHEN 'no' THEN false END";
  }
  const std::string time = time_of_column(column.sql, trimmed);
  if (to == Family::date) return "CAST(" + time + " AS DATE)";
  if (to == Family::timestamp) return time;
  return "TRY_CAST(" + trimmed + " AS " + type + ")";
}

std::string invalid(const Builder& builder, const Column& column, const std::string& type_name, const std::string& advanced) {
  const std::string present = "NOT " + builder.missing(column);
  const bool named = !advanced.empty() || semantic_type(type_name).has_value();
  const auto semantic = semantic_type(advanced.empty() ? type_name : advanced);
  if (!advanced.empty() && !semantic) builder.wrong("advancedDataType", semantic_type_names() + "; not '" + advanced + "'");
  const bool date = type_name == "date" || type_name == "timestamp";  // of both kinds
  if (named && !(advanced.empty() && date)) return "(" + present + " AND NOT coalesce(" + is_of_type(*semantic, builder.text(column)) + ", false))";
  const std::string type = duck_type(builder, "columnDataType", type_name == "unsupported" ? "string" : type_name);
  if (type == "VARCHAR") return "false";
  return "(" + present + " AND (" + converted(builder, column, type) + ") IS NULL)";
}

}  // namespace mr::recipe
