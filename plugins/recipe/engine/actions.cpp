#include "recipe/engine/actions.hpp"

#include <algorithm>

namespace mr::recipe {
namespace {

using Group = std::span<const Action> (*)();
constexpr auto kGroups = std::to_array<Group>({column_actions, missing_actions, row_actions, number_actions, aggregate_actions, date_actions, time_actions,
                                              format_actions, flag_actions, reshape_actions, combine_actions, nest_actions, data_actions, cleaning_actions,
                                              extracting_actions, text_function_actions, web_actions, semantic_actions, mask_actions, random_actions, crypto_actions,
                                              window_actions, outlier_actions, science_actions, token_actions, branch_actions, split_actions});

size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(std::string_view name) {
  std::string_view best;
  size_t least = name.size() / 3 + 1;
  for (const std::string_view candidate : action_names()) {
    if (const size_t d = distance(name, candidate); d < least) {
      least = d;
      best = candidate;
    }
  }
  return best.empty() ? std::string() : "did you mean " + std::string(best) + "?";
}

}  // namespace

std::vector<std::string_view> action_names() {
  std::vector<std::string_view> names;
  for (const Group group : kGroups) {
    for (const Action& action : group()) names.push_back(action.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

const Action& find_action(const Step& step) {
  for (const Group group : kGroups) {
    for (const Action& action : group()) {
      if (action.name == step.operation) return action;
    }
  }
  throw RecipeError("E6004", "action " + step.operation + " is not supported", place(step), nearest(step.operation));
}

}  // namespace mr::recipe
