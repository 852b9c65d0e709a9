#include "report/checksum.hpp"

#include <algorithm>
#include <stdexcept>

namespace mr::report {

using data::ident;
using data::literal;

namespace {

std::string escapes(const std::string& sql) {
  return "replace(replace(replace(replace(" + sql + ", '\\', '\\\\'), chr(9), '\\t'), chr(10), '\\n'), chr(13), '\\r')";
}

void refuse_unstable(const data::ColumnInfo& column) {
  for (const char* type : {"FLOAT", "DOUBLE", "WITH TIME ZONE"})
    if (column.type.find(type) != std::string::npos)
      throw std::invalid_argument("column '" + column.name + "' is " + column.type + ", whose text isn't the same everywhere: cast it to a decimal, a whole number or a timestamp");
}

}  // namespace

std::string checksum_sql(const std::string& relation, std::vector<data::ColumnInfo> columns) {
  std::sort(columns.begin(), columns.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string names, line;
  for (const auto& column : columns) {
    refuse_unstable(column);
    if (!names.empty()) names += '\t', line += " || chr(9) || ";
    names += column.name;
    line += "coalesce(" + escapes("CAST(" + ident(column.name) + " AS VARCHAR)") + ", '\\N')";
  }
  return "SELECT count(*), sha256(" + literal(names + "\n") + " || coalesce(string_agg(line || chr(10), '' ORDER BY line), '')) FROM (SELECT " + line +
         " AS line FROM " + relation + ")";
}

}  // namespace mr::report
