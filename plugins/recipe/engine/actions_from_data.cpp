// Columns that depend on the data: categories, parts of texts, the keys of JSON.
#include <nlohmann/json.hpp>

#include <algorithm>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/shapes.hpp"

namespace mr::recipe {
namespace {

using Json = nlohmann::ordered_json;
using mr::data::ident;
using mr::data::literal;

constexpr size_t kMostCategories = 10;  // as the format says
constexpr int64_t kMostParts = 1000;

// ---- ONE_HOT_ENCODING

// 0 in every column for a row without a value.
void one_hot(Builder& b) {
  const size_t at = b.index_of(b.param("sourceColumn"));
  b.materialise({at});
  const Column source = b.source();
  size_t position = at + 1;
  for (const auto& value : values_of(b, ident(source.name), "column '" + source.name + "'", kMostCategories)) {
    if (!value) continue;
    b.add(position++, source.name + "_" + *value, "CAST(coalesce(" + b.text(source) + " = " + literal(*value) + ", false) AS INTEGER)", "INTEGER");
  }
}

// ---- SPLIT_COLUMN_WITH_INTERVALS

void split_with_intervals(Builder& b) {
  const int64_t start = b.whole("startPosition", 0, INT32_MAX), interval = b.whole("interval", 1, INT32_MAX);
  const size_t at = b.index_of(b.param("sourceColumn"));
  b.materialise({at});
  const Column source = b.source();
  const Column written = plain(source);
  const int64_t longest = b.ask("SELECT coalesce(max(length(" + b.text(written) + ")), 0) FROM " + b.rows()).integer(0, 0);
  const int64_t parts = std::max<int64_t>(1, (longest - start + interval - 1) / interval);
  if (parts > kMostParts) {
    throw RecipeError("E6014", "the longest text of column '" + source.name + "' would become " + std::to_string(parts) + " columns", place(b.step()), "at most 1000: give a larger interval");
  }
  for (int64_t part = 1; part <= parts; ++part) {
    const std::string from = std::to_string(start + (part - 1) * interval + 1);
    b.add(at + static_cast<size_t>(part), source.name + "_" + std::to_string(part), "nullif(substring(" + b.text(source) + ", " + from + ", " + std::to_string(interval) + "), '')", "VARCHAR");
  }
}

// ---- JSON_TO_STRUCTS

struct Shape {
  std::string type{};  // of DuckDB
  Json structure{};    // as json_transform takes it
};

Shape plain_shape(const std::string& type) { return {type, type}; }

// The names of a struct are the same in any case.
bool differ_in_case_only(const Json& object) {
  for (auto a = object.begin(); a != object.end(); ++a) {
    for (auto b = std::next(a); b != object.end(); ++b) {
      if (same_name(a.key(), b.key())) return true;
    }
  }
  return false;
}

// What json_group_structure() found, down to so many levels; what is deeper, or of several kinds, stays JSON text.
Shape shape_of(const Json& found, int64_t levels) {
  if (found.is_object()) {
    if (levels == 0 || found.empty() || differ_in_case_only(found)) return plain_shape("VARCHAR");
    Shape shape{"STRUCT(", Json::object()};
    for (const auto& [key, value] : found.items()) {
      const Shape inner = shape_of(value, levels - 1);
      shape.type += (shape.structure.empty() ? "" : ", ") + ident(key) + " " + inner.type;
      shape.structure[key] = inner.structure;
    }
    shape.type += ")";
    return shape;
  }
  if (found.is_array() && found.size() == 1) {
    const Shape inner = shape_of(found.at(0), levels);
    return {inner.type + "[]", Json::array({inner.structure})};
  }
  const std::string type = found.is_string() ? found.get<std::string>() : "";
  if (type == "UBIGINT" || type == "BIGINT" || type == "HUGEINT") return plain_shape("BIGINT");
  if (type == "DOUBLE" || type == "BOOLEAN") return plain_shape(type);
  return plain_shape("VARCHAR");
}

void json_to_structs(Builder& b) {
  const std::vector<std::string> names = selected_columns(b);
  const int64_t levels = b.has("unnestLevel") ? b.whole("unnestLevel", 1, 100) : 100;
  std::vector<size_t> indexes;
  for (const std::string& name : names) indexes.push_back(b.index_of(name));
  for (const size_t index : indexes) {
    const Column& column = b.columns()[index];
    if (family_of(column.type) != Family::text) throw RecipeError("E6008", "column '" + column.name + "' is " + column.type + ", a text is needed", place(b.step()));
  }
  b.materialise(indexes);
  for (const std::string& name : names) {
    const auto found = b.ask("SELECT CAST(json_group_structure(CASE WHEN json_valid(" + ident(name) + ") THEN CAST(" + ident(name) + " AS JSON) END) AS VARCHAR) FROM " + b.rows());
    const Shape shape = shape_of(found.rows[0][0] ? Json::parse(*found.rows[0][0], nullptr, false) : Json(), levels);
    Column& column = b.column(name);
    const std::string sql = shape.structure.is_string() ? column.sql
                                                        : "CAST(json_transform(CASE WHEN json_valid(" + column.sql + ") THEN CAST(" + column.sql + " AS JSON) END, " +
                                                              literal(shape.structure.dump()) + ") AS " + shape.type + ")";
    if (b.flag("removeSourceColumn")) {
      b.set(column, sql, shape.type);
    } else {
      b.add(b.index_of(name) + 1, name + "_struct", sql, shape.type);
    }
  }
}

constexpr Action kActions[] = {
    {"ONE_HOT_ENCODING", false, one_hot}, {"SPLIT_COLUMN_WITH_INTERVALS", false, split_with_intervals}, {"JSON_TO_STRUCTS", false, json_to_structs}};

}  // namespace

std::span<const Action> data_actions() { return kActions; }

// Of "sourceColumns", or those whose whole name the pattern of "regexColumnSelector" fits.
std::vector<std::string> selected_columns(Builder& b) {
  if (b.has("sourceColumns") == b.has("regexColumnSelector")) b.wrong("sourceColumns", "given, or regexColumnSelector, not both");
  std::vector<std::string> names;
  if (b.has("sourceColumns")) {
    for (const size_t index : b.sources()) names.push_back(b.columns()[index].name);
    return names;
  }
  for (const Column& column : b.columns()) {
    if (b.fits("regexColumnSelector", column.name)) names.push_back(column.name);
  }
  if (names.empty()) b.wrong("regexColumnSelector", "a pattern that fits the whole name of a column");
  return names;
}

}  // namespace mr::recipe
