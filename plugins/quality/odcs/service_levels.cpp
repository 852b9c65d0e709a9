// slaProperties: latency and frequency are the age of the newest value of a column, retention is
// that of the oldest. What rows can't show is said, and not checked.
#include "quality/dqdl/clock.hpp"
#include "quality/engine/parts.hpp"
#include "quality/odcs/scope.hpp"

#include <algorithm>
#include <cmath>

namespace mr::quality::odcs {
namespace {

using gx::Compiled;
using gx::Expectation;

const Words kKeys{"property",
                  "value",
                  "valueExt",
                  "unit",
                  "element",
                  "driver",
                  "description",
                  "id",
                  "scheduler",
                  "schedule",
                  "customProperties",
                  "tags",
                  "authoritativeDefinitions"};
const Words kOfTheService{"availability",        "av", "throughput",   "th", "errorrate",    "er",
                          "generalavailability", "ga", "endofsupport", "es", "endoflife",    "el",
                          "timetodetect",        "td", "timetonotify", "tn", "timetorepair", "tr",
                          "timeofavailability",  "ta"};

std::string small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool is_one_of(const std::string& word, const Words& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

int64_t seconds_of_unit(const Node& node) {
  const std::string unit = small(text_of(needed(node, "unit", "the agreement"), "'unit'"));
  if (is_one_of(unit, {"s", "sec", "second", "seconds"})) return 1;
  if (is_one_of(unit, {"m", "min", "minute", "minutes"})) return 60;
  if (is_one_of(unit, {"h", "hr", "hour", "hours"})) return 3600;
  if (is_one_of(unit, {"d", "day", "days"})) return 86'400;
  if (is_one_of(unit, {"w", "week", "weeks"})) return 604'800;
  if (is_one_of(unit, {"mo", "month", "months"})) return 2'629'746;  // a twelfth of a year
  if (is_one_of(unit, {"y", "yr", "year", "years"})) return 31'556'952;
  wrong(*node.find("unit"), "the unit '" + unit + "' is not known",
        "known are s, m, h, d, w, mo and y");
}

// The column that an agreement is about: object.property, or the property where the object is one
// alone. Empty: it is about another object.
std::string element_of(const Scope& scope, const Node& node) {
  const Node* element = node.find("element");
  if (element == nullptr) element = scope.document.find("slaDefaultElement");
  if (element == nullptr) wrong(node, "the agreement needs 'element': a column of dates or times");
  const std::string text = text_of(*element, "'element'");
  if (text.find(',') != std::string::npos)
    wrong(*element, "an agreement is about one element here", "write one for each");
  const size_t dot = text.find('.');
  if (dot == std::string::npos) return column_name(scope, text);
  const std::string object = text.substr(0, dot);
  for (const char* key : {"name", "physicalName", "id"}) {
    if (text_or(scope.object, key, "") == object) return column_name(scope, text.substr(dot + 1));
  }
  return {};
}

Compiled compile(const Scope& scope, const Expectation& e, const Node& node,
                 const std::string& column, parts::Extreme which) {
  require_map(node, "an agreement", kKeys);
  const Node& value = needed(node, "value", "the agreement");
  const double seconds = number_of(value, "'value'") * static_cast<double>(seconds_of_unit(node));
  if (!(seconds > 0 && seconds < 1e10)) wrong(value, "'value' is out of range");
  return parts::aged(e, column, which, seconds, dqdl::now_text(scope.world));
}

void add_age(Scope& scope, const Node& node, const std::string& word, parts::Extreme which) {
  std::string column;
  const std::string title = "service level " + word;
  try {
    column = element_of(scope, node);
  } catch (const QualityError& error) {
    return scope.add(title, node.place, node.to_json(),
                     [&](Expectation&) -> Compiled { throw QualityError(error); });
  }
  if (column.empty()) return scope.note(title, "an agreement about another object");
  scope.add(title + " of " + column, node.place, node.to_json(),
            [&](Expectation& e) { return compile(scope, e, node, column, which); });
}

void add_level(Scope& scope, const Node& node) {
  const std::string given = text_or(node, "property", ""), word = small(given);
  if (is_one_of(word, kOfTheService))
    return scope.note("service level " + given, "an agreement about the service, not about rows");
  if (is_one_of(word, {"latency", "ly", "freshness", "frequency", "fy"}))
    return add_age(scope, node, given, parts::Extreme::newest);
  if (is_one_of(word, {"retention", "re"}))
    return add_age(scope, node, given, parts::Extreme::oldest);
  scope.add("service level " + given, node.place, node.to_json(), [&](Expectation&) -> Compiled {
    wrong(node, "there is no service level '" + given + "'",
          "those about rows are latency, frequency and retention");
  });
}

}  // namespace

void add_service_levels(Scope& scope) {
  const Node* levels = scope.document.find("slaProperties");
  if (levels == nullptr || levels->is_null()) return;
  if (!levels->is_list())
    throw QualityError("E7002", "'slaProperties' must be a list", levels->place);
  for (const Node& level : levels->items) add_level(scope, level);
}

}  // namespace mr::quality::odcs
