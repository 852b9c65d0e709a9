// Numbers and phone numbers rewritten as texts, in place.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/dialling.hpp"
#include "recipe/engine/operands.hpp"

namespace mr::recipe {

using mr::data::literal;

namespace {

struct NumberShape {
  int64_t places;
  std::string point, thousands, suffix;
  int power;  // of ten that the number is divided by
};

// Exports write what isn't chosen as null, or leave it out.
std::string chosen(const Builder& b, const std::string& parameter) {
  const std::string value = b.param_or(parameter, "");
  return value == "null" ? "" : value;
}

std::string separator(const Builder& b) {
  const std::string mark = chosen(b, "numericThousandSeparator");
  if (mark == "\\\\") return "\\";  // the page prints the back slash with its escape
  if (!mark.empty() && mark != "," && mark != " " && mark != "." && mark != "\\") b.wrong("numericThousandSeparator", "a comma, a blank, a point, a back slash or null");
  return mark;
}

int power_of(const Builder& b) {
  const std::string unit = chosen(b, "numericAbbreviatedUnit");
  static constexpr std::pair<const char*, int> kUnits[] = {{"", 0}, {"THOUSAND", 3}, {"MILLION", 6}, {"BILLION", 9}, {"TRILLION", 12}};
  for (const auto& [name, power] : kUnits) {
    if (unit == name) return power;
  }
  b.wrong("numericAbbreviatedUnit", "THOUSAND, MILLION, BILLION, TRILLION or null");
}

NumberShape shape_of(const Builder& b) {
  NumberShape shape{b.whole("decimalPlaces", 0, 18), one_of_names(b, "numericDecimalSeparator", b.param("numericDecimalSeparator"), {".", ","}), separator(b),
                    chosen(b, "numericUnitAbbreviation"), power_of(b)};
  if (shape.thousands == shape.point) b.wrong("numericThousandSeparator", "another one than numericDecimalSeparator");
  return shape;
}

// The number with its places, a point and no grouping. Through the shortest text that stands for it, so that 2.675 becomes 2.68 although the
// nearest double lies below; numbers with more than 38 digits as printf writes them.
std::string rounded(const Operand& number, const NumberShape& shape) {
  const std::string places = std::to_string(shape.places), type = "DECIMAL(38," + places + ")";
  if (number.type != "DOUBLE") {
    const std::string exact = "TRY_CAST(CAST(" + number.sql + " AS VARCHAR) || 'e-" + std::to_string(shape.power) + "' AS " + type + ")";
    return "coalesce(CAST(" + exact + " AS VARCHAR), printf('%." + places + "f', CAST(" + number.sql + " AS DOUBLE) / 1e" + std::to_string(shape.power) + "))";
  }
  const std::string scaled = "(" + number.sql + ") / 1e" + std::to_string(shape.power);
  return "coalesce(CAST(TRY_CAST(CAST(" + scaled + " AS VARCHAR) AS " + type + ") AS VARCHAR), printf('%." + places + "f', " + finite(scaled) + "))";
}

void number_format(Builder& b) {
  const NumberShape shape = shape_of(b);
  Column& column = b.source();
  const std::string text = rounded(number_of(b, column), shape);
  std::string whole = "split_part(" + text + ", '.', 1)";
  if (!shape.thousands.empty()) {
    whole = "reverse(regexp_replace(regexp_replace(reverse(" + whole + "), '(\\d{3})', '\\1,', 'g'), ',(-?)$', '\\1'))";
  }
  const std::string joined = shape.places == 0 ? whole : whole + " || '.' || split_part(" + text + ", '.', 2)";
  const std::string marks = shape.thousands.empty() ? shape.point : shape.point + shape.thousands;
  b.set(column, "(translate(" + joined + ", " + literal(shape.thousands.empty() ? "." : ".,") + ", " + literal(marks) + ") || " + literal(shape.suffix) + ")", "VARCHAR");
}

void format_phone_number(Builder& b) {
  one_of_names(b, "phoneNumberFormat", "E164", {"E164"});
  if (b.has("defaultRegion") && b.has("defaultRegionColumn")) b.wrong("defaultRegionColumn", "left out: 'defaultRegion' is given, and only one of them can be");
  settle(b);
  std::string plan;
  if (b.has("defaultRegion")) {
    if (!is_dialling_region(b.param("defaultRegion"))) b.wrong("defaultRegion", "a region of two or three capital letters, like US or DEU");
    plan = dialling_plan(b.param("defaultRegion"));
  }
  if (b.has("defaultRegionColumn")) plan = dialling_plan_of(b.text(b.source("defaultRegionColumn")));
  Column& column = b.source();
  b.set(column, international_number(b.text(column), plan), "VARCHAR");
}

constexpr Action kActions[] = {{"NUMBER_FORMAT", false, number_format}, {"FORMAT_PHONE_NUMBER", false, format_phone_number}};

}  // namespace

std::span<const Action> format_actions() { return kActions; }

}  // namespace mr::recipe
