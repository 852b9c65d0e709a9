// Tests of an expression against a table: SQL that holds for rows, and values of aggregates.
//
// One thread. UnfitColumn and MissingColumn for what the table lacks; QualityError for what is
// wrong in itself.
#pragma once
#include "quality/databrew/expression.hpp"
#include "quality/engine/gx_expectation.hpp"

#include <optional>
#include <string>

namespace mr::quality::databrew {

struct Scope {
  const Target& target;
  Measures& measures;
  const Rule& rule;
  std::string selected{};  // the column of a selector; empty: there is none

  [[noreturn]] void wrong(const std::string& what, const std::string& hint = "") const {
    throw QualityError("E7005", what, rule.place, hint);
  }
};

// Never NULL: a row without a value satisfies nothing but is_missing.
std::string row_sql(const Scope& scope, const Test& test);

struct Aggregate {
  std::string name{};
  MeasureId value = 0;
  std::optional<MeasureId> of{};  // the value is so many percent of it
  std::optional<double> known{};  // needs no rows
  bool of_a_row = false;          // it is a value of a row, which only those see who ask for them
};

Aggregate aggregate_of(const Scope& scope, const Test& test);

// What an aggregate must be compared with.
std::vector<double> numbers_of(const Scope& scope, const Test& test);
bool holds(const Test& test, const std::vector<double>& numbers, double value);

}  // namespace mr::quality::databrew
