#include "report/scale.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "report/text.hpp"

namespace mr::report {
namespace {

namespace chrono = std::chrono;

constexpr double kMinute = 60, kHour = 3600, kDay = 86'400;
constexpr double kMost = 1e300;  // a distance between two numbers stays a number
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

chrono::year_month_day date_of(double seconds) { return chrono::sys_days(chrono::days(static_cast<int64_t>(std::floor(seconds / kDay)))); }

double seconds_of(const chrono::year_month_day& date) { return static_cast<double>(chrono::sys_days(date).time_since_epoch().count()) * kDay; }

std::string clock(double seconds, bool with_seconds) {
  const auto of_day = static_cast<int>(seconds - std::floor(seconds / kDay) * kDay);
  std::array<char, 16> text{};
  if (with_seconds) std::snprintf(text.data(), text.size(), "%02d:%02d:%02d", of_day / 3600, of_day / 60 % 60, of_day % 60);
  else std::snprintf(text.data(), text.size(), "%02d:%02d", of_day / 3600, of_day / 60 % 60);
  return text.data();
}

std::string day_name(double seconds) {
  const auto date = date_of(seconds);
  return std::to_string(unsigned{date.day()}) + " " + kMonths[unsigned{date.month()} - 1];
}

// What is said only where it changes: the day beside hours, the year beside days and months.
std::string time_label(double at, double step, bool first, double before) {
  const auto date = date_of(at), last = date_of(before);
  if (step < kDay) return clock(at, step < kMinute) + (first || date != last ? ", " + day_name(at) : "");
  const std::string year = std::to_string(int{date.year()});
  const bool new_year = first || date.year() != last.year();
  if (step < 28 * kDay) return day_name(at) + (new_year ? " " + year : "");
  if (step < 365 * kDay) return std::string(kMonths[unsigned{date.month()} - 1]) + (new_year ? " " + year : "");
  return year;
}

// For an axis so short that its numbers differ only far behind the point.
std::string in_full(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.10g", value);
  return grouped(text.data());
}

void month_ticks(Axis& axis, int months) {
  const auto start = date_of(axis.low);
  auto month = start.year() / start.month();
  const int index = int{month.year()} * 12 + static_cast<int>(unsigned{month.month()}) - 1;
  for (int at = index - ((index % months) + months) % months;; at += months) {
    const int year = at >= 0 ? at / 12 : (at - 11) / 12;
    const double seconds = seconds_of(chrono::year(year) / chrono::month(static_cast<unsigned>(at - year * 12 + 1)) / chrono::day(1));
    if (seconds > axis.high) return;
    if (seconds < axis.low) continue;
    axis.ticks.push_back({seconds, time_label(seconds, months >= 12 ? 366 * kDay : 28 * kDay, axis.ticks.empty(), axis.ticks.empty() ? 0 : axis.ticks.back().at)});
  }
}

void even_ticks(Axis& axis, double step) {
  const double from = step == 7 * kDay ? 4 * kDay : 0;  // 1970 began on a Thursday, the fifth was a Monday
  for (double at = std::ceil((axis.low - from) / step) * step + from; at <= axis.high; at += step)
    axis.ticks.push_back({at, time_label(at, step, axis.ticks.empty(), axis.ticks.empty() ? 0 : axis.ticks.back().at)});
}

}  // namespace

double round_step(double rough) {
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double times : {1.0, 2.0, 5.0})
    if (rough <= times * power * (1 + 1e-9)) return times * power;
  return 10 * power;
}

Axis number_axis(double low, double high, int about) {
  low = std::clamp(low, -kMost, kMost), high = std::clamp(high, -kMost, kMost);
  // What a double can't tell apart any more has no axis of its own.
  if (!(high - low > 1e-9 * std::max(std::abs(low), std::abs(high)))) {
    const double room = std::max(1.0, std::abs(low) * 0.1);
    low -= low == 0 ? 0 : room, high += room;
  }
  const double step = round_step((high - low) / about);
  Axis axis{std::floor(low / step) * step, std::ceil(high / step) * step, {}};
  const auto count = std::lround((axis.high - axis.low) / step);
  for (long at = 0; at <= count; ++at) {
    const double value = axis.low + static_cast<double>(at) * step;
    const double clean = std::abs(value) < step * 1e-6 ? 0 : value;
    axis.ticks.push_back({clean, brief(clean, std::max(std::abs(axis.low), std::abs(axis.high)))});
  }
  const auto alike = [](const Tick& a, const Tick& b) { return a.label == b.label; };
  if (std::adjacent_find(axis.ticks.begin(), axis.ticks.end(), alike) != axis.ticks.end())
    for (auto& tick : axis.ticks) tick.label = in_full(tick.at);
  return axis;
}

Axis time_axis(double low, double high, int about, bool days) {
  if (!(high > low)) low -= kDay / 2, high += kDay / 2;
  Axis axis{low, high, {}};
  const double rough = std::max((high - low) / about, days ? kDay : 0);
  for (const double step : {1.0, 5.0, 15.0, 30.0, kMinute, 5 * kMinute, 15 * kMinute, 30 * kMinute, kHour, 3 * kHour, 6 * kHour, 12 * kHour, kDay, 2 * kDay, 7 * kDay, 14 * kDay}) {
    if (rough > step) continue;
    even_ticks(axis, step);
    return axis;
  }
  for (const int months : {1, 3, 6}) {
    if (rough > months * 31 * kDay) continue;
    month_ticks(axis, months);
    return axis;
  }
  month_ticks(axis, 12 * std::max(1, static_cast<int>(round_step(rough / (366 * kDay)))));
  return axis;
}

}  // namespace mr::report
