#include "plugin/profile.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "base/text.hpp"

namespace millrace {
namespace {

// What a keyword's value has to be.
enum class Takes : uint8_t { anything = 1, text, texts, flag, number, count, list, schema, schemas, flag_or_schema, types, variants, pattern, format };

struct Keyword {
  std::string_view name;
  Takes takes;
};

constexpr std::array kKeywords{
    Keyword{"type", Takes::types}, Keyword{"properties", Takes::schemas}, Keyword{"required", Takes::texts}, Keyword{"additionalProperties", Takes::flag_or_schema},
    Keyword{"items", Takes::schema}, Keyword{"enum", Takes::list}, Keyword{"const", Takes::anything}, Keyword{"default", Takes::anything},
    Keyword{"minimum", Takes::number}, Keyword{"maximum", Takes::number}, Keyword{"minLength", Takes::count}, Keyword{"maxLength", Takes::count},
    Keyword{"pattern", Takes::pattern}, Keyword{"format", Takes::format}, Keyword{"description", Takes::text}, Keyword{"title", Takes::text},
    Keyword{"examples", Takes::list}, Keyword{"deprecated", Takes::flag}, Keyword{"oneOf", Takes::variants}, Keyword{"$schema", Takes::text},
    Keyword{"x-mr-secret", Takes::flag}, Keyword{"x-mr-multiline", Takes::flag}, Keyword{"x-mr-template", Takes::flag}, Keyword{"x-mr-language", Takes::text},
    Keyword{"x-mr-dataset", Takes::text}};
const std::vector<std::string> kTypes{"string", "number", "integer", "boolean", "array", "object", "null"};
const std::vector<std::string> kFormats{"uri", "date", "date-time", "duration"};

bool among(const std::vector<std::string>& list, const std::string& word) { return std::find(list.begin(), list.end(), word) != list.end(); }

bool all_texts(const Json& value) {
  return value.is_array() && std::all_of(value.items().begin(), value.items().end(), [](const Json& one) { return one.is_text(); });
}

bool compiles(const std::string& pattern) {
  try {
    const std::regex tried(pattern, std::regex::ECMAScript);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

bool has_tag(const Json& variant) {
  const auto& properties = variant["properties"].members();
  return std::any_of(properties.begin(), properties.end(), [](const auto& property) { return property.second.contains("const"); });
}

class Profile {
 public:
  std::vector<Error> problems() && { return std::move(into_); }

  void schema(const Json& given, const std::string& where) {
    if (!given.is_object()) return fail(where, "a schema must be an object, not " + std::string(name(given.kind())), "");
    for (const auto& [key, value] : given.members()) {
      const auto known = std::find_if(kKeywords.begin(), kKeywords.end(), [&k = key](const Keyword& one) { return one.name == k; });
      if (known != kKeywords.end()) keyword(*known, value, where);
      else unknown(key, where);
    }
  }

 private:
  void fail(const std::string& where, std::string what, std::string hint) {
    into_.push_back({.code = "E4014", .what = std::move(what), .where = where, .hint = std::move(hint)});
  }

  void unknown(const std::string& key, const std::string& where) {
    std::vector<std::string> names;
    for (const auto& one : kKeywords) names.emplace_back(one.name);
    const std::string near = nearest(key, names);
    fail(where, "the keyword " + quote(key) + " is outside the profile", near.empty() ? "forms and validators don't know it: say it in the description, or check it in the operator" : "did you mean " + quote(near) + "?");
  }

  void keyword(const Keyword& keyword, const Json& value, const std::string& where) {
    const auto want = [&](bool fits, const std::string& what) {
      if (!fits) fail(where, quote(keyword.name) + " must be " + what, "");
    };
    switch (keyword.takes) {
      case Takes::anything: return;
      case Takes::text: return want(value.is_text(), "a text");
      case Takes::texts: return want(all_texts(value), "a list of texts");
      case Takes::flag: return want(value.is_bool(), "true or false");
      case Takes::number: return want(value.is_number(), "a number");
      case Takes::count: return want(value.is_int() && value.as_int() >= 0, "a whole number from 0");
      case Takes::list: return want(value.is_array() && value.size() > 0, "a list that is not empty");
      case Takes::schema: return schema(value, where + "." + std::string(keyword.name));
      case Takes::schemas: return schemas(value, where);
      case Takes::flag_or_schema: return value.is_bool() ? void() : schema(value, where + "." + std::string(keyword.name));
      case Takes::types: return types(value, where);
      case Takes::variants: return variants(value, where);
      case Takes::pattern: return want(value.is_text() && compiles(value.as_text()), "a regular expression (ECMAScript)");
      case Takes::format: return want(value.is_text() && among(kFormats, value.as_text()), "one of " + join(kFormats, ", "));
    }
  }

  void schemas(const Json& value, const std::string& where) {
    if (!value.is_object()) return fail(where, "'properties' must be an object of schemas", "");
    for (const auto& [key, one] : value.members()) schema(one, where + "." + key);
  }

  void types(const Json& value, const std::string& where) {
    const Json list = value.is_text() ? Json::array({value}) : value;
    if (!all_texts(list) || list.size() == 0) return fail(where, "'type' must be a type, or a list of types", "");
    for (const auto& one : list.items()) {
      if (!among(kTypes, one.as_text())) fail(where, quote(one.as_text()) + " is no type", "one of " + join(kTypes, ", "));
    }
  }

  void variants(const Json& value, const std::string& where) {
    if (!value.is_array() || value.size() == 0) return fail(where, "'oneOf' must be a list of schemas", "");
    for (size_t i = 0; i < value.size(); ++i) {
      const std::string inner = where + ".oneOf[" + std::to_string(i) + "]";
      schema(value.at(i), inner);
      if (!has_tag(value.at(i))) fail(inner, "a variant of 'oneOf' has no tag", "give one of its properties a const of its own, such as type: {const: \"csv\"}");
    }
  }

  std::vector<Error> into_{};
};

}  // namespace

std::vector<Error> check_profile(const Json& schema, const std::string& where) {
  Profile profile;
  profile.schema(schema, where);
  return std::move(profile).problems();
}

}  // namespace millrace
