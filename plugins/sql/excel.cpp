#include "sql/excel.hpp"

#include <cstdio>

#include "sdk/millrace_plugin.hpp"

namespace mr::sql {
namespace {

constexpr int64_t kRows = 1'048'576, kColumns = 16'384, kLetters = 32'767;

Failure no_room(const std::string& what) { return {"data", "E5101", what, "", "sum up, write several files, or take csv or parquet"}; }

bool is_text(const std::string& type) { return type == "VARCHAR" || type.starts_with("ENUM("); }
bool is_whole(const std::string& type) { return type.ends_with("BIGINT") || type.ends_with("HUGEINT") || type.ends_with("INTEGER") || type.ends_with("SMALLINT") || type.ends_with("TINYINT"); }
bool is_nested(const std::string& type) { return type.ends_with("]") || type.starts_with("STRUCT(") || type.starts_with("MAP(") || type.starts_with("UNION("); }
bool is_date(const std::string& type) { return type == "DATE" || type.starts_with("TIMESTAMP"); }

// True for a value that a cell's number or date can't hold; empty for a type all of whose values it can.
std::string beyond(const data::ColumnInfo& column) {
  const std::string name = data::ident(column.name), &type = column.type;
  if (is_nested(type)) return "";
  if (is_whole(type)) return name + " NOT BETWEEN -999999999999999 AND 999999999999999";
  if (type.starts_with("DECIMAL(")) return "length(regexp_replace(rtrim(CAST(abs(" + name + ") AS VARCHAR), '0'), '[.]|^0[.]0*', '', 'g')) > 15";
  if (type == "FLOAT" || type == "DOUBLE") return "NOT isfinite(" + name + ")";
  if (is_date(type)) return "NOT isfinite(CAST(" + name + " AS TIMESTAMP)) OR CAST(" + name + " AS TIMESTAMP) NOT BETWEEN TIMESTAMP '1900-03-01' AND TIMESTAMP '9999-12-31 23:59:59'";
  return "";
}

// What would be read as an escape is escaped itself, first.
std::string without_controls(const std::string& text) {
  std::string out = "regexp_replace(" + text + ", '_x([0-9A-Fa-f]{4})_', '_x005F_x\\1_', 'g')";
  for (int sign = 0; sign < 32; ++sign) {
    if (sign == '\t' || sign == '\n') continue;
    char escape[8];
    std::snprintf(escape, sizeof escape, "_x%04X_", static_cast<unsigned>(sign));
    out = "replace(" + out + ", chr(" + std::to_string(sign) + "), '" + escape + "')";
  }
  return out;
}

std::string as_text(const std::string& name) { return without_controls("CAST(" + name + " AS VARCHAR)"); }

// One scan over the rows answers all that has to be known of the columns.
data::Table look(data::Session& session, const std::string& relation, const std::vector<data::ColumnInfo>& columns) {
  std::string list = "count(*)";
  for (const auto& column : columns) {
    const std::string over = beyond(column);
    list += ", coalesce(CAST(bool_or(" + (over.empty() ? "false" : over) + ") AS INTEGER), 0)";
    list += ", coalesce(max(length(" + (is_text(column.type) || is_nested(column.type) ? "CAST(" + data::ident(column.name) + " AS VARCHAR)" : "''") + ")), 0)";
  }
  return session.query("SELECT " + list + " FROM " + relation);
}

}  // namespace

Sheet sheet_of(data::Session& session, const std::string& relation, bool header) {
  const auto columns = session.describe(relation);
  if (static_cast<int64_t>(columns.size()) > kColumns) throw no_room(std::to_string(columns.size()) + " columns are more than a sheet has (16,384)");
  const auto found = look(session, relation, columns);
  if (found.integer(0, 0) > kRows - (header ? 1 : 0)) throw no_room(std::to_string(found.integer(0, 0)) + " rows are more than a sheet has (1,048,576, with that of the names)");
  Sheet sheet{.select = "SELECT ", .as_text = {}};
  for (size_t at = 0; at < columns.size(); ++at) {
    const std::string name = data::ident(columns[at].name), &type = columns[at].type;
    const bool over = found.integer(0, 1 + 2 * at) != 0;
    if (found.integer(0, 2 + 2 * at) > kLetters) throw no_room("column '" + columns[at].name + "' has a text of more than 32,767 letters");
    if (over) sheet.as_text.push_back(columns[at].name);
    const bool text = over || is_text(type) || is_nested(type);
    const std::string value = text ? as_text(name) : is_date(type) && type != "DATE" ? "CAST(" + name + " AS TIMESTAMP)" : name;
    sheet.select += (at == 0 ? "" : ", ") + value + " AS " + name;
  }
  sheet.select += " FROM " + relation;
  return sheet;
}

}  // namespace mr::sql
