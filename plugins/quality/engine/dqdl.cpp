// DQDL rules to checks.
#include <algorithm>
#include <map>

#include "quality/engine/check.hpp"
#include "quality/engine/dqdl_parse.hpp"

namespace mr::quality {
namespace {

using dqdl::Condition;
using dqdl::Op;
using dqdl::Operand;
using dqdl::Rule;
using mr::data::ColumnInfo;
using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

struct Scope {
  const Target& target;
  Measures& measures;
  const Rule& rule;
  [[noreturn]] void wrong(const std::string& what) const { throw QualityError("E7005", rule.type + ": " + what, rule.place); }
};

struct MissingColumn {
  std::string name;
};

const ColumnInfo& column_of(const Scope& s, const std::string& name) {
  if (const ColumnInfo* column = s.target.find(name, false)) return *column;
  throw MissingColumn{name};
}

void parameters(const Scope& s, size_t low, size_t high) {
  if (s.rule.parameters.size() < low || s.rule.parameters.size() > high) {
    s.wrong("takes " + std::to_string(low) + (high == low ? "" : " or more") + " parameters, not " + std::to_string(s.rule.parameters.size()));
  }
}

const Condition& needed(const Scope& s) {
  if (!s.rule.condition) s.wrong("needs a condition");
  return *s.rule.condition;
}

void no_condition(const Scope& s) {
  if (s.rule.condition) s.wrong("takes no condition");
}

bool number_holds(const Condition& c, double v) {
  const auto& o = c.operands;
  const auto listed = [&] { return std::any_of(o.begin(), o.end(), [v](const Operand& x) { return x.number == v; }); };
  switch (c.op) {
    case Op::eq: return v == o[0].number;
    case Op::ne: return v != o[0].number;
    case Op::gt: return v > o[0].number;
    case Op::ge: return v >= o[0].number;
    case Op::lt: return v < o[0].number;
    case Op::le: return v <= o[0].number;
    case Op::between: return v > o[0].number && v < o[1].number;  // open at both ends
    case Op::not_between: return v <= o[0].number || v >= o[1].number;
    case Op::in: return listed();
    case Op::not_in: return !listed();
    case Op::matches:
    case Op::not_matches: return false;
  }
  return false;
}

const Condition& number_condition(const Scope& s, const Condition& c) {
  const bool numbers = std::all_of(c.operands.begin(), c.operands.end(), [](const Operand& o) { return o.kind == Operand::Kind::number; });
  if (!numbers || c.op == Op::matches || c.op == Op::not_matches) s.wrong("the condition must compare with numbers");
  return c;
}

// A metric that must meet the rule's condition. No value fails, unless a where filter left no rows.
Check metric(const Scope& s, MeasureId value, MeasureId rows, const Condition& condition, std::string failing = {}) {
  return {s.rule.text, std::move(failing), [=, filtered = !s.rule.where.empty(), c = number_condition(s, condition)](const Measures& m) {
            if (const auto hindrance = hindered(m, {value, rows})) return *hindrance;
            if (m.count(rows) == 0) return Verdict{filtered, {{"reason", "there are no rows"}}};
            const auto v = m.number(value);
            if (!v) return Verdict{false, {{"reason", "there is no value to measure"}}};
            return Verdict{number_holds(c, *v), {{"observed", *v}}};
          }};
}

Check row_count(const Scope& s) {
  parameters(s, 0, 0);
  const MeasureId rows = s.measures.scalar("count(*)", s.rule.where);
  return {s.rule.text, {}, [rows, c = number_condition(s, needed(s))](const Measures& m) {
            if (const auto hindrance = hindered(m, {rows})) return *hindrance;
            return Verdict{number_holds(c, static_cast<double>(m.count(rows))), {{"observed", m.count(rows)}}};
          }};
}

Check column_count(const Scope& s) {
  parameters(s, 0, 0);
  return settled(s.rule.text, number_holds(number_condition(s, needed(s)), static_cast<double>(s.target.columns.size())), {{"observed", s.target.columns.size()}});
}

Check column_exists(const Scope& s) {
  parameters(s, 1, 1);
  no_condition(s);
  return settled(s.rule.text, s.target.find(s.rule.parameters[0], false) != nullptr, json::object());
}

Condition is_one() { return {Op::eq, {{Operand::Kind::number, 1.0, "1"}}}; }

Check completeness(const Scope& s) {
  parameters(s, 1, 1);
  const std::string sql = ident(column_of(s, s.rule.parameters[0]).name);
  const bool plain = s.rule.type == "IsComplete";
  if (plain) no_condition(s);
  const MeasureId rows = s.measures.scalar("count(*)", s.rule.where);
  const std::string filter = s.rule.where.empty() ? "" : " FILTER (WHERE " + s.rule.where + ")";
  const MeasureId share = s.measures.scalar("CAST(count(" + sql + ")" + filter + " AS DOUBLE) / nullif(count(*)" + filter + ", 0)");
  return metric(s, share, rows, plain ? is_one() : needed(s), both(s.rule.where, sql + " IS NULL"));
}

std::vector<std::string> keys_of(const Scope& s) {
  parameters(s, 1, 64);
  std::vector<std::string> keys;
  for (const std::string& name : s.rule.parameters) keys.push_back(ident(column_of(s, name).name));
  return keys;
}

std::string joined(const std::vector<std::string>& parts, const std::string& by, const std::string& after = "") {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : by) + part + after;
  return text;
}

// Keys that occur once, over the rows that have at least one key column.
MeasureId uniqueness_measure(const Scope& s, const std::vector<std::string>& keys) {
  return s.measures.grouped(keys, both(s.rule.where, "(" + joined(keys, " OR ", " IS NOT NULL") + ")"), "CAST(sum(n) FILTER (WHERE n = 1) AS DOUBLE) / sum(n)");
}

Check uniqueness(const Scope& s) {
  const auto keys = keys_of(s);
  const bool plain = s.rule.type == "IsUnique";
  if (plain) no_condition(s);
  const std::string scope = both(s.rule.where, "(" + joined(keys, " OR ", " IS NOT NULL") + ")");
  const MeasureId share = s.measures.grouped(keys, scope, "CAST(coalesce(sum(n) FILTER (WHERE n = 1), 0) AS DOUBLE) / sum(n)");
  return metric(s, share, s.measures.scalar("count(*)", s.rule.where), plain ? is_one() : needed(s), repeated_rows(s.target.relation, keys, scope));
}

Check primary_key(const Scope& s) {
  no_condition(s);
  const auto keys = keys_of(s);
  const std::string scope = both(s.rule.where, "(" + joined(keys, " OR ", " IS NOT NULL") + ")"), holes = "(" + joined(keys, " OR ", " IS NULL") + ")";
  const MeasureId share = uniqueness_measure(s, keys), rows = s.measures.scalar("count(*)", s.rule.where), missing = s.measures.scalar("count(*)", both(s.rule.where, holes));
  const std::string failing = "(" + both(s.rule.where, holes) + ") OR (" + repeated_rows(s.target.relation, keys, scope) + ")";
  return {s.rule.text, failing, [=, filtered = !s.rule.where.empty()](const Measures& m) {
            if (const auto hindrance = hindered(m, {share, rows, missing})) return *hindrance;
            if (m.count(rows) == 0) return Verdict{filtered, {{"reason", "there are no rows"}}};
            return Verdict{m.count(missing) == 0 && m.number(share) == 1.0, {{"observed", m.number(share).value_or(0)}, {"missing_count", m.count(missing)}}};
          }};
}

Check unique_value_ratio(const Scope& s) {
  parameters(s, 1, 1);
  const auto keys = keys_of(s);
  const MeasureId ratio = s.measures.grouped(keys, both(s.rule.where, "(" + keys[0] + " IS NOT NULL)"), "CAST(count(*) FILTER (WHERE n = 1) AS DOUBLE) / nullif(count(*), 0)");
  return metric(s, ratio, s.measures.scalar("count(*)", s.rule.where), needed(s));
}

Check distinct_values(const Scope& s) {
  parameters(s, 1, 1);
  const auto keys = keys_of(s);
  const MeasureId distinct = s.measures.grouped(keys, s.rule.where, "count(*)");  // NULL is one of the values
  return metric(s, distinct, s.measures.scalar("count(*)", s.rule.where), needed(s));
}

Check statistic(const Scope& s) {
  parameters(s, 1, 1);
  const ColumnInfo& column = column_of(s, s.rule.parameters[0]);
  if (!is_number(column.type)) return unfit(s.rule.text, "the column holds no numbers");
  const char* function = s.rule.type == "Mean" ? "avg" : s.rule.type == "Sum" ? "sum" : "stddev_pop";
  const MeasureId value = s.measures.scalar(std::string(function) + "(CAST(" + ident(column.name) + " AS DOUBLE))", s.rule.where);
  return metric(s, value, s.measures.scalar("count(*)", s.rule.where), needed(s));
}

// One operand against one value; SQL that is NULL for a NULL value, save for NULL itself.
std::string equals(const std::string& sql, const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::null: return sql + " IS NULL";
    case Operand::Kind::empty: return sql + " = ''";
    case Operand::Kind::blank: return "(trim(" + sql + ", ' \t\r\n') = '' AND length(" + sql + ") > 0)";
    case Operand::Kind::number: return sql + " = " + operand.text;
    case Operand::Kind::date: return sql + " = DATE " + literal(operand.text);
    case Operand::Kind::text: return sql + " = " + literal(operand.text);
  }
  return "false";
}

