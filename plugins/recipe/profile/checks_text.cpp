// Proposed checks in the words of Great Expectations and of DQDL.
#include "recipe/profile/checks.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace mr::recipe {
namespace {

using Json = nlohmann::ordered_json;

// With the digits that it has, and whole where it is: 10, not 10.0.
Json number(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e18) return static_cast<int64_t>(value);
  return value;
}

// ---- Great Expectations

void put_bounds(Json& kwargs, const ProposedCheck& check) {
  if (check.low) kwargs["min_value"] = number(*check.low);
  if (check.high) kwargs["max_value"] = number(*check.high);
}

bool of_one_length(const ProposedCheck& check) {
  return check.low && check.high && *check.low == *check.high;
}

Json kwargs_of(const ProposedCheck& check) {
  Json kwargs = Json::object();
  if (!check.column.empty()) kwargs["column"] = check.column;
  switch (check.kind) {
    case CheckKind::rows:
    case CheckKind::range:
      put_bounds(kwargs, check);
      break;
    case CheckKind::lengths:
      if (of_one_length(check))
        kwargs["value"] = number(*check.low);
      else
        put_bounds(kwargs, check);
      break;
    case CheckKind::columns:
      kwargs["column_set"] = check.values;
      kwargs["exact_match"] = true;
      break;
    case CheckKind::unique_rows:
      kwargs["column_list"] = check.values;
      break;
    case CheckKind::type:
      kwargs["type_"] = check.type;
      break;
    case CheckKind::present:
      if (check.share < 1) kwargs["mostly"] = check.share;
      break;
    case CheckKind::values:
      kwargs["value_set"] = check.values;
      break;
    case CheckKind::since:
      kwargs["min_value"] = check.day;
      break;
    case CheckKind::unique:
      break;
  }
  return kwargs;
}

const char* expectation_of(const ProposedCheck& check) {
  switch (check.kind) {
    case CheckKind::rows:
      return "expect_table_row_count_to_be_between";
    case CheckKind::columns:
      return "expect_table_columns_to_match_set";
    case CheckKind::type:
      return "expect_column_values_to_be_of_type";
    case CheckKind::present:
      return "expect_column_values_to_not_be_null";
    case CheckKind::unique:
      return "expect_column_values_to_be_unique";
    case CheckKind::values:
      return "expect_column_values_to_be_in_set";
    case CheckKind::range:
    case CheckKind::since:
      return "expect_column_values_to_be_between";
    case CheckKind::lengths:
      return of_one_length(check) ? "expect_column_value_lengths_to_equal"
                                  : "expect_column_value_lengths_to_be_between";
    case CheckKind::unique_rows:
      return "expect_compound_columns_to_be_unique";
  }
  return "";
}

std::string suite_text(const std::vector<ProposedCheck>& checks, const std::string& name) {
  Json suite{{"name", name}, {"expectations", Json::array()}};
  for (const ProposedCheck& check : checks) {
    Json one{{"type", expectation_of(check)}, {"kwargs", kwargs_of(check)}};
    one["meta"]["why"] = check.reason;
    suite["expectations"].push_back(std::move(one));
  }
  suite["meta"] = Json::object();
  return suite.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

// ---- DQDL

// Texts with signs that mean something within quotes have no rule.
bool is_sayable(const std::string& text) {
  return text.find_first_of("\\\n\r") == std::string::npos && !text.empty();
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\\\"") : std::string(1, c);
  return out + "\"";
}

// In digits alone: the language knows no exponents.
std::string digits(double value) {
  std::array<char, 400> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  return {text.data(), end.ptr};
}

// In quotes it would be a date or a time of day, and never a text.
bool looks_like_time(const std::string& text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool date = text.size() == 10 && text[4] == '-' && text[7] == '-' && is_digit(text[0]);
  return date || (!text.empty() && is_digit(text[0]) && text.find(':') != std::string::npos);
}

