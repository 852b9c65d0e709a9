#include "quality/dqdl/compile.hpp"

#include "quality/dqdl/compilers.hpp"
#include "quality/dqdl/history.hpp"
#include "quality/dqdl/rule_types.hpp"

#include <algorithm>
#include <map>

namespace mr::quality::dqdl {
namespace {

using nlohmann::json;

const std::map<std::string, Compile, std::less<>>& table() {
  static const std::map<std::string, Compile, std::less<>> kTable{
      {"RowCount", row_count},
      {"ColumnCount", column_count},
      {"ColumnExists", column_exists},
      {"ColumnNamesMatchPattern", column_names_match},
      {"IsComplete", completeness},
      {"Completeness", completeness},
      {"IsUnique", uniqueness},
      {"Uniqueness", uniqueness},
      {"IsPrimaryKey", primary_key},
      {"UniqueValueRatio", unique_value_ratio},
      {"DistinctValuesCount", distinct_values},
      {"Entropy", entropy},
      {"DuplicateRowCount", duplicate_rows},
      {"ColumnCorrelation", column_correlation},
      {"Mean", statistic},
      {"Sum", statistic},
      {"StandardDeviation", statistic},
      {"Variance", statistic},
      {"ZerosCount", statistic},
      {"Range", statistic},
      {"InterquartileRange", statistic},
      {"Skewness", statistic},
      {"Kurtosis", statistic},
      {"ColumnValues", column_values},
      {"ColumnLength", column_length},
      {"ColumnDataType", column_data_type},
      {"DataFreshness", data_freshness},
      {"CustomSql", custom_sql},
      {"RowCountMatch", row_count_match},
      {"ReferentialIntegrity", referential_integrity},
      {"DatasetMatch", dataset_match},
      {"SchemaMatch", schema_match},
      {"AggregateMatch", aggregate_match},
      {"DetectAnomalies", detect_anomalies},
      {"FileFreshness", file_rule},
      {"FileMatch", file_rule},
      {"FileUniqueness", file_rule},
      {"FileSize", file_rule}};
  return kTable;
}

void require_known_functions(const Scope& scope) {
  for (const auto* condition : {&scope.rule.condition, &scope.rule.threshold}) {
    if (!*condition) continue;
    const std::string name = unknown_function(**condition);
    if (!name.empty())
      throw QualityError(
          "E7003", "there is no function " + name, scope.rule.place,
          "known are last, avg, median, max, min, sum, std, abs, index and percentile");
  }
}

// The filter is told with what is measured: it is another metric for each.
Check with_filter(Check check, const std::string& where) {
  if (where.empty()) return check;
  check.judge = [judge = std::move(check.judge), where](const Measures& m) {
    Verdict verdict = judge(m);
    verdict.facts["where"] = where;
    if (verdict.values.is_object()) verdict.values["where"] = where;
    return verdict;
  };
  return check;
}

// Row by row: those that fail are known of each part, and what is left must be all.
Check joined_by_row(const Rule& rule, const Target& target, Measures& measures, const World& world,
                    std::string failing) {
  const Scope scope{target, measures, world, rule, {}};
  Check check = row_check(scope, {.good = "NOT (" + failing + ")"});
  check.failing = std::move(failing);
  return check;
}

struct Parts {
  std::vector<Check> checks{};
  std::string failing{};  // of the whole; empty: it is not about rows
  std::string unfit{};
  bool by_row = true;
};

Parts parts_of(const Rule& rule, const Target& target, Measures& measures, const World& world) {
  const bool all = rule.kind == Rule::Kind::all;
  Parts parts;
  size_t unfit = 0;
  bool rows = true;
  for (const Rule& part : rule.parts) {
    parts.checks.push_back(compile(part, target, measures, world));
    const Check& check = parts.checks.back();
    if (!check.unfit.empty() && unfit++ == 0) parts.unfit = check.unfit;
    rows = rows && !check.failing.empty();
    parts.by_row = parts.by_row && rows && check.unfit.empty() && !check.refusal &&
                   (part.kind != Rule::Kind::single || combines_by_row(part.type));
    parts.failing += (parts.failing.empty() ? "coalesce("
                      : all                 ? " OR coalesce("
                                            : " AND coalesce(") +
                     check.failing + ", false)";
  }
  if (!rows) parts.failing.clear();
  if (!all && unfit < rule.parts.size()) parts.unfit.clear();
  return parts;
}

Verdict judge_parts(bool all, const std::vector<Check>& parts, const Measures& measures) {
  json told = json::array(), values = json::array();
  bool success = all;
  for (const Check& part : parts) {
    Verdict verdict = part.judge(measures);
    success = all ? success && verdict.success : success || verdict.success;
    verdict.facts["check"] = part.name;
    verdict.facts["success"] = verdict.success;
    told.push_back(std::move(verdict.facts));
    if (verdict.values.is_object()) values.push_back(std::move(verdict.values));
  }
  return {success, {{"parts", std::move(told)}}, {{"parts", std::move(values)}}};
}

Check joined(const Rule& rule, const Target& target, Measures& measures, const World& world) {
  Parts parts = parts_of(rule, target, measures, world);
  if (world.by_row && parts.by_row)
    return joined_by_row(rule, target, measures, world, std::move(parts.failing));
  Check check;
  check.name = rule.text;
  check.failing = std::move(parts.failing);
  check.unfit = std::move(parts.unfit);
  check.judge = [all = rule.kind == Rule::Kind::all, checks = std::move(parts.checks)](
                    const Measures& m) { return judge_parts(all, checks, m); };
  return check;
}

bool measures_a_number(const std::string& type) {
  const auto& forms = rule_type(type)->forms;
  return std::any_of(forms.begin(), forms.end(), [](const Form& form) {
    return std::find(form.kinds.begin(), form.kinds.end(), Condition::Kind::number) !=
           form.kinds.end();
  });
}

// The rules whose metrics an analyzer measures.
std::vector<Rule> measured_by(const Analyzer& analyzer, const Target& target) {
  Rule rule;
  rule.type = analyzer.type;
  rule.parameters = analyzer.parameters;
  rule.condition = any_number();
  rule.text = "Analyzer " + analyzer.text;
  rule.place = analyzer.place;
  if (analyzer.type != "AllStatistics") return {std::move(rule)};
  std::vector<Rule> rules;
  const auto add = [&](const std::string& type, std::vector<std::string> parameters) {
    Rule one = rule;
    one.type = type;
    one.parameters = std::move(parameters);
    rules.push_back(std::move(one));
  };
  add("RowCount", {});
  for (const auto& column : target.columns) {
    const std::string& wanted = analyzer.parameters[0];
    const auto* found = target.find(wanted, false);
    if (wanted != "AllColumns" && (found == nullptr || found->name != column.name)) continue;
    add("Completeness", {column.name});
    add("Uniqueness", {column.name});
    if (is_text(column.type)) add("ColumnLength", {column.name});
    if (is_number(column.type)) add("ColumnValues", {column.name});
  }
  if (rules.size() == 1 && analyzer.parameters[0] != "AllColumns")
    add("Completeness", {analyzer.parameters[0]});  // says that there is none
  return rules;
}

}  // namespace

Condition any_number() {
  const auto bound = [](double value, const char* text) {
    return Operand{Operand::Kind::number, {Number::Kind::literal, value, text, {}}, {}, 0};
  };
  return {Condition::Kind::number,
          Op::between,
          {bound(-1.7e308, "-1.7e308"), bound(1.7e308, "1.7e308")}};
}

bool combines_by_row(const std::string& type) {
  return type != "Completeness" && type != "Uniqueness" && type != "ReferentialIntegrity" &&
         type != "DatasetMatch";
}

Check compile_single(const Rule& rule, const Target& target, Measures& measures,
                     const World& world) {
  try {
    const Scope scope{target, measures, world, rule, filter_of(target, rule.where)};
    require_known_functions(scope);
    return with_filter(table().at(rule.type)(scope), rule.where);
  } catch (const Unfit& problem) {
    return unfit(rule.text, problem.reason);
  } catch (const QualityError& error) {
    return refused(rule.text, error);
  }
}

Check compile(const Rule& rule, const Target& target, Measures& measures, const World& world) {
  return rule.kind == Rule::Kind::single ? compile_single(rule, target, measures, world)
                                         : joined(rule, target, measures, world);
}

std::vector<Check> compile(const Analyzer& analyzer, const Target& target, Measures& measures,
                           const World& world) {
  std::vector<Check> checks;
  if (!measures_a_number(analyzer.type)) {
    return {refused("Analyzer " + analyzer.text,
                    QualityError("E7005", analyzer.type + " measures no number that could be kept",
                                 analyzer.place))};
  }
  for (const Rule& rule : measured_by(analyzer, target)) {
    Check check = compile_single(rule, target, measures, world);
    check.failing.clear();
    check.judge = [judge = std::move(check.judge)](const Measures& m) {
      Verdict verdict = judge(m);
      verdict.facts.erase("message");
      verdict.facts["analyzer"] = true;
      verdict.success = !verdict.facts.contains("reason");
      return verdict;
    };
    checks.push_back(std::move(check));
  }
  return checks;
}

}  // namespace mr::quality::dqdl
