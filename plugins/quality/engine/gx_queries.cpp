// Expectations of SELECTs of their own, and of other tables.
#include "quality/engine/gx_expectation.hpp"

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

std::string query_of(const Expectation& e, const char* key) {
  std::string sql = e.text(key);
  for (const auto& [name, value] :
       {std::pair{std::string("{batch}"), e.target.relation},
        std::pair{std::string("{row_condition}"),
                  e.filter.empty() ? std::string("true") : "(" + e.filter + ")"}}) {
    for (size_t at = sql.find(name); at != std::string::npos;
         at = sql.find(name, at + value.size()))
      sql.replace(at, name.size(), value);
  }
  while (!sql.empty() &&
         (sql.back() == ';' || std::isspace(static_cast<unsigned char>(sql.back())) != 0))
    sql.pop_back();
  try {
    e.target.session.check_select(sql);
  } catch (const mr::Failure& failure) {
    e.wrong(std::string("'") + key + "' is not a SELECT that can be run: " + failure.what_happened);
  }
  return sql;
}

Compiled unexpected_rows(const Expectation& e) {
  const std::string sql = query_of(e, "unexpected_rows_query"),
                    from = "(" + sql + "\n) AS _mr_query";
  const MeasureId rows = e.measures.scalar("count(*)", "", from);
  const auto judge = [rows](const Measures& m) {
    if (const auto hindrance = hindered(m, {rows})) return *hindrance;
    const int64_t count = m.count(rows);
    return Verdict{count == 0,
                   {{"unexpected_count", count}},
                   {{"observed_value", std::to_string(count) +
                                           (count == 1 ? " unexpected row" : " unexpected rows")}}};
  };
  return {.check = {label(e), {}, judge},
          .shape = Shape::table,
          .domain = e.target.session.describe(sql),
          .rows_relation = from,
          .rows_failing = "true"};
}

// A name of a table, zone and all.
std::string table_named(const std::string& name) {
  const size_t dot = name.find('.');
  return dot == std::string::npos ? ident(name)
                                  : ident(name.substr(0, dot)) + "." + ident(name.substr(dot + 1));
}

Compiled same_row_count(const Expectation& e) {
  const MeasureId self = e.measures.scalar("count(*)", e.filter),
                  other =
                      e.measures.scalar("count(*)", "", table_named(e.text("other_table_name")));
  const auto judge = [=](const Measures& m) {
    if (const auto hindrance = hindered(m, {self, other})) return *hindrance;
    const json both_counts{{"self", m.count(self)}, {"other", m.count(other)}};
    return Verdict{m.count(self) == m.count(other),
                   {{"observed", both_counts}},
                   {{"observed_value", both_counts}}};
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::table};
}

// Rows of two SELECTs as multisets.
Compiled same_results(const Expectation& e) {
  const std::string base = "(" + query_of(e, "base_query") + "\n)",
                    comparison = "(" + query_of(e, "comparison_query") + "\n)";
  const std::string counts = "(SELECT (SELECT count(*) FROM " + base +
                             ") AS a, (SELECT count(*) FROM " + comparison +
                             ") AS b, (SELECT count(*) FROM (" + base + " INTERSECT ALL " +
                             comparison + ")) AS same) AS _mr_counts";
  const MeasureId larger = e.measures.scalar("max(greatest(a, b))", "", counts),
                  same = e.measures.scalar("max(same)", "", counts);
  const auto judge = [=, mostly = e.mostly()](const Measures& m) {
    if (const auto hindrance = hindered(m, {larger, same})) return *hindrance;
    const auto all = static_cast<double>(m.count(larger)),
               wrong = static_cast<double>(m.count(larger) - m.count(same));
    const json facts{{"unexpected_count", m.count(larger) - m.count(same)},
                     {"unexpected_percent", all > 0 ? json(100.0 * wrong / all) : json()}};
    return Verdict{all == 0 || (all - wrong) / all >= mostly, facts, facts};
  };
  return {.check = {label(e), {}, judge}, .shape = Shape::table};
}

}  // namespace

void add_queries(Registry& registry) {
  registry["unexpected_rows_expectation"] = {unexpected_rows, {"unexpected_rows_query"}};
  registry["expect_table_row_count_to_equal_other_table"] = {same_row_count, {"other_table_name"}};
  registry["expect_query_results_to_match_comparison"] = {
      same_results,
      {"base_query", "comparison_data_source_name", "comparison_query", "mostly"},
      false};
}

}  // namespace mr::quality::gx
