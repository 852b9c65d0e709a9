#include "ingest/sql_text.hpp"

namespace mr::ingest {
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
