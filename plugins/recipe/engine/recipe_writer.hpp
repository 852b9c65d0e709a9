// A recipe as text again: JSON as DataBrew exports it, or YAML in the short form (short_form.hpp).
// Pure.
//
// Reading what was written gives an equal recipe; only spaces between the parts of JSON inside of
// texts may differ, where the format says that the text is JSON. A step that the short form can't
// say is written in the long one.
#pragma once
#include "recipe/engine/recipe.hpp"

#include <string>

namespace mr::recipe {

std::string to_json(const Recipe& recipe);
std::string to_yaml(const Recipe& recipe);

// A step for a line of a message: "fill_with_custom: {column: quantity, value: 0, column_data_type: int}"; what is longer
// than 160 bytes is cut.
std::string short_line(const Step& step);

}  // namespace mr::recipe
