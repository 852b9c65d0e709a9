// JSON Schema over JSON texts, as a function of SQL: mr_matches_json_schema(text, schema).
#include "quality/engine/gx_expectation.hpp"

#include <algorithm>
#include <cmath>
#include <duckdb.h>
#include <set>

namespace mr::quality::gx {
namespace {

using nlohmann::json;

constexpr const char* kFunction = "mr_matches_json_schema";
constexpr int kMostDepth = 100;

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "integer")
    return value.is_number_integer() ||
           (value.is_number() && std::floor(value.get<double>()) == value.get<double>());
  return type == "number" && value.is_number();
}

size_t code_points(const std::string& text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

class Validator {
 public:
  explicit Validator(const json& root) : root_(root) {}

  bool holds(const json& schema, const json& value, int depth = 0) const {
    if (schema.is_boolean()) return schema.get<bool>();
    if (!schema.is_object() || depth > kMostDepth) return false;
    for (const auto& [key, rule] : schema.items()) {
      if (!keyword(schema, key, rule, value, depth)) return false;
    }
    return true;
  }

 private:
  bool keyword(const json& schema, const std::string& key, const json& rule, const json& value,
               int depth) const {
    if (key == "type") return typed(rule, value);
    if (key == "enum") return std::find(rule.begin(), rule.end(), value) != rule.end();
    if (key == "const") return rule == value;
    if (key == "$ref") return referred(rule, value, depth);
    if (key == "allOf" || key == "anyOf" || key == "oneOf")
      return combined(key, rule, value, depth);
    if (key == "not") return !holds(rule, value, depth + 1);
    if (value.is_number()) return number(key, rule, value.get<double>());
    if (value.is_string())
      return key == "minLength" ? code_points(value) >= rule
                                : key != "maxLength" || code_points(value) <= rule;
    if (value.is_array()) return array(key, rule, value, depth);
    return !value.is_object() || object(schema, key, rule, value, depth);
  }

  static bool typed(const json& rule, const json& value) {
    if (rule.is_string()) return has_type(value, rule);
    return std::any_of(rule.begin(), rule.end(),
                       [&](const json& one) { return one.is_string() && has_type(value, one); });
  }

  bool referred(const json& rule, const json& value, int depth) const {
    const std::string place = rule.get<std::string>().substr(1);
    return holds(place.empty() ? root_ : root_.at(json::json_pointer(place)), value, depth + 1);
  }

  bool combined(const std::string& key, const json& rule, const json& value, int depth) const {
    const auto good = std::count_if(rule.begin(), rule.end(),
                                    [&](const json& one) { return holds(one, value, depth + 1); });
    return key == "allOf"   ? static_cast<size_t>(good) == rule.size()
           : key == "anyOf" ? good > 0
                            : good == 1;
  }

  static bool number(const std::string& key, const json& rule, double value) {
    if (!rule.is_number()) return true;
    const double limit = rule;
    if (key == "minimum") return value >= limit;
    if (key == "maximum") return value <= limit;
    if (key == "exclusiveMinimum") return value > limit;
    if (key == "exclusiveMaximum") return value < limit;
    if (key == "multipleOf")
      return std::abs(std::remainder(value, limit)) <= 1e-9 * std::abs(limit);
    return true;
  }

  bool array(const std::string& key, const json& rule, const json& value, int depth) const {
    if (key == "minItems") return value.size() >= rule;
    if (key == "maxItems") return value.size() <= rule;
    if (key == "uniqueItems")
      return rule == false || std::set<json>(value.begin(), value.end()).size() == value.size();
    if (key == "contains")
      return std::any_of(value.begin(), value.end(),
                         [&](const json& one) { return holds(rule, one, depth + 1); });
    if (key != "items") return true;
    for (size_t i = 0; i < value.size(); ++i) {
      const bool tuple = rule.is_array();
      if (tuple && i >= rule.size()) break;
      if (!holds(tuple ? rule[i] : rule, value[i], depth + 1)) return false;
    }
    return true;
  }

  bool object(const json& schema, const std::string& key, const json& rule, const json& value,
              int depth) const {
    if (key == "minProperties") return value.size() >= rule;
    if (key == "maxProperties") return value.size() <= rule;
    if (key == "required")
      return std::all_of(rule.begin(), rule.end(), [&](const json& name) {
        return name.is_string() && value.contains(name.get<std::string>());
      });
    if (key != "properties" && key != "additionalProperties") return true;
    const json known = schema.value("properties", json::object());
    const bool others = key == "additionalProperties";
    for (const auto& [name, member] : value.items()) {
      if (known.contains(name) != others && !holds(others ? rule : known[name], member, depth + 1))
        return false;
    }
    return true;
  }

  const json& root_;
};

// What the validator knows; others would be passed over, and a check that looks at less than it
// says is no check.
void require_known(const json& schema, const std::string& where, int depth = 0) {
  static const std::set<std::string, std::less<>> kKnown{"type",
                                                         "enum",
                                                         "const",
                                                         "$ref",
                                                         "allOf",
                                                         "anyOf",
                                                         "oneOf",
                                                         "not",
                                                         "minimum",
                                                         "maximum",
                                                         "exclusiveMinimum",
                                                         "exclusiveMaximum",
                                                         "multipleOf",
                                                         "minLength",
                                                         "maxLength",
                                                         "items",
                                                         "minItems",
                                                         "maxItems",
                                                         "uniqueItems",
                                                         "contains",
                                                         "properties",
                                                         "required",
                                                         "additionalProperties",
                                                         "minProperties",
                                                         "maxProperties",
                                                         "$schema",
                                                         "$id",
                                                         "id",
                                                         "title",
                                                         "description",
                                                         "default",
                                                         "examples",
                                                         "$comment",
                                                         "definitions",
                                                         "$defs"};
  static const std::set<std::string, std::less<>> kNested{"not", "contains",
                                                          "additionalProperties"},
      kLists{"allOf", "anyOf", "oneOf"}, kMaps{"properties", "definitions", "$defs"};
  if (depth > kMostDepth) throw QualityError("E7005", "'json_schema' is nested too deeply", where);
  if (!schema.is_object()) return;
  for (const auto& [key, rule] : schema.items()) {
    if (!kKnown.contains(key))
      throw QualityError(
          "E7005", "'json_schema' has the keyword '" + key + "', which is not supported", where);
    if (key == "$ref" && (!rule.is_string() || !rule.get<std::string>().starts_with("#")))
      throw QualityError("E7005", "'json_schema' refers to another document", where);
    if (kNested.contains(key) || (key == "items" && rule.is_object()))
      require_known(rule, where, depth + 1);
    if (kLists.contains(key) || kMaps.contains(key) || (key == "items" && rule.is_array())) {
      for (const json& one : rule) require_known(one, where, depth + 1);
    }
  }
}

std::string_view text_at(duckdb_vector vector, idx_t row) {
  auto* value = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)) + row;
  return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
}

