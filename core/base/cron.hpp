// A cron expression, and the wall-clock times that it selects. Zones and clock changes are schedule/ticks.hpp's.
//
// Pure; any thread. Five fields, or six with seconds first: `*`, `?`, lists, ranges, steps (`a/n` runs to the end of the field), names
// (JAN, MON), `L`, `L-3`, `LW`, `15W` in the day of the month, `5L`, `MON#2` in the day of the week (0 and 7 are Sunday); `@hourly`,
// `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`. When both day fields are restricted (anything but a bare `*` or
// `?`), a day matches if either does. Errors: E1040, with the column.
// Source: crontab(5), and the wider forms that Quartz and robfig/cron read.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/calendar.hpp"

namespace millrace {

struct Cron {
  std::string text{};
  uint64_t seconds{}, minutes{};       // bit n: second n
  uint32_t hours{}, days{}, months{};  // days and months from 1
  uint8_t weekdays{};                  // bit 0: Sunday
  bool any_day = false, any_weekday = false;
  bool last_weekday_of_month = false;  // LW
  uint32_t days_before_last{};         // bit n: n days before the last of the month (L, L-n)
  uint32_t nearest_weekdays{};         // bit d: the weekday nearest to day d
  uint8_t last_weekdays{};             // bit w: the last such weekday of the month
  std::array<uint8_t, 7> nth_weekdays{};  // [w] bit n: the n-th such weekday of the month
  bool rhythm = false;                 // the hour field is * or */n: fires in both passes of a repeated hour
  friend bool operator==(const Cron& a, const Cron& b) { return a.text == b.text; }
};

Result<Cron> cron_from(std::string_view text);

// The first selected local time at or after `local` (seconds on the wall clock); nullopt: none in the next 12 years.
std::optional<int64_t> next_local(const Cron& cron, int64_t local);

}  // namespace millrace
