// Transforms of values: what is missing, what is secret, what has several types.
#include "etl/transform.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;
using mr::data::literal;
using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string constant(const json& value) { return value.is_string() ? literal(value.get<std::string>()) : value.dump(); }

// Columns that are to be filled: those named, else all.
std::vector<mr::data::ColumnInfo> to_fill(const Given& given) {
  const auto names = columns_of(given, "columns");
  if (names.empty()) return given.input.columns;
  std::vector<mr::data::ColumnInfo> columns;
  for (const auto& name : names) columns.push_back(column_of(given.input.columns, name));
  return columns;
}

std::string neighbour(const Given& given, const std::string& name, bool before) {
  const auto by = columns_of(given, "by");
  if (!given.with.contains("order_by")) wrong("to fill from a neighbour takes an order", "order_by", "name the columns that order the rows");
  const std::string order = order_of(given.with.at("order_by"), given.input.columns);
  return std::string(before ? "last_value" : "first_value") + "(" + name + " IGNORE NULLS) OVER (" + (by.empty() ? "" : "PARTITION BY " + list_of(by, "l.")) + " ORDER BY " + order + ", " + row_of(given.input.columns) + " ROWS BETWEEN " +
         (before ? "UNBOUNDED PRECEDING AND CURRENT ROW" : "CURRENT ROW AND UNBOUNDED FOLLOWING") + ")";
}

Made fill_missing(const Given& given) {
  const std::string how = given.text("how", given.with.contains("value") ? "value" : "");
  if (how.empty() || (how == "value") != given.with.contains("value")) wrong("it is not said what to fill with", "how", "give a value, or how: mean, median, mode, before or after");
  Pairs filled;
  for (const auto& column : to_fill(given)) {
    const std::string name = "l." + ident(column.name);
    const std::string with = how == "value"    ? given.value("CAST(" + constant(given.with.at("value")) + " AS " + column.type + ")")
                             : how == "mean"   ? "avg(" + name + ") OVER ()"
                             : how == "median" ? "median(" + name + ") OVER ()"
                             : how == "mode"   ? "mode(" + name + ") OVER ()"
                                               : neighbour(given, name, how == "before");
    filled.emplace_back(column.name, "coalesce(" + name + ", " + with + ")");
  }
  return {.list = with_columns(given.input.columns, filled), .tail = {}};
}

Made drop_empty_columns(const Given& given) {
  std::string texts;
  for (const auto& text : given.names("empty_texts")) texts += (texts.empty() ? "" : ", ") + literal(text);
  std::string list;
  for (const auto& column : given.input.columns) {
    const std::string name = "l." + ident(column.name);
    const std::string full = name + " IS NOT NULL" + (texts.empty() || column.type != "VARCHAR" ? "" : " AND " + name + " NOT IN (" + texts + ")");
    list += (list.empty() ? "" : ", ") + ("count(*) FILTER (WHERE " + full + ") AS " + ident(column.name));
  }
  const auto counts = given.look(list);
  std::vector<std::string> empty;
  for (size_t i = 0; i < given.input.columns.size(); ++i) {
    if (counts.integer(0, i) == 0) empty.push_back(given.input.columns[i].name);
  }
  return {.list = empty.size() == given.input.columns.size() ? "*" : with_columns(given.input.columns, {}, empty), .tail = {}};
}

// A value no longer than what would stay of it is hidden whole.
Made mask(const Given& given) {
  const auto left = given.with.value("keep_left", int64_t{0}), right = given.with.value("keep_right", int64_t{0});
  const std::string sign = literal(given.text("with", "*")), l = std::to_string(left), r = std::to_string(right), both = std::to_string(left + right);
  Pairs masked;
  for (const auto& name : columns_of(given, "columns")) {
    const std::string text = "CAST(l." + ident(name) + " AS VARCHAR)";
    masked.emplace_back(name, "CASE WHEN length(" + text + ") <= " + both + " THEN repeat(" + sign + ", length(" + text + ")) ELSE " + (left > 0 ? "left(" + text + ", " + l + ")" : "''") + " || repeat(" + sign + ", length(" + text +
                                  ") - " + both + ") || " + (right > 0 ? "right(" + text + ", " + r + ")" : "''") + " END");
  }
  return {.list = with_columns(given.input.columns, masked), .tail = {}};
}

