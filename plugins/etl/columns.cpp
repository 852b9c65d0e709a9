// Transforms of a table's columns: which, in what order, by what name and type.
#include "etl/transform.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;
using mr::data::literal;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Made select(const Given& given) { return {.list = list_of(columns_of(given, "columns"), "l."), .tail = {}}; }

Made drop(const Given& given) { return {.list = with_columns(given.input.columns, {}, columns_of(given, "columns")), .tail = {}}; }

Made rename(const Given& given) {
  std::string list;
  Pairs checked;
  const auto& renames = given.with.at("columns");
  for (const auto& [from, to] : renames.items()) column_of(given.input.columns, from);
  for (const auto& column : given.input.columns) {
    std::string name = column.name;
    for (const auto& [from, to] : renames.items()) {
      if (column_of(given.input.columns, from).name == column.name) name = to.get<std::string>();
    }
    checked.emplace_back(name, "l." + ident(column.name));
  }
  return {.list = with_columns({}, checked), .tail = {}};
}

Made map_columns(const Given& given) {
  Pairs made;
  for (const auto& one : given.with.at("columns")) {
    const auto& column = column_of(given.input.columns, one.at("from").get<std::string>());
    const std::string plain = "l." + ident(column.name), type = one.value("type", std::string());
    made.emplace_back(one.value("to", column.name), type.empty() ? plain : given.value("CAST(" + plain + " AS " + given.type(type, "columns." + column.name + ".type") + ")"));
  }
  return {.list = with_columns({}, made), .tail = {}};
}

Made derive(const Given& given) {
  Pairs made;
  for (const auto& [name, expression] : given.with.at("columns").items()) made.emplace_back(name, given.value(expression_of(expression.get<std::string>(), "columns." + name)));
  return {.list = with_columns(given.input.columns, made), .tail = {}};
}

Made split(const Given& given) {
  const auto column = column_of(given.input.columns, given.text("column")).name;
  const std::string parts = "string_split(CAST(l." + ident(column) + " AS VARCHAR), " + literal(given.text("separator")) + ")";
  const auto into = given.names("columns");
  if (into.empty()) return {.list = with_columns(given.input.columns, {{given.text("as", column), parts}}), .tail = {}};
  Pairs made;
  for (size_t i = 0; i < into.size(); ++i) made.emplace_back(into[i], parts + "[" + std::to_string(i + 1) + "]");
  return {.list = with_columns(given.input.columns, made, given.flag("keep", true) ? std::vector<std::string>{} : std::vector<std::string>{column}), .tail = {}};
}

Made concat(const Given& given) {
  const auto columns = columns_of(given, "columns");
  std::string texts;
  for (const auto& name : columns) texts += ", CAST(l." + ident(name) + " AS VARCHAR)";
  return {.list = with_columns(given.input.columns, {{given.text("as"), "concat_ws(" + literal(given.text("separator")) + texts + ")"}}, given.flag("keep", true) ? std::vector<std::string>{} : columns), .tail = {}};
}

Made add_timestamp(const Given& given) {
  return {.list = with_columns(given.input.columns, {{given.text("as", "loaded_at"), "CAST(" + literal(given.now) + " AS TIMESTAMPTZ)"}}), .tail = {}};
}

Made uuid(const Given& given) { return {.list = with_columns(given.input.columns, {{given.text("as", "uuid"), "uuid()"}}), .tail = {}}; }

// The same rows get the same numbers, however they lie in files.
Made identifier(const Given& given) {
  const auto start = given.with.value("start", int64_t{1});
  return {.list = with_columns(given.input.columns, {{given.text("as", "id"), "row_number() OVER (ORDER BY " + row_of(given.input.columns) + ") + " + std::to_string(start - 1)}}), .tail = {}};
}

Made row_number(const Given& given) {
  const auto by = columns_of(given, "by");
  const std::string order = order_of(given.with.at("order_by"), given.input.columns);
  return {.list = with_columns(given.input.columns, {{given.text("as", "row_number"), "row_number() OVER (" + (by.empty() ? "" : "PARTITION BY " + list_of(by, "l.")) + " ORDER BY " + order + ", " + hash_of(given.input.columns) + ")"}}), .tail = {}};
}

}  // namespace

