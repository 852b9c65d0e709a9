// A heat map: the stronger the colour, the greater the value.
#include <algorithm>
#include <cmath>

#include "report/chart.hpp"
#include "report/frame.hpp"
#include "report/text.hpp"

namespace mr::report {
namespace {

constexpr double kLetter = 7;
constexpr size_t kLetters = 24;

std::pair<double, double> range_of(const std::vector<std::optional<double>>& values) {
  std::optional<double> low, high;
  for (const auto& value : values) {
    if (!value) continue;
    low = std::min(low.value_or(*value), *value);
    high = std::max(high.value_or(*value), *value);
  }
  return {low.value_or(0), high.value_or(0)};
}

// The palest colour is still to be seen beside a cell without a value.
std::string strength(double share) {
  const std::string text = std::to_string(static_cast<int>(std::lround(100 * (0.1 + 0.9 * std::clamp(share, 0.0, 1.0)))));
  return text == "100" ? "1" : "0." + text;
}

// Not nearer to each other than they are long.
size_t every_for(const std::vector<std::string>& labels, double room, double length) {
  return std::max<size_t>(1, static_cast<size_t>(std::ceil(static_cast<double>(labels.size()) * length / room)));
}

size_t longest_of(const std::vector<std::string>& labels) {
  size_t longest = 1;
  for (const auto& label : labels) longest = std::max(longest, std::min(label.size(), kLetters));
  return longest;
}

// The colour of a value: which one, and how strong it is.
struct Shade {
  double low = 0, high = 0;
  bool around_zero = false;

  const char* colour_of(double value) const { return around_zero && value < 0 ? "s1" : "s0"; }
  std::string strength_of(double value) const {
    const double most = std::max(std::abs(low), std::abs(high));
    if (around_zero) return strength(most > 0 ? std::abs(value) / most : 0);
    return strength(high > low ? (value - low) / (high - low) : 1);
  }
};

std::string cell(const Shade& shade, double value, double x, double y, double width, double height) {
  return std::string("<rect class=\"fill ") + shade.colour_of(value) + "\" x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" width=\"" + fixed(width) + "\" height=\"" + fixed(height) + "\" fill-opacity=\"" + shade.strength_of(value) + "\"";
}

std::string key_of(double y, const Shade& shade, const std::string& name) {
  std::string out = text(kWidth - 190, y + 10, "end", brief(shade.low));
  for (int at = 0; at < 9; ++at) out += cell(shade, shade.low + (shade.high - shade.low) * at / 8.0, kWidth - 184 + at * 14, y, 14, 12) + "/>";
  return out + text(kWidth - 52, y + 10, "start", brief(shade.high)) + text(0, y + 10, "start", shortened(name, 60));
}

}  // namespace

std::string heat_map_chart(const HeatMap& map, const std::string& title) {
  if (map.columns.empty() || map.rows.empty()) return empty_chart();
  const auto [low, high] = range_of(map.values);
  const double left = static_cast<double>(longest_of(map.rows)) * kLetter + 12, top = 26, width = (kWidth - left) / static_cast<double>(map.columns.size());
  const double height = std::clamp(220.0 / static_cast<double>(map.rows.size()), 9.0, 28.0), bottom = top + height * static_cast<double>(map.rows.size());
  const std::string name = map.value_name + (map.unit.empty() ? "" : " (" + map.unit + ")");
  std::string out = open_svg(bottom + 26, title, "Heat map of " + name + " by " + map.x_name + " and " + map.y_name + ", values from " + rounded(low) + " to " + rounded(high) + ". The figures are below.");
  const Shade shade{low, high, map.around_zero};
  out += key_of(2, shade, name);
  const size_t every_row = every_for(map.rows, bottom - top, 12), every_column = every_for(map.columns, kWidth - left, static_cast<double>(longest_of(map.columns)) * kLetter + 10);
  for (size_t row = 0; row < map.rows.size(); row += every_row) out += text(left - 8, top + height * (static_cast<double>(row) + 0.5) + 4, "end", shortened(map.rows[row], kLetters));
  for (size_t column = 0; column < map.columns.size(); column += every_column) out += text(left + width * (static_cast<double>(column) + 0.5), bottom + 16, "middle", shortened(map.columns[column], kLetters));
  for (size_t row = 0; row < map.rows.size(); ++row) {
    for (size_t column = 0; column < map.columns.size(); ++column) {
      const auto& value = map.values[row * map.columns.size() + column];
      if (!value) continue;
      out += cell(shade, *value, left + width * static_cast<double>(column), top + height * static_cast<double>(row), std::max(0.5, width - 1), height - 1) + ">" + tip(map.columns[column] + ", " + map.rows[row] + ": " + rounded(*value)) + "</rect>";
    }
  }
  return out + "</svg>";
}

}  // namespace mr::report
