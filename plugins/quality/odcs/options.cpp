// logicalTypeOptions of a property: bounds, lengths, patterns and formats of its values.
#include "quality/engine/parts.hpp"
#include "quality/odcs/scope.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace mr::quality::odcs {
namespace {

using gx::Compiled;
using gx::Expectation;
using mr::data::literal;
using nlohmann::json;

struct Option {
  const Property& property;
  const Node& options;  // all of them
  const Node& value;
  std::string key{};
};

void require_texts(const Option& o) {
  if (!is_text(o.property.type))
    throw gx::UnfitColumn{"'" + o.property.name + "' of type " + o.property.type +
                          " holds no texts"};
}

void require_lists(const Option& o) {
  if (!o.property.type.ends_with("]"))
    throw gx::UnfitColumn{"'" + o.property.name + "' of type " + o.property.type +
                          " holds no lists"};
}

std::string length(const Expectation&, const Option& o) {
  require_texts(o);
  return "length(" + o.property.sql + ")" + (o.key == "minLength" ? " >= " : " <= ") +
         std::to_string(whole_of(o.value, "'" + o.key + "'"));
}

std::string items(const Expectation&, const Option& o) {
  require_lists(o);
  return "len(" + o.property.sql + ")" + (o.key == "minItems" ? " >= " : " <= ") +
         std::to_string(whole_of(o.value, "'" + o.key + "'"));
}

// NULL is an item like others.
std::string unique_items(const Expectation&, const Option& o) {
  require_lists(o);
  if (!flag_of(o.value, "'uniqueItems'")) return "true";
  const std::string& sql = o.property.sql;
  return "len(list_distinct(" + sql + ")) + CAST(len(" + sql + ") > list_count(" + sql +
         ") AS INTEGER) = len(" + sql + ")";
}

// Found anywhere in the text, as patterns of JSON Schema are.
std::string pattern(const Expectation& e, const Option& o) {
  require_texts(o);
  const std::string regex = text_of(o.value, "'pattern'");
  require_regex(e.target.session, regex, o.value.place);
  return "regexp_matches(" + o.property.sql + ", " + literal(regex) + ")";
}

// In the first version, exclusiveMaximum is a flag beside the maximum; later it is a bound itself.
bool excludes(const Option& o) {
  const char* flag = o.key == "minimum" ? "exclusiveMinimum" : "exclusiveMaximum";
  const Node* found = o.options.find(flag);
  return found != nullptr && found->is_scalar() && found->value == true;
}

std::string bound(const Expectation& e, const Option& o) {
  const bool low = o.key.ends_with("inimum"), exclusive = o.key.starts_with("exclusive");
  if (exclusive && o.value.is_scalar() && o.value.value.is_boolean()) return "true";
  if (!o.value.is_scalar() || o.value.is_null() || o.value.value.is_boolean())
    wrong(o.value, "'" + o.key + "' must be a number or a date");
  const auto [left, right] =
      gx::ordered_sides(e, o.property.sql, o.property.type, o.value.value, o.key.c_str());
  const bool strict = exclusive || excludes(o);
  return left + (low ? " >" : " <") + (strict ? " " : "= ") + right;
}

// A value is a multiple when no more is left of it than a double leaves.
std::string multiple_of(const Expectation&, const Option& o) {
  if (!is_number(o.property.type))
    throw gx::UnfitColumn{"'" + o.property.name + "' holds no numbers"};
  const double step = number_of(o.value, "'multipleOf'");
  if (!(step > 0)) wrong(o.value, "'multipleOf' must be above 0");
  const std::string parts =
      "(CAST(" + o.property.sql + " AS DOUBLE) / " + o.value.value.dump() + ")";
  return "abs(" + parts + " - round(" + parts + ")) < 1e-9";
}

std::string integer_format(const Option& o, const std::string& format) {
  static const std::map<std::string, std::pair<const char*, const char*>, std::less<>> kBounds{
      {"i8", {"-128", "127"}},
      {"i16", {"-32768", "32767"}},
      {"i32", {"-2147483648", "2147483647"}},
      {"i64", {"-9223372036854775808", "9223372036854775807"}},
      {"u8", {"0", "255"}},
      {"u16", {"0", "65535"}},
      {"u32", {"0", "4294967295"}},
      {"u64", {"0", "18446744073709551615"}}};
  if (format == "f32" || format == "f64" || format == "i128") return "true";
  if (format == "u128") return o.property.sql + " >= 0";
  const auto found = kBounds.find(format);
  if (found == kBounds.end())
    wrong(o.value, "there is no format '" + format + "' of numbers",
          "known are i8 to i128, u8 to u128, f32 and f64");
  return o.property.sql + " BETWEEN " + found->second.first + " AND " + found->second.second;
}

std::string text_format(const Option& o, const std::string& format) {
  static const std::map<std::string, const char*, std::less<>> kPatterns{
      {"email", R"([^@\s]+@[^@\s]+\.[^@\s]+)"},
      {"uuid", "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"},
      {"uri", R"([A-Za-z][A-Za-z0-9+.\-]*:\S+)"},
      {"hostname",
       R"(([A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?)(\.[A-Za-z0-9]([A-Za-z0-9\-]{0,61}[A-Za-z0-9])?)*)"},
      {"ipv4", R"(((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9]))"},
      {"ipv6", "[0-9a-fA-F:]*:[0-9a-fA-F:]*(([0-9]{1,3}\\.){3}[0-9]{1,3})?"},
      {"byte", "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"}};
  if (format == "password" || format == "binary") return "true";  // any text is one
  const auto found = kPatterns.find(format);
  if (found == kPatterns.end())
    wrong(o.value, "there is no format '" + format + "' of texts",
          "known are email, uuid, uri, hostname, ipv4, ipv6, byte, binary and password");
  require_texts(o);
  return "regexp_full_match(" + o.property.sql + ", " + literal(found->second) + ")";
}

// The layout of a date is of no matter for a column that is one.
std::string format(const Expectation&, const Option& o) {
  const std::string word = text_of(o.value, "'format'");
  if (is_number(o.property.type)) return integer_format(o, word);
  if (is_text(o.property.type) || o.property.type == "UUID")
    return o.property.type == "UUID" && word == "uuid" ? "true" : text_format(o, word);
  return "true";
}

std::string zoned(const Expectation&, const Option& o) {
  const bool wanted = flag_of(o.value, "'timezone'");
  return (o.property.type.find("WITH TIME ZONE") != std::string::npos) == wanted ? "true" : "false";
}

std::string zone(const Expectation&, const Option& o) {
  text_of(o.value, "'defaultTimezone'");
  return "true";
}

// Parts that must not be empty.
std::string required_parts(const Expectation& e, const Option& o) {
  std::string good;
  for (const std::string& name : texts_of(o.value, "'required'")) {
    const std::string part = o.property.sql + "." + mr::data::ident(name);
    e.target.session.describe("SELECT " + part + " AS part FROM " + e.target.relation);
    good = both(good, part + " IS NOT NULL");
  }
  return good;
}

using Test = std::string (*)(const Expectation&, const Option&);

const std::map<std::string, Test, std::less<>>& tests() {
  static const std::map<std::string, Test, std::less<>> kTests{
      {"minLength", length},       {"maxLength", length},       {"pattern", pattern},
      {"format", format},          {"minimum", bound},          {"maximum", bound},
      {"exclusiveMinimum", bound}, {"exclusiveMaximum", bound}, {"multipleOf", multiple_of},
      {"minItems", items},         {"maxItems", items},         {"uniqueItems", unique_items},
      {"timezone", zoned},         {"defaultTimezone", zone},   {"required", required_parts}};
  return kTests;
}

Compiled compile(const Expectation& e, const Option& o) {
  const auto test = tests().find(o.key);
  if (test == tests().end()) {
    Words known;
    for (const auto& [key, one] : tests()) known.push_back(key);
    wrong(o.value, "the option '" + o.key + "' is not known", known_words(o.key, known));
  }
  require_column(o.property);
  return values(e, o.property, test->second(e, o));
}

}  // namespace

void add_options(Scope& scope, const Property& property) {
  const Node* options = property.node->find("logicalTypeOptions");
  if (options == nullptr || options->is_null()) return;
  for (const NodeMember& member : options->members) {
    const Option option{property, *options, member.value, member.key};
    scope.add(property.name + " " + member.key, member.value.place,
              {{"property", property.name}, {member.key, member.value.to_json()}},
              [&](Expectation& e) { return compile(e, option); });
  }
}

}  // namespace mr::quality::odcs