// As a where clause has it, within quotes.
std::string where_filled(const ProposedCheck& check) {
  if (!check.nulls) return "";
  std::string name = "`";
  for (const char c : check.column) name += c == '`' ? std::string("``") : std::string(1, c);
  return " where " + quoted(name + "` is not null");
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kTypes{
    {{"BOOLEAN", "Boolean"},
     {"DATE", "Date"},
     {"TIMESTAMP", "Timestamp"},
     {"TINYINT", "Integer"},
     {"SMALLINT", "Integer"},
     {"INTEGER", "Integer"},
     {"UTINYINT", "Integer"},
     {"USMALLINT", "Integer"},
     {"BIGINT", "Long"},
     {"UINTEGER", "Long"},
     {"FLOAT", "Double"},
     {"DOUBLE", "Double"},
     {"TIMESTAMP WITH TIME ZONE", "Timestamp"}}};

std::string rule_type_of(const std::string& sql) {
  if (sql.starts_with("DECIMAL(")) return "Decimal" + sql.substr(7);
  for (const auto& [engine, rule] : kTypes) {
    if (engine == sql) return std::string(rule);
  }
  return {};  // a text is of every type
}

using Rules = std::vector<std::string>;

Rules column_rules(const ProposedCheck& check) {
  Rules rules{"ColumnCount = " + std::to_string(check.values.size())};
  for (const auto& name : check.values) {
    if (is_sayable(name.get<std::string>()))
      rules.push_back("ColumnExists " + quoted(name.get<std::string>()));
  }
  return rules;
}

// `between` leaves its bounds out, so each has a rule.
Rules bound_rules(const std::string& head, const std::string& where, const ProposedCheck& check) {
  Rules rules;
  if (of_one_length(check)) return {head + "= " + digits(*check.low) + where};
  if (check.low) rules.push_back(head + ">= " + digits(*check.low) + where);
  if (check.high) rules.push_back(head + "<= " + digits(*check.high) + where);
  return rules;
}

std::string set_rule(const std::string& column, const ProposedCheck& check) {
  std::string list;
  for (const auto& value : check.values) {
    const bool text = value.is_string();
    const std::string word = text ? value.get<std::string>() : value.dump();
    if (!word.empty() && (!is_sayable(word) || (text && looks_like_time(word)))) return {};
    list += (list.empty() ? "" : ", ") + (word.empty() ? "EMPTY" : text ? quoted(word) : word);
  }
  return "ColumnValues " + column + "in [" + list + (check.nulls ? ", NULL]" : "]");
}

Rules rules_of(const ProposedCheck& check) {
  if (!check.column.empty() && !is_sayable(check.column)) return {};
  const std::string column = quoted(check.column) + " ", where = where_filled(check);
  switch (check.kind) {
    case CheckKind::rows:
      return bound_rules("RowCount ", "", check);
    case CheckKind::columns:
      return column_rules(check);
    case CheckKind::type: {
      const std::string type = rule_type_of(check.type);
      return type.empty() ? Rules{}
                          : Rules{"ColumnDataType " + column + "= " + quoted(type) + where};
    }
    case CheckKind::present:
      return {check.share < 1 ? "Completeness " + column + ">= " + digits(check.share)
                              : "IsComplete " + quoted(check.column)};
    case CheckKind::unique:
      return {"IsUnique " + quoted(check.column)};
    case CheckKind::values: {
      std::string rule = set_rule(column, check);
      return rule.empty() ? Rules{} : Rules{std::move(rule)};
    }
    case CheckKind::range:
      return bound_rules("ColumnValues " + column, where, check);
    case CheckKind::since:
      return {"ColumnValues " + column + ">= " + quoted(check.day) + where};
    case CheckKind::lengths:
      return bound_rules("ColumnLength " + column, "", check);
    case CheckKind::unique_rows:
      return {"DuplicateRowCount = 0"};
  }
  return {};
}

std::string rules_text(const std::vector<ProposedCheck>& checks) {
  std::string text = "Rules = [\n", column;
  bool first = true;
  for (const ProposedCheck& check : checks) {
    for (const std::string& rule : rules_of(check)) {
      text += first ? "" : ",\n";
      if (!first && check.column != column) text += "\n";
      text += "    " + rule;
      column = check.column;
      first = false;
    }
  }
  return text + "\n]\n";
}

}  // namespace

std::string checks_text(const std::vector<ProposedCheck>& checks, CheckFormat format,
                        const std::string& name) {
  return format == CheckFormat::gx ? suite_text(checks, name) : rules_text(checks);
}

size_t count_in(const ProposedCheck& check, CheckFormat format) {
  return format == CheckFormat::gx ? 1 : rules_of(check).size();
}

}  // namespace mr::recipe
