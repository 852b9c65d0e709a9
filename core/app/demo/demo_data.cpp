#include "app/demo_data.hpp"

#include <charconv>
#include <optional>

#include "app/demo/world.hpp"
#include "base/text.hpp"

namespace millrace {

namespace {

std::optional<int> number(std::string_view text) {
  int value{};
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc{} && end.ptr == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::optional<demo::Day> parse_day(const std::string& text) {
  const auto parts = split(text, '-');
  if (text.size() != 10 || parts.size() != 3) return std::nullopt;
  const auto year = number(parts[0]), month = number(parts[1]), day = number(parts[2]);
  if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)), std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional<demo::Day>(date) : std::nullopt;
}

Error wrong(const std::string& what, const std::string& hint) { return Error{"E9300", what, {}, hint}; }

Status make_day(const demo::World& world, demo::Day day) {
  for (const auto make : {demo::make_orders, demo::make_web_logs, demo::make_reviews, demo::make_searches, demo::make_metrics, demo::make_inventory})
    if (auto made = make(world, day); !made) return made;
  return {};
}

}  // namespace

Status make_demo_data(const DemoOptions& options) {
  const auto first = parse_day(options.first_day);
  if (!first) return wrong("first day " + quote(options.first_day) + " is not a date", "write it as 2026-11-01");
  if (options.days < 1 || options.days > 10'000) return wrong("the number of days must be from 1 to 10000", {});
  if (!(options.scale > 0) || options.scale > 10'000) return wrong("the scale must be above 0 and at most 10000", "1 is about 1 MB for three days");
  if (options.folder.empty()) return wrong("no folder to write into", "name one");
  const demo::World world{options.folder + "/landing", options.seed, options.scale, *first};
  for (const auto make : {demo::make_customers, demo::make_products})
    if (auto made = make(world); !made) return made;
  const auto last = *first + std::chrono::days(options.days - 1);
  for (auto monday = *first - (std::chrono::weekday(*first) - std::chrono::Monday); monday <= last; monday += std::chrono::weeks(1))
    if (auto made = demo::make_promotions(world, monday); !made) return made;
  for (int day = 0; day < options.days; ++day)
    if (auto made = make_day(world, *first + std::chrono::days(day)); !made) return made;
  return {};
}

}  // namespace millrace
