#include "recipe/profile/suggest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/compile.hpp"
#include "recipe/profile/profile.hpp"

namespace mr::recipe {
namespace {

using mr::data::ColumnInfo;
using mr::data::ident;
using mr::data::literal;
using mr::data::Session;

constexpr double kMost = 0.95;      // of the values have to speak for a type
constexpr double kSure = 0.6;       // of personal data that is masked
constexpr int64_t kFewValues = 500; // different ones, where spellings are compared
constexpr size_t kMostSteps = 100;  // of a recipe
constexpr std::array kNothing{"N/A", "n/a", "NA", "NULL", "null", "None", "none", "NONE", "NaN", "nan", "#N/A", "-", "--", "?", "missing", "unknown", "Unknown"};

std::string share(int64_t part, int64_t all) {
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(std::max<int64_t>(all, 1));
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), percent < 10 && percent > 0 ? "%.2g %%" : "%.0f %%", percent);
  return text.data();
}

std::string counted(int64_t count, const std::string& one, const std::string& more) { return std::to_string(count) + " " + (count == 1 ? one : more); }

bool most(int64_t part, int64_t all) { return all > 0 && static_cast<double>(part) >= kMost * static_cast<double>(all); }

// What a scan tells of one column of texts.
struct TextLook {
  std::string column{};
  int64_t present = 0, untidy = 0, whole = 0, padded = 0, number = 0, boolean = 0, day = 0, moment = 0;
  std::vector<std::pair<std::string, int64_t>> nothing{};  // words that stand for no value
  int64_t values() const {
    int64_t left = present;
    for (const auto& [word, rows] : nothing) left -= rows;
    return left;
  }
};

// All columns of texts in one scan.
class TextScan {
 public:
  explicit TextScan(const std::vector<ColumnInfo>& columns) {
    for (const auto& [name, type] : columns) {
      if (type == "VARCHAR") looks_.push_back({.column = name});
    }
  }

  std::vector<TextLook> run(Session& session, const std::string& relation) {
    std::string wanted;
    for (const TextLook& look : looks_) wanted += (wanted.empty() ? "" : ", ") + counts_of(look.column);
    if (looks_.empty()) return {};
    const auto found = session.query("SELECT " + wanted + " FROM " + relation);
    size_t at = 0;
    const auto next = [&] { return found.integer(0, at++); };
    for (TextLook& look : looks_) {
      for (int64_t* count : {&look.present, &look.untidy, &look.whole, &look.padded, &look.number, &look.boolean, &look.day, &look.moment}) *count = next();
      for (const char* word : kNothing) {
        if (const int64_t rows = next(); rows > 0) look.nothing.emplace_back(word, rows);
      }
    }
    return std::move(looks_);
  }

 private:
  // Twelve digits and more are the number of something, not a quantity.
  static std::string counts_of(const std::string& column) {
    const std::string c = ident(column), t = "trim(" + c + ")";
    const auto matches = [&](const std::string& pattern) { return "regexp_full_match(" + t + ", " + literal(pattern) + ")"; };
    const std::string dated = "length(" + t + ") BETWEEN 8 AND 30 AND " + matches("\\d{1,4}[\\-/.]\\d{1,2}[\\-/.]\\d{1,4}([T ]\\d.*)?") + " AND " + time_of_text(t) + " IS NOT NULL";
    std::string sql = "count(nullif(" + t + ", ''))";
    for (const std::string& test : {"regexp_matches(" + c + ", '^\\s|\\s$|\\s\\s')", matches("[+-]?\\d{1,11}"), matches("[+-]?0\\d+"), "isfinite(TRY_CAST(" + t + " AS DOUBLE)) AND length(" + t + ") < 30 AND NOT " + matches("\\d{12,}"),
                                    "lower(" + t + ") IN ('true', 'false', 'yes', 'no')", dated, dated + " AND " + matches(".*\\d:\\d\\d.*")}) {
      sql += ", count(*) FILTER (WHERE " + test + ")";
    }
    for (const char* word : kNothing) sql += ", count(*) FILTER (WHERE " + t + " = " + literal(word) + ")";
    return sql;
  }

  std::vector<TextLook> looks_{};
};

