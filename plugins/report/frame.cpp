#include "report/frame.hpp"

#include <algorithm>
#include <cmath>

#include "report/chart.hpp"
#include "report/text.hpp"

namespace mr::report {
namespace {

constexpr double kLetter = 6.8;  // about a letter's width at the size of the labels
constexpr int kTicks = 5, kTimeTicks = 8;

size_t letters(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// Labels so far from each other that they don't touch.
std::string label_ticks(const Frame& frame, const Plot& plot) {
  size_t longest = 1;
  for (const auto& label : plot.labels) longest = std::max(longest, std::min<size_t>(letters(label), 24));
  const double room = static_cast<double>(longest) * kLetter + 14, width = frame.right - frame.left;
  const auto most = std::max<size_t>(1, static_cast<size_t>(width / room));
  const size_t every = (plot.labels.size() + most - 1) / most;
  std::string out;
  for (size_t at = 0; at < plot.labels.size(); at += every) out += text(frame.x_of(plot.x[at]), frame.bottom + 18, "middle", shortened(plot.labels[at], 24));
  return out;
}

}  // namespace

double Frame::x_of(double value) const { return left + (right - left) * std::clamp(x.share(value), 0.0, 1.0); }
double Frame::y_of(double value) const { return bottom - (bottom - top) * std::clamp(y.share(value), 0.0, 1.0); }

std::string text(double x, double y, const char* anchor, const std::string& words) {
  return "<text x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" text-anchor=\"" + anchor + "\">" + escaped(words) + "</text>";
}

std::string tip(const std::string& words) { return "<title>" + escaped(words) + "</title>"; }

std::string open_svg(double height, const std::string& title, const std::string& description) {
  return "<svg viewBox=\"0 0 " + fixed(kWidth) + " " + fixed(height) + "\" role=\"img\" aria-label=\"" + escaped(title + ". " + description) + "\">";
}

std::string colour(size_t series) { return "s" + std::to_string(series % kMostSeries); }

std::string legend(const Plot& plot) {
  if (plot.series.size() < 2) return {};
  std::string out = "<ul class=\"legend\">";
  for (size_t at = 0; at < plot.series.size(); ++at) out += "<li><i class=\"" + colour(at) + "\"></i>" + escaped(plot.series[at].name) + "</li>";
  return out + "</ul>";
}

std::string empty_chart() { return "<p class=\"empty\">Nothing to draw: the query gave no rows with values.</p>"; }

std::string values_axis(const Frame& frame, const std::string& unit) {
  std::string out;
  for (const auto& tick : frame.y.ticks) {
    const double y = frame.y_of(tick.at);
    out += std::string("<line class=\"") + (tick.at == 0 ? "zero" : "grid") + "\" x1=\"" + fixed(frame.left) + "\" x2=\"" + fixed(frame.right) + "\" y1=\"" + fixed(y) + "\" y2=\"" + fixed(y) + "\"/>";
    out += text(frame.left - 8, y + 4, "end", tick.label);
  }
  return unit.empty() ? out : out + text(0, 11, "start", unit);
}

std::string x_ticks(const Frame& frame) {
  std::string out;
  double free_from = 0;
  for (const auto& tick : frame.x.ticks) {
    const double half = static_cast<double>(letters(tick.label)) * kLetter / 2;
    const double x = frame.x_of(tick.at), middle = std::min(x, kWidth - half);
    if (middle - half < free_from) continue;
    free_from = middle + half + 8;
    out += "<line class=\"tick\" x1=\"" + fixed(x) + "\" x2=\"" + fixed(x) + "\" y1=\"" + fixed(frame.bottom) + "\" y2=\"" + fixed(frame.bottom + 4) + "\"/>";
    out += text(middle, frame.bottom + 18, "middle", tick.label);
  }
  return out;
}

std::string x_axis(const Frame& frame, const Plot& plot) { return plot.kind == XKind::label ? label_ticks(frame, plot) : x_ticks(frame); }

double room_for(const Axis& axis) {
  size_t longest = 1;
  for (const auto& tick : axis.ticks) longest = std::max(longest, letters(tick.label));
  return static_cast<double>(longest) * kLetter + 12;
}

std::pair<double, double> range_of(const Plot& plot) {
  std::optional<double> low, high;
  for (const auto& series : plot.series) {
    for (const auto& value : series.values) {
      if (!value) continue;
      low = std::min(low.value_or(*value), *value);
      high = std::max(high.value_or(*value), *value);
    }
  }
  return {low.value_or(0), high.value_or(0)};
}

std::pair<double, double> stacked_range_of(const Plot& plot) {
  double low = 0, high = 0;
  for (size_t row = 0; row < plot.labels.size(); ++row) {
    double below = 0, above = 0;
    for (const auto& series : plot.series) {
      const double value = series.values[row].value_or(0);
      (value < 0 ? below : above) += value;
    }
    low = std::min(low, below), high = std::max(high, above);
  }
  return {low, high};
}

bool has_values(const Plot& plot) {
  return std::any_of(plot.series.begin(), plot.series.end(), [](const Series& one) { return std::any_of(one.values.begin(), one.values.end(), [](const auto& value) { return value.has_value(); }); });
}

std::string description_of(const char* kind, const Plot& plot) {
  std::string names;
  for (size_t at = 0; at < plot.series.size(); ++at) names += (at == 0 ? "" : at + 1 == plot.series.size() ? " and " : ", ") + plot.series[at].name;
  const auto [low, high] = range_of(plot);
  return std::string(kind) + " of " + names + " by " + plot.x_name + ", " + plot.labels.front() + " to " + plot.labels.back() + ", values from " + rounded(low) + " to " + rounded(high) + ". The figures are below.";
}

Frame frame_for(const Plot& plot, double low, double high) {
  Frame frame;
  frame.y = number_axis(low, high, kTicks);
  frame.left = room_for(frame.y);
  if (plot.unit.empty()) frame.top = 10;
  if (plot.kind == XKind::label) {
    frame.x = {-0.5, std::max(0.5, static_cast<double>(plot.labels.size()) - 0.5), {}};
    return frame;
  }
  const auto [first, last] = std::minmax_element(plot.x.begin(), plot.x.end());
  const bool days = std::all_of(plot.x.begin(), plot.x.end(), [](double x) { return std::fmod(x, 86'400) == 0; });
  frame.x = plot.kind == XKind::time ? time_axis(*first, *last, kTimeTicks, days) : number_axis(*first, *last, kTimeTicks);
  return frame;
}

}  // namespace mr::report
