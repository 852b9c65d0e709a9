#include "quality/dqdl/scope.hpp"

#include "quality/dqdl/judge.hpp"
#include "quality/dqdl/spark_sql.hpp"

#include <algorithm>

namespace mr::quality::dqdl {
namespace {

using mr::data::ident;
using nlohmann::json;

std::string unticked(const std::string& name) {
  const bool ticked = name.size() > 2 && name.front() == '`' && name.back() == '`' &&
                      name.find('`', 1) == name.size() - 1;
  return ticked ? name.substr(1, name.size() - 2) : name;
}

std::vector<std::string> path_of(const std::string& name) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= name.size();) {
    const size_t end = std::min(name.find('.', begin), name.size());
    parts.push_back(unticked(name.substr(begin, end - begin)));
    begin = end + 1;
  }
  return parts;
}

// A field of a struct; nothing when there is none.
std::optional<Column> field_of(const Scope& scope, const std::string& name) {
  const auto path = path_of(name);
  const auto* first = scope.target.find(path.front(), false);
  if (path.size() < 2 || first == nullptr) return std::nullopt;
  Column column{name, ident(first->name), {}};
  for (size_t i = 1; i < path.size(); ++i) column.sql += "." + ident(path[i]);
  try {
    column.type = scope.target.session
                      .describe("SELECT " + column.sql + " AS field FROM " + scope.target.relation)
                      .at(0)
                      .type;
    return column;
  } catch (const mr::data::SqlError&) {
    return std::nullopt;
  }
}

// Functions of Spark that are none of the engine's, and have other arguments there.
void make_macros(mr::data::Session& session) {
  session.run("CREATE OR REPLACE TEMP MACRO _mr_to_date(x) AS TRY_CAST(x AS DATE)");
  session.run("CREATE OR REPLACE TEMP MACRO _mr_is_null(x) AS (x IS NULL)");
  session.run("CREATE OR REPLACE TEMP MACRO _mr_is_not_null(x) AS (x IS NOT NULL)");
  session.run(
      "CREATE OR REPLACE TEMP MACRO _mr_date_add(x, n) AS CAST(CAST(x AS DATE) + CAST(n AS "
      "INTEGER) AS DATE)");
  session.run(
      "CREATE OR REPLACE TEMP MACRO _mr_date_sub(x, n) AS CAST(CAST(x AS DATE) - CAST(n AS "
      "INTEGER) AS DATE)");
  session.run(
      "CREATE OR REPLACE TEMP MACRO _mr_date_diff(x, y) AS date_diff('day', CAST(y AS DATE), "
      "CAST(x AS DATE))");
}

std::string not_met(double value) {
  return "Value: " + json(value).dump() + " does not meet the constraint requirement!";
}

void tell(const Measures& measures, const std::vector<Metric>& metrics, Verdict& verdict) {
  for (const Metric& metric : metrics) {
    const auto value = measures.number(metric.id);
    if (value) (metric.of_a_row ? verdict.values : verdict.facts)["metrics"][metric.name] = *value;
  }
}

std::optional<Verdict> hindrance_of(const Measures& measures, const std::vector<MeasureId>& ids) {
  for (const MeasureId id : ids) {
    if (auto verdict = hindered(measures, {id})) return verdict;
  }
  return std::nullopt;
}

Verdict without_rows(bool passes) {
  return {passes,
          {{"reason", passes ? "No rows matched: nothing was checked" : "there are no rows"}}};
}

}  // namespace

void Scope::wrong(const std::string& what) const {
  throw QualityError("E7005", rule.type + ": " + what, rule.place);
}

Column column_of(const Scope& scope, const std::string& name) {
  const std::string plain = unticked(name);
  if (const auto* column = scope.target.find(plain, false))
    return {plain, ident(column->name), column->type};
  if (const auto field = field_of(scope, name)) return *field;
  throw Unfit{"column '" + plain + "' does not exist"};
}

std::vector<Column> columns_of(const Scope& scope) {
  std::vector<Column> columns;
  for (const std::string& name : scope.rule.parameters) columns.push_back(column_of(scope, name));
  return columns;
}

Column number_column(const Scope& scope, const std::string& name) {
  Column column = column_of(scope, name);
  if (!is_number(column.type)) throw Unfit{"column '" + column.name + "' holds no numbers"};
  return column;
}

std::string filter_of(const Target& target, const std::string& where) {
  if (where.empty()) return {};
  const auto sql = engine_sql(where);
  if (!sql) throw Unfit{"the where clause is invalid"};
  if (sql->find("_mr_") != std::string::npos) make_macros(target.session);
  try {
    target.session.describe("SELECT 1 AS one FROM " + target.relation + " WHERE (" + *sql + ")");
  } catch (const mr::data::SqlError&) {
    throw Unfit{"the where clause is invalid: a column, a type or its text doesn't fit"};
  }
  return "(" + *sql + ")";
}

