#include "quality/engine/parts.hpp"

#include <algorithm>
#include <cmath>

namespace mr::quality::parts {
namespace {

using gx::Compiled;
using gx::Expectation;
using gx::Shape;
using mr::data::ColumnInfo;
using mr::data::ident;
using nlohmann::json;

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

// Where a quoted text or name ends; the end of the text when it does not.
size_t past_quotes(const std::string& sql, size_t at) {
  const char quote = sql[at];
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != quote) continue;
    if (at + 1 < sql.size() && sql[at + 1] == quote)
      ++at;
    else
      return at + 1;
  }
  return sql.size() + 1;
}

// Brackets that match, no second statement and no comment: what it is put into stays as it is.
bool stands_alone(const std::string& sql) {
  std::string open;
  for (size_t at = 0; at < sql.size();) {
    const char c = sql[at], next = at + 1 < sql.size() ? sql[at + 1] : '\0';
    if (c == '\'' || c == '"') {
      const bool escapes = c == '\'' && at > 0 && (sql[at - 1] == 'e' || sql[at - 1] == 'E');
      at = past_quotes(sql, at);
      if (escapes || at > sql.size()) return false;
      continue;
    }
    if (c == ';' || c == '$' || (c == '-' && next == '-') || (c == '/' && next == '*'))
      return false;
    if (c == '(' || c == '[' || c == '{') open += c == '(' ? ')' : c == '[' ? ']' : '}';
    if (c == ')' || c == ']' || c == '}') {
      if (open.empty() || open.back() != c) return false;
      open.pop_back();
    }
    ++at;
  }
  return open.empty();
}

std::string age_text(double seconds) {
  const auto whole = static_cast<int64_t>(std::abs(seconds));
  const int64_t days = whole / 86'400, hours = whole / 3600 % 24, minutes = whole / 60 % 60;
  std::string text = seconds < 0 ? "-" : "";
  if (days > 0) return text + std::to_string(days) + "d" + std::to_string(hours) + "h";
  if (hours > 0) return text + std::to_string(hours) + "h" + std::to_string(minutes) + "m";
  return text + (minutes > 0 ? std::to_string(minutes) + "m" : "") + std::to_string(whole % 60) +
         "s";
}

// Seconds since 1970 of a column of dates or times; without a zone they are in UTC.
std::string epoch_of(const ColumnInfo& column) {
  if (!is_moment(column.type))
    throw gx::UnfitColumn{"column '" + column.name + "' of type " + column.type +
                          " holds no dates or times"};
  const bool zoned = column.type == "TIMESTAMP WITH TIME ZONE";
  return zoned ? "epoch(" + ident(column.name) + ")"
               : "epoch(CAST(" + ident(column.name) + " AS TIMESTAMP))";
}

double epoch_of_now(const Expectation& e, const std::string& now) {
  const auto read = e.target.session.query("SELECT CAST(epoch(CAST(" + mr::data::literal(now) +
                                           " AS TIMESTAMP)) AS VARCHAR)");
  return std::strtod(read.rows.at(0).at(0).value_or("0").c_str(), nullptr);
}

std::string problems_of(const Expectation& e, const Agreed& agreed) {
  std::vector<std::string> missing, mistyped, others, wanted, found;
  for (const auto& column : agreed.columns) {
    const ColumnInfo* there = e.target.find(column.name, true);
    wanted.push_back(column.name);
    if (!column.type.empty() && there == nullptr)
      gx::is_called("VARCHAR", column.type, e.where);  // refuses a type that nobody knows
    if (there == nullptr)
      missing.push_back(column.name);
    else if (!column.type.empty() && !gx::is_called(there->type, column.type, e.where))
      mistyped.push_back(column.name + " is " + there->type + ", not " + column.type);
  }
  for (const ColumnInfo& column : e.target.columns) {
    const bool known = std::find(wanted.begin(), wanted.end(), column.name) != wanted.end();
    (known ? found : others).push_back(column.name);
  }
  std::string text;
  const auto add = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += (text.empty() ? "" : "; ") + std::string(what) + list_of(names);
  };
  add("missing: ", missing);
  add("of another type: ", mistyped);
  if (!agreed.others) add("not agreed: ", others);
  if (agreed.in_order && missing.empty() && found != wanted) add("in another order: ", found);
  return text;
}

std::vector<std::string> keys_there(const dqdl::OtherSource& other, const std::string& dataset,
                                    const std::vector<std::string>& keys) {
  std::vector<std::string> there;
  for (const std::string& key : keys) {
    const auto at = std::find_if(other.columns.begin(), other.columns.end(),
                                 [&](const auto& column) { return column.name == key; });
    if (at == other.columns.end())
      throw gx::UnfitColumn{"there is no column '" + key + "' in '" + dataset + "'"};
    there.push_back(ident(key));
  }
  return there;
}

}  // namespace

const ColumnInfo& column_named(const Expectation& e, const std::string& name) {
  if (const ColumnInfo* column = e.target.find(name, true)) return *column;
  if (const ColumnInfo* column = e.target.find(name, false)) return *column;
  throw gx::MissingColumn{name};
}

std::vector<ColumnInfo> columns_named(const Expectation& e, const std::vector<std::string>& names) {
  std::vector<ColumnInfo> columns;
  for (const std::string& name : names) columns.push_back(parts::column_named(e, name));
  return columns;
}