std::vector<Transform> column_transforms() {
  return {
      {"select", "Keeps these columns, in this order.", R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "Their names."}})", R"(["columns"])", R"({"columns": ["id", "total"]})", select, true},
      {"drop", "Leaves columns out.", R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "Their names."}})", R"(["columns"])", R"({"columns": ["note"]})", drop, true},
      {"rename", "Gives columns other names.", R"({"columns": {"type": "object", "additionalProperties": {"type": "string"}, "description": "New names by old ones."}})", R"(["columns"])", R"({"columns": {"id": "order_id"}})", rename, true},
      {"map_columns", "Keeps, renames and casts columns; those not named are left out.",
       R"({"columns": {"type": "array", "description": "In this order.", "items": {"type": "object", "additionalProperties": false, "required": ["from"], "properties": {
          "from": {"type": "string", "description": "The column."}, "to": {"type": "string", "description": "Its new name; the old one when left out."}, "type": {"type": "string", "description": "Its new type: BIGINT, DECIMAL(18,2), DATE …"}}}}})",
       R"(["columns"])", R"({"columns": [{"from": "id", "to": "order_id", "type": "BIGINT"}, {"from": "day", "type": "DATE"}]})", map_columns, true},
      {"derive", "Sets columns to what SQL expressions give: new ones, or in place of old ones.",
       R"({"columns": {"type": "object", "additionalProperties": {"type": "string"}, "description": "Expressions by column; all see the columns as they were before."}})", R"(["columns"])", R"({"columns": {"total": "quantity * price"}})", derive, true},
      {"split", "Takes a text apart at a separator: into columns, or into a list.",
       R"({"column": {"type": "string", "description": "The text."}, "separator": {"type": "string", "minLength": 1, "description": "What stands between the parts."},
           "columns": {"type": "array", "items": {"type": "string"}, "description": "Columns for the parts; what there are too few of is NULL, what is left over is dropped."},
           "as": {"type": "string", "description": "Without columns: a column for the list; its own when left out."}, "keep": {"type": "boolean", "default": true, "description": "Whether the text stays, too."}})",
       R"(["column", "separator"])", R"({"column": "name", "separator": " ", "columns": ["first", "last"]})", split, true},
      {"concat", "Puts columns together into one text; NULLs are left out.",
       R"({"columns": {"type": "array", "items": {"type": "string"}, "description": "In this order."}, "separator": {"type": "string", "default": "", "description": "What stands between them."},
           "as": {"type": "string", "minLength": 1, "description": "The new column."}, "keep": {"type": "boolean", "default": true, "description": "Whether the columns stay, too."}})",
       R"(["columns", "as"])", R"({"columns": ["city", "country"], "separator": ", ", "as": "place"})", concat, true},
      {"add_timestamp", "Adds when the rows were made: the run's logical time, or the attempt's begin.", R"({"as": {"type": "string", "default": "loaded_at", "description": "The new column."}})", "[]", R"({"as": "loaded_at"})", add_timestamp, true},
      {"uuid", "Adds a random UUID to each row.", R"({"as": {"type": "string", "default": "uuid", "description": "The new column."}})", "[]", R"({"as": "row_id"})", uuid, true},
      {"identifier", "Numbers all rows; the same rows get the same numbers.",
       R"({"as": {"type": "string", "default": "id", "description": "The new column."}, "start": {"type": "integer", "default": 1, "description": "The first number."}})", "[]", R"({"as": "row_id"})", identifier, true},
      {"row_number", "Numbers the rows of each group in an order.",
       R"({"as": {"type": "string", "default": "row_number", "description": "The new column."}, "by": {"type": "array", "items": {"type": "string"}, "description": "Columns that make a group; all rows are one when left out."},
           "order_by": {"type": "array", "items": {"type": "string"}, "description": "Columns, each perhaps with desc; ties are decided by the whole row."}})",
       R"(["order_by"])", R"({"by": ["customer"], "order_by": ["day desc"], "as": "nth"})", row_number, true}};
}

}  // namespace mr::etl