std::optional<Suggestion> type_for(const TextLook& look) {
  const auto change = [&](const char* type, int64_t fit, const std::string& what) {
    const int64_t lost = look.values() - fit;
    return Suggestion{"CHANGE_DATA_TYPE", look.column, {{"sourceColumn", look.column}, {"columnDataType", type}}, {},
                      share(fit, look.values()) + " of the texts are " + what + (lost > 0 ? "; " + counted(lost, "other becomes", "others become") + " null" : "")};
  };
  if (most(look.boolean, look.values())) return change("boolean", look.boolean, "true or false, yes or no");
  if (most(look.whole, look.values()) && look.padded == 0) return change("long", look.whole, "whole numbers");
  if (most(look.number, look.values()) && look.padded == 0) return change("double", look.number, "numbers");
  if (most(look.day, look.values())) return look.moment > 0 ? change("timestamp", look.day, "dates with times") : change("date", look.day, "dates");
  return std::nullopt;
}

void tidy_texts(const TextLook& look, std::vector<Suggestion>& out) {
  if (look.untidy > 0) {
    out.push_back({"REMOVE_COMBINED", look.column, {{"sourceColumn", look.column}, {"removeLeadingAndTrailingWhitespace", "true"}, {"collapseConsecutiveWhitespace", "true"}}, {},
                   counted(look.untidy, "value has", "values have") + " blanks at an end, or several in a row"});
  }
  for (const auto& [word, rows] : look.nothing) {
    if (rows * 2 > look.present) continue;  // it seems to mean something
    out.push_back({"REMOVE_COMBINED", look.column, {{"sourceColumn", look.column}, {"removeCustomValue", "true"}, {"customValue", word}}, {word},
                   counted(rows, "value is", "values are") + " the word '" + word + "', which stands for none"});
  }
  if (const auto type = type_for(look)) out.push_back(*type);
}

// Spellings that differ in capital letters alone: how many values there are with and without them, and which of the usual forms they have.
void one_spelling(Session& session, const std::string& relation, const std::string& column, std::vector<Suggestion>& out) {
  const std::string c = ident(column);
  const auto found = session.query("SELECT count(DISTINCT " + c + "), count(DISTINCT lower(" + c + ")), count(*) FILTER (WHERE " + c + " = upper(" + c + ")), count(*) FILTER (WHERE " + c + " = lower(" + c + ")), count(" + c +
                                   ") FROM " + relation);
  const int64_t spelled = found.integer(0, 0), meant = found.integer(0, 1), upper = found.integer(0, 2), lower = found.integer(0, 3), all = found.integer(0, 4);
  if (spelled == meant || meant == 0) return;
  const char* operation = upper * 2 > all ? "UPPER_CASE" : lower * 2 > all ? "LOWER_CASE" : "CAPITAL_CASE";
  out.push_back({operation, column, {{"sourceColumn", column}}, {}, std::to_string(spelled) + " spellings of " + counted(meant, "value", "values") + " differ in capital letters alone"});
}

Recipe recipe_of(const std::vector<Suggestion>& suggestions) { return read_recipe(steps_of(suggestions).dump(), "suggestions"); }

// The table after these steps: a relation of the session.
std::string after(Session& session, const std::string& relation, const std::vector<Suggestion>& suggestions, const std::string& result) {
  if (suggestions.empty()) return relation;
  const Recipe recipe = recipe_of(suggestions);
  const World world{.session = &session};
  run(session, recipe, compile(recipe, session.describe(relation), relation, result, world));
  return result;
}

void remove_repeats(const Profile& profile, std::vector<Suggestion>& out) {
  const int64_t rows = profile.duplicate_rows.value_or(0);
  if (rows > 0) out.push_back({"DELETE_DUPLICATE_ROWS", "", {}, {}, counted(rows, "row repeats", "rows repeat") + " an earlier one in every column"});
}

// A column that few values leave: codes and counts of few kinds have no outliers.
void mark_outliers(const Profile& profile, const ColumnProfile& one, std::vector<Suggestion>& out) {
  const ProfileColumn& column = profile.columns[one.column];
  if (column.kind != ColumnKind::number || !one.numbers || one.numbers->distinct < 20) return;
  const NumberFacts& facts = *one.numbers;
  const bool far = !facts.outlier_sample.empty() && std::abs(facts.outlier_sample.front().z) > 5;
  if (!far || static_cast<double>(facts.outliers) > 0.02 * static_cast<double>(facts.count)) return;
  const auto taken = [&](const std::string& name) { return std::any_of(profile.columns.begin(), profile.columns.end(), [&](const ProfileColumn& each) { return each.name == name; }); };
  if (taken(column.name + "_outlier")) return;
  std::array<char, 32> farthest{};
  std::snprintf(farthest.data(), farthest.size(), "%.1f", std::abs(facts.outlier_sample.front().z));
  out.push_back({"FLAG_OUTLIERS", column.name, {{"sourceColumn", column.name}, {"targetColumn", column.name + "_outlier"}, {"outlierStrategy", "Z_SCORE"}, {"threshold", "3"}}, {},
                 counted(facts.outliers, "value lies", "values lie") + " more than 3 standard deviations from the mean, the farthest " + farthest.data()});
}