std::string value_text(const Operand& operand) {
  return operand.kind == Operand::Kind::date ? "DATE " + literal(operand.text) : operand.kind == Operand::Kind::text ? literal(operand.text) : operand.text;
}

bool lists_null(const Condition& c) {
  return std::any_of(c.operands.begin(), c.operands.end(), [](const Operand& o) { return o.kind == Operand::Kind::null; });
}

std::string any_of(const std::string& sql, const Condition& c) {
  std::string test;
  for (const Operand& operand : c.operands) test += (test.empty() ? "coalesce(" : " OR coalesce(") + equals(sql, operand) + ", false)";
  return "(" + test + ")";
}

void all_of_kind(const Scope& s, const Condition& c, Operand::Kind kind) {
  for (const Operand& operand : c.operands) {
    const bool keyword = operand.kind == Operand::Kind::null || operand.kind == Operand::Kind::empty || operand.kind == Operand::Kind::blank;
    if (operand.kind != kind && !keyword) s.wrong("the condition mixes numbers, texts and dates");
  }
}

// True for the values that comply, and never NULL.
std::string complies(const Scope& s, const std::string& sql, const Condition& c, bool date) {
  const auto order = [&](const char* op) { return "coalesce(" + sql + op + value_text(c.operands[0]) + ", false)"; };
  const auto& o = c.operands;
  switch (c.op) {
    case Op::eq: return any_of(sql, c);
    case Op::ne:
      if (o[0].kind == Operand::Kind::empty || o[0].kind == Operand::Kind::blank) return "(" + sql + " IS NOT NULL AND NOT " + any_of(sql, c) + ")";
      return "(NOT " + any_of(sql, c) + ")";
    case Op::gt: return order(" > ");
    case Op::ge: return order(" >= ");
    case Op::lt: return order(" < ");
    case Op::le: return order(" <= ");
    case Op::between: return "coalesce(" + sql + " > " + value_text(o[0]) + " AND " + sql + " < " + value_text(o[1]) + ", false)";
    case Op::not_between: return "coalesce(" + sql + " <= " + value_text(o[0]) + " OR " + sql + " >= " + value_text(o[1]) + (date ? ", true)" : ", false)");
    case Op::in: return any_of(sql, c);
    case Op::not_in: return lists_null(c) ? "(" + sql + " IS NOT NULL AND NOT " + any_of(sql, c) + ")" : "(NOT " + any_of(sql, c) + ")";
    case Op::matches:
      require_regex(s.target.session, o[0].text, s.rule.place);
      return "coalesce(regexp_full_match(" + sql + ", " + literal(o[0].text) + ") AND " + sql + " <> '', false)";
    case Op::not_matches:
      require_regex(s.target.session, o[0].text, s.rule.place);
      return "coalesce(NOT regexp_matches(" + sql + ", " + literal("^(?:" + o[0].text + ")\\b") + "), false)";
  }
  return "false";
}

