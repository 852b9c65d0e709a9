#include "recipe/engine/moments.hpp"

#include <optional>
#include <regex>

#include "recipe/engine/actions.hpp"
#include "recipe/engine/operands.hpp"

namespace mr::recipe {

using mr::data::literal;

namespace {

// Minutes east of UTC that a zone like UTC+08:00, GMT-3 or +0530 stands for.
std::optional<int> fixed_offset(const std::string& zone) {
  static const std::regex kOffset(R"((?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?)");
  std::smatch found;
  if (zone == "UTC" || zone == "GMT" || zone == "Z") return 0;
  if (zone.size() > 16 || !std::regex_match(zone, found, kOffset)) return std::nullopt;
  const int hours = std::stoi(found[2]), minutes = found[3].matched ? std::stoi(found[3]) : 0;
  if (hours > 18 || minutes > 59) return std::nullopt;
  return (found[1] == "-" ? -1 : 1) * (hours * 60 + minutes);
}

std::string moved(const std::string& sql, int minutes) { return minutes == 0 ? sql : "TRY(" + sql + " + to_minutes(" + std::to_string(minutes) + "))"; }

// Regions change their offset over the year: the zone data that DuckDB brings along know when.
std::string region(Builder& builder, const std::string& parameter, const std::string& zone) {
  builder.check(parameter, "count(*) > 0 FROM pg_timezone_names() WHERE name = " + literal(zone), "a time zone like UTC+08:00 or America/New_York");
  return literal(zone);
}

}  // namespace

std::string moment_of(Builder& builder, const std::string& parameter) {
  if (parameter.starts_with("source")) return as_time(builder, builder.source(parameter));
  const std::string sql = time_of_text(literal(builder.param(parameter)));
  builder.check(parameter, "(" + sql + ") IS NOT NULL", "a date or time that can be read, like 2024-02-29 13:00:00");
  return sql;
}

std::string only_moment(Builder& builder) { return moment_of(builder, only_source(builder)); }

std::string to_utc(Builder& builder, const std::string& parameter, const std::string& sql) {
  const std::string zone = builder.param_or(parameter, "UTC");
  if (const auto minutes = fixed_offset(zone)) return moved(sql, -*minutes);
  return "TRY(timezone('UTC', timezone(" + region(builder, parameter, zone) + ", " + sql + ")))";
}

std::string from_utc(Builder& builder, const std::string& parameter, const std::string& sql) {
  const std::string zone = builder.param_or(parameter, "UTC");
  if (const auto minutes = fixed_offset(zone)) return moved(sql, *minutes);
  return "TRY(timezone(" + region(builder, parameter, zone) + ", timezone('UTC', " + sql + ")))";
}

std::string printed(const Builder& builder, const std::string& sql) {
  const std::string shape = layout(builder, "dateTimeFormat", builder.param_or("dateTimeFormat", "yyyy-mm-dd HH:MM:SS"));
  return "strftime(" + sql + ", " + literal(shape) + ")";
}

}  // namespace mr::recipe