// (text, schema) -> BOOLEAN. The schema is a literal of ours, the same in every row.
void judge(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  try {
    const idx_t rows = duckdb_data_chunk_get_size(input);
    if (rows == 0) return;
    duckdb_vector texts = duckdb_data_chunk_get_vector(input, 0);
    uint64_t* valid = duckdb_vector_get_validity(texts);
    const json schema = json::parse(text_at(duckdb_data_chunk_get_vector(input, 1), 0));
    auto* good = static_cast<bool*>(duckdb_vector_get_data(output));
    for (idx_t row = 0; row < rows; ++row) {
      if (valid != nullptr && !duckdb_validity_row_is_valid(valid, row)) {
        good[row] = false;
        continue;
      }
      const json value = json::parse(text_at(texts, row), nullptr, false);
      good[row] = !value.is_discarded() && Validator(schema).holds(schema, value);
    }
  } catch (const std::exception&) {
    duckdb_scalar_function_set_error(info, "a JSON schema could not be applied");
  }
}

}  // namespace

// Once for a session and again without harm.
std::string json_schema_test(mr::data::Session& session, const json& schema, const std::string& sql,
                             const std::string& where) {
  require_known(schema, where);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR),
                      boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_name(function, kFunction);
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_special_handling(function);
  duckdb_scalar_function_set_function(function, judge);
  const auto done = duckdb_register_scalar_function(session.connection(), function);
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_logical_type(&boolean);
  duckdb_destroy_scalar_function(&function);
  if (done != DuckDBSuccess)
    throw mr::Failure("resource", "E5007", "DuckDB refused a function of checks", "", "", false);
  return std::string(kFunction) + "(" + sql + ", " + mr::data::literal(schema.dump()) + ")";
}

}  // namespace mr::quality::gx
