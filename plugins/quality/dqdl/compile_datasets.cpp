#include "quality/dqdl/compilers.hpp"
#include "quality/dqdl/sources.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality::dqdl {
namespace {

using mr::data::ident;

std::string tuple_of(const std::vector<std::string>& columns, const std::string& of) {
  std::string list;
  for (const std::string& column : columns) list += (list.empty() ? "" : ", ") + of + column;
  return list;
}

// mine.k = theirs.k AND …; or IS NOT DISTINCT FROM.
std::string all_same(const std::vector<std::pair<std::string, std::string>>& pairs,
                     const std::string& mine, const std::string& theirs, const std::string& op) {
  std::string test;
  for (const auto& [a, b] : pairs)
    test += (test.empty() ? "" : " AND ") + mine + a + op + theirs + b;
  return test;
}

// "a->b" is column a here and b there.
std::vector<std::pair<std::string, std::string>> mapping_of(const std::string& text) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const std::string& name : names_of(text)) {
    const size_t arrow = name.find("->");
    if (arrow == std::string::npos)
      pairs.emplace_back(name, name);
    else
      pairs.emplace_back(name.substr(0, arrow), name.substr(arrow + 2));
  }
  return pairs;
}

using Pairing = std::vector<std::pair<std::string, std::string>>;  // SQL names here and there

std::string missing_text(const std::vector<std::string>& missing) {
  std::string list;
  for (const std::string& name : missing) list += (list.empty() ? "" : ", ") + name;
  return list;
}

Pairing bound(const Scope& scope, const OtherSource& other, const Pairing& names,
              const std::string& what) {
  Pairing pairs;
  std::vector<std::string> missing;
  for (const auto& [mine, theirs] : names) {
    const auto* here = scope.target.find(mine, false);
    const auto there = column_in(other, theirs);
    if (here == nullptr) missing.push_back(mine);
    if (!there) missing.push_back(theirs);
    if (here != nullptr && there) pairs.emplace_back(ident(here->name), *there);
  }
  if (!missing.empty())
    throw Unfit{"these " + what + " columns were not found: " + missing_text(missing)};
  return pairs;
}

// All columns but those of the key, by their names.
Pairing other_names(const Scope& scope, const OtherSource& other, const Pairing& keys) {
  Pairing names;
  for (const auto& column : scope.target.columns) {
    const bool key = std::any_of(keys.begin(), keys.end(), [&](const auto& pair) {
      return pair.first == ident(column.name);
    });
    if (!key) names.emplace_back(column.name, column.name);
  }
  return bound(scope, other, names, "compared");
}

std::string repeats_sql(const std::string& relation, const std::vector<std::string>& keys) {
  return "(SELECT 1 AS one FROM " + relation + " GROUP BY " + tuple_of(keys, "") +
         " HAVING count(*) > 1) AS _mr_repeats";
}

struct Aggregate {
  std::string function{}, column{}, relation{}, name{};
};

Aggregate aggregate_of(const Scope& scope, const std::string& text) {
  const size_t open = text.find('(');
  std::string function = text.substr(0, std::min(open, text.size()));
  std::transform(function.begin(), function.end(), function.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (open == std::string::npos || !text.ends_with(")") || (function != "sum" && function != "avg"))
    scope.wrong("'" + text + "' must be sum(column) or avg(column)");
  const std::string inside = text.substr(open + 1, text.size() - open - 2);
  if (scope.target.find(inside, false) != nullptr) {
    const Column column = number_column(scope, inside);
    return {function, column.sql, "", column.name};
  }
  const size_t dot = end_of_alias(scope, inside);
  if (dot == std::string::npos) throw Unfit{"column '" + inside + "' does not exist"};
  const std::string alias = inside.substr(0, dot), name = inside.substr(dot + 1);
  if (alias == "primary") {
    const Column column = number_column(scope, name);
    return {function, column.sql, "", column.name};
  }
  const OtherSource& other = source_of(scope, alias);
  const auto column = column_in(other, name);
  if (!column) throw Unfit{"column '" + name + "' was not found in '" + alias + "'"};
  return {function, *column, other.relation, name};
}

MeasureId measure_of(const Scope& scope, const Aggregate& one) {
  return scope.measures.scalar(one.function + "(CAST(" + one.column + " AS DOUBLE))", "",
                               one.relation);
}

}  // namespace

Check ratio_check(const Scope& scope, const std::string& metric, MeasureId first, MeasureId second,
                  double when_both_zero) {
  return {scope.rule.text,
          {},
          [=, condition = condition_of(scope), past = past_of(scope, metric)](const Measures& m) {
            if (auto verdict = hindered(m, {first, second})) return *verdict;
            const auto a = m.number(first), b = m.number(second);
            if (!a || !b) return Verdict{false, {{"reason", "there is no value to measure"}}};
            const double ratio = *b != 0 ? *a / *b : *a == 0 ? when_both_zero : 0;
            Verdict verdict{false, {{"observed", ratio}, {"metrics", {{metric, ratio}}}}};
            meet(condition, ratio, past, verdict);
            return verdict;
          }};
}

