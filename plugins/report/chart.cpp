#include "report/chart.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

namespace mr::report {

namespace {

using Values = std::vector<std::vector<std::optional<double>>>;  // by series

constexpr double kWidth = 760, kLeft = 70, kRight = 40, kTop = 14, kBottom = 34;
constexpr std::array kColours{"#2f6f9f", "#c8553d", "#588157", "#8e6c8a", "#b8860b", "#4a4e69"};

const char* colour(size_t series) { return kColours[series % kColours.size()]; }

std::optional<double> number(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  double value{};
  const auto end = std::from_chars(text->data(), text->data() + text->size(), value);
  return end.ec == std::errc{} && end.ptr == text->data() + text->size() && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

Values values_of(const data::Table& table) {
  Values out(table.columns.size() < 2 ? 0 : table.columns.size() - 1);
  for (const auto& row : table.rows)
    for (size_t at = 0; at < out.size(); ++at) out[at].push_back(number(row[at + 1]));
  return out;
}

struct Scale {
  double low = 0, high = 1, step = 1;
};

// From zero, to a round number above the greatest value, in about five steps.
Scale scale_of(const Values& values) {
  double low = 0, high = 0;
  for (const auto& series : values)
    for (const auto& value : series)
      if (value) low = std::min(low, *value), high = std::max(high, *value);
  if (high == low) high = low + 1;
  const double rough = (high - low) / 5, power = std::pow(10, std::floor(std::log10(rough)));
  const double step = rough <= power ? power : rough <= 2 * power ? 2 * power : rough <= 5 * power ? 5 * power : 10 * power;
  return {std::floor(low / step) * step, std::ceil(high / step) * step, step};
}

std::string fixed(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f", value);
  return text.data();
}

// 1200000 as 1.2M: an axis has little room.
std::string brief(double value) {
  const double size = std::abs(value);
  const auto [divisor, unit] = size >= 1e9 ? std::pair(1e9, "G") : size >= 1e6 ? std::pair(1e6, "M") : size >= 1e4 ? std::pair(1e3, "k") : std::pair(1.0, "");
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g%s", value / divisor, unit);
  return text.data();
}

std::string label(double x, double y, const char* anchor, const std::string& text) {
  return "<text x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" text-anchor=\"" + anchor + "\">" + escaped(text) + "</text>";
}

std::string open(double height, const std::string& title) {
  return "<svg viewBox=\"0 0 " + fixed(kWidth) + " " + fixed(height) + "\" role=\"img\" aria-label=\"" + escaped(title) + "\"><title>" + escaped(title) + "</title>";
}

std::string legend(const data::Table& table) {
  if (table.columns.size() < 3) return {};
  std::string out = "<p class=\"legend\">";
  for (size_t at = 1; at < table.columns.size(); ++at)
    out += std::string("<span><i style=\"background:") + colour(at - 1) + "\"></i>" + escaped(table.columns[at]) + "</span> ";
  return out + "</p>";
}

std::string text_of(const std::optional<std::string>& value) { return value.value_or("–"); }

std::string empty_chart() { return "<p class=\"empty\">No rows.</p>"; }

struct Frame {
  double height = 280;
  Scale scale{};
  size_t points = 1;
  double x(size_t at) const { return points < 2 ? (kLeft + kWidth - kRight) / 2 : kLeft + (kWidth - kLeft - kRight) * static_cast<double>(at) / static_cast<double>(points - 1); }
  double y(double value) const { return kTop + (height - kTop - kBottom) * (scale.high - value) / (scale.high - scale.low); }
};

std::string grid(const Frame& frame) {
  std::string out;
  for (int at = 0; frame.scale.low + at * frame.scale.step <= frame.scale.high + frame.scale.step / 2; ++at) {
    const double value = frame.scale.low + at * frame.scale.step, y = frame.y(value);
    out += "<line class=\"grid\" x1=\"" + fixed(kLeft) + "\" x2=\"" + fixed(kWidth - kRight) + "\" y1=\"" + fixed(y) + "\" y2=\"" + fixed(y) + "\"/>";
    out += label(kLeft - 8, y + 4, "end", brief(value));
  }
  return out;
}

std::string line_of(const Frame& frame, const std::vector<std::optional<double>>& series, const char* stroke) {
  std::string path, dots;
  bool pen_down = false;
  for (size_t at = 0; at < series.size(); ++at) {
    if (!series[at]) {
      pen_down = false;
      continue;
    }
    const std::string x = fixed(frame.x(at)), y = fixed(frame.y(*series[at]));
    path += (pen_down ? " L" : " M") + x + " " + y;
    pen_down = true;
    if (series.size() <= 62) dots += "<circle cx=\"" + x + "\" cy=\"" + y + "\" r=\"2.5\" fill=\"" + stroke + "\"/>";
  }
  if (path.empty()) return {};
  return "<path fill=\"none\" stroke=\"" + std::string(stroke) + "\" stroke-width=\"2\" d=\"" + path.substr(1) + "\"/>" + dots;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string line_chart(const data::Table& table, const std::string& title) {
  const Values values = values_of(table);
  if (table.rows.empty() || values.empty()) return empty_chart();
  const Frame frame{.scale = scale_of(values), .points = table.rows.size()};
  std::string out = open(frame.height, title) + grid(frame);
  const size_t every = std::max<size_t>(1, (table.rows.size() + 7) / 8);
  for (size_t at = 0; at < table.rows.size(); at += every) out += label(frame.x(at), frame.height - 12, "middle", text_of(table.rows[at][0]));
  for (size_t at = 0; at < values.size(); ++at) out += line_of(frame, values[at], colour(at));
  return legend(table) + out + "</svg>";
}

std::string bar_chart(const data::Table& table, const std::string& title) {
  const Values values = values_of(table);
  if (table.rows.empty() || values.empty()) return empty_chart();
  constexpr double kLabels = 190, kBar = 14, kGap = 8, kNumbers = 60;
  const Scale scale = scale_of(values);
  const double group = kBar * static_cast<double>(values.size()) + kGap, room = kWidth - kLabels - kNumbers;
  const auto x = [&](double value) { return kLabels + room * (value - scale.low) / (scale.high - scale.low); };
  std::string out = open(kTop + group * static_cast<double>(table.rows.size()), title);
  for (size_t row = 0; row < table.rows.size(); ++row) {
    const double top = kTop + group * static_cast<double>(row);
    out += label(kLabels - 8, top + (group - kGap) / 2 + 4, "end", text_of(table.rows[row][0]));
    for (size_t at = 0; at < values.size(); ++at) {
      if (!values[at][row]) continue;
      const double from = x(std::min(0.0, *values[at][row])), to = x(std::max(0.0, *values[at][row])), y = top + kBar * static_cast<double>(at);
      out += "<rect x=\"" + fixed(from) + "\" y=\"" + fixed(y) + "\" width=\"" + fixed(std::max(1.0, to - from)) + "\" height=\"" + fixed(kBar - 2) + "\" fill=\"" + colour(at) + "\"/>";
      out += label(to + 6, y + kBar - 4, "start", brief(*values[at][row]));
    }
  }
  return legend(table) + out + "</svg>";
}

}  // namespace mr::report
