#include "parse/schema_check.hpp"

#include <algorithm>
#include <optional>
#include <regex>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "model/dataset_ref.hpp"
#include "parse/expression_text.hpp"

namespace millrace {
namespace {

std::string type_of(const YamlNode& node) {
  if (node.is_map()) return "object";
  if (node.is_list()) return "array";
  return std::string(name(node.value.kind()));
}

bool has_type(const YamlNode& node, std::string_view type) {
  if (type == "object") return node.is_map();
  if (type == "array") return node.is_list();
  if (node.kind != YamlNode::Kind::scalar) return false;
  if (type == "string") return node.value.is_text();
  if (type == "number") return node.value.is_number();
  if (type == "integer") return node.value.is_int() || (node.value.is_number() && node.value.as_real() == static_cast<double>(node.value.as_int()));
  if (type == "boolean") return node.value.is_bool();
  return type == "null" && node.value.is_null();
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Compiled once per thread and pattern; nullptr for a pattern that is none (the plugin's mistake, found by its own tests).
const std::regex* pattern_for(const std::string& pattern) {
  thread_local std::unordered_map<std::string, std::optional<std::regex>> known;
  const auto [at, fresh] = known.try_emplace(pattern);
  if (fresh) {
    try {
      at->second.emplace(pattern, std::regex::ECMAScript);
    } catch (const std::regex_error&) {  // stays empty
    }
  }
  return at->second ? &*at->second : nullptr;
}

bool fits_format(const std::string& text, const std::string& format) {
  if (format == "date") return text.size() == 10 && from_iso(text).ok();
  if (format == "date-time") return text.size() > 10 && from_iso(text).ok();
  if (format == "duration") return duration_from_text(text).ok();
  if (format == "uri") return text.find(':') != std::string::npos && text.find(' ') == std::string::npos;
  return true;
}

class Checker {
 public:
  explicit Checker(SchemaReport& report) : report_(report) {}

  void value(const YamlNode& node, const Json& schema, const std::string& path) {
    if (!schema.is_object()) return;
    if (const Json* kind = schema.find("x-mr-dataset")) datasets(node, kind->as_text() == "writes");
    if (schema["x-mr-language"].as_text() == "sql" && node.is_text()) {
      for (std::string& found : datasets_in_sql(node.text())) {
        if (auto ref = reference_from(found); !ref) fail(node.place, ref.error().code, ref.error().what, ref.error().hint);
        report_.datasets.push_back({.dataset = std::move(found), .place = node.place, .from_sql = true});
      }
    }
    const bool templated = node.is_text() && node.text().find("{{") != std::string::npos;
    if (templated && is_whole_expression(node.text())) return;
    if (const Json* one = schema.find("oneOf")) return variants(node, *one, path);
    if (!type(node, schema, path)) return;
    if (!templated) listed(node, schema, path);
    if (node.is_map()) object(node, schema, path);
    if (node.is_list()) list(node, schema, path);
    if (node.is_text() && !templated) text(node, schema, path);
    if (node.value.is_number()) number(node, schema, path);
  }

 private:
  void fail(Place place, std::string code, std::string what, std::string hint) {
    report_.mistakes.push_back({place, std::move(code), std::move(what), std::move(hint)});
  }

  void datasets(const YamlNode& node, bool writes) {
    if (node.is_list()) {
      for (const YamlNode& item : node.items) datasets(item, writes);
    } else if (node.is_text()) {
      if (node.text().find("{{") != std::string::npos) {
        fail(node.place, "E1022", "a dataset's name can't hold an expression: " + quote(node.text()), "write the name out");
      } else if (!is_dataset_name(writes ? std::string_view(node.text()) : dataset_of(node.text()))) {
        fail(node.place, "E1023", quote(node.text()) + " is not a dataset's name", "write zone.name, for example raw.orders");
      } else if (auto ref = reference_from(node.text()); !ref) {
        fail(node.place, ref.error().code, ref.error().what, ref.error().hint);
      } else {
        report_.datasets.push_back({.dataset = node.text(), .place = node.place, .writes = writes});
      }
    }
  }

  bool type(const YamlNode& node, const Json& schema, const std::string& path) {
    const Json& wanted = schema["type"];
    std::vector<std::string> types;
    if (wanted.is_text()) types.push_back(wanted.as_text());
    for (const Json& one : wanted.items()) types.push_back(one.as_text());
    if (types.empty() || std::any_of(types.begin(), types.end(), [&](const auto& t) { return has_type(node, t); })) return true;
    const bool quote_it = types.front() == "string" && node.kind == YamlNode::Kind::scalar && !node.value.is_null();
    fail(node.place, "E1013", path + " must be of type " + join(types, " or ") + ", not " + type_of(node), quote_it ? "put it into quotes" : "");
    return false;
  }

  void listed(const YamlNode& node, const Json& schema, const std::string& path) {
    const Json* fixed = schema.find("const");
    const Json* choice = schema.find("enum");
    if (fixed == nullptr && choice == nullptr) return;
    const Json value = node.to_json();
    if (fixed != nullptr && !(value == *fixed)) fail(node.place, "E1013", path + " must be " + fixed->dump(), "");
    if (choice == nullptr || std::find(choice->items().begin(), choice->items().end(), value) != choice->items().end()) return;
    std::vector<std::string> names;
    for (const Json& one : choice->items()) names.push_back(one.is_text() ? one.as_text() : one.dump());
    const std::string near = value.is_text() ? nearest(value.as_text(), names) : "";
    fail(node.place, "E1013", path + " must be one of " + join(names, ", ") + ", not " + value.dump(), near.empty() ? "" : "did you mean " + quote(near) + "?");
  }

  void object(const YamlNode& node, const Json& schema, const std::string& path) {
    const Json& properties = schema["properties"];
    const Json* rest = schema.find("additionalProperties");
    for (const YamlMember& member : node.members) {
      const std::string inner = path + "." + member.key;
      const size_t before = report_.datasets.size();
      if (const Json* known = properties.find(member.key)) {
        value(member.value, *known, inner);
        if ((*known)["x-mr-dataset"].as_text() == "writes" && replaces(node, properties)) mark_replaced(before);
      } else if (rest != nullptr && rest->is_object()) value(member.value, *rest, inner);
      else if (rest != nullptr && rest->is_bool() && !rest->as_bool()) unknown(member, properties, path);
    }
    for (const Json& wanted : schema["required"].items()) {
      if (node.find(wanted.as_text()) == nullptr) fail(node.place, "E1006", path + " lacks the key " + quote(wanted.as_text()), properties[wanted.as_text()]["description"].as_text());
    }
  }

  // A mode that only the run will know counts as one that replaces.
  static bool replaces(const YamlNode& node, const Json& properties) {
    const Json* mode = properties.find("mode");
    if (mode == nullptr) return false;
    const YamlNode* given = node.find("mode");
    const std::string name = given == nullptr ? (*mode)["default"].as_text() : given->is_text() ? given->text() : "";
    return name != "append" && name != "overwrite_partitions";
  }

  void mark_replaced(size_t from) {
    for (; from < report_.datasets.size(); ++from) report_.datasets[from].replaces = true;
  }

  void unknown(const YamlMember& member, const Json& properties, const std::string& path) {
    std::vector<std::string> names;
    for (const auto& known : properties.members()) names.push_back(known.first);
    const std::string near = nearest(member.key, names);
    fail(member.place, "E1005", "unknown key " + quote(member.key) + " in " + path, near.empty() ? "known are " + join(names, ", ") : "did you mean " + quote(near) + "?");
  }

  void list(const YamlNode& node, const Json& schema, const std::string& path) {
    for (size_t i = 0; i < node.items.size(); ++i) value(node.items[i], schema["items"], path + "[" + std::to_string(i) + "]");
  }

  void text(const YamlNode& node, const Json& schema, const std::string& path) {
    const std::string& text = node.text();
    const auto length = static_cast<int64_t>(characters(text));
    if (const Json* least = schema.find("minLength"); least != nullptr && length < least->as_int()) {
      fail(node.place, "E1013", path + (length == 0 ? " must not be empty" : " is shorter than " + least->dump() + " characters"), "");
    }
    if (const Json* most = schema.find("maxLength"); most != nullptr && length > most->as_int()) {
      fail(node.place, "E1013", path + " is longer than " + most->dump() + " characters", "");
    }
    if (const Json* pattern = schema.find("pattern")) {
      // std::regex recurses per character: long texts could exhaust the stack.
      const std::regex* regex = pattern_for(pattern->as_text());
      if (regex != nullptr && (text.size() > 4096 || !std::regex_search(text, *regex))) {
        fail(node.place, "E1013", path + " does not match " + pattern->as_text(), schema["description"].as_text());
      }
    }
    if (const Json* format = schema.find("format"); format != nullptr && !fits_format(text, format->as_text())) {
      fail(node.place, "E1013", path + " is not a " + format->as_text() + ": " + quote(text), format->as_text() == "duration" ? "write for example 90s, 15m, 2h" : "");
    }
  }

  void number(const YamlNode& node, const Json& schema, const std::string& path) {
    const double value = node.value.as_real();
    if (const Json* least = schema.find("minimum"); least != nullptr && value < least->as_real()) fail(node.place, "E1013", path + " is less than " + least->dump(), "");
    if (const Json* most = schema.find("maximum"); most != nullptr && value > most->as_real()) fail(node.place, "E1013", path + " is more than " + most->dump(), "");
  }

  // The variant whose const tags fit is checked in full, so that its mistakes are named; without one the nearest fit speaks.
  void variants(const YamlNode& node, const Json& choices, const std::string& path) {
    std::vector<std::string> tags;
    std::string tag_key;
    for (const Json& choice : choices.items()) {
      for (const auto& [key, property] : choice["properties"].members()) {
        const Json* tag = property.find("const");
        if (tag == nullptr) continue;
        tag_key = key;
        tags.push_back(tag->is_text() ? tag->as_text() : tag->dump());
        const YamlNode* given = node.find(key);
        if (given != nullptr && given->to_json() == *tag) return value(node, choice, path);
      }
    }
    if (tag_key.empty() || !node.is_map()) return untagged(node, choices, path);
    const YamlNode* given = node.find(tag_key);
    const std::string near = given != nullptr ? nearest(given->text(), tags) : "";
    fail(given != nullptr ? given->place : node.place, "E1013", path + "." + tag_key + " must be one of " + join(tags, ", "), near.empty() ? "" : "did you mean " + quote(near) + "?");
  }

  void untagged(const YamlNode& node, const Json& choices, const std::string& path) {
    for (const Json& choice : choices.items()) {
      SchemaReport trial;
      Checker(trial).value(node, choice, path);
      if (!trial.mistakes.empty()) continue;
      report_.datasets.insert(report_.datasets.end(), trial.datasets.begin(), trial.datasets.end());
      return;
    }
    fail(node.place, "E1013", path + " fits none of its allowed forms", "");
  }

  SchemaReport& report_;
};

}  // namespace

void check_schema(const YamlNode& node, const Json& schema, const std::string& path, SchemaReport& report) { Checker(report).value(node, schema, path); }

}  // namespace millrace
