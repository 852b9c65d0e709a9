#include "quality/databrew/compile.hpp"

#include "quality/databrew/tests.hpp"

#include <algorithm>

namespace mr::quality::databrew {
namespace {

using nlohmann::json;

// The rule on one column, or on none.
struct One {
  std::string column{};
  std::string failing{};  // SQL; empty: it is not about rows
  std::string unfit{};
  std::function<Verdict(const Measures&)> judge{};
};

void require_unmixed(const Scope& scope, const Expression& expression, bool aggregate) {
  for (const Expression& part : expression.parts) require_unmixed(scope, part, aggregate);
  if (expression.parts.empty() && expression.test.statistic.empty() == aggregate)
    scope.wrong("a rule is of rows or of aggregates, not of both");
}

std::string rows_sql(const Scope& scope, const Expression& expression) {
  if (expression.parts.empty()) return row_sql(scope, expression.test);
  std::string sql;
  const char* by = expression.kind == Expression::Kind::all ? " AND " : " OR ";
  for (const Expression& part : expression.parts)
    sql += (sql.empty() ? "" : by) + rows_sql(scope, part);
  return "(" + sql + ")";
}

bool enough(const std::optional<Threshold>& threshold, double satisfied, double rows) {
  if (!threshold) return satisfied == rows;
  const double value = threshold->percent ? 100 * satisfied / rows : satisfied;
  switch (threshold->type) {
    case Threshold::Type::at_least:
      return value >= threshold->value;
    case Threshold::Type::at_most:
      return value <= threshold->value;
    case Threshold::Type::above:
      return value > threshold->value;
    case Threshold::Type::below:
      return value < threshold->value;
  }
  return false;
}

One of_rows(const Scope& scope, const Expression& expression) {
  const std::string failing = "NOT " + rows_sql(scope, expression);
  const MeasureId rows = scope.measures.scalar("count(*)"),
                  failed = scope.measures.scalar("count(*)", failing);
  const auto judge = [rows, failed, threshold = scope.rule.threshold](const Measures& m) {
    if (const auto hindrance = hindered(m, {rows, failed})) return *hindrance;
    const int64_t all = m.count(rows), bad = m.count(failed);
    if (all == 0 && threshold && threshold->percent)
      return Verdict{false, {{"reason", "there are no rows"}}};
    return Verdict{enough(threshold, static_cast<double>(all - bad), static_cast<double>(all)),
                   {{"considered_count", all}, {"unexpected_count", bad}, {"observed", all - bad}}};
  };
  return {.column = scope.selected, .failing = failing, .judge = judge};
}

// An expression whose aggregates are asked for.
struct Measured {
  Expression::Kind kind = Expression::Kind::test;
  Test test{};
  std::vector<double> numbers{};
  Aggregate aggregate{};
  std::vector<Measured> parts{};
};

Measured measured(const Scope& scope, const Expression& expression) {
  Measured made{.kind = expression.kind, .test = expression.test};
  if (expression.parts.empty()) {
    made.numbers = numbers_of(scope, expression.test);
    made.aggregate = aggregate_of(scope, expression.test);
  }
  for (const Expression& part : expression.parts) made.parts.push_back(measured(scope, part));
  return made;
}

std::optional<double> value_of(const Aggregate& one, const Measures& m) {
  if (one.known) return one.known;
  const auto value = m.number(one.value);
  if (!value || !one.of) return value;
  const int64_t all = m.count(*one.of);
  return all > 0 ? std::optional(100 * *value / static_cast<double>(all)) : std::nullopt;
}

bool judged(const Measured& one, const Measures& m, Verdict& verdict) {
  bool success = one.kind != Expression::Kind::any;
  for (const Measured& part : one.parts) {
    const bool good = judged(part, m, verdict);
    success = one.kind == Expression::Kind::all ? success && good : success || good;
  }
  if (!one.parts.empty()) return success;
  for (const MeasureId id : {one.aggregate.value, one.aggregate.of.value_or(one.aggregate.value)}) {
    const auto hindrance = one.aggregate.known ? std::nullopt : hindered(m, {id});
    if (hindrance) verdict.facts["reason"] = hindrance->facts["reason"];
    if (hindrance) return false;
  }
  const auto value = value_of(one.aggregate, m);
  if (!value) {
    verdict.facts["reason"] = "there is no value to measure";
    return false;
  }
  json& told = one.aggregate.of_a_row ? verdict.values : verdict.facts;
  told["metrics"][one.aggregate.name] = *value;
  return holds(one.test, one.numbers, *value);
}

One of_aggregates(const Scope& scope, const Expression& expression) {
  if (scope.rule.threshold) scope.wrong("a Threshold is of checks of rows, not of aggregates");
  const auto judge = [one = measured(scope, expression)](const Measures& m) {
    Verdict verdict;
    verdict.success = judged(one, m, verdict);
    if (verdict.success) verdict.facts.erase("reason");  // of a part that another one makes up for
    return verdict;
  };
  return {.column = scope.selected, .judge = judge};
}

One compiled(const Scope& scope, const Expression& expression) {
  const bool aggregate = is_aggregate(expression);
  require_unmixed(scope, expression, aggregate);
  return aggregate ? of_aggregates(scope, expression) : of_rows(scope, expression);
}

// One column that doesn't fit spoils no other.
One guarded(const Scope& scope, const Expression& expression) {
  const auto unfit_one = [&](const std::string& reason) {
    return One{.column = scope.selected, .unfit = reason, .judge = [reason](const Measures&) {
                 return Verdict{false, {{"reason", reason}}};
               }};
  };
  try {
    return compiled(scope, expression);
  } catch (const gx::MissingColumn& missing) {
    return unfit_one("there is no column '" + missing.name + "'");
  } catch (const gx::UnfitColumn& column) {
    return unfit_one(column.reason);
  }
}

std::vector<std::string> selected(const Rule& rule, const Target& target) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const Selector& selector : rule.selectors) {
    if (!selector.name.empty()) {
      add(selector.name);
      continue;
    }
    require_regex(target.session, selector.regex, rule.place);
    for (const auto& column : target.columns) {
      const auto found =
          target.session.query("SELECT regexp_full_match(" + mr::data::literal(column.name) + ", " +
                               mr::data::literal(selector.regex) + ")");
      if (found.rows.at(0).at(0) == "true") add(column.name);
    }
  }
  return names;
}

