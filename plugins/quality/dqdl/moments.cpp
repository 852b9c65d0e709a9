#include "quality/dqdl/moments.hpp"

#include <chrono>

namespace mr::quality::dqdl {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// 9 stands for any digit.
bool like(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] == '9' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
  }
  return true;
}

int number_of(std::string_view digits) {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

}  // namespace

Shape shape_of(std::string_view text) {
  if (like(text, "9999-99-99")) return Shape::date;
  for (const std::string_view pattern : {"9:99 AM", "9:99 PM", "99:99 AM", "99:99 PM", "99:99"}) {
    if (like(text, pattern)) return Shape::time;
  }
  return Shape::text;
}

bool is_date(std::string_view text) {
  if (shape_of(text) != Shape::date) return false;
  const std::chrono::year_month_day day{
      std::chrono::year{number_of(text.substr(0, 4))},
      std::chrono::month{static_cast<unsigned>(number_of(text.substr(5, 2)))},
      std::chrono::day{static_cast<unsigned>(number_of(text.substr(8, 2)))}};
  return day.ok();
}

std::optional<int> minutes_of(std::string_view text) {
  if (shape_of(text) != Shape::time) return std::nullopt;
  const size_t colon = text.find(':');
  int hours = number_of(text.substr(0, colon));
  const int minutes = number_of(text.substr(colon + 1, 2));
  const bool twelve = text.back() == 'M';
  if (minutes > 59 || (twelve ? hours < 1 || hours > 12 : hours > 23)) return std::nullopt;
  if (twelve) hours = hours % 12 + (text[text.size() - 2] == 'P' ? 12 : 0);
  return hours * 60 + minutes;
}

}  // namespace mr::quality::dqdl