// Every value in scope must comply, or a share of them as the threshold says.
Check per_row(const Scope& s, const std::string& good, const std::string& measured) {
  const std::string bad = both(s.rule.where, "NOT (" + good + ")");
  const MeasureId rows = s.measures.scalar("count(*)", s.rule.where), wrong = s.measures.scalar("count(*)", bad), some = s.measures.scalar(measured, s.rule.where);
  std::optional<Condition> threshold = s.rule.threshold;
  if (threshold) number_condition(s, *threshold);
  return {s.rule.text, bad, [=, filtered = !s.rule.where.empty()](const Measures& m) {
            if (const auto hindrance = hindered(m, {rows, wrong, some})) return *hindrance;
            if (m.count(rows) == 0) return Verdict{filtered, {{"reason", "there are no rows"}}};
            if (m.count(some) == 0) return Verdict{false, {{"reason", "there is no value to measure"}}};
            const double share = 1.0 - static_cast<double>(m.count(wrong)) / static_cast<double>(m.count(rows));
            const json facts{{"considered_count", m.count(rows)}, {"unexpected_count", m.count(wrong)}, {"observed", share}};
            return Verdict{threshold ? number_holds(*threshold, share) : m.count(wrong) == 0, facts};
          }};
}

Check column_values(const Scope& s) {
  parameters(s, 1, 1);
  const ColumnInfo& column = column_of(s, s.rule.parameters[0]);
  const Condition& c = needed(s);
  const std::string sql = ident(column.name);
  const bool pattern = c.op == Op::matches || c.op == Op::not_matches;
  const auto has = [&](Operand::Kind kind) { return std::any_of(c.operands.begin(), c.operands.end(), [kind](const Operand& o) { return o.kind == kind; }); };
  if (has(Operand::Kind::date)) {
    all_of_kind(s, c, Operand::Kind::date);
    return per_row(s, complies(s, "TRY_CAST(" + sql + " AS DATE)", c, true), "count(*)");
  }
  if (pattern || has(Operand::Kind::text) || has(Operand::Kind::empty) || has(Operand::Kind::blank)) {
    all_of_kind(s, c, Operand::Kind::text);
    if (!pattern && c.op != Op::eq && c.op != Op::ne && c.op != Op::in && c.op != Op::not_in) s.wrong("texts have no order: use =, !=, in or matches");
    return per_row(s, complies(s, is_text(column.type) ? sql : "CAST(" + sql + " AS VARCHAR)", c, false), "count(*)");
  }
  const bool only_null = std::all_of(c.operands.begin(), c.operands.end(), [](const Operand& o) { return o.kind == Operand::Kind::null; });
  return per_row(s, complies(s, only_null || is_number(column.type) ? sql : "TRY_CAST(" + sql + " AS DOUBLE)", c, false), "count(*)");
}

