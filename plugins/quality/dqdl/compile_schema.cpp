#include "quality/dqdl/compilers.hpp"
#include "quality/dqdl/sources.hpp"

#include <algorithm>

namespace mr::quality::dqdl {
namespace {

using nlohmann::json;

// A number that is known before any row is read; it may be compared with earlier ones.
Check known_number(const Scope& scope, const std::string& metric, double value) {
  Verdict verdict{false, {{"observed", value}, {"metrics", {{metric, value}}}}};
  meet(condition_of(scope), value, past_of(scope, metric), verdict);
  return settled(scope.rule.text, verdict.success, std::move(verdict.facts));
}

}  // namespace

Check column_count(const Scope& scope) {
  return known_number(scope, "Dataset.*.ColumnCount",
                      static_cast<double>(scope.target.columns.size()));
}

Check column_exists(const Scope& scope) {
  const std::string& name = scope.rule.parameters[0];
  bool there = true;
  try {
    column_of(scope, name);
  } catch (const Unfit&) {
    there = false;
  }
  json facts{{"metrics", {{"Dataset." + name + ".ColumnExists", there ? 1.0 : 0.0}}}};
  if (!there) facts["message"] = "column '" + name + "' does not exist";
  return settled(scope.rule.text, there, std::move(facts));
}

// A pattern is found anywhere in a name.
Check column_names_match(const Scope& scope) {
  const std::string& pattern = scope.rule.parameters[0];
  require_regex(scope.target.session, pattern, scope.rule.place);
  std::string others;
  size_t good = 0;
  for (const auto& column : scope.target.columns) {
    const auto found =
        scope.target.session.query("SELECT regexp_matches(" + mr::data::literal(column.name) +
                                   ", " + mr::data::literal(pattern) + ")");
    if (found.rows.at(0).at(0) == "true")
      ++good;
    else
      others += (others.empty() ? "" : ", ") + column.name;
  }
  const size_t all = scope.target.columns.size();
  json facts = json::object();
  if (all > 0)
    facts["metrics"] = {{"Dataset.*.ColumnNamesPatternMatchRatio",
                         static_cast<double>(good) / static_cast<double>(all)}};
  if (good < all) facts["message"] = "columns that do not match the pattern: " + others;
  return settled(scope.rule.text, good == all, std::move(facts));
}

Check schema_match(const Scope& scope) {
  const std::string& alias = scope.rule.parameters[0];
  const auto& other = source_of(scope, alias).columns;
  const auto& mine = scope.target.columns;
  const auto same = std::count_if(mine.begin(), mine.end(), [&](const auto& column) {
    return std::any_of(other.begin(), other.end(), [&](const auto& one) {
      return one.name == column.name && one.type == column.type;
    });
  });
  const bool comparable = !mine.empty() && mine.size() == other.size();
  return known_number(
      scope, "Dataset." + alias + ".SchemaMatch",
      comparable ? static_cast<double>(same) / static_cast<double>(mine.size()) : 0.0);
}

}  // namespace mr::quality::dqdl
