#include "ingest/sql_text.hpp"

#include <algorithm>

namespace mr::ingest {
namespace {

using database::Dialect;

bool is_plain(const std::string& name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), good) && !(name[0] >= '0' && name[0] <= '9');
}

}  // namespace

std::string quoted(const std::string& name, Dialect dialect) {
  // Which letter quotes a name hangs on the driver.
  if (dialect == Dialect::odbc) {
    if (is_plain(name)) return name;
    throw mr::Failure("config", "E5076", "'" + name + "' has other letters than a to z, digits and _, and quotes differ between ODBC drivers", "with", "write a `query`, with the name quoted as the database wants it, and AS a plain one");
  }
  const char mark = dialect == Dialect::mysql ? '`' : '"';
  std::string out(1, mark);
  for (const char c : name) out += c == mark ? std::string(2, mark) : std::string(1, c);
  return out + mark;
}

std::string from_table(const std::string& table, Dialect dialect) {
  std::string out;
  for (size_t at = 0; at <= table.size();) {
    const auto end = std::min(table.find('.', at), table.size());
    out += (at == 0 ? "" : ".") + quoted(table.substr(at, end - at), dialect);
    at = end + 1;
  }
  return out;
}

// The line's end closes a comment that the query may end with.
std::string from_query(const std::string& query) {
  const auto last = query.find_last_not_of("; \t\r\n");
  return "(" + query.substr(0, last == std::string::npos ? 0 : last + 1) + "\n) millrace_query";
}

Rows Rows::with(const std::string& condition) const {
  auto more = *this;
  more.conditions.push_back(condition);
  return more;
}

Rows Rows::with(const std::string& condition, const std::string& name, const database::Value& value) const {
  auto more = with(condition);
  more.values[name] = value;
  return more;
}

Rows part_of(const Rows& rows, const std::string& column, const std::vector<database::Value>& edges, size_t part) {
  if (edges.empty()) return rows;
  if (part == 0) return rows.with("(" + column + " < :millrace_to OR " + column + " IS NULL)", "millrace_to", edges[0]);
  const auto above = rows.with(column + " >= :millrace_from", "millrace_from", edges[part - 1]);
  return part == edges.size() ? above : above.with(column + " < :millrace_to", "millrace_to", edges[part]);
}

std::string select(const std::string& what, const std::string& from, const Rows& rows) {
  std::string where;
  for (const auto& condition : rows.conditions) where += (where.empty() ? " WHERE " : " AND ") + condition;
  return "SELECT " + what + " FROM " + from + where + (rows.most > 0 ? " LIMIT " + std::to_string(rows.most) : "");
}

}  // namespace mr::ingest
