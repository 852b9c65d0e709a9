#include "base/clock.hpp"

#include <array>
#include <charconv>

namespace millrace {
namespace {

using namespace std::chrono;

struct Parts {
  year_month_day date;
  hh_mm_ss<Millis> time;
};

Parts parts_of(TimePoint time) {
  const auto day = floor<days>(time);
  return {year_month_day{day}, hh_mm_ss<Millis>{time - day}};
}

Error not_a_time(std::string_view text) {
  return {.code = "E0005", .what = "'" + std::string(text) + "' is not a date or time",
          .where = {}, .hint = "write 2026-11-01 or 2026-11-01T05:30:00Z"};
}

// Reads exactly `count` digits at `at`; -1 when they are not there.
int digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

TimePoint SystemClock::now() const { return time_point_cast<Millis>(system_clock::now()); }

namespace {

// With leading zeros.
void put(std::string& text, int64_t number, size_t width) {
  std::array<char, 24> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  const auto digits = static_cast<size_t>(end - buffer.data());
  if (digits < width) text.append(width - digits, '0');
  text.append(buffer.data(), digits);
}

}  // namespace

std::string to_iso(TimePoint time) {
  const auto [date, clock] = parts_of(time);
  std::string text;
  text.reserve(24);
  put(text, static_cast<int>(date.year()), 4);
  text += '-';
  put(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  put(text, static_cast<unsigned>(date.day()), 2);
  text += 'T';
  put(text, clock.hours().count(), 2);
  text += ':';
  put(text, clock.minutes().count(), 2);
  text += ':';
  put(text, clock.seconds().count(), 2);
  if (const auto ms = clock.subseconds().count(); ms != 0) {
    text += '.';
    put(text, ms, 3);
  }
  return text + "Z";
}

std::string to_compact(TimePoint time) {
  std::string text;
  for (const char c : to_iso(time)) {
    if (c != '-' && c != ':' && c != '.') text += c;
  }
  return text;
}

Result<TimePoint> from_iso(std::string_view text) {
  const int y = digits(text, 0, 4), mo = digits(text, 5, 2), d = digits(text, 8, 2);
  if (y < 0 || mo < 0 || d < 0 || text[4] != '-' || text[7] != '-') return not_a_time(text);
  const year_month_day date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  if (!date.ok()) return not_a_time(text);
  const TimePoint midnight{sys_days{date}};
  if (text.size() == 10) return midnight;
  const int h = digits(text, 11, 2), mi = digits(text, 14, 2);
  if ((text[10] != 'T' && text[10] != ' ') || h < 0 || mi < 0 || text[13] != ':' || h > 23 || mi > 59) return not_a_time(text);
  size_t at = 16;
  Millis fraction{0};
  int s = 0;
  if (at < text.size() && text[at] == ':') {
    s = digits(text, at + 1, 2);
    if (s < 0 || s > 59) return not_a_time(text);
    at += 3;
    if (at < text.size() && text[at] == '.') {
      int scale = 100;
      for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) fraction += Millis{(text[at] - '0') * scale};
    }
  }
  const TimePoint local = midnight + hours{h} + minutes{mi} + seconds{s} + fraction;
  const auto zone = text.substr(at);
  if (zone.empty() || zone == "Z" || zone == "z") return local;
  const int zh = digits(zone, 1, 2), zm = zone.size() == 6 ? digits(zone, 4, 2) : digits(zone, 3, 2);
  if ((zone[0] != '+' && zone[0] != '-') || zh < 0 || zm < 0) return not_a_time(text);
  const Millis offset = hours{zh} + minutes{zm};
  return zone[0] == '+' ? local - offset : local + offset;
}

std::string to_text(Millis duration) {
  struct Unit { int64_t ms; const char* name; };
  for (const auto& unit : {Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "m"}, Unit{1000, "s"}}) {
    if (duration.count() != 0 && duration.count() % unit.ms == 0) return std::to_string(duration.count() / unit.ms) + unit.name;
  }
  return duration.count() == 0 ? "0s" : std::to_string(duration.count()) + "ms";
}

Result<Millis> duration_from_text(std::string_view text) {
  const Error wrong{.code = "E0006", .what = "'" + std::string(text) + "' is not a duration", .where = {}, .hint = "write 90s, 15m, 2h or 1d"};
  size_t at = 0;
  double number = 0, scale = 1;
  bool point = false, any = false;
  for (; at < text.size() && ((text[at] >= '0' && text[at] <= '9') || (text[at] == '.' && !point)); ++at) {
    if (text[at] == '.') { point = true; continue; }
    any = true;
    number = number * 10 + (text[at] - '0');
    if (point) scale *= 10;
  }
  const auto unit = text.substr(at);
  const double ms = unit == "ms" ? 1 : unit == "s" ? 1e3 : unit == "m" ? 6e4 : unit == "h" ? 3.6e6 : unit == "d" ? 8.64e7 : 0;
  // About a hundred years; the comparison also refuses what too many digits make of it, which is no number.
  if (!any || ms == 0 || !(number / scale * ms <= 3.2e12)) return wrong;
  return Millis{static_cast<int64_t>(number / scale * ms + 0.5)};
}

}  // namespace millrace
