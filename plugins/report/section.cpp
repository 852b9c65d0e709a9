#include "report/section.hpp"

#include <algorithm>
#include <array>

namespace mr::report {
namespace {

constexpr std::array kKinds{"table", "text", "metric", "line", "area", "bar", "stacked_bar", "scatter", "histogram", "heat_map"};
constexpr std::array kTexts{"title", "as", "note", "text", "sql", "unit"};

std::string read_text(const Json& told, const char* key, const std::string& otherwise, const std::string& where) {
  const auto found = told.find(key);
  if (found == told.end() || found->is_null()) return otherwise;
  if (!found->is_string()) throw wrong(std::string("'") + key + "' must be a text", where, "put it into quotes");
  return found->get<std::string>();
}

std::optional<int64_t> read_count(const Json& told, const char* key, int64_t most, const std::string& where) {
  const auto found = told.find(key);
  if (found == told.end() || found->is_null()) return std::nullopt;
  if (!found->is_number_integer() || found->get<int64_t>() < 1 || found->get<int64_t>() > most) throw wrong(std::string("'") + key + "' must be a whole number from 1 to " + std::to_string(most), where, {});
  return found->get<int64_t>();
}

SectionWish read(const Json& told, const std::string& where) {
  if (!told.is_object()) throw wrong("a section must be an object", where, "{title, as, sql}");
  for (const auto& [key, value] : told.items()) {
    const bool known = std::any_of(kTexts.begin(), kTexts.end(), [&k = key](const char* one) { return k == one; }) || key == "rows" || key == "bins";
    if (!known) throw wrong("unknown key '" + key + "'", where, "title, as, sql, note, text, unit, rows, bins");
  }
  SectionWish wish;
  wish.title = read_text(told, "title", "", where);
  wish.as = read_text(told, "as", "table", where);
  wish.note = read_text(told, "note", "", where);
  wish.text = read_text(told, "text", "", where);
  wish.sql = read_text(told, "sql", "", where);
  wish.unit = read_text(told, "unit", "", where);
  wish.rows = read_count(told, "rows", 10'000, where);
  wish.bins = read_count(told, "bins", 100, where);
  return wish;
}

void check(const SectionWish& wish, const std::string& where) {
  if (std::none_of(kKinds.begin(), kKinds.end(), [&](const char* one) { return wish.as == one; })) throw wrong("'" + wish.as + "' is no way to show a section", where, "table, text, metric, line, area, bar, stacked_bar, scatter, histogram or heat_map");
  if (wish.title.empty()) throw wrong("a section needs a title", where, {});
  const bool is_text = wish.as == "text";
  if (is_text == wish.text.empty()) throw wrong(is_text ? "a section as: text needs a text" : "only a section as: text has a text", where, "a line below the title is its `note`");
  if (is_text != wish.sql.empty()) throw wrong(is_text ? "a section as: text has no sql" : "a section needs sql", where, {});
  if (wish.bins && wish.as != "histogram") throw wrong("only a histogram has bins", where, {});
}

Json text(const char* description) { return {{"type", "string"}, {"description", description}, {"default", ""}}; }

}  // namespace

Failure wrong(const std::string& what, const std::string& where, const std::string& hint) { return {"config", "E9310", what, where, hint}; }

void from_json(const Json& json, Wishes& out) {
  if (!json.is_array()) throw wrong("sections must be a list", {}, "[{title, as, sql}]");
  for (const auto& told : json) {
    const std::string where = "section " + std::to_string(out.list.size() + 1);
    out.list.push_back(read(told, where));
    check(out.list.back(), where);
  }
}

void to_json(Json& json, const Wishes&) { json = Json::array(); }

Json schema_of_sections() {
  Json properties{{"note", text("A line below the title.")},
                  {"text", text("With text: its paragraphs, with an empty line between two. Shown as they are; no markup is read.")},
                  {"unit", text("What the values are counted in: EUR, kg, %.")}};
  properties["title"] = {{"type", "string"}, {"minLength", 1}, {"description", "The section's heading; of a metric: what the number is."}};
  properties["as"] = {{"type", "string"}, {"enum", kKinds}, {"default", "table"},
                      {"description", "metric: one number, and by a second column the one before, to which the change is told. line, area, bar, stacked_bar and scatter: the first column is where a row stands "
                                      "(words, numbers or times), each further one a series of numbers. histogram: how often the values of the first column occur. heat_map: x, y and a value."}};
  properties["sql"] = {{"type", "string"}, {"x-mr-language", "sql"}, {"x-mr-multiline", true}, {"default", ""},
                       {"description", "One SELECT in DuckDB's SQL over the datasets of `inputs`. Expressions in it are values: a text is quoted, a list stands in brackets for IN."}};
  properties["rows"] = {{"type", "integer"}, {"minimum", 1}, {"maximum", 10'000}, {"default", 100}, {"description", "How many rows the table has at most, that below a chart too; how many there are is told."}};
  properties["bins"] = {{"type", "integer"}, {"minimum", 1}, {"maximum", 100}, {"default", 20}, {"description", "With histogram: about how many bars; they begin at round numbers."}};
  return {{"type", "array"}, {"items", {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}, {"required", {"title"}}}}};
}

}  // namespace mr::report
