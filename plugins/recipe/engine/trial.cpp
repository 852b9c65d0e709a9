#include "recipe/engine/trial.hpp"

#include "recipe/engine/actions.hpp"
#include "recipe/engine/builder.hpp"

#include <algorithm>
#include <map>
#include <numeric>

namespace mr::recipe {

using mr::data::ident;

namespace {

std::map<std::string, size_t> positions_of(const std::vector<mr::data::ColumnInfo>& columns) {
  std::map<std::string, size_t> positions;
  for (size_t i = 0; i < columns.size(); ++i) positions[columns[i].name] = i;
  return positions;
}

class Stepper {
 public:
  Stepper(const std::string& relation, const World& world)
      : session_(*world.session), builder_(session_.describe(relation), relation, true, world) {}

  // The table as it is now, written down, so that the next step's statements are its own.
  Picture picture() {
    builder_.begin(pause_);
    std::vector<size_t> all(builder_.columns().size());
    std::iota(all.begin(), all.end(), size_t{0});
    builder_.materialise(all);
    Picture picture;
    std::string list;
    for (const Column& column : builder_.columns()) {
      picture.columns.push_back({column.name, column.type});
      list += ", CAST(" + column.sql + " AS VARCHAR)";
    }
    for (auto& row :
         session_.query("SELECT _mr_row" + list + " FROM " + builder_.rows() + " ORDER BY _mr_row")
             .rows) {
      const int64_t key = std::stoll(row[0].value_or("0"));
      row.erase(row.begin());
      picture.rows.push_back({key, std::move(row)});
    }
    return picture;
  }

  TriedStep take(const Step& step, const Picture& before) {
    TriedStep tried;
    tried.step = step.number;
    const size_t statements = builder_.statements().size(), stages = builder_.stages().size(),
                 notes = builder_.notes().size();
    builder_.begin(step);
    find_action(step).apply(builder_);
    for (const std::string& name : builder_.unread())
      tried.notes.push_back("parameter '" + name + "' has no effect");
    tried.notes.insert(tried.notes.end(),
                       builder_.notes().begin() + static_cast<std::ptrdiff_t>(notes),
                       builder_.notes().end());
    tried.after = picture();
    tried.reshaped = builder_.stages().size() > stages;
    tried.reordered = step.operation == "SORT";
    tried.of_sample = tried.reshaped || looks_at_other_rows(statements);
    if (!tried.reshaped && !tried.reordered) compare(before, tried);
    return tried;
  }

 private:
  // Statistics, questions and windows; the one that writes the picture is none of them.
  bool looks_at_other_rows(size_t first) const {
    const auto& statements = builder_.statements();
    return std::any_of(statements.begin() + static_cast<std::ptrdiff_t>(first), statements.end(),
                       [](const Statement& statement) {
                         return statement.table.starts_with("_mr_stats_") ||
                                (statement.scan && statement.table.empty()) ||
                                statement.sql.find(" OVER (") != std::string::npos;
                       });
  }

  mr::data::Session& session_;
  Builder builder_;
  Step pause_{};
};

RecipeError as_recipe_error(const mr::data::SqlError& error, const Step& step) {
  return {error.code, error.what_happened, place(step), error.hint};
}

}  // namespace

void compare(const Picture& before, TriedStep& step) {
  const auto columns_before = positions_of(before.columns),
             columns_after = positions_of(step.after.columns);
  for (const auto& column : before.columns) {
    if (!columns_after.contains(column.name)) step.dropped.push_back(column.name);
  }
  for (const auto& column : step.after.columns) {
    if (!columns_before.contains(column.name)) step.added.push_back(column.name);
  }
  std::map<int64_t, const Picture::Row*> rows_before;
  for (const auto& row : before.rows) rows_before[row.key] = &row;
  std::map<int64_t, bool> still;
  for (size_t r = 0; r < step.after.rows.size(); ++r) {
    const auto& row = step.after.rows[r];
    still[row.key] = true;
    const auto old = rows_before.find(row.key);
    for (size_t c = 0; old != rows_before.end() && c < row.cells.size(); ++c) {
      const auto column = columns_before.find(step.after.columns[c].name);
      if (column != columns_before.end() && old->second->cells[column->second] != row.cells[c])
        step.changed.emplace_back(r, c);
    }
  }
  for (size_t r = 0; r < before.rows.size(); ++r) {
    if (!still.contains(before.rows[r].key)) step.removed.push_back(r);
  }
}

Trial try_steps(const Recipe& recipe, const std::string& relation, size_t last,
                const World& world) {
  Stepper stepper(relation, world);
  Trial trial{stepper.picture(), {}, {}};
  for (size_t i = 0; i < std::min(last, recipe.steps.size()); ++i) {
    const Step& step = recipe.steps[i];
    try {
      trial.steps.push_back(
          stepper.take(step, trial.steps.empty() ? trial.before : trial.steps.back().after));
    } catch (const RecipeError& error) {
      trial.error = error;
      break;
    } catch (const mr::data::SqlError& error) {
      trial.error = as_recipe_error(error, step);
      break;
    }
  }
  return trial;
}

}  // namespace mr::recipe
