#include "app/demo/world.hpp"

#include <array>
#include <cmath>

namespace millrace::demo {

namespace {

using namespace std::string_view_literals;
constexpr std::array kColours{"Red"sv, "White"sv, "Blue"sv, "Green"sv, "Ivory"sv, "Pink"sv, "Vintage"sv, "Retro"sv, "Small"sv, "Large"sv};
constexpr std::array kStuff{"enamel"sv, "wooden"sv, "glass"sv, "paper"sv, "felt"sv, "ceramic"sv, "tin"sv, "cotton"sv};
constexpr std::array kGoods{"mug"sv, "lantern"sv, "bunting"sv, "cake stand"sv, "lunch box"sv, "tray"sv, "clock"sv, "jar, set of 3"sv, "hook"sv, "bag"sv};
constexpr std::array kGiven{"Amelia"sv, "Noah"sv, "Zoë"sv, "Mateo"sv, "Ines"sv, "Łukasz"sv, "Aiko"sv, "Omar"sv, "Freya"sv, "José"sv, "Marie"sv, "Tom"sv};
constexpr std::array kFamily{"Smith"sv, "Okafor"sv, "Müller"sv, "García"sv, "Novák"sv, "Rossi"sv, "O'Brien"sv, "Tanaka"sv, "Dubois"sv, "Jensen"sv};
constexpr std::array kCountries{"United Kingdom"sv, "United Kingdom"sv, "United Kingdom"sv, "Germany"sv, "France"sv, "Ireland"sv, "Spain"sv, "Japan"sv};
constexpr std::array kCities{"London"sv, "Leeds"sv, "Bristol"sv, "Berlin"sv, "Lyon"sv, "Cork"sv, "Sevilla"sv, "Kyoto"sv};
constexpr std::array kMonths{"Jan"sv, "Feb"sv, "Mar"sv, "Apr"sv, "May"sv, "Jun"sv, "Jul"sv, "Aug"sv, "Sep"sv, "Oct"sv, "Nov"sv, "Dec"sv};
constexpr int64_t kSecondsOfDay = 86'400;

std::string clock_text(int64_t second) {
  return padded(second / 3600, 2) + ":" + padded(second / 60 % 60, 2) + ":" + padded(second % 60, 2);
}

Day shifted(Day day, int64_t second) { return day + std::chrono::days(second / kSecondsOfDay); }

}  // namespace

int64_t World::scaled(int64_t at_scale_one) const {
  return std::max<int64_t>(1, std::llround(static_cast<double>(at_scale_one) * scale));
}

int64_t World::of_day(int64_t at_scale_one, Day day) const {
  const unsigned weekday = std::chrono::weekday(day).iso_encoding();
  return scaled(weekday >= 6 ? at_scale_one * 5 / 4 : at_scale_one);
}

Product product(int64_t number) {
  Random random(7, kThings, number);
  Product out;
  out.code = std::to_string(20'000 + number * 7);
  if (random.chance(250)) out.code += static_cast<char>('A' + random.below(4));
  out.name = random.pick(kColours);
  out.name.append(" ").append(random.pick(kStuff));
  out.name.append(" ").append(random.pick(kGoods));
  out.price_cents = random.between(39, 1'999);
  return out;
}

Customer customer(const World& world, int64_t number) {
  Random random(world.seed, kCustomers, number);
  Customer out;
  out.id = 12'000 + number;
  out.name = random.pick(kGiven);
  out.name.append(" ").append(random.pick(kFamily));
  const auto at = static_cast<size_t>(random.below(static_cast<int64_t>(kCountries.size())));
  out.country = kCountries[at];
  out.city = kCities[at];
  return out;
}

std::string padded(int64_t value, size_t width) {
  std::string text = std::to_string(value);
  return text.size() >= width ? text : std::string(width - text.size(), '0') + text;
}

std::string iso_date(Day day) {
  const std::chrono::year_month_day date(day);
  return padded(int{date.year()}, 4) + "-" + padded(unsigned{date.month()}, 2) + "-" + padded(unsigned{date.day()}, 2);
}

std::string iso_time(Day day, int64_t second) { return iso_date(shifted(day, second)) + " " + clock_text(second % kSecondsOfDay); }

std::string log_time(Day day, int64_t second) {
  const std::chrono::year_month_day date(shifted(day, second));
  return padded(unsigned{date.day()}, 2) + "/" + std::string(kMonths[unsigned{date.month()} - 1]) + "/" + padded(int{date.year()}, 4) + ":" +
         clock_text(second % kSecondsOfDay) + " +0000";
}

std::string cents(int64_t amount) {
  const int64_t size = amount < 0 ? -amount : amount;
  return (amount < 0 ? "-" : "") + std::to_string(size / 100) + "." + padded(size % 100, 2);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace millrace::demo