std::string column_metric(const std::string& column, const std::string& metric) {
  return "Column." + column + "." + metric;
}

std::string columns_metric(const std::vector<Column>& columns, const std::string& metric) {
  if (columns.size() == 1) return column_metric(columns[0].name, metric);
  std::string names;
  for (const Column& column : columns) names += (names.empty() ? "" : ",") + column.name;
  return "Multicolumn." + names + "." + metric;
}

void meet(const Condition& condition, double value, const std::vector<Past>& past,
          Verdict& verdict) {
  const auto outcome = number_holds(condition, value, past);
  if (const auto* reason = std::get_if<Reason>(&outcome)) {
    verdict.facts["reason"] = reason->text;
    return;
  }
  verdict.success = std::get<bool>(outcome);
  if (!verdict.success) verdict.facts["message"] = not_met(value);
}

std::vector<Past> past_of(const Scope& scope, const std::string& metric) {
  const auto found = scope.world.history.find(metric_key(metric, scope.rule.where));
  return found == scope.world.history.end() ? std::vector<Past>() : found->second;
}

const Condition& condition_of(const Scope& scope) {
  if (!scope.rule.condition) scope.wrong("needs a condition");
  return *scope.rule.condition;
}

Condition is_one() {
  return {Condition::Kind::number,
          Op::eq,
          {{Operand::Kind::number, {Number::Kind::literal, 1.0, "1", {}}, {}, 0}}};
}

std::string joined(const std::vector<Column>& columns, const std::string& by,
                   const std::string& after) {
  std::string text;
  for (const Column& column : columns) text += (text.empty() ? "" : by) + column.sql + after;
  return text;
}

Check number_check(const Scope& scope, NumberCheck wanted) {
  const MeasureId rows = scope.measures.scalar("count(*)", scope.where);
  std::vector<MeasureId> ids{wanted.metric.id};
  for (const Metric& metric : wanted.others) ids.push_back(metric.id);
  if (wanted.of_rows) ids.push_back(rows);
  wanted.others.push_back(wanted.metric);
  std::string failing = std::move(wanted.failing);
  const bool estimate = wanted.estimate;
  Check check{
      scope.rule.text, std::move(failing),
      [rows, ids = std::move(ids), filtered = !scope.where.empty(),
       past = past_of(scope, wanted.metric.name), wanted = std::move(wanted)](const Measures& m) {
        if (auto verdict = hindrance_of(m, ids)) return *verdict;
        if (wanted.of_rows && m.count(rows) == 0) return without_rows(filtered);
        const auto value = m.number(wanted.metric.id);
        if (!value) return Verdict{false, {{"reason", "there is no value to measure"}}};
        Verdict verdict{false, {{"observed", *value}}};
        meet(wanted.condition, *value, past, verdict);
        tell(m, wanted.others, verdict);
        return verdict;
      }};
  return estimate ? estimated(std::move(check)) : check;
}

Check row_check(const Scope& scope, RowCheck wanted) {
  const std::string bad = both(scope.where, "NOT (" + wanted.good + ")");
  const MeasureId rows = scope.measures.scalar("count(*)", scope.where),
                  wrong = scope.measures.scalar("count(*)", bad),
                  some = scope.measures.scalar(wanted.measured, scope.where);
  std::vector<MeasureId> ids{rows, wrong, some};
  for (const Metric& metric : wanted.metrics) ids.push_back(metric.id);
  const bool passes_empty = !scope.where.empty() || wanted.passes_empty;
  return {scope.rule.text, bad,
          [=, threshold = scope.rule.threshold, past = past_of(scope, wanted.compliance),
           metrics = wanted.metrics, compliance = wanted.compliance](const Measures& m) {
            if (auto verdict = hindrance_of(m, ids)) return *verdict;
            if (m.count(rows) == 0) return without_rows(passes_empty);
            if (m.count(some) == 0)
              return Verdict{false, {{"reason", "there is no value to measure"}}};
            const double share = static_cast<double>(m.count(rows) - m.count(wrong)) /
                                 static_cast<double>(m.count(rows));
            Verdict verdict{false,
                            {{"considered_count", m.count(rows)},
                             {"unexpected_count", m.count(wrong)},
                             {"observed", share}}};
            if (!compliance.empty()) verdict.facts["metrics"][compliance] = share;
            meet(threshold.value_or(is_one()), share, past, verdict);
            tell(m, metrics, verdict);
            return verdict;
          }};
}

}  // namespace mr::quality::dqdl
