// What functions work on: columns or constants, as numbers; and where their new column stands.
//
// Pure; one thread. Errors: RecipeError, before any data is read.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "recipe/engine/builder.hpp"

namespace mr::recipe {

struct Operand {
  std::string sql{}, type{};
  bool constant = false;
};

// A column as a number, in its own type; what is no finite number in a text is NULL. Refuses columns that hold no numbers (E6008).
Operand number_of(const Builder& builder, const Column& column);
Operand number_constant(const Builder& builder, const std::string& parameter);

// The one operand of a function: a column or a constant, never both. The reference spells both with and without a 1.
Operand only_number(Builder& builder);
// One of two: "sourceColumn1" or "value1".
Operand number_side(Builder& builder, const std::string& side);
// For functions with one operand of any kind: the name of the parameter that holds it, sourceColumn or value.
std::string only_source(const Builder& builder);

// A number as SQL reads it, like -1.5 or 2e3; absent when the text is none, or none that a double holds.
std::optional<double> number_in(std::string_view text);

int scale_of(const std::string& type);  // digits after the point; 0 for what is no DECIMAL
std::string finite(const std::string& sql);  // a double, NULL where it is infinite or no number
std::string one_of_names(const Builder& builder, const std::string& parameter, const std::string& fallback, std::initializer_list<const char*> allowed);

// Makes the columns that the step's parameters name fit for TRY and lambdas; call it before any of them is read.
void settle(Builder& builder);

// A new column right of the last of the columns that these parameters name; at the end when they name none.
void add_right_of(Builder& builder, std::initializer_list<const char*> parameters, const std::string& sql, const std::string& type);

}  // namespace mr::recipe