std::string json_list(const std::string& text) { return nlohmann::json::array({text}).dump(); }

// Of what people still have to tell apart the end stays, of mail the host; of the rest nothing but the length.
Suggestion masked(const std::string& column, const FoundEntity& found) {
  Suggestion out{"MASK_RANGE", column, {{"sourceColumns", json_list(column)}, {"maskSymbol", "*"}}, {}, ""};
  const bool inside = found.type == "EMAIL" && found.hit_ratio < 0.9;
  if (inside) {
    out.parameters["entityTypeFilter"] = json_list(found.type);
  } else if (found.type == "EMAIL") {
    out.operation = "MASK_DELIMITER";
    out.parameters["endDelimiter"] = "@";
  } else if (found.type == "CREDIT_CARD" || found.type == "BANK_ACCOUNT" || found.type == "USA_SSN" || found.type == "PHONE_NUMBER") {
    out.parameters["stop"] = "-4";
  }
  const std::string kind = std::to_string(static_cast<int>(std::lround(found.confidence * 100))) + " % sure";
  out.reason = counted(found.rows, "row holds", "rows hold") + " " + found.type + " (" + kind + ")";
  return out;
}

void mask_entities(const Profile& profile, const ColumnProfile& one, std::vector<Suggestion>& out) {
  if (!one.entities || one.entities->types.empty()) return;
  const FoundEntity& found = one.entities->types.front();
  if (found.confidence >= kSure) out.push_back(masked(profile.columns[one.column].name, found));
}

void drop_empty(const Profile& profile, const ColumnProfile& one, std::vector<Suggestion>& out) {
  if (profile.rows > 0 && one.rows.missing == profile.rows) out.push_back({"DELETE", profile.columns[one.column].name, {{"sourceColumn", profile.columns[one.column].name}}, {}, "no row has a value"});
}

Configuration configuration_for_suggestions() {
  Configuration out;
  std::vector<std::string> types = all_entity_types();
  std::erase(types, "DATE");
  out.entities = EntityBlock{.types = std::move(types), .allowed = Statistics{}.set()};
  StatisticsBlock block{.where = "suggestions"};
  block.included = std::vector<std::string>{"DISTINCT_VALUES_COUNT", "MISSING_VALUES_COUNT", "OUTLIER_DETECTION"};
  out.blocks.push_back(std::move(block));
  out.dataset.included = std::vector<std::string>{"DUPLICATE_ROWS_COUNT"};
  return out;
}

}  // namespace

std::vector<Suggestion> suggest(Session& session, const std::string& relation) {
  std::vector<Suggestion> out;
  const auto looks = TextScan(session.describe(relation)).run(session, relation);
  for (const TextLook& look : looks) tidy_texts(look, out);
  const std::string tidy = after(session, relation, out, "_mr_tidy");
  const Configuration configuration = configuration_for_suggestions();
  const Profile found = profile(session, tidy, configuration, true);
  for (const ColumnProfile& one : found.profiles) {
    const bool personal = one.entities && !one.entities->types.empty();
    if (one.values && !personal && one.values->distinct <= kFewValues && found.columns[one.column].type == "string") one_spelling(session, tidy, found.columns[one.column].name, out);
  }
  remove_repeats(found, out);
  for (const ColumnProfile& one : found.profiles) mark_outliers(found, one, out);
  for (const ColumnProfile& one : found.profiles) drop_empty(found, one, out);
  for (const ColumnProfile& one : found.profiles) mask_entities(found, one, out);
  if (out.size() > kMostSteps) out.resize(kMostSteps);
  return out;
}

nlohmann::ordered_json steps_of(const std::vector<Suggestion>& suggestions) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const Suggestion& one : suggestions) {
    nlohmann::ordered_json step;
    step["Action"]["Operation"] = one.operation;
    if (!one.parameters.empty()) step["Action"]["Parameters"] = one.parameters;
    if (!one.only.empty()) step["ConditionExpressions"].push_back({{"Condition", "IS"}, {"Value", nlohmann::json(one.only).dump()}, {"TargetColumn", one.column}});
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace mr::recipe
