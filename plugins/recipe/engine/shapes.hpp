// What the reshaping actions share: types that hold several columns, aggregates by name, values that become columns.
//
// Pure, but for values_of, which asks the data. One thread.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "recipe/engine/builder.hpp"

namespace mr::recipe {

// The narrowest type that holds values of all; text when there is no other.
std::string common_type(const std::vector<std::string>& types);
std::string common_type(const std::vector<Column>& columns);
std::string as_type(const Builder& b, const Column& column, const std::string& type);  // the cast, or the column as it is

struct Aggregate {
  std::string call{};    // SUM(…)
  std::string type{};
};

// One of SUM, AVERAGE, COUNT … over a column, missing values left out. `tail`: FILTER (…) or OVER (…), or empty.
Aggregate aggregate(const Builder& b, const std::string& parameter, const std::string& function, const Column& column, const std::string& tail = {});

// A column of rows(), by its plain name, to be used in SELECTs over rows().
Column plain(const Column& column);
std::vector<Column> plain_columns(const Builder& b, const std::vector<size_t>& without = {});
std::string list_of(const std::vector<Column>& columns);  // their names, after commas

// The distinct values of an expression over rows(), in order, NULL last (as a text without a value). More than `most` are refused (E6014).
std::vector<std::optional<std::string>> values_of(Builder& b, const std::string& expression, const std::string& what, size_t most);
std::string column_name_of(const std::optional<std::string>& value);  // "null" and "empty" for what has no text

}  // namespace mr::recipe