Check column_length(const Scope& s) {
  parameters(s, 1, 1);
  const ColumnInfo& column = column_of(s, s.rule.parameters[0]);
  const Condition& c = number_condition(s, needed(s));
  const std::string sql = ident(column.name), length = "length(CAST(" + sql + " AS VARCHAR))";
  const bool zero = std::any_of(c.operands.begin(), c.operands.end(), [](const Operand& o) { return o.number == 0; });
  // Lists look at every row; the other tests look at the texts that there are.
  const bool list = c.op == Op::in || c.op == Op::not_in || c.op == Op::not_between;
  const bool null_passes = c.op == Op::in ? zero : c.op == Op::not_in || c.op == Op::not_between ? !zero : true;
  const std::string good = null_passes ? "(" + sql + " IS NULL OR " + complies(s, length, c, false) + ")" : "(" + sql + " IS NOT NULL AND " + complies(s, length, c, false) + ")";
  return per_row(s, good, list ? "count(*)" : "count(" + sql + ")");
}

using Compile = Check (*)(const Scope&);

const std::map<std::string, Compile, std::less<>>& table() {
  static const std::map<std::string, Compile, std::less<>> kTable{
      {"RowCount", row_count}, {"ColumnCount", column_count}, {"ColumnExists", column_exists}, {"IsComplete", completeness}, {"Completeness", completeness},
      {"IsUnique", uniqueness}, {"Uniqueness", uniqueness}, {"IsPrimaryKey", primary_key}, {"UniqueValueRatio", unique_value_ratio},
      {"DistinctValuesCount", distinct_values}, {"Mean", statistic}, {"Sum", statistic}, {"StandardDeviation", statistic},
      {"ColumnValues", column_values}, {"ColumnLength", column_length}};
  return kTable;
}

