#include "quality/engine/gx_expectation.hpp"

#include <cmath>

namespace mr::quality::gx {

using mr::data::ColumnInfo;
using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

const json& Expectation::list(const char* key) const {
  if (!has(key) || !kwargs[key].is_array()) wrong(std::string("'") + key + "' must be a list");
  return kwargs[key];
}

std::string Expectation::text(const char* key) const {
  if (!has(key) || !kwargs[key].is_string()) wrong(std::string("'") + key + "' must be a text");
  return kwargs[key].get<std::string>();
}

bool Expectation::flag(const char* key) const {
  if (!has(key)) return false;
  if (!kwargs[key].is_boolean()) wrong(std::string("'") + key + "' must be true or false");
  return kwargs[key].get<bool>();
}

double Expectation::number(const char* key) const {
  if (!has(key) || !kwargs[key].is_number()) wrong(std::string("'") + key + "' must be a number");
  return kwargs[key].get<double>();
}

int64_t Expectation::whole(const char* key) const {
  const double value =
      has(key) && kwargs[key].is_number() ? kwargs[key].get<double>() : std::nan("");
  if (!(std::abs(value) < 9e15) || value != std::floor(value))
    wrong(std::string("'") + key + "' must be a whole number: not a valid integer");
  return static_cast<int64_t>(value);
}

double Expectation::mostly() const {
  if (!kwargs.contains("mostly")) return 1.0;
  if (!kwargs["mostly"].is_number())
    wrong("'mostly' must be a number from 0 to 1: is not a valid float");
  const double share = kwargs["mostly"].get<double>();
  if (!(share >= 0)) wrong("'mostly' must be a number from 0 to 1: greater than or equal to 0");
  if (!(share <= 1)) wrong("'mostly' must be a number from 0 to 1: less than or equal to 1");
  return share;
}

std::vector<std::string> Expectation::names(const char* key) const {
  std::vector<std::string> found;
  for (const json& entry : list(key)) {
    if (!entry.is_string()) wrong(std::string("'") + key + "' must be a list of column names");
    found.push_back(entry.get<std::string>());
  }
  return found;
}

Compiled guarded(const std::string& name, const std::function<Compiled()>& compile) {
  try {
    return compile();
  } catch (const QualityError& error) {
    return {.check = refused(name, error)};
  } catch (const MissingColumn& missing) {
    return {.check = unfit(name, "there is no column '" + missing.name + "'")};
  } catch (const UnfitColumn& column) {
    return {.check = unfit(name, column.reason)};
  } catch (const mr::data::SqlError& error) {
    if (error.error_class == "resource") throw;
    return {.check = unfit(name, "its SQL can't be bound: a column, type or function doesn't fit")};
  }
}

std::string label(const Expectation& e) {
  std::string name = e.type;
  for (const char* key : {"column", "column_A", "column_B"}) {
    if (e.has(key) && e.kwargs[key].is_string()) name += " " + e.kwargs[key].get<std::string>();
  }
  if (e.has("column_list") && e.kwargs["column_list"].is_array()) {
    for (const json& entry : e.kwargs["column_list"])
      name += " " + (entry.is_string() ? entry.get<std::string>() : entry.dump());
  }
  return name;
}

const ColumnInfo& column_named(const Expectation& e, const std::string& name) {
  if (const ColumnInfo* column = e.target.find(name, true)) return *column;
  throw MissingColumn{
      name};  // becomes a failed check: the suite is fine, the data lacks the column
}

const ColumnInfo& column_of(const Expectation& e, const char* key) {
  return column_named(e, e.text(key));
}

std::vector<ColumnInfo> columns_of(const Expectation& e) {
  std::vector<ColumnInfo> columns;
  for (const std::string& name : e.names("column_list")) columns.push_back(column_named(e, name));
  if (columns.empty()) e.wrong("'column_list' is empty");
  return columns;
}

std::function<Verdict(const Measures&)> share_judge(MeasureId elements, MeasureId of,
                                                    MeasureId unexpected, double mostly) {
  return [=](const Measures& m) {
    if (const auto hindrance = hindered(m, {elements, of, unexpected})) return *hindrance;
    const auto all = static_cast<double>(m.count(of)),
               wrong = static_cast<double>(m.count(unexpected));
    json facts{{"element_count", m.count(elements)},
               {"considered_count", m.count(of)},
               {"unexpected_count", m.count(unexpected)}};
    facts["unexpected_percent"] = all > 0 ? json(100.0 * wrong / all) : json();
    return Verdict{all == 0 || (all - wrong) / all >= mostly, std::move(facts)};
  };
}

Compiled map_check(const Expectation& e, Shape shape, std::vector<ColumnInfo> domain,
                   const std::string& considered, const std::string& good) {
  const std::string scope = both(e.filter, considered),
                    bad = both(scope, "(" + good + ") IS NOT TRUE");
  const MeasureId elements = e.measures.scalar("count(*)", e.filter),
                  of = e.measures.scalar("count(*)", scope),
                  unexpected = e.measures.scalar("count(*)", bad);
  return {.check = {label(e), bad, share_judge(elements, of, unexpected, e.mostly())},
          .shape = shape,
          .domain = std::move(domain)};
}

Compiled value_check(const Expectation& e, const std::string& good) {
  const ColumnInfo& column = column_of(e);
  return map_check(e, Shape::column, {column}, ident(column.name) + " IS NOT NULL", good);
}

Compiled unique_check(const Expectation& e, Shape shape, std::vector<ColumnInfo> domain,
                      const std::string& considered) {
  std::vector<std::string> keys;
  for (const ColumnInfo& column : domain) keys.push_back(ident(column.name));
  const std::string scope = both(e.filter, considered);
  const MeasureId elements = e.measures.scalar("count(*)", e.filter),
                  of = e.measures.scalar("count(*)", scope);
  const MeasureId repeated =
      e.measures.grouped(keys, scope, "coalesce(sum(n) FILTER (WHERE n > 1), 0)", "", "0");
  Check check{label(e), repeated_rows(e.target.relation, keys, scope),
              share_judge(elements, of, repeated, e.mostly())};
  return {.check = std::move(check), .shape = shape, .domain = std::move(domain)};
}

bool is_datetime(const json& value) {
  return value.is_object() && value.contains("$datetime");
}

namespace {

// A date or time as SQL; one that can't be read is refused rather than compared as NULL.
std::string moment(const Expectation& e, const std::string& text) {
  const std::string sql = "coalesce(TRY_CAST(" + literal(text) + " AS TIMESTAMP), TRY_CAST(" +
                          literal(text) + " AS TIMESTAMPTZ)::TIMESTAMP, try_strptime(" +
                          literal(text) +
                          ", ['%m/%d/%Y', '%m/%d/%Y %H:%M:%S', '%b %d %Y', '%b %d %Y %H:%M:%S', "
                          "'%B %d %Y', '%d %b %Y']))";
  const auto read = e.target.session.query("SELECT CAST(" + sql + " AS VARCHAR)");
  if (!read.rows.at(0).at(0))
    e.wrong("'" + text + "' is not a date or time: invalid datetime format");
  return "TIMESTAMP " + literal(*read.rows[0][0]);
}

std::string number_text(const Expectation& e, const std::string& text) {
  const auto read =
      e.target.session.query("SELECT CAST(TRY_CAST(" + literal(text) + " AS DOUBLE) AS VARCHAR)");
  return read.rows.at(0).at(0) ? "CAST(" + literal(text) + " AS DOUBLE)" : std::string();
}

}  // namespace

std::pair<std::string, std::string> sides(const Expectation& e, const std::string& sql,
                                          const std::string& type, const json& value) {
  if (is_datetime(value))
    return {is_moment(type) ? sql : "TRY_CAST(" + sql + " AS TIMESTAMP)",
            moment(e, value["$datetime"].get<std::string>())};
  if (value.is_number() && type == "BOOLEAN") return {"CAST(" + sql + " AS INTEGER)", value.dump()};
  if (value.is_number())
    return {is_number(type) ? sql : "TRY_CAST(" + sql + " AS DOUBLE)", value.dump()};
  if (value.is_boolean()) return {"TRY_CAST(" + sql + " AS BOOLEAN)", value.dump()};
  if (!value.is_string()) e.wrong("a value to compare with must be a number, a text or a boolean");
  const std::string text = value.get<std::string>();
  if (is_moment(type)) return {sql, moment(e, text)};
  if (e.flag("parse_strings_as_datetimes"))
    return {"TRY_CAST(" + sql + " AS TIMESTAMP)", moment(e, text)};
  if (is_number(type)) return {sql, "TRY_CAST(" + literal(text) + " AS DOUBLE)"};
  return {type == "VARCHAR" ? sql : "CAST(" + sql + " AS VARCHAR)", literal(text)};
}

std::pair<std::string, std::string> ordered_sides(const Expectation& e, const std::string& sql,
                                                  const std::string& type, const json& value,
                                                  const char* key) {
  const std::string what =
      std::string("'") + key + "' can't be compared with a column of type " + type;
  if (value.is_string() && is_number(type)) {
    const std::string number = number_text(e, value.get<std::string>());
    if (number.empty())
      e.wrong(what +
              ": it is a text, neither a number nor in a valid format (invalid datetime format)");
    return {sql, number};
  }
  if (value.is_string() && type == "BOOLEAN")
    e.wrong(what + ": it is a text (invalid datetime format)");
  if (value.is_number() && is_text(type) && !e.flag("allow_cross_type_comparisons"))
    e.wrong(what + ": it is a number, the column holds texts", "cast the column, or give a text");
  if (value.is_number() && is_moment(type)) e.wrong(what + ": it is a number, not a date or time");
  return sides(e, sql, type, value);
}

std::string within(const Expectation& e, const std::string& sql, const std::string& type) {
  std::string test;
  if (e.has("min_value")) {
    const auto [left, right] = ordered_sides(e, sql, type, e.kwargs["min_value"], "min_value");
    test = left + (e.flag("strict_min") ? " > " : " >= ") + right;
  }
  if (e.has("max_value")) {
    const auto [left, right] = ordered_sides(e, sql, type, e.kwargs["max_value"], "max_value");
    test = both(test, left + (e.flag("strict_max") ? " < " : " <= ") + right);
  }
  return test.empty() ? "true" : test;
}

std::string member_test(const Expectation& e, const json& list, const std::string& sql,
                        const std::string& type) {
  std::map<std::string, std::string> lists;  // by left side
  for (const json& value : list) {
    if (value.is_null()) continue;
    const auto [left, right] = sides(e, sql, type, value);
    std::string& members = lists[left];
    members += (members.empty() ? "" : ", ") + right;
  }
  std::string test;
  for (const auto& [left, members] : lists)
    test += (test.empty() ? "coalesce(" : " OR coalesce(") + left + " IN (" + members + "), false)";
  return test.empty() ? "false" : "(" + test + ")";
}

}  // namespace mr::quality::gx
