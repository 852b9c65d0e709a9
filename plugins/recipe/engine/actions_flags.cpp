// New columns that say something about another one.
#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

std::string said(const Builder& b, const std::string& test) {
  return "CASE WHEN " + test + " THEN " + literal(b.param_or("trueString", "True")) + " ELSE " + literal(b.param_or("falseString", "False")) + " END";
}

void flag_null(Builder& b) {
  const std::string test = b.missing(b.source());
  b.add_target(said(b, test), "VARCHAR");
}

void flag_pattern(Builder& b) {
  const std::string test = "regexp_matches(" + b.text(b.source()) + ", " + b.regex("pattern", b.param("pattern")) + ")";
  b.add_target(said(b, test), "VARCHAR");
}

void coalesce(Builder& b) {
  std::string sql = "coalesce(";
  std::string type;
  bool same = true;
  const auto indexes = b.sources();
  for (const size_t index : indexes) {
    same = same && (type.empty() || type == b.at(index).type);
    type = b.at(index).type;
  }
  for (const size_t index : indexes) sql += (sql.back() == '(' ? "" : ", ") + (same ? b.at(index).sql : b.text(b.at(index)));
  b.add(indexes.back() + 1, b.param("targetColumn"), sql + ")", same ? type : "VARCHAR");
}

constexpr Action kActions[] = {{"FLAG_COLUMN_FROM_NULL", false, flag_null}, {"FLAG_COLUMN_FROM_PATTERN", false, flag_pattern}, {"COALESCE", false, coalesce}};

}  // namespace

std::span<const Action> flag_actions() { return kActions; }

}  // namespace mr::recipe
