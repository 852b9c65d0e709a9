#include "base/calendar.hpp"

#include <date/tz.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "base/text.hpp"

namespace millrace {
namespace {

namespace chrono = std::chrono;

const std::vector<std::string>& zone_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& zone : date::get_tzdb().zones) list.push_back(zone.name());
    return list;
  }();
  return names;
}

// "+05:30" -> 19800
std::optional<int64_t> fixed_offset(std::string_view text) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  int hours = 0, minutes = 0;
  const auto number = [](std::string_view digits, int& into) {
    return std::from_chars(digits.data(), digits.data() + digits.size(), into).ptr == digits.data() + digits.size();
  };
  if (!number(text.substr(1, 2), hours) || !number(text.substr(4, 2), minutes) || hours > 18 || minutes > 59) return std::nullopt;
  return (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

chrono::year_month_day civil(Day day) { return chrono::sys_days{chrono::days{day.number}}; }

}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  Zone zone;
  zone.name_ = name;
  if (name == "UTC") return zone;
  if (const auto offset = fixed_offset(name)) {
    zone.offset_ = *offset;
    return zone;
  }
  try {
    zone.zone_ = date::locate_zone(std::string(name));
    return zone;
  } catch (const std::exception&) {
    const auto near = nearest(name, zone_names());
    return Error{.code = "E1041", .what = "there is no time zone " + quote(name), .where = {}, .hint = near.empty() ? "write for example Europe/Berlin or UTC" : "did you mean " + quote(near) + "?"};
  }
}

ZoneSpan Zone::at(int64_t utc_seconds) const {
  constexpr int64_t kFar = int64_t{1} << 40;  // seconds: far enough, and nothing overflows
  if (zone_ == nullptr) return {utc_seconds - kFar, utc_seconds + kFar, offset_};
  const auto info = static_cast<const date::time_zone*>(zone_)->get_info(date::sys_seconds{chrono::seconds{utc_seconds}});
  return {info.begin.time_since_epoch().count(), info.end.time_since_epoch().count(), info.offset.count()};
}

std::string Zone::show(TimePoint time) const {
  const int64_t utc = chrono::floor<chrono::seconds>(time.time_since_epoch()).count();
  const int64_t offset = at(utc).offset, local = utc + offset;
  const Day day{local >= 0 ? local / 86'400 : (local - 86'399) / 86'400};
  const int64_t second = local - day.number * 86'400;
  const Date date = date_of(day);
  const int64_t distance = offset < 0 ? -offset : offset;
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d%c%02d:%02d", date.year, date.month, date.day, static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                static_cast<int>(second % 60), offset < 0 ? '-' : '+', static_cast<int>(distance / 3600), static_cast<int>(distance / 60 % 60));
  return text;
}

Date date_of(Day day) {
  const auto ymd = civil(day);
  return {static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day())};
}

Day day_of(Date date) {
  return {chrono::sys_days{chrono::year{date.year} / chrono::month{date.month} / chrono::day{date.day}}.time_since_epoch().count()};
}

unsigned weekday_of(Day day) { return chrono::weekday{chrono::sys_days{chrono::days{day.number}}}.c_encoding(); }

unsigned days_in_month(int year, unsigned month) {
  return static_cast<unsigned>(chrono::year_month_day_last{chrono::year{year}, chrono::month_day_last{chrono::month{month}}}.day());
}

}  // namespace millrace