Check row_count_match(const Scope& scope) {
  const std::string& alias = scope.rule.parameters[0];
  const OtherSource& other = source_of(scope, alias);
  return ratio_check(scope, "Dataset." + alias + ".RowCountMatch",
                     scope.measures.scalar("count(*)"),
                     scope.measures.scalar("count(*)", "", other.relation), 1);
}

// Of the rows here, those whose key is one of the keys there. A key with NULL in it is none.
Check referential_integrity(const Scope& scope) {
  const Reference reference = reference_of(scope, scope.rule.parameters[1]);
  const OtherSource& other = source_of(scope, reference.alias);
  const auto names = names_of(scope.rule.parameters[0]);
  if (names.size() != reference.columns.size())
    scope.wrong("has " + std::to_string(names.size()) + " columns on one side and " +
                std::to_string(reference.columns.size()) + " on the other");
  std::vector<std::string> mine, theirs;
  for (size_t i = 0; i < names.size(); ++i) {
    mine.push_back(column_of(scope, names[i]).sql);
    const auto column = column_in(other, reference.columns[i]);
    if (!column)
      throw Unfit{"column '" + reference.columns[i] + "' was not found in '" + reference.alias +
                  "'"};
    theirs.push_back(*column);
  }
  Pairing pairs;
  for (size_t i = 0; i < mine.size(); ++i) pairs.emplace_back(mine[i], theirs[i]);
  const std::string matched = "EXISTS (SELECT 1 FROM " + other.relation + " AS _mr_other WHERE " +
                              all_same(pairs, "_mr_row.", "_mr_other.", " = ") + ")";
  const MeasureId found =
      scope.measures.scalar("count(*)", "",
                            "(SELECT 1 AS one FROM (SELECT * FROM " + scope.target.relation +
                                ") AS _mr_row WHERE " + matched + ") AS _mr_found");
  const std::string keys = mine.size() == 1 ? mine[0] : "(" + tuple_of(mine, "") + ")";
  const std::string there = mine.size() == 1 ? theirs[0] : "(" + tuple_of(theirs, "") + ")";
  std::string whole;
  for (const std::string& column : theirs)
    whole += (whole.empty() ? "" : " AND ") + column + " IS NOT NULL";
  const std::string failing = "NOT coalesce(" + keys + " IN (SELECT " + there + " FROM " +
                              other.relation + " WHERE " + whole + "), false)";
  Check check = ratio_check(scope, column_metric(reference.alias, "ReferentialIntegrity"), found,
                            scope.measures.scalar("nullif(count(*), 0)"), 0);
  check.failing = failing;
  return check;
}

// Rows here that have one of the same key there, with the same values. NULL is the same as NULL.
// Keys must be unique on both sides.
Check dataset_match(const Scope& scope) {
  const std::string& alias = scope.rule.parameters[0];
  const OtherSource& other = source_of(scope, alias);
  const Pairing keys = bound(scope, other, mapping_of(scope.rule.parameters[1]), "key");
  const Pairing compared =
      scope.rule.parameters.size() > 2
          ? bound(scope, other, mapping_of(scope.rule.parameters[2]), "compared")
          : other_names(scope, other, keys);
  std::string same = all_same(keys, "_mr_row.", "_mr_other.", " = ");
  if (!compared.empty())
    same += " AND " + all_same(compared, "_mr_row.", "_mr_other.", " IS NOT DISTINCT FROM ");
  const std::string matched =
      "EXISTS (SELECT 1 FROM " + other.relation + " AS _mr_other WHERE " + same + ")";
  const MeasureId found =
      scope.measures.scalar("count(*)", "",
                            "(SELECT 1 AS one FROM (SELECT * FROM " + scope.target.relation +
                                ") AS _mr_row WHERE " + matched + ") AS _mr_found");
  std::vector<std::string> mine, theirs;
  for (const auto& [a, b] : keys) mine.push_back(a), theirs.push_back(b);
  const MeasureId here = scope.measures.scalar("count(*)", "",
                                               repeats_sql(scope.target.relation, mine)),
                  there =
                      scope.measures.scalar("count(*)", "", repeats_sql(other.relation, theirs));
  Check check = ratio_check(scope, "Dataset." + alias + ".DatasetMatch", found,
                            scope.measures.scalar("nullif(count(*), 0)"), 0);
  check.judge = [judge = std::move(check.judge), here, there](const Measures& m) {
    if (auto verdict = hindered(m, {here, there})) return *verdict;
    if (m.count(here) + m.count(there) > 0)
      return Verdict{false, {{"reason", "the key columns are no key: their values repeat"}}};
    return judge(m);
  };
  return check;
}

Check aggregate_match(const Scope& scope) {
  const Aggregate first = aggregate_of(scope, scope.rule.parameters[0]),
                  second = aggregate_of(scope, scope.rule.parameters[1]);
  const std::string names = first.name == second.name ? first.name : first.name + "," + second.name;
  return ratio_check(scope, column_metric(names, "AggregateMatch"), measure_of(scope, first),
                     measure_of(scope, second), 1);
}

}  // namespace mr::quality::dqdl
