// A recipe step by step on a small table, with what each step has changed: for people who write
// one.
//
// One thread; on the session of the world. A step that can't be done ends the trial, which has the
// steps before it and the error.
#pragma once
#include "data/session.hpp"
#include "recipe/engine/recipe.hpp"
#include "recipe/engine/world.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mr::recipe {

struct Picture {
  struct Row {
    int64_t key = 0;  // of the row, over all steps that keep rows as they are
    std::vector<std::optional<std::string>> cells{};  // as text; empty: NULL
  };

  std::vector<mr::data::ColumnInfo> columns{};
  std::vector<Row> rows{};
};

struct TriedStep {
  int step = 0;
  Picture after{};
  std::vector<std::pair<size_t, size_t>> changed{};  // row and column of `after`
  std::vector<std::string> added{}, dropped{};       // names of columns
  std::vector<size_t> removed{};                     // rows of the picture before
  bool reshaped = false,
       reordered =
           false;  // rows of before and after are no pairs; `changed` and `removed` are empty
  bool of_sample =
      false;  // its result depends on other rows, and there are only those of the sample
  std::vector<std::string> notes{};
};

struct Trial {
  Picture before{};
  std::vector<TriedStep> steps{};
  std::optional<RecipeError> error{};
};

// The steps 1 to `last` of the recipe. Throws SqlError when the table can't be read.
Trial try_steps(const Recipe& recipe, const std::string& relation, size_t last, const World& world);

// What `after` has that `before` has not, for a step that keeps rows as they are.
void compare(const Picture& before, TriedStep& step);

}  // namespace mr::recipe
