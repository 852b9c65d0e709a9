#include "report/columns.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "report/chart.hpp"
#include "report/scale.hpp"
#include "report/text.hpp"

namespace mr::report {
namespace {

constexpr size_t kMostColumns = 120, kMostRows = 60;

Column::Kind kind_of(const std::string& type) {
  for (const char* one : {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE"})
    if (type == one) return Column::Kind::number;
  if (type.starts_with("DECIMAL(") && type.ends_with(")")) return Column::Kind::number;
  const bool nested = type.ends_with("]") || type.ends_with(")");
  return !nested && (type == "DATE" || type.starts_with("TIMESTAMP")) ? Column::Kind::time : Column::Kind::words;
}

// The place of each value on its axis: numbers and times by size, words as they come.
class Places {
 public:
  Places(data::Session& session, const Column& column, size_t most) {
    const std::string order = column.kind == Column::Kind::words ? "min(rowid)" : column.sql();
    sql_ = "SELECT coalesce(CAST(" + column.sql() + " AS VARCHAR), '–') AS label, count(*) OVER () AS places FROM _section GROUP BY " + column.sql() + " ORDER BY " + order + " NULLS LAST LIMIT " + std::to_string(most);
    const auto found = session.query(sql_).rows;
    for (const auto& row : found) {
      at_.emplace(*row[0], labels.size());
      labels.push_back(*row[0]);
    }
    all = found.empty() ? 0 : std::stoll(*found[0][1]);
  }
  size_t at(const std::string& label) const { return at_.at(label); }
  std::string labels_sql() const { return "(SELECT label FROM (" + sql_ + "))"; }
  std::vector<std::string> labels{};
  int64_t all = 0;

 private:
  std::string sql_{};
  std::map<std::string, size_t> at_{};
};

}  // namespace

std::string Column::finite() const {
  const std::string value = kind == Kind::time ? "CAST(" + sql() + " AS TIMESTAMP)" : "CAST(" + sql() + " AS DOUBLE)";
  return "CASE WHEN isfinite(" + value + ") THEN " + (kind == Kind::time ? "epoch(" + value + ")" : value) + " END";
}

std::vector<Column> columns_of(data::Session& session) {
  std::vector<Column> columns;
  for (const auto& column : session.describe("_section")) columns.push_back({column.name, column.type, kind_of(column.type)});
  return columns;
}

std::string histogram(data::Session& session, const SectionWish& wish, const std::vector<Column>& columns, const std::string& where, Section& out) {
  if (columns.empty() || columns[0].kind != Column::Kind::number) throw wrong("a histogram is of a column of numbers, and the first one is " + (columns.empty() ? std::string("not there") : columns[0].type), where, {});
  session.run("CREATE OR REPLACE TEMP TABLE _points AS SELECT " + columns[0].finite() + " AS x FROM _section");
  const auto range = session.query("SELECT min(x), max(x), count(x) FROM _points").rows[0];
  const int64_t counted_rows = std::stoll(*range[2]);
  if (counted_rows < out.rows) out.told.push_back(counted(out.rows - counted_rows) + (out.rows - counted_rows == 1 ? " value is" : " values are") + " missing or no finite number, and not counted.");
  out.table.columns = {"from", "below", "rows"};
  out.right = {true, true, true};
  if (counted_rows == 0) return histogram_chart({}, wish.title);
  const double low = *number(range[0]), high = *number(range[1]);
  Histogram drawn{.name = columns[0].name, .unit = wish.unit};
  const double span = high - low;
  drawn.step = span > 1e-9 * std::max(std::abs(low), std::abs(high)) && std::isfinite(span) ? round_step(span / static_cast<double>(wish.bins.value_or(20))) : std::max(1.0, std::abs(low) / 10);
  drawn.low = std::floor(low / drawn.step) * drawn.step;
  const std::string bin = "CAST(greatest(0, least(199, floor((x - CAST('" + exact(drawn.low) + "' AS DOUBLE)) / CAST('" + exact(drawn.step) + "' AS DOUBLE)))) AS INTEGER)";
  for (const auto& row : session.query("SELECT " + bin + " AS bin, count(*) FROM _points WHERE x IS NOT NULL GROUP BY bin ORDER BY bin").rows) {
    drawn.counts.resize(static_cast<size_t>(std::stoll(*row[0])) + 1);
    drawn.counts.back() = std::stoll(*row[1]);
  }
  for (size_t at = 0; at < drawn.counts.size(); ++at) {
    const double from = drawn.low + drawn.step * static_cast<double>(at);
    out.table.rows.push_back({rounded(from), rounded(from + drawn.step), counted(drawn.counts[at])});
  }
  return histogram_chart(drawn, wish.title);
}

std::string heat_map(data::Session& session, const SectionWish& wish, const std::vector<Column>& columns, const std::string& where, Section& out) {
  if (columns.size() != 3 || columns[2].kind != Column::Kind::number) throw wrong("a heat map has three columns: x, y and a number", where, "select hour, weekday, count(*) from …");
  const std::string x = columns[0].sql(), y = columns[1].sql();
  if (!session.query("SELECT 1 FROM _section GROUP BY " + x + ", " + y + " HAVING count(*) > 1 LIMIT 1").rows.empty()) throw wrong("two rows have the same x and y", where, "sum them up: group by both");
  const Places across(session, columns[0], kMostColumns), down(session, columns[1], kMostRows);
  HeatMap map{.x_name = columns[0].name, .y_name = columns[1].name, .value_name = columns[2].name, .unit = wish.unit, .columns = across.labels, .rows = down.labels};
  map.values.resize(map.columns.size() * map.rows.size());
  const std::string cells = "SELECT coalesce(CAST(" + x + " AS VARCHAR), '–') AS x, coalesce(CAST(" + y + " AS VARCHAR), '–') AS y, " + columns[2].finite() + " AS value FROM _section";
  for (const auto& row : session.query("SELECT * FROM (" + cells + ") WHERE x IN " + across.labels_sql() + " AND y IN " + down.labels_sql()).rows)
    map.values[down.at(*row[1]) * map.columns.size() + across.at(*row[0])] = number(row[2]);
  const auto tell = [&](const Places& places, const std::string& name) {
    const auto shown = static_cast<int64_t>(places.labels.size());
    if (places.all > shown) out.told.push_back("The chart has the first " + counted(shown) + " of " + counted(places.all) + " values of " + name + ".");
  };
  tell(across, map.x_name);
  tell(down, map.y_name);
  return heat_map_chart(map, wish.title);
}

}  // namespace mr::report
