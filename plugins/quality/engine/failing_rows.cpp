#include "quality/engine/failing_rows.hpp"

#include "data/chunks.hpp"
#include "quality/engine/check.hpp"

#include <algorithm>
#include <map>

namespace mr::quality {
namespace {

using mr::data::CellKind;
using nlohmann::json;

// The wanted rows of one relation, in one SELECT: the columns that any of them shows, then a flag
// for each.
struct Fetch {
  std::vector<size_t> wanted{};
  std::vector<std::string> columns{};
  std::vector<std::vector<size_t>> places{};  // of each one's columns among these

  void add(size_t number, const RowsWanted& one) {
    wanted.push_back(number);
    std::vector<size_t> own;
    for (const std::string& column : one.columns) {
      const auto at = std::find(columns.begin(), columns.end(), column);
      own.push_back(static_cast<size_t>(at - columns.begin()));
      if (at == columns.end()) columns.push_back(column);
    }
    places.push_back(std::move(own));
  }
};

std::string flag_of(const RowsWanted& one) {
  return "coalesce((" + one.failing + "), false)";
}

std::string select_of(const Fetch& fetch, const std::vector<RowsWanted>& wanted,
                      const std::string& relation) {
  std::string list, any;
  for (const std::string& column : fetch.columns) list += (list.empty() ? "" : ", ") + column;
  for (const size_t number : fetch.wanted) {
    const std::string flag = flag_of(wanted[number]);
    list += (list.empty() ? "" : ", ") + flag;
    any += (any.empty() ? "" : " OR ") + flag;
  }
  return "SELECT " + list + " FROM " + relation + " WHERE " + any;
}

json value_of(const mr::data::Chunks& chunks, size_t column, size_t row) {
  if (chunks.is_null(column, row)) return nullptr;
  json value = json::parse(chunks.text(column, row), nullptr, false);
  return value.is_discarded() ? json(std::string(chunks.text(column, row))) : value;
}

// Whether all have as many as they want.
bool take(const mr::data::Chunks& chunks, size_t row, const Fetch& fetch,
          const std::vector<RowsWanted>& wanted, FailingRows& found) {
  bool enough = true;
  for (size_t i = 0; i < fetch.wanted.size(); ++i) {
    auto& rows = found.rows[fetch.wanted[i]];
    const size_t limit = wanted[fetch.wanted[i]].limit;
    if (rows.size() < limit && chunks.boolean(fetch.columns.size() + i, row)) {
      json values = json::array();
      for (const size_t place : fetch.places[i]) values.push_back(value_of(chunks, place, row));
      rows.push_back(std::move(values));
    }
    enough = enough && rows.size() >= limit;
  }
  return enough;
}

void fetch_rows(mr::data::Session& session, const std::string& select, const Fetch& fetch,
                const std::vector<RowsWanted>& wanted, FailingRows& found) {
  std::vector<CellKind> kinds(fetch.columns.size(), CellKind::text);
  kinds.resize(fetch.columns.size() + fetch.wanted.size(), CellKind::boolean);
  ++found.scans;
  mr::data::Chunks chunks(session, select, std::move(kinds));
  while (const size_t rows = chunks.next()) {
    for (size_t row = 0; row < rows; ++row) {
      if (take(chunks, row, fetch, wanted, found)) return;
    }
  }
}

void run(mr::data::Session& session, const std::string& relation, const Fetch& fetch,
         const std::vector<RowsWanted>& wanted, FailingRows& found) {
  try {
    fetch_rows(session, select_of(fetch, wanted, relation), fetch, wanted, found);
  } catch (const mr::data::SqlError& error) {
    if (error.error_class == "resource") throw;
    for (const size_t number : fetch.wanted) found.rows[number].clear();
    if (fetch.wanted.size() == 1) return;
    for (const size_t number : fetch.wanted) {
      Fetch alone;
      alone.add(number, wanted[number]);
      run(session, relation, alone, wanted, found);
    }
  }
}

}  // namespace

std::string shown(const std::string& sql, const std::string& type) {
  if (type == "FLOAT" || type == "DOUBLE")
    return "CASE WHEN isnan(" + sql + ") THEN NULL WHEN isinf(" + sql + ") THEN CASE WHEN " + sql +
           " > 0 THEN '\"Infinity\"' ELSE '\"-Infinity\"' END ELSE CAST(to_json(" + sql +
           ") AS VARCHAR) END";
  if (is_moment(type) && type != "DATE")
    return "CAST(to_json(replace(CAST(" + sql + " AS VARCHAR), ' ', 'T')) AS VARCHAR)";
  if (is_number(type) || type == "BOOLEAN" || type == "VARCHAR")
    return "CAST(to_json(" + sql + ") AS VARCHAR)";
  return "CAST(to_json(CAST(" + sql + " AS VARCHAR)) AS VARCHAR)";
}

FailingRows failing_rows(mr::data::Session& session, const std::string& relation,
                         const std::vector<RowsWanted>& wanted) {
  FailingRows found;
  found.rows.resize(wanted.size());
  std::map<std::string, Fetch> by_relation;
  for (size_t i = 0; i < wanted.size(); ++i)
    by_relation[wanted[i].relation.empty() ? relation : wanted[i].relation].add(i, wanted[i]);
  for (const auto& [from, fetch] : by_relation) run(session, from, fetch, wanted, found);
  return found;
}

}  // namespace mr::quality
