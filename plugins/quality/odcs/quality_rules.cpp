// The rules under `quality`: metrics of the standard's library, queries, and those of other tools.
#include "quality/engine/parts.hpp"
#include "quality/odcs/operators.hpp"
#include "quality/odcs/scope.hpp"
#include "quality/short/short_checks.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality::odcs {
namespace {

using gx::Compiled;
using gx::Expectation;
using mr::data::ident;
using nlohmann::json;

// What says nothing of the check itself, or only when and by whom it is run.
const Words kAbout{"authoritativeDefinitions",
                   "businessImpact",
                   "customProperties",
                   "description",
                   "dimension",
                   "id",
                   "method",
                   "name",
                   "schedule",
                   "scheduleCronExpression",
                   "scheduler",
                   "severity",
                   "tags",
                   "type"};

struct Rule {
  const Scope& scope;
  const Node& node;
  const Property* of = nullptr;  // nullptr: of the object

  const Property& property() const {
    if (of == nullptr) wrong(node, "this rule is of a property, and stands at the object");
    require_column(*of);
    return *of;
  }
};

void require_keys(const Node& node, const Words& own) {
  Words known = kAbout;
  known.insert(known.end(), own.begin(), own.end());
  require_map(node, "a rule", known);
}

// The number of rows that a metric counts, as the standard's operators are to judge it.
struct Counted {
  MeasureId count = 0, of = 0;  // of: the rows of which it is so many percent
  std::string failing{};        // SQL of the rows that are counted; empty: it is not about rows
};

std::string missing_sql(const Expectation& e, const Property& property, const Node* list) {
  if (list == nullptr) {
    return is_text(property.type) ? property.sql + " IS NULL OR " + property.sql + " = ''"
                                  : property.sql + " IS NULL";
  }
  if (!list->is_list()) wrong(*list, "'missingValues' must be a list");
  const json values = list->to_json();
  const bool null =
      std::any_of(values.begin(), values.end(), [](const json& value) { return value.is_null(); });
  return (null ? property.sql + " IS NULL OR " : std::string()) +
         gx::member_test(e, values, property.sql, property.type);
}

// NULL is missing, and not invalid.
std::string invalid_sql(const Expectation& e, const Property& property, const Node& node) {
  const Node* arguments = node.find("arguments");
  const auto argument = [&](const char* key) {
    const Node* found = arguments == nullptr ? nullptr : arguments->find(key);
    return found != nullptr ? found : node.find(key);  // the first version has it in the rule
  };
  const Node *values = argument("validValues"), *pattern = argument("pattern");
  if (values == nullptr && pattern == nullptr)
    wrong(node, "invalidValues needs 'validValues' or 'pattern' in its 'arguments'");
  std::string good;
  if (values != nullptr) {
    if (!values->is_list()) wrong(*values, "'validValues' must be a list");
    good = gx::member_test(e, values->to_json(), property.sql, property.type);
  }
  if (pattern != nullptr) {
    const std::string regex = text_of(*pattern, "'pattern'");
    require_regex(e.target.session, regex, pattern->place);
    good = both(good, "regexp_matches(CAST(" + property.sql + " AS VARCHAR), " +
                          mr::data::literal(regex) + ")");
  }
  return property.sql + " IS NOT NULL AND (" + good + ") IS NOT TRUE";
}

Counted counted_rows(const Expectation& e, const std::string& which) {
  return {e.measures.scalar("count(*)", which), e.measures.scalar("count(*)"), which};
}

// The rows that repeat the key of another, but for one of each.
Counted repeated(const Expectation& e, const std::vector<std::string>& keys,
                 const std::string& filter) {
  return {e.measures.grouped(keys, filter, "coalesce(sum(n) - count(*), 0)"),
          e.measures.scalar("count(*)", filter), repeated_rows(e.target.relation, keys, filter)};
}

Counted duplicates(const Expectation& e, const Rule& rule) {
  if (rule.of != nullptr)
    return repeated(e, {rule.property().sql}, rule.property().sql + " IS NOT NULL");
  const Node* arguments = rule.node.find("arguments");
  const Node* names = arguments == nullptr ? nullptr : arguments->find("properties");
  if (names == nullptr)
    wrong(rule.node, "duplicateValues of an object needs 'properties' in its 'arguments'");
  std::vector<std::string> keys;
  for (const std::string& name : texts_of(*names, "'properties'"))
    keys.push_back(ident(parts::column_named(e, column_name(rule.scope, name)).name));
  return repeated(e, keys, "");
}

// Today's names; those of the standard's first version are read as these.
std::string metric_of(const Node& node) {
  static const std::vector<std::pair<std::string_view, std::string_view>> kOld{
      {"nullCheck", "nullValues"},
      {"duplicateCount", "duplicateValues"},
      {"validValues", "invalidValues"},
      {"countCheck", "rowCount"}};
  static const Words kMetrics{"nullValues", "missingValues", "invalidValues", "duplicateValues",
                              "rowCount"};
  const Node* metric = node.find("metric");
  if (metric == nullptr) metric = node.find("rule");
  if (metric == nullptr)
    wrong(node, "a rule of the library needs 'metric'", known_words("", kMetrics));
  const std::string word = text_of(*metric, "'metric'");
  for (const auto& [old, now] : kOld) {
    if (word == old) return std::string(now);
  }
  if (std::find(kMetrics.begin(), kMetrics.end(), word) == kMetrics.end())
    wrong(*metric, "there is no metric '" + word + "'", known_words(word, kMetrics));
  return word;
}

const Words& arguments_of(const std::string& metric) {
  static const Words kMissing{"missingValues"}, kInvalid{"validValues", "pattern"},
      kDuplicate{"properties"}, kNone{};
  if (metric == "missingValues") return kMissing;
  if (metric == "invalidValues") return kInvalid;
  return metric == "duplicateValues" ? kDuplicate : kNone;
}

Counted count_of(const Expectation& e, const Rule& rule, const std::string& metric) {
  const Node* arguments = rule.node.find("arguments");
  if (arguments != nullptr && !arguments->is_null())
    require_map(*arguments, "'arguments' of " + metric, arguments_of(metric));
  if (metric == "duplicateValues") return duplicates(e, rule);
  if (metric == "rowCount") {
    const MeasureId rows = e.measures.scalar("count(*)");
    return {rows, rows, ""};
  }
  const Property& property = rule.property();
  if (metric == "nullValues") return counted_rows(e, property.sql + " IS NULL");
  if (metric == "invalidValues") return counted_rows(e, invalid_sql(e, property, rule.node));
  return counted_rows(
      e,
      missing_sql(e, property, arguments == nullptr ? nullptr : arguments->find("missingValues")));
}

bool in_percent(const Node& node, const std::string& metric) {
  const Node* unit = node.find("unit");
  if (unit == nullptr) return false;
  const std::string word = text_of(*unit, "'unit'");
  if (word != "rows" && word != "percent") wrong(*unit, "'unit' must be rows or percent");
  if (word == "percent" && metric == "rowCount") wrong(*unit, "rowCount is no share of anything");
  return word == "percent";
}

Compiled library(const Expectation& e, const Rule& rule) {
  Words own{"metric", "rule", "arguments", "unit", "validValues", "pattern"};
  own.insert(own.end(), operator_words().begin(), operator_words().end());
  require_keys(rule.node, own);
  const std::string metric = metric_of(rule.node);
  auto operators = operators_of(rule.node);
  const bool old = rule.node.find("rule") != nullptr && rule.node.find("metric") == nullptr;
  if (operators.empty() && old && metric != "rowCount")
    operators.push_back(must_be(0));  // the first version's checks of values need none
  if (operators.empty())
    wrong(rule.node, "the rule has no operator", known_words("", operator_words()));
  const bool percent = in_percent(rule.node, metric);
  const Counted counted = count_of(e, rule, metric);
  const auto judge = [=](const Measures& m) {
    if (const auto hindrance = hindered(m, {counted.count, counted.of})) return *hindrance;
    const auto rows = static_cast<double>(m.count(counted.count)),
               all = static_cast<double>(m.count(counted.of));
    const double value = !percent ? rows : all > 0 ? 100 * rows / all : 0;
    Verdict verdict{holds(operators, value), {{"observed", value}}, {{"observed_value", value}}};
    if (!counted.failing.empty()) {
      verdict.facts["considered_count"] = m.count(counted.of);
      verdict.facts["unexpected_count"] = m.count(counted.count);
    }
    return verdict;
  };
  const bool blames = !counted.failing.empty() && are_upper_bounds(operators);
  return {.check = {gx::label(e), blames ? counted.failing : std::string(), judge},
          .shape = gx::Shape::aggregate};
}

void put(std::string& sql, const std::string& name, const std::string& value) {
  for (const std::string& spelt : {"${" + name + "}", "{" + name + "}"}) {
    for (size_t at = sql.find(spelt); at != std::string::npos;
         at = sql.find(spelt, at + value.size()))
      sql.replace(at, spelt.size(), value);
  }
}

bool same_name(const std::string& a, const std::string& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

// One SELECT; the rows go by the names of the object, too.
std::string query_of(const Expectation& e, const Rule& rule) {
  const Node& query = needed(rule.node, "query", "a rule of type sql");
  std::string sql = text_of(query, "'query'");
  for (const char* name : {"object", "table"}) put(sql, name, e.target.relation);
  for (const char* name : {"property", "column"}) {
    const bool asked = sql.find("{" + std::string(name) + "}") != std::string::npos;
    if (asked) put(sql, name, rule.property().sql);
  }
  while (!sql.empty() &&
         (sql.back() == ';' || std::isspace(static_cast<unsigned char>(sql.back())) != 0))
    sql.pop_back();
  std::string names;
  for (const char* key : {"name", "physicalName"}) {
    const std::string name = text_or(rule.scope.object, key, "");
    const bool plain = name.empty() || same_name(name, e.target.relation) ||
                       same_name(ident(name), e.target.relation) ||
                       names.find(ident(name) + " AS ") != std::string::npos;
    if (!plain)
      names += (names.empty() ? "WITH " : ", ") + ident(name) + " AS (SELECT * FROM " +
               e.target.relation + ") ";
  }
  const std::string whole = names + "SELECT * FROM (" + sql + "\n) AS _mr_query";
  try {
    e.target.session.check_select(whole);
  } catch (const mr::Failure& failure) {
    wrong(query, "'query' is not a SELECT that can be run: " + failure.what_happened);
  }
  return whole;
}

// The one value of a query; true is 1.
Compiled query(const Expectation& e, const Rule& rule) {
  Words own{"query", "unit"};
  own.insert(own.end(), operator_words().begin(), operator_words().end());
  require_keys(rule.node, own);
  const std::string sql = query_of(e, rule);
  const auto columns = e.target.session.describe(sql);
  if (columns.size() != 1) wrong(rule.node, "'query' must give one column");
  const bool truth = columns[0].type == "BOOLEAN";
  if (!truth && !is_number(columns[0].type))
    wrong(rule.node, "'query' must give a number or a boolean, not " + columns[0].type);
  auto operators = operators_of(rule.node);
  if (operators.empty() && truth) operators.push_back(must_be(1));
  if (operators.empty())
    wrong(rule.node, "the rule has no operator", known_words("", operator_words()));
  const std::string from =
      "(SELECT " + ident(columns[0].name) + " AS v FROM (" + sql + "\n) AS _mr_rule) AS _mr_value";
  const MeasureId rows = e.measures.scalar("count(*)", "", from),
                  value = e.measures.scalar("max(CAST(v AS DOUBLE))", "", from);
  const auto judge = [=](const Measures& m) {
    if (const auto hindrance = hindered(m, {rows, value})) return *hindrance;
    const auto found = m.number(value);
    if (m.count(rows) != 1 || !found)
      return Verdict{false,
                     {{"reason", "the query gave " + std::to_string(m.count(rows)) +
                                     " rows, and not one value"}}};
    return Verdict{holds(operators, *found), json::object(), {{"observed_value", *found}}};
  };
  return {.check = {gx::label(e), {}, judge}, .shape = gx::Shape::aggregate};
}

// rowCount, row_count and row-count are the same word.
std::string plain(const std::string& word) {
  std::string bare;
  for (const char c : word) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      bare += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return bare;
}

std::string snake(const std::string& word) {
  std::string text;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = word[i];
    const bool big = c >= 'A' && c <= 'Z',
               after_small = i > 0 && word[i - 1] >= 'a' && word[i - 1] <= 'z';
    if (big && after_small) text += '_';
    text += big && after_small ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

// Of arguments, as people write minValue for min_value.
json expectation_of(const Node& node) {
  json entry = node.to_json();
  if (!entry.is_object() || !entry.contains("kwargs") || !entry["kwargs"].is_object()) return entry;
  json kwargs = json::object();
  for (const auto& [key, value] : entry["kwargs"].items()) kwargs[snake(key)] = value;
  entry["kwargs"] = std::move(kwargs);
  return entry;
}

// One of another tool: those of Great Expectations and our own are run.
void add_custom(Scope& scope, const Rule& rule, const std::string& title,
                const std::string& on_fail) {
  const size_t before = scope.entries.size();
  scope.add(title, rule.node.place, rule.node.to_json(), [&](Expectation&) -> Compiled {
    require_keys(rule.node, {"engine", "implementation"});
    const Node& engine = needed(rule.node, "engine", "a rule of type custom");
    const std::string word = plain(text_of(engine, "'engine'"));
    if (word != "greatexpectations" && word != "gx" && word != "millrace")
      wrong(engine, "rules of the engine '" + engine.value.get<std::string>() + "' are not known",
            "known are greatExpectations and millrace");
    const Node& given = needed(rule.node, "implementation", "a rule of type custom");
    const Node made =
        given.is_text() ? read_tree(given.value.get<std::string>(), given.place) : given;
    const std::vector<Node> list = made.is_list() ? made.items : std::vector<Node>{made};
    if (list.empty()) wrong(given, "'implementation' has no check in it");
    for (const Node& one : list) {
      if (word == "millrace") {
        for (gx::Entry& entry : short_form::compile(one, scope.target, scope.measures, scope.world))
          scope.entries.push_back(std::move(entry));
      } else {
        scope.entries.push_back(
            gx::load_entry(expectation_of(one), one.place, scope.target, scope.measures));
      }
    }
    return {};
  });
  // The entry of the rule itself is kept only when it could not be read.
  if (!scope.entries.back().compiled.check.judge) scope.entries.pop_back();
  for (size_t i = before; i < scope.entries.size(); ++i) {
    if (scope.entries[i].compiled.check.on_fail.empty())
      scope.entries[i].compiled.check.on_fail = on_fail;
  }
}

std::string on_fail_of(const Node& node) {
  const std::string severity = plain(text_or(node, "severity", ""));
  return severity == "info" || severity == "warning" || severity == "warn" ? "warn" : "";
}

// Its name, or what it measures.
std::string title_of(const Node& node, const Property* of) {
  const std::string own = text_or(node, "name", "");
  if (!own.empty()) return own;
  const std::string what =
      text_or(node, "metric", text_or(node, "rule", text_or(node, "type", "quality")));
  const std::string about = text_or(node, "description", "");
  return (of == nullptr ? "" : of->name + " ") + what + (about.empty() ? "" : " (" + about + ")");
}

}  // namespace

void add_quality(Scope& scope, const Node& node, const Property* of) {
  const std::string title = title_of(node, of), type = text_or(node, "type", "library");
  const Rule rule{scope, node, of};
  if (type == "text") return scope.note(title, "a text for people");
  if (type == "custom") return add_custom(scope, rule, title, on_fail_of(node));
  scope.add(title, node.place, node.to_json(), [&](Expectation& e) -> Compiled {
    if (type == "sql") return query(e, rule);
    if (type == "library") return library(e, rule);
    wrong(node, "there is no type '" + type + "' of rules",
          "known are library, sql, custom and text");
  });
  scope.entries.back().compiled.check.on_fail = on_fail_of(node);
}

}  // namespace mr::quality::odcs