Check single(const Scope& s) {
  const auto found = table().find(s.rule.type);
  if (found == table().end()) throw QualityError("E7003", "rule type " + s.rule.type + " is not supported", s.rule.place);
  const bool metadata = s.rule.type == "ColumnCount" || s.rule.type == "ColumnExists";
  if (metadata && !s.rule.where.empty()) s.wrong("takes no where");
  if (s.rule.threshold && s.rule.type != "ColumnValues") s.wrong("takes no threshold");
  try {
    return found->second(s);
  } catch (const MissingColumn& missing) {
    return unfit(s.rule.text, "there is no column '" + missing.name + "'");
  }
}

Check compile(const Rule& rule, const Target& target, Measures& measures) {
  if (rule.kind == Rule::Kind::single) return single({target, measures, rule});
  const bool all = rule.kind == Rule::Kind::all;
  std::vector<Check> parts;
  std::string failing;
  std::string unfit;
  size_t unfit_parts = 0;
  bool rows = true;
  for (const Rule& part : rule.parts) {
    parts.push_back(compile(part, target, measures));
    if (!parts.back().unfit.empty() && unfit_parts++ == 0) unfit = parts.back().unfit;
    rows = rows && !parts.back().failing.empty();
    failing += (failing.empty() ? "coalesce(" : all ? " OR coalesce(" : " AND coalesce(") + parts.back().failing + ", false)";
  }
  return {rule.text, rows ? failing : std::string(), [all, parts = std::move(parts)](const Measures& m) {
            json facts{{"parts", json::array()}};
            bool success = all;
            for (const Check& part : parts) {
              Verdict verdict = part.judge(m);
              success = all ? success && verdict.success : success || verdict.success;
              verdict.facts["check"] = part.name;
              verdict.facts["success"] = verdict.success;
              facts["parts"].push_back(std::move(verdict.facts));
            }
            return Verdict{success, std::move(facts)};
          }, all || unfit_parts == rule.parts.size() ? std::move(unfit) : std::string()};
}

}  // namespace

std::vector<Check> read_dqdl(const std::string& text, const std::string& name, const Target& target, Measures& measures) {
  std::vector<Check> checks;
  for (const Rule& rule : dqdl::parse(text, name)) checks.push_back(compile(rule, target, measures));
  return checks;
}

}  // namespace mr::quality
