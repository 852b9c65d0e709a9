#include "recipe/account.hpp"

#include "recipe/engine/recipe_writer.hpp"

namespace mr::recipe {

mr::Json account_json(const Recipe& recipe, const Account& account) {
  const auto why = [&](int step) {
    return short_line(recipe.steps[static_cast<size_t>(step) - 1]);
  };
  mr::Json removed = mr::Json::array(), reshaped = mr::Json::array(), changed = mr::Json::array();
  for (const auto& step : account.removed)
    removed.push_back({{"step", step.step},
                       {"action", step.operation},
                       {"rows", step.rows},
                       {"why", why(step.step)}});
  for (const auto& step : account.reshaped)
    reshaped.push_back({{"step", step.step},
                        {"action", step.operation},
                        {"rows_before", step.rows_before},
                        {"rows_after", step.rows_after},
                        {"why", why(step.step)}});
  for (const auto& step : account.changed)
    changed.push_back({{"step", step.step},
                       {"action", step.operation},
                       {"cells", step.cells},
                       {"why", why(step.step)}});
  return {{"recipe_rows_in", account.rows_in},
          {"recipe_rows_out", account.rows_out},
          {"removed", removed},
          {"reshaped", reshaped},
          {"cells_changed", changed}};
}

}  // namespace mr::recipe
