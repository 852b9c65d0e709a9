// Expectations of single values: NULL, sets, ranges, lengths, uniqueness, types.
#include "quality/engine/gx_expectation.hpp"

namespace mr::quality::gx {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

Compiled not_null(const Expectation& e) {
  return map_check(e, Shape::nullity, {column_of(e)}, "",
                   ident(column_of(e).name) + " IS NOT NULL");
}

Compiled be_null(const Expectation& e) {
  return map_check(e, Shape::nullity, {column_of(e)}, "", ident(column_of(e).name) + " IS NULL");
}

void need_bound(const Expectation& e) {
  if (!e.has("min_value") && !e.has("max_value"))
    e.wrong("min_value and max_value cannot both be None: needs 'min_value' or 'max_value'");
}

Compiled between(const Expectation& e) {
  need_bound(e);
  const ColumnInfo& column = column_of(e);
  const auto bound = [&](const char* key) {
    return e.has(key) && e.kwargs[key].is_number() ? e.kwargs[key].get<double>() : 0;
  };
  const bool numbers = e.has("min_value") && e.has("max_value") &&
                       e.kwargs["min_value"].is_number() && e.kwargs["max_value"].is_number();
  if (numbers && bound("min_value") > bound("max_value"))
    e.wrong("min_value cannot be greater than max_value");
  return value_check(e, within(e, ident(column.name), column.type));
}

Compiled in_set(const Expectation& e) {
  if (!e.has("value_set")) return value_check(e, "true");
  return value_check(
      e, member_test(e, e.list("value_set"), ident(column_of(e).name), column_of(e).type));
}

Compiled not_in_set(const Expectation& e) {
  if (!e.has("value_set")) return value_check(e, "true");
  return value_check(
      e, "NOT " + member_test(e, e.list("value_set"), ident(column_of(e).name), column_of(e).type));
}

// Lengths are of texts, in characters; a number has none, as SQL sees it.
std::string length_of(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  if (!is_text(column.type))
    e.wrong("column '" + column.name + "' of type " + column.type +
            " has no length: No function matches the given name and argument types.");
  return "length(" + ident(column.name) + ")";
}

Compiled length_between(const Expectation& e) {
  need_bound(e);
  for (const char* key : {"min_value", "max_value"}) {
    if (e.has(key)) e.whole(key);
  }
  return value_check(e, within(e, length_of(e), "BIGINT"));
}

Compiled length_equal(const Expectation& e) {
  return value_check(e, length_of(e) + " = " + std::to_string(e.whole("value")));
}

Compiled unique(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  return unique_check(e, Shape::column, {column}, ident(column.name) + " IS NOT NULL");
}

// The declared type of the column, by any of the names.
Compiled typed(const Expectation& e, bool success, const ColumnInfo& column) {
  Check check{label(e), {}, [success, type = column.type](const Measures&) {
                return Verdict{success, {{"observed", type}}, {{"observed_value", type}}};
              }};
  return {.check = std::move(check), .shape = Shape::aggregate};
}

Compiled of_type(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  e.mostly();
  return typed(e, is_called(column.type, e.text("type_"), e.where), column);
}

Compiled of_type_list(const Expectation& e) {
  const ColumnInfo& column = column_of(e);
  e.mostly();
  if (!e.has("type_list")) return typed(e, true, column);
  bool success = false;
  for (const std::string& name : e.names("type_list"))
    success = is_called(column.type, name, e.where) || success;
  return typed(e, success, column);
}

}  // namespace

void add_column_maps(Registry& registry) {
  registry["expect_column_values_to_not_be_null"] = {not_null, {"column", "mostly"}};
  registry["expect_column_values_to_be_null"] = {be_null, {"column", "mostly"}};
  registry["expect_column_values_to_be_between"] = {
      between,
      {"column", "mostly", "min_value", "max_value", "strict_min", "strict_max",
       "allow_cross_type_comparisons", "parse_strings_as_datetimes"}};
  registry["expect_column_values_to_be_in_set"] = {
      in_set, {"column", "mostly", "value_set", "parse_strings_as_datetimes"}};
  registry["expect_column_values_to_not_be_in_set"] = {
      not_in_set, {"column", "mostly", "value_set", "parse_strings_as_datetimes"}};
  registry["expect_column_values_to_be_unique"] = {
      unique, {"column", "mostly", "parse_strings_as_datetimes"}};
  registry["expect_column_value_lengths_to_be_between"] = {
      length_between, {"column", "mostly", "min_value", "max_value", "strict_min", "strict_max"}};
  registry["expect_column_value_lengths_to_equal"] = {
      length_equal, {"column", "mostly", "value", "parse_strings_as_datetimes"}};
  registry["expect_column_values_to_be_of_type"] = {of_type, {"column", "mostly", "type_"}};
  registry["expect_column_values_to_be_in_type_list"] = {of_type_list,
                                                         {"column", "mostly", "type_list"}};
  registry["expect_column_type_to_be"] = {of_type, {"column", "type_"}, false};
}

}  // namespace mr::quality::gx
