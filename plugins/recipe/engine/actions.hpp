// Every action that recipes may use, as tables: one function per action, one file per group.
//
// Pure; any thread. A step with an action outside the tables is refused by name.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/engine/builder.hpp"

namespace mr::recipe {

struct Action {
  std::string_view name;
  bool ordered;               // needs to know which row came first
  void (*apply)(Builder&);
};

std::span<const Action> column_actions();
std::span<const Action> missing_actions();
std::span<const Action> row_actions();
std::span<const Action> number_actions();
std::span<const Action> aggregate_actions();
std::span<const Action> date_actions();
std::span<const Action> time_actions();
std::span<const Action> format_actions();
std::span<const Action> flag_actions();
std::span<const Action> reshape_actions();
std::span<const Action> combine_actions();
std::span<const Action> nest_actions();
std::span<const Action> data_actions();
std::span<const Action> cleaning_actions();
std::span<const Action> extracting_actions();
std::span<const Action> text_function_actions();
std::span<const Action> web_actions();
std::span<const Action> semantic_actions();
std::span<const Action> mask_actions();
std::span<const Action> random_actions();
std::span<const Action> crypto_actions();
std::span<const Action> window_actions();
std::span<const Action> outlier_actions();
std::span<const Action> science_actions();
std::span<const Action> token_actions();
std::span<const Action> branch_actions();
std::span<const Action> split_actions();

const Action& find_action(const Step& step);  // throws RecipeError
std::vector<std::string_view> action_names();

// Pieces that several groups need.
std::string duck_type(const Builder& builder, const std::string& parameter, const std::string& name);
std::string converted(const Builder& builder, const Column& column, const std::string& type);  // NULL where it can't be
std::string invalid(const Builder& builder, const Column& column, const std::string& type_name, const std::string& advanced);
std::string as_time(const Builder& builder, const Column& column);           // TIMESTAMP, NULL where unreadable
std::string time_of_text(const std::string& sql);
std::string time_of_column(const std::string& sql, const std::string& trimmed);  // the same, faster for the usual layouts; in statements of recipes
std::string layout(const Builder& builder, const std::string& parameter, const std::string& text);  // strftime's
std::vector<std::string> selected_columns(Builder& builder);                   // names, from sourceColumns or regexColumnSelector
std::string quoted_regex(const std::string& text);                            // text as a pattern that matches itself
std::string number_parameter(const Builder& builder, const std::string& name);  // as it stands in SQL; refused when it is no finite number
double number_value(const Builder& builder, const std::string& name);          // the same, to be compared here
std::string random_fraction(const Builder& builder, const std::string& column);  // from 0 to just below 1, by seed, step, column and row; 53 bits fit a DOUBLE
std::string number_as_text(const std::string& sql);                           // as people write it: 7, not 7.0
std::string finite_number(const Builder& builder, const Column& column);      // DOUBLE, NULL where it is no finite number
std::string z_score(Builder& builder);                                        // of the source; prepares and asks for its statistics
std::string reshaped(const Builder& builder, const std::string& x);           // x through the step's skewFunction

}  // namespace mr::recipe