// All columns must do.
Verdict judge_all(const std::vector<One>& ones, const Measures& m) {
  if (ones.size() == 1 && ones[0].column.empty()) return ones[0].judge(m);
  Verdict whole{true, {{"columns", json::array()}}};
  int64_t considered = 0, unexpected = 0;
  bool rows = false;
  for (const One& one : ones) {
    const Verdict verdict = one.judge(m);
    json column{{"column", one.column}, {"success", verdict.success}};
    if (verdict.facts.contains("reason")) column["reason"] = verdict.facts["reason"];
    if (verdict.facts.contains("unexpected_count")) {
      rows = true;
      considered += verdict.facts["considered_count"].get<int64_t>();
      unexpected += verdict.facts["unexpected_count"].get<int64_t>();
      column["unexpected_count"] = verdict.facts["unexpected_count"];
    }
    if (!verdict.success && verdict.facts.contains("reason") && !whole.facts.contains("reason"))
      whole.facts["reason"] = one.column + ": " + verdict.facts["reason"].get<std::string>();
    whole.facts["columns"].push_back(std::move(column));
    whole.success = whole.success && verdict.success;
  }
  if (rows) {
    whole.facts["considered_count"] = considered;
    whole.facts["unexpected_count"] = unexpected;
  }
  return whole;
}

Check of_columns(const Rule& rule, std::vector<One> ones) {
  Check check{.name = rule.name};
  bool rows = true;
  for (const One& one : ones) {
    rows = rows && !one.failing.empty();
    check.failing += (check.failing.empty() ? "" : " OR ") + one.failing;
    if (check.unfit.empty()) check.unfit = one.unfit;
  }
  if (!rows) check.failing.clear();
  check.judge = [ones = std::move(ones)](const Measures& m) { return judge_all(ones, m); };
  return check;
}

Check enabled(const Rule& rule, const Target& target, Measures& measures) {
  if (rule.mistake) throw QualityError(*rule.mistake);
  const Expression expression = parse(rule);
  if (rule.selectors.empty())
    return of_columns(rule, {guarded({target, measures, rule}, expression)});
  const auto names = selected(rule, target);
  if (names.empty()) return unfit(rule.name, "no column is selected by its ColumnSelectors");
  std::vector<One> ones;
  for (const std::string& name : names)
    ones.push_back(guarded({target, measures, rule, name}, expression));
  return of_columns(rule, std::move(ones));
}

json result_of(const RuleOutcome& one) {
  const json& facts = one.verdict.facts;
  const auto status = [](bool success) { return success ? "SUCCEEDED" : "FAILED"; };
  json result{{"name", one.rule->name},
              {"definition", one.rule->definition},
              {"status", one.rule->disabled ? "DISABLED" : status(one.verdict.success)}};
  if (facts.contains("reason")) result["message"] = facts["reason"];
  if (facts.contains("columns")) {
    result["columnResults"] = json::array();
    for (const json& column : facts["columns"])
      result["columnResults"].push_back(
          {{"name", column["column"]}, {"status", status(column["success"] == true)}});
  } else if (facts.contains("unexpected_count")) {
    result["failedCount"] = facts["unexpected_count"];
  }
  return result;
}

}  // namespace

Check compile(const Rule& rule, const Target& target, Measures& measures) {
  if (rule.disabled && !rule.mistake) {
    const Verdict verdict{true, {{"note", "the rule is disabled: nothing was checked"}}};
    return {.name = rule.name, .judge = [verdict](const Measures&) { return verdict; }};
  }
  try {
    return enabled(rule, target, measures);
  } catch (const QualityError& error) {
    return refused(rule.name, error);
  }
}

json report_of(const std::vector<RulesetOutcome>& outcomes, int64_t rows, const std::string& now) {
  json sets = json::array();
  for (const RulesetOutcome& outcome : outcomes) {
    json results = json::array();
    bool success = true;
    for (const RuleOutcome& one : outcome.rules) {
      results.push_back(result_of(one));
      success = success && one.verdict.success;
    }
    sets.push_back({{"name", outcome.set->name},
                    {"description", outcome.set->description},
                    {"ruleResults", std::move(results)},
                    {"status", success ? "SUCCEEDED" : "FAILED"}});
  }
  return {{"sampleSize", rows},
          {"rulesetResults", std::move(sets)},
          {"startedOn", now},
          {"writtenOn", now},
          {"version", "1.0"}};
}

}  // namespace mr::quality::databrew
