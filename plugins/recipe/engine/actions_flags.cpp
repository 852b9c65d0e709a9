// New columns that say something about another one.
#include <algorithm>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

std::string said(const Builder& b, const std::string& test) {
  return "CASE WHEN " + test + " THEN " + literal(b.param_or("trueString", "True")) + " ELSE " + literal(b.param_or("falseString", "False")) + " END";
}

// "flagType" says again what the action's name says; some exports leave it out.
void check_flag_type(const Builder& b, const std::string& type) {
  if (b.has("flagType") && b.param("flagType") != type) b.wrong("flagType", "'" + type + "'");
}

void flag_null(Builder& b) {
  check_flag_type(b, "Null values");
  const std::string test = b.missing(b.source());
  b.add_target(said(b, test), "VARCHAR");
}

void flag_pattern(Builder& b) {
  check_flag_type(b, "Pattern");
  const std::string test = "regexp_matches(" + b.text(b.source()) + ", " + b.regex("pattern", b.param("pattern")) + ")";
  b.add_target(said(b, test), "VARCHAR");
}

// The type that holds the values of all: numbers stay numbers, dates become times beside times, the rest are texts.
std::string common_type(Builder& b, const std::vector<size_t>& indexes) {
  const std::string& first = b.at(indexes.front()).type;
  bool same = true, numbers = true, whole = true, times = true;
  for (const size_t index : indexes) {
    const Family family = family_of(b.at(index).type);
    same = same && b.at(index).type == first;
    numbers = numbers && is_number(family);
    whole = whole && family == Family::whole;
    times = times && (family == Family::date || family == Family::timestamp);
  }
  if (same) return first;
  if (whole) return "HUGEINT";
  return numbers ? "DOUBLE" : times ? "TIMESTAMP" : "VARCHAR";
}

void coalesce(Builder& b) {
  const auto indexes = b.sources();
  const std::string type = common_type(b, indexes);
  std::string sql = "coalesce(";
  for (const size_t index : indexes) {
    const Column& column = b.at(index);
    sql += (sql.back() == '(' ? "" : ", ") + (column.type == type ? column.sql : "CAST(" + column.sql + " AS " + type + ")");
  }
  b.add(*std::max_element(indexes.begin(), indexes.end()) + 1, b.param("targetColumn"), sql + ")", type);
}

constexpr Action kActions[] = {{"FLAG_COLUMN_FROM_NULL", false, flag_null}, {"FLAG_COLUMN_FROM_PATTERN", false, flag_pattern}, {"COALESCE", false, coalesce}};

}  // namespace

std::span<const Action> flag_actions() { return kActions; }

}  // namespace mr::recipe
