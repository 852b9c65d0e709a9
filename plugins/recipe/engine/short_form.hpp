// The short form of a step, for people who write recipes by hand: the same actions and parameters
// under names in snake case.
//
//   - upper_case: {column: name}                    UPPER_CASE, sourceColumn
//   - delete_duplicate_rows
//   - fill_with_custom: {column: quantity, value: 0, column_data_type: int}
//     when: {column: country, is: [DE, FR]}         ConditionExpressions; a list where there are
//     several
//
// Names: column, columns, column1 and column2 are sourceColumn and so on, target is targetColumn;
// all others as documented, column_data_type or columnDataType. Lists and objects stand for the
// JSON that the format has inside of texts. Pure. Errors: RecipeError E6003.
#pragma once
#include "recipe/engine/recipe.hpp"
#include "recipe/engine/recipe_text.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace mr::recipe {

bool is_short_step(const Tree& entry);
Step read_short_step(const Tree& entry, int number, const std::string& where);

// Names in the short form; empty: it has none for that, and the step is written in the long one.
std::optional<std::string> short_action(const std::string& operation);
std::optional<std::string> short_parameter(const std::string& name);
std::optional<std::string> short_condition(const std::string& name);

// Where texts are lists and objects by definition: spaces between their parts mean nothing.
bool holds_json(const std::string& parameter);
bool condition_holds_json(const std::string& condition);

}  // namespace mr::recipe
