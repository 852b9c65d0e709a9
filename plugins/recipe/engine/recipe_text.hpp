// The text of a recipe as a tree: JSON, or YAML.
//
// Pure. In YAML, plain scalars that are JSON in its shortest form (3, true, but not 007 or 1.50)
// are such values, all others are texts, so that the text of each is as it stands in the file.
// Aliases are expanded within a limit. Errors: RecipeError E6001, E6002 with line and column.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mr::recipe {

using Tree = nlohmann::ordered_json;  // members in the order of the file

Tree tree_of(std::string_view text, const std::string& name);

// A plain scalar of YAML as a value; a text when it is no JSON in its shortest form.
Tree scalar_of(const std::string& text);

// The value of the parameter `name` as the text that recipes hold: numbers, booleans and lists that
// people typed are the JSON that they are.
std::string text_in(const Tree& value, const std::string& name, const std::string& where);

}  // namespace mr::recipe
