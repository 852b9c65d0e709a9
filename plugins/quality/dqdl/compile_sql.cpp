#include "quality/dqdl/compilers.hpp"
#include "quality/dqdl/spark_sql.hpp"

#include <algorithm>

namespace mr::quality::dqdl {
namespace {

using mr::data::ident;

// The statement's SQL, with the rows that are checked as "primary" and the other datasets by their
// aliases. One SELECT, which reads only these.
std::string statement_of(const Scope& scope) {
  auto& session = scope.target.session;
  const auto sql = engine_sql(scope.rule.parameters[0]);
  if (!sql) throw Unfit{"the statement can't be read"};
  session.run("CREATE OR REPLACE TEMP VIEW \"primary\" AS SELECT * FROM " + scope.target.relation);
  for (const auto& [alias, source] : scope.world.sources)
    session.run("CREATE OR REPLACE TEMP VIEW " + ident(alias) + " AS SELECT * FROM " +
                source.relation);
  try {
    session.check_select(*sql);
    session.describe(*sql);
  } catch (const mr::Failure&) {
    throw Unfit{
        "the statement is invalid: it must be one SELECT whose tables and columns are there"};
  }
  return *sql;
}

Check number_of(const Scope& scope, const std::string& sql) {
  const auto columns = scope.target.session.describe(sql);
  if (columns.size() != 1) throw Unfit{"the statement must give one value"};
  const MeasureId value = scope.measures.scalar(
      "CASE WHEN count(*) = 1 THEN CAST(any_value(" + ident(columns[0].name) + ") AS DOUBLE) END",
      "", "(" + sql + ") AS _mr_statement");
  return number_check(scope, {.metric = {"Dataset.*.CustomSQL", value},
                              .condition = condition_of(scope),
                              .of_rows = false});
}

// A row complies when its values of the columns that the statement gives are among what it gives.
Check rows_of(const Scope& scope, const std::string& sql) {
  std::string mine, theirs;
  for (const auto& column : scope.target.session.describe(sql)) {
    const auto* here = scope.target.find(column.name, false);
    if (here == nullptr)
      throw Unfit{"column '" + column.name +
                  "' of the statement was not found in the rows that are checked"};
    const std::string key =
        (mine.empty() ? "k" : ", k") + std::to_string(std::count(mine.begin(), mine.end(), '='));
    mine += key + " := " + ident(here->name);
    theirs += key + " := " + ident(column.name);
  }
  const std::string good = "coalesce(struct_pack(" + mine + ") IN (SELECT struct_pack(" + theirs +
                           ") FROM (" + sql + ")), false)";
  return row_check(scope, {.good = good, .compliance = "Dataset.*.CustomSQL.Compliance"});
}

}  // namespace

Check custom_sql(const Scope& scope) {
  const bool number = scope.rule.condition.has_value();
  if (number && scope.rule.threshold) scope.wrong("takes a condition or a threshold");
  try {
    const std::string sql = statement_of(scope);
    return number ? number_of(scope, sql) : rows_of(scope, sql);
  } catch (const Unfit& problem) {
    Check check = unfit(scope.rule.text, problem.reason);
    if (!number) check.failing = "true";  // none of the rows is known to comply
    return check;
  }
}

}  // namespace mr::quality::dqdl