// NULL and '' differ, and so do ('ab', 'c') and ('a', 'bc'): each part says its length.
Made hash(const Given& given) {
  const auto columns = columns_of(given, "columns");
  if (!given.with.contains("as")) {
    Pairs hashed;
    for (const auto& name : columns) hashed.emplace_back(name, "sha256(CAST(l." + ident(name) + " AS VARCHAR))");
    return {.list = with_columns(given.input.columns, hashed), .tail = {}};
  }
  std::string parts;
  for (const auto& name : columns) {
    const std::string text = "CAST(l." + ident(name) + " AS VARCHAR)";
    parts += (parts.empty() ? "" : " || ") + ("coalesce(length(" + text + ") || ':' || " + text + ", '-')");
  }
  return {.list = with_columns(given.input.columns, {{given.text("as"), "sha256(" + parts + ")"}}), .tail = {}};
}

std::string suffix_of(std::string type) {
  for (auto& c : type) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? static_cast<char>(std::tolower(static_cast<unsigned char>(c))) : '_';
  while (!type.empty() && type.back() == '_') type.pop_back();
  return type;
}

Made resolve_types(const Given& given) {
  Pairs made;
  std::vector<std::string> gone;
  for (const auto& one : given.with.at("columns")) {
    const auto& column = column_of(given.input.columns, one.at("column").get<std::string>());
    const std::string name = "l." + ident(column.name), type = given.type(one.at("type"), "columns." + column.name + ".type"), action = one.at("action"), tried = "TRY_CAST(" + name + " AS " + type + ")";
    const std::string rest = "CASE WHEN " + tried + " IS NULL THEN CAST(" + name + " AS VARCHAR) END";
    if (action == "cast") made.emplace_back(column.name, given.value("CAST(" + name + " AS " + type + ")"));
    if (action == "project") made.emplace_back(column.name, tried);
    if (action == "make_struct") made.emplace_back(column.name, "struct_pack(" + ident(suffix_of(type)) + " := " + tried + ", \"text\" := " + rest + ")");
    if (action != "make_columns") continue;
    made.emplace_back(column.name + "_" + suffix_of(type), tried);
    made.emplace_back(column.name + "_text", rest);
    gone.push_back(column.name);
  }
  return {.list = with_columns(given.input.columns, made, gone), .tail = {}};
}

}  // namespace

std::vector<Transform> value_transforms() {
  return {
      {"fill_missing", "Puts values where there are none.",
       R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "All when left out."}, "value": {"description": "A constant."},
           "how": {"type": "string", "enum": ["value", "mean", "median", "mode", "before", "after"], "description": "Of the column; before and after: of the nearest row in the order that has one."},
           "order_by": {"type": "array", "items": {"type": "string"}, "description": "With before and after."}, "by": {"type": "array", "items": {"type": "string"}, "description": "With before and after: columns that make a group."}})",
       "[]", R"({"columns": ["city"], "value": "unknown"})", fill_missing, true},
      {"drop_empty_columns", "Leaves out columns that hold nothing at all.",
       R"({"empty_texts": {"type": "array", "items": {"type": "string"}, "description": "Texts that are nothing, too: \"\", \"null\"."}})", "[]", R"({"empty_texts": ["", "null"]})", drop_empty_columns, true},
      {"mask", "Hides the signs of a text.",
       R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "Their values become text."}, "keep_left": {"type": "integer", "default": 0, "minimum": 0, "maximum": 1000, "description": "Signs that stay at the begin."},
           "keep_right": {"type": "integer", "default": 0, "minimum": 0, "maximum": 1000, "description": "Signs that stay at the end."}, "with": {"type": "string", "default": "*", "minLength": 1, "maxLength": 1, "description": "What stands in their place."}})",
       R"(["columns"])", R"({"columns": ["city"], "keep_left": 1})", mask, true},
      {"hash", "Puts SHA-256 in place of values, or of several columns together into a new one.",
       R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "What is hashed, as text."}, "as": {"type": "string", "description": "One hash of all of them; each its own in its place when left out."}})",
       R"(["columns"])", R"({"columns": ["id", "day"], "as": "row_key"})", hash, true},
      {"resolve_types", "Decides what a column of mixed values is.",
       R"({"columns": {"type": "array", "description": "Each its own way.", "items": {"type": "object", "additionalProperties": false, "required": ["column", "action", "type"], "properties": {
          "column": {"type": "string", "description": "Of mixed values, mostly text."}, "type": {"type": "string", "description": "What they are to be: BIGINT, DATE …"},
          "action": {"type": "string", "enum": ["cast", "project", "make_columns", "make_struct"], "description": "cast: what does not fit is an error; project: it is NULL; make_columns, make_struct: it is kept as text beside."}}}}})",
       R"(["columns"])", R"({"columns": [{"column": "code", "action": "make_columns", "type": "BIGINT"}]})", resolve_types, true}};
}

}  // namespace mr::etl
