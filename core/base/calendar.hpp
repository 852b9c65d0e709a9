// Time zones and days: when does a wall clock show what. The zone data is the system's (IANA), read through date/tz.
//
// Any thread once found. Errors: E1041 (no such zone). Seconds count from 1970-01-01T00:00:00, "local" ones on the zone's wall clock.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace millrace {

// A stretch of time during which a zone's clocks keep one distance from UTC.
struct ZoneSpan {
  int64_t begin{}, end{};  // UTC seconds; end is not part of it
  int64_t offset{};        // local minus UTC, in seconds
};

class Zone {
 public:
  Zone() = default;  // UTC
  // "Europe/Berlin", "UTC", or a fixed distance such as "+05:30".
  static Result<Zone> find(std::string_view name);
  const std::string& name() const { return name_; }
  ZoneSpan at(int64_t utc_seconds) const;
  // "2026-03-29T03:00:00+02:00"
  std::string show(TimePoint time) const;
  friend bool operator==(const Zone& a, const Zone& b) { return a.name_ == b.name_; }

 private:
  std::string name_ = "UTC";
  const void* zone_ = nullptr;  // of date/tz, which keeps it for ever; nullptr: a fixed distance
  int64_t offset_ = 0;
};

// A day of the (proleptic) Gregorian calendar, as days since 1970-01-01.
struct Day {
  int64_t number{};
  auto operator<=>(const Day&) const = default;
};
struct Date {
  int year{};
  unsigned month{}, day{};  // from 1
};
Date date_of(Day day);
Day day_of(Date date);
unsigned weekday_of(Day day);                       // 0: Sunday
unsigned days_in_month(int year, unsigned month);

}  // namespace millrace
