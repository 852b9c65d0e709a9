#include "recipe/suggest_operator.hpp"

#include "recipe/engine/recipe.hpp"
#include "recipe/looked_at.hpp"
#include "recipe/profile/suggest.hpp"

namespace mr::recipe {
namespace {

void run_suggest(const RecipeSuggest::Config& c, mr::Attempt& attempt) {
  const mr::data::Facts facts{attempt.facts()};
  LookedAt data = open_looked_at(facts, attempt, c.input, c.file);
  const mr::data::Watch watch(data.session, attempt);
  const auto found = suggest(data.session, data.relation);
  attempt.stop_if_cancelled();
  const auto steps = steps_of(found);
  mr::Json reasons = mr::Json::array();
  for (const Suggestion& one : found) reasons.push_back({{"step", reasons.size() + 1}, {"operation", one.operation}, {"column", one.column}, {"reason", one.reason}});
  if (!c.recipe.empty()) write_text(attempt, c.recipe, steps.dump(2) + "\n");
  attempt.output("steps", mr::Json(steps));
  attempt.output("reasons", reasons);
}

}  // namespace

void RecipeSuggest::run(const Config& c, mr::Attempt& attempt) const {
  try {
    run_suggest(c, attempt);
  } catch (const RecipeError& error) {
    throw mr::Failure("config", error.code, error.problem, error.where, error.hint);
  }
}

}  // namespace mr::recipe
