// Validates the tables of cases: JSON lines in the shape of ../shared/cases/gx/README.md on
// standard input, their results on standard output. One line for each case: {"id", "result":
// {"success", "result", "exception_info"}}. What a case expects is not looked at.
#include "data/publish.hpp"
#include "quality/validate.hpp"

#include <algorithm>
#include <iostream>
#include <string>

namespace {

using Json = nlohmann::json;
using mr::data::ident;
using mr::data::literal;

// The type that an engine which runs the case declares for the column, in capitals; empty: none
// says.
std::string declared(const Json& one, const std::string& column) {
  const Json schemas = one.value("schemas", Json());
  if (!schemas.is_object()) return {};
  for (const char* engine : {"postgresql", "pandas", "spark", "mysql", "sqlite"}) {
    const bool runs = std::find(one["gx_engines"].begin(), one["gx_engines"].end(), engine) !=
                      one["gx_engines"].end();
    if (!runs || !schemas.contains(engine) || !schemas[engine].is_object() ||
        !schemas[engine].contains(column))
      continue;
    std::string type = schemas[engine][column];
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return std::string(engine) == "sqlite" ? "SQLITE " + type : type;
  }
  return {};
}

bool any(const Json& values, bool (Json::*is)() const noexcept) {
  return std::any_of(values.begin(), values.end(),
                     [is](const Json& value) { return (value.*is)(); });
}

// The type of values that JSON leaves open: what is declared for times, else what they are.
std::string type_of(const Json& values, const std::string& type) {
  const bool text = any(values, &Json::is_string);
  const bool number = any(values, &Json::is_number), truth = any(values, &Json::is_boolean);
  if (text && !number && !truth && type.find("TIME") != std::string::npos) return "TIMESTAMP";
  if (text && !number && !truth && type.find("DATE") != std::string::npos) return "DATE";
  if (text || (truth && number)) return "VARCHAR";
  if (truth) return "BOOLEAN";
  if (any(values, &Json::is_number_float) || (number && (type.find("FLOAT") != std::string::npos ||
                                                         type.find("DOUBLE") != std::string::npos)))
    return "DOUBLE";
  if (!number && (type.find("CHAR") != std::string::npos ||
                  type.find("TEXT") != std::string::npos || type.find("STR") != std::string::npos))
    return "VARCHAR";
  return type == "BIGINT" ? "BIGINT" : "INTEGER";
}

std::string cell(const Json& value, const std::string& type) {
  if (value.is_null()) return "NULL";
  const std::string text = literal(value.is_string() ? value.get<std::string>() : value.dump());
  if (type != "TIMESTAMP" && type != "DATE") return text;
  return "coalesce(TRY_CAST(" + text + " AS TIMESTAMP), strptime(" + text +
         ", ['%b %d %Y %H:%M:%S', '%m/%d/%Y', '%m/%d/%Y %H:%M:%S']))";
}

// SQLite has no times: where rows are listed, it shows the texts that it keeps.
std::string column_sql(const std::string& name, const std::string& declared_type,
                       const std::string& type, bool rows_are_listed) {
  if (rows_are_listed && declared_type.starts_with("SQLITE") && type == "TIMESTAMP")
    return "strftime(CAST(" + ident(name) + " AS TIMESTAMP), '%Y-%m-%d %H:%M:%S') AS " +
           ident(name);
  return "CAST(" + ident(name) + " AS " + type + ") AS " + ident(name);
}

void load(mr::data::Session& session, const std::string& table, const Json& data, const Json& one,
          const std::string& key) {
  size_t rows = 0;
  std::string names, list, values;
  for (const auto& [name, column] : data.items()) rows = std::max(rows, column.size());
  std::vector<std::string> types;
  for (const auto& [name, column] : data.items()) {
    const std::string said = declared(one, name);
    types.push_back(type_of(column, said));
    names += (names.empty() ? "" : ", ") + ident(name);
    list += (list.empty() ? "" : ", ") + column_sql(name, said, types.back(), !key.empty());
  }
  if (!key.empty()) {
    names += (names.empty() ? "" : ", ") + ident(key);
    list += (list.empty() ? "" : ", ") + column_sql(key, "", "INTEGER", true);
  }
  for (size_t row = 0; row < std::max<size_t>(rows, 1); ++row) {
    std::string cells;
    size_t place = 0;
    for (const auto& [name, column] : data.items())
      cells += (cells.empty() ? "" : ", ") +
               cell(row < column.size() ? column[row] : Json(), types[place++]);
    if (!key.empty()) cells += (cells.empty() ? "" : ", ") + std::to_string(row);
    values += (values.empty() ? "(" : ", (") + cells + ")";
  }
  session.run("CREATE OR REPLACE TABLE " + ident(table) + " AS SELECT " + list + " FROM (VALUES " +
              values + ") v(" + names + ")" + (rows == 0 ? " LIMIT 0" : ""));
}

// A column that mixes kinds of values is one of texts here, so data_alt isn't needed.
Json run(mr::data::Session& session, const Json& one) {
  const Json tables = one.at("tables"), key = one.value("synthetic_pk_column", Json());
  std::vector<std::string> names;
  for (const auto& table : tables) {
    const bool is_first = names.empty();
    names.push_back(table["name"].get<std::string>());
    load(session, names.back(), table["data"], one,
         is_first && key.is_string() ? key.get<std::string>() : "");
  }
  const Json suite{{"name", "case"}, {"expectations", Json::array({one.at("expectation")})}};
  const mr::quality::ValidateOptions options{.result_format = one.value("result_format", Json()),
                                             .batch = names.at(0),
                                             .now = mr::data::now_text()};
  const auto done =
      mr::quality::validate(session, ident(names.at(0)), suite.dump(), "case", options);
  for (const auto& name : names) session.run("DROP TABLE " + ident(name));
  return done.result["results"][0];
}

Json result_of(mr::data::Session& session, const Json& one) {
  try {
    return run(session, one);
  } catch (const std::exception& error) {
    return {{"success", nullptr}, {"broken", error.what()}};
  }
}

}  // namespace

int main() {
  mr::data::Session session{mr::data::SessionOptions{}};
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.empty()) continue;
    const Json one = Json::parse(line);
    std::cout << Json{{"id", one.at("id")}, {"result", result_of(session, one)}}.dump(
                     -1, ' ', false, Json::error_handler_t::replace)
              << std::endl;
  }
}
