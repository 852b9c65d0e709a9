#include "recipe/testing/table_json.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>

#include "recipe/engine/compile.hpp"

namespace mr::recipe::testing {

using mr::data::ident;
using mr::data::literal;
using Json = nlohmann::json;

namespace {

// The types that cases are written in, as DuckDB has them: list<T>, map<string,T>, struct<a:T,b:T>, or a plain one.
class TypeReader {
 public:
  explicit TypeReader(std::string_view text) : text_(text) {}

  std::string read() {
    const std::string name = word();
    if (name == "list") return inside([&] { return read() + "[]"; });
    if (name == "map") return inside([&] {
      const std::string key = read();
      take(',');
      return "MAP(" + key + ", " + read() + ")";
    });
    if (name == "struct") return inside([&] { return "STRUCT(" + fields() + ")"; });
    static const std::map<std::string, std::string> kPlain{{"string", "VARCHAR"}, {"integer", "INTEGER"}, {"int", "INTEGER"}, {"long", "BIGINT"}, {"short", "SMALLINT"}, {"byte", "TINYINT"}, {"double", "DOUBLE"},
                                                           {"float", "FLOAT"}, {"decimal", "DECIMAL(38,18)"}, {"boolean", "BOOLEAN"}, {"date", "DATE"}, {"timestamp", "TIMESTAMP"}};
    return kPlain.at(name);
  }

 private:
  template <class Read>
  std::string inside(Read read_it) {
    take('<');
    std::string type = read_it();
    take('>');
    return type;
  }
  std::string fields() {
    std::string list;
    do {
      const std::string name = word();
      take(':');
      list += (list.empty() ? "" : ", ") + ident(name) + " " + read();
    } while (text_.starts_with(',') && (text_.remove_prefix(1), true));
    return list;
  }
  std::string word() {
    const auto end = std::min(text_.find_first_of("<>,:"), text_.size());
    std::string word(text_.substr(0, end));
    text_.remove_prefix(end);
    return word;
  }
  void take(char sign) {
    if (!text_.starts_with(sign)) throw std::runtime_error("no type: " + std::string(text_));
    text_.remove_prefix(1);
  }

  std::string_view text_;
};

// What from_json() is told of a type.
Json structure_of(const std::string& type) {
  if (type.ends_with("[]")) return Json::array({structure_of(type.substr(0, type.size() - 2))});
  return type;
}

std::string cell(const Json& value, const std::string& type) {
  const bool nested = type.ends_with("[]") || type.starts_with("STRUCT") || type.starts_with("MAP");
  if (value.is_null()) return "CAST(NULL AS " + type + ")";
  if (nested) return "CAST(from_json(" + literal(value.dump()) + ", " + literal(type.starts_with("MAP") || type.starts_with("STRUCT") ? Json(type).dump() : structure_of(type).dump()) + ") AS " + type + ")";
  return "CAST(" + literal(value.is_string() ? value.get<std::string>() : value.dump()) + " AS " + type + ")";
}

}  // namespace

mr::data::Session fresh_session() {
  static const mr::data::Session database{mr::data::SessionOptions{}};
  return database.another();
}

void load_table(mr::data::Session& session, const std::string& table, const Json& input) {
  std::string columns, rows;
  std::vector<std::string> types;
  for (const auto& column : input.at("columns")) {
    types.push_back(TypeReader(column.at("type").get_ref<const std::string&>()).read());
    columns += (columns.empty() ? "" : ", ") + ident(column.at("name").get<std::string>()) + " " + types.back();
  }
  session.run("CREATE OR REPLACE TEMP TABLE " + table + " (" + columns + ")");
  for (const auto& row : input.at("rows")) {
    rows += rows.empty() ? "(" : ", (";
    for (size_t i = 0; i < types.size(); ++i) rows += (i == 0 ? "" : ", ") + cell(row.at(i), types[i]);
    rows += ")";
  }
  if (!rows.empty()) session.run("INSERT INTO " + table + " VALUES " + rows);
}

std::optional<std::string> some_secret(const std::string& name) {
  std::string key;
  for (size_t i = 0; i < 42; ++i) key += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[std::hash<std::string>{}(name + std::to_string(i)) % 64];
  return key + "A=";
}

namespace {

Json value_of(const std::string& text, const std::string& type, bool nested) {
  if (nested) return Json::parse(text);
  if (type == "BOOLEAN") return text == "true";
  const bool number = type.ends_with("INT") || type == "INTEGER" || type == "DOUBLE" || type == "FLOAT";
  if (!number) return text;
  const Json parsed = Json::parse(text, nullptr, false);  // inf and nan are no JSON
  return parsed.is_discarded() ? Json(text) : parsed;
}

}  // namespace

Json table_of(mr::data::Session& session, const std::string& relation) {
  Json columns = Json::array(), rows = Json::array();
  std::string list;
  std::vector<std::string> types;
  std::vector<bool> nested;
  for (const auto& column : session.describe("SELECT * FROM " + relation)) {
    columns.push_back({{"name", column.name}, {"type", column.type}});
    types.push_back(column.type);
    nested.push_back(column.type.find_first_of("[(") != std::string::npos && !column.type.starts_with("DECIMAL"));
    list += (list.empty() ? "" : ", ") + (nested.back() ? "to_json(" + ident(column.name) + ")" : ident(column.name));
  }
  for (const auto& row : session.query("SELECT " + list + " FROM " + relation).rows) {
    Json values = Json::array();
    for (size_t i = 0; i < row.size(); ++i) values.push_back(row[i] ? value_of(*row[i], types[i], nested[i]) : Json());
    rows.push_back(std::move(values));
  }
  return {{"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

Json table_after(mr::data::Session& session, const Json& input, const Json& steps, const World& world) {
  load_table(session, "input", input);
  const Recipe recipe = read_recipe(steps.dump(), "recipe");
  run(session, recipe, compile(recipe, session.describe("SELECT * FROM input"), "input", "_mr_out", world), world.secrets);
  return table_of(session, "_mr_out");
}

}  // namespace mr::recipe::testing