std::string condition_sql(const Expectation& e, const std::string& sql, const std::string& what) {
  if (!stands_alone(sql))
    e.wrong(what + " must be one condition",
            "without comments, semicolons and $; brackets and quotes must match");
  const std::string bracketed = "(" + sql + ")";
  try {
    e.target.session.describe("SELECT 1 AS one FROM " + e.target.relation + " WHERE " + bracketed);
    const auto type =
        e.target.session.describe("SELECT " + bracketed + " AS ok FROM " + e.target.relation);
    if (type.at(0).type == "BOOLEAN") return bracketed;
  } catch (const mr::data::SqlError& error) {
    if (error.error_class == "resource") throw;
    throw gx::UnfitColumn{what + " can't be bound: a column, a type or its SQL doesn't fit"};
  }
  e.wrong(what + " is neither true nor false", "compare with something: quantity > 0");
}

Compiled not_null(const Expectation& e, const std::string& column) {
  const ColumnInfo& one = parts::column_named(e, column);
  return gx::map_check(e, Shape::nullity, {one}, "", ident(one.name) + " IS NOT NULL");
}

Compiled values(const Expectation& e, const ColumnInfo& column, const std::string& good) {
  return gx::map_check(e, Shape::column, {column}, ident(column.name) + " IS NOT NULL", good);
}

Compiled unique(const Expectation& e, const std::vector<std::string>& columns) {
  auto keys = columns_named(e, columns);
  const bool one = keys.size() == 1;
  const std::string considered = one ? ident(keys[0].name) + " IS NOT NULL" : "";
  return gx::unique_check(e, one ? Shape::column : Shape::multicolumn, std::move(keys), considered);
}

Compiled accepted(const Expectation& e, const std::string& column, const json& list) {
  const ColumnInfo& one = parts::column_named(e, column);
  return values(e, one, gx::member_test(e, list, ident(one.name), one.type));
}

Compiled between(const Expectation& e, const std::string& column,
                 const std::vector<Bound>& bounds) {
  const ColumnInfo& one = parts::column_named(e, column);
  std::string good;
  for (const Bound& bound : bounds) {
    const auto [left, right] =
        gx::ordered_sides(e, ident(one.name), one.type, bound.value, bound.key);
    good = both(good, left + " " + bound.op + " " + right);
  }
  return values(e, one, good.empty() ? "true" : good);
}

Compiled row_count(const Expectation& e, const Count& count) {
  const MeasureId rows = e.measures.scalar("count(*)", e.filter);
  const auto judge = [=](const Measures& m) {
    if (const auto hindrance = hindered(m, {rows})) return *hindrance;
    const int64_t there = m.count(rows);
    return Verdict{there >= count.least.value_or(0) && there <= count.most.value_or(INT64_MAX),
                   {{"observed", there}},
                   {{"observed_value", there}}};
  };
  return {.check = {gx::label(e), {}, judge}, .shape = Shape::table};
}

Compiled aged(const Expectation& e, const std::string& column, Extreme which, double seconds,
              const std::string& now) {
  const ColumnInfo& one = parts::column_named(e, column);
  const std::string extreme = which == Extreme::newest ? "max(" : "min(";
  const MeasureId at = e.measures.scalar(extreme + epoch_of(one) + ")", e.filter);
  const auto judge = [=, now = epoch_of_now(e, now)](const Measures& m) {
    if (const auto hindrance = hindered(m, {at})) return *hindrance;
    const auto moment = m.number(at);
    if (!moment) return Verdict{false, {{"reason", "there is no value to measure"}}};
    const double age = now - *moment;
    const std::string text =
        (which == Extreme::newest ? "the newest value is " : "the oldest value is ") +
        age_text(age) + " old, at most " + age_text(seconds) + " are agreed";
    Verdict verdict{age <= seconds, {{"observed", age}}, {{"observed_value", text}}};
    if (!verdict.success) verdict.facts["message"] = text;
    return verdict;
  };
  return {.check = {gx::label(e), {}, judge}, .shape = Shape::table};
}

Compiled schema(const Expectation& e, const Agreed& agreed) {
  const std::string problems = problems_of(e, agreed);
  Verdict verdict{problems.empty(), json::object(), {{"observed_value", "as agreed"}}};
  if (!problems.empty()) {
    verdict.facts["message"] = problems;
    verdict.values["observed_value"] = problems;
  }
  return {.check = {gx::label(e), {}, [verdict](const Measures&) { return verdict; }},
          .shape = Shape::table};
}

const dqdl::OtherSource& source_named(const dqdl::World& world, const std::string& name) {
  const auto found = world.sources.find(name);
  if (found != world.sources.end()) return found->second;
  for (const auto& [alias, source] : world.sources) {
    if (alias.ends_with("." + name)) return source;
  }
  throw gx::UnfitColumn{"the dataset '" + name + "' is not there to look into"};
}

Compiled references(const Expectation& e, const std::vector<std::string>& columns,
                    const std::string& dataset, const std::vector<std::string>& keys,
                    const dqdl::World& world) {
  if (columns.size() != keys.size())
    e.wrong("it has " + std::to_string(columns.size()) + " columns on one side and " +
            std::to_string(keys.size()) + " on the other");
  const dqdl::OtherSource& source = source_named(world, dataset);
  const auto there = keys_there(source, dataset, keys);
  auto mine = columns_named(e, columns);
  std::string here, whole, complete;
  for (const ColumnInfo& column : mine) {
    here += (here.empty() ? "" : ", ") + ident(column.name);
    complete = both(complete, ident(column.name) + " IS NOT NULL");
  }
  for (const std::string& key : there) whole = both(whole, key + " IS NOT NULL");
  const std::string other = list_of(there);
  const bool one = mine.size() == 1;
  const std::string good = (one ? here : "(" + here + ")") + " IN (SELECT " +
                           (one ? other : "(" + other + ")") + " FROM " + source.relation +
                           " WHERE " + whole + ")";
  return gx::map_check(e, one ? Shape::column : Shape::multicolumn, std::move(mine), complete,
                       good);
}

}  // namespace mr::quality::parts
