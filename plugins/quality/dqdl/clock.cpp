#include "quality/dqdl/clock.hpp"

#include <ctime>

namespace mr::quality::dqdl {
namespace {

using mr::data::literal;

std::string minutes_sql(int64_t minutes) {
  return " + to_minutes(" + std::to_string(minutes) + ")";
}

// Midnight of today in the zone, and so many minutes later by its clocks.
std::string time_sql(const std::string& now, const std::string& zone, int64_t minutes) {
  const std::string local = "((" + now + " AT TIME ZONE 'UTC') AT TIME ZONE " + zone + ")";
  return "((CAST(CAST(" + local + " AS DATE) AS TIMESTAMP)" + minutes_sql(minutes) +
         ") AT TIME ZONE " + zone + ") AT TIME ZONE 'UTC'";
}

std::string moment_sql(const Operand& operand, const std::string& now, const std::string& zone) {
  switch (operand.kind) {
    case Operand::Kind::date:
      return "CAST(" + literal(operand.text) + " AS TIMESTAMP)";
    case Operand::Kind::now:
      return "date_trunc('minute', " + now + ")" + minutes_sql(operand.amount);
    case Operand::Kind::time:
      return time_sql(now, zone, operand.amount);
    case Operand::Kind::number:
    case Operand::Kind::null:
    case Operand::Kind::text:
    case Operand::Kind::empty:
    case Operand::Kind::blank:
    case Operand::Kind::duration:
    case Operand::Kind::size:
      break;
  }
  return "CAST(NULL AS TIMESTAMP)";
}

}  // namespace

std::string now_text(const World& world) {
  if (!world.now.empty()) return world.now;
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
  return text;
}

std::string now_sql(const Scope& scope) {
  return "TIMESTAMP " + literal(now_text(scope.world));
}

std::vector<std::string> moments_of(const Scope& scope, const Condition& condition) {
  const std::string* zone = scope.rule.tag("timeZone");
  const std::string now = now_sql(scope);
  std::string list;
  for (const Operand& operand : condition.operands) {
    list += (list.empty() ? "" : ", ") +
            ("strftime(" + moment_sql(operand, now, literal(zone == nullptr ? "UTC" : *zone)) +
             ", '%Y-%m-%d %H:%M:%S')");
  }
  try {
    const auto table = scope.target.session.query("SELECT " + list);
    std::vector<std::string> moments;
    for (const auto& value : table.rows.at(0)) moments.push_back(value.value_or(""));
    return moments;
  } catch (const mr::data::SqlError&) {
    scope.wrong("the time zone '" + (zone == nullptr ? std::string("UTC") : *zone) +
                "' is not known");
  }
}

}  // namespace mr::quality::dqdl
