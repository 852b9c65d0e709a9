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
#include "recipe/engine/tally.hpp"
#include "recipe/engine/world.hpp"

namespace mr::recipe {

struct Plan {
  std::vector<Statement> statements{};                // in order; the last makes the view
  std::string select{};                               // of the view
  size_t done = 0;                                    // of them, which compile() had to run to know the columns
  int scans = 0;                                      // statements that read the rows
  std::vector<mr::data::ColumnInfo> columns{};        // of the result
  std::string result{};                               // name of the view that holds it
  std::vector<Stage> stages{};
  std::vector<int> removing_steps{};
  std::vector<Pattern> patterns{};
  Functions functions{};
  std::vector<std::string> notes{};                   // what a person should know: a parameter or a step without effect
  const Tally* tally = nullptr;                       // of the last stage's rows, once the result has been read; null: they stand in a table
};

struct Removed {
  int step = 0;
  std::string operation{};
  int64_t rows = 0;
};

struct Reshaped {
  int step = 0;
  std::string operation{};
  int64_t rows_before = 0, rows_after = 0;
};

struct Changed {
  int step = 0;
  std::string operation{};
  int64_t cells = 0;
};

// rows_in - removed = rows_before of the first reshaping step; its rows_after - removed = the next one's rows_before, or rows_out.
struct Account {
  int64_t rows_in = 0, rows_out = 0;
  std::vector<Removed> removed{};    // per removing step, zero included
  std::vector<Reshaped> reshaped{};
  std::vector<Changed> changed{};    // per step that changes cells in place, when World::count_cells
};

struct Explained {
  std::vector<std::string> statements{};
  int scans = 0;
  std::vector<mr::data::ColumnInfo> columns{};
};

// `relation` is the name of a table or view as SQL; `result` names the view that run() makes.
// Columns that depend on the data are found out by running the statements so far, on the session of the world.
Plan compile(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns, const std::string& relation, const std::string& result, const World& world = {});
Account run(mr::data::Session& session, const Recipe& recipe, const Plan& plan, const Secrets& secrets = {});
// The rest of it, when the result has been read and the plan has a tally. Nothing otherwise.
void complete(Account& account, const Recipe& recipe, const Plan& plan);
Explained explain(const Recipe& recipe, const std::vector<mr::data::ColumnInfo>& columns, const World& world = {}, const std::string& relation = "input");

// For a recipe alone, without data: columns that it needs and that no step makes are taken to be in
// the input, as texts. What no text can stand for (E6008, E6012) is refused.
struct Assumed {
  std::vector<mr::data::ColumnInfo> columns{};  // of the input
  Plan plan{};
};

Assumed compile_alone(const Recipe& recipe, const std::string& relation, const World& world);

std::vector<std::string> texts_of(const std::vector<Statement>& statements);

// A SELECT of the removed rows (World::keep_removed), every value as text, with the step that removed them in _reason; empty: none can be.
std::string removed_rows(const Recipe& recipe, const Plan& plan);

}  // namespace mr::recipe
