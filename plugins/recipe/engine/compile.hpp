// A recipe compiled to SQL: as few statements as its steps allow, to be printed or run on a session.
//
// Pure, but for run(). One thread. Errors: RecipeError with step, action, parameter; SqlError from the session.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "data/session.hpp"
#include "recipe/engine/builder.hpp"
#include "recipe/engine/recipe.hpp"

namespace mr::recipe {

struct Plan {
  Tables tables{};                                    // in order; each reads the relation once, or tables before it
  std::string select{};                               // of the result, over the last table
  int scans = 0;                                      // of the relation
  std::vector<mr::data::ColumnInfo> columns{};        // of the result
  std::string result{};                               // name of the view that holds it
  std::string count_sql{};                            // rows by the step that removed them (NULL: still there)
  std::vector<Pattern> patterns{};
};

struct Removed {
  int step = 0;
  std::string operation{};
  int64_t rows = 0;
};

struct Account {
  int64_t rows_in = 0, rows_out = 0;
  std::vector<Removed> removed{};  // per removing step, zero included
};

struct Explained {
  std::vector<std::string> statements{};
  int scans = 0;
  std::vector<mr::data::ColumnInfo> columns{};
};

// `relation` is the name of a table or view as SQL; `result` names the view that run() makes.
std::vector<std::string> statements_of(const Plan& plan);  // that make the tables and the view
Plan compile(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns, const std::string& relation, const std::string& result);
Account run(mr::data::Session& session, const Recipe& recipe, const Plan& plan);
Explained explain(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns);

}  // namespace mr::recipe
