// Bars, lying and standing, side by side and on each other, and those of a histogram.
#include <algorithm>
#include <cmath>

#include "report/chart.hpp"
#include "report/frame.hpp"
#include "report/text.hpp"

namespace mr::report {
namespace {

struct Bar {
  size_t series = 0, row = 0;
  double from = 0, to = 0;       // along the values
  double begin = 0, thick = 1;   // across, within the row: 0 to 1
};

// Side by side, or on each other, above and below zero apart.
std::vector<Bar> bars_of(const Plot& plot, bool stacked) {
  std::vector<Bar> bars;
  const double share = 1.0 / static_cast<double>(plot.series.size());
  for (size_t row = 0; row < plot.labels.size(); ++row) {
    double below = 0, above = 0;
    for (size_t series = 0; series < plot.series.size(); ++series) {
      const auto& value = plot.series[series].values[row];
      if (!value) continue;
      double& end = *value < 0 ? below : above;
      if (stacked) bars.push_back({series, row, end, end + *value, 0, 1});
      else bars.push_back({series, row, 0, *value, share * static_cast<double>(series), share});
      end += *value;
    }
  }
  return bars;
}

std::string rect(const std::string& classes, double x, double y, double width, double height, const std::string& words) {
  return "<rect class=\"" + classes + "\" x=\"" + fixed(x) + "\" y=\"" + fixed(y) + "\" width=\"" + fixed(std::max(0.5, width)) + "\" height=\"" + fixed(std::max(0.5, height)) + "\">" + tip(words) + "</rect>";
}

std::string words_of(const Plot& plot, const Bar& bar) {
  const auto& series = plot.series[bar.series];
  return plot.labels[bar.row] + "\n" + series.name + ": " + rounded(*series.values[bar.row]) + (plot.unit.empty() ? "" : " " + plot.unit);
}

std::string lying(const Plot& plot, const std::string& title, bool stacked, const char* kind) {
  constexpr double kBar = 16, kGap = 8, kLetter = 7, kNumbers = 56;
  constexpr size_t kLetters = 30;
  const auto [low, high] = stacked ? stacked_range_of(plot) : range_of(plot);
  size_t longest = 4;
  for (const auto& label : plot.labels) longest = std::max(longest, std::min(label.size(), kLetters));
  Frame frame;
  frame.x = number_axis(std::min(0.0, low), std::max(0.0, high), 5);
  frame.left = static_cast<double>(longest) * kLetter + 14;
  frame.right = kWidth - kNumbers;
  const double group = kBar * (stacked ? 1.0 : static_cast<double>(plot.series.size())) + kGap;
  frame.top = plot.unit.empty() ? 4 : 20;
  frame.bottom = frame.top + group * static_cast<double>(plot.labels.size());
  std::string out = open_svg(frame.bottom + 26, title, description_of(kind, plot));
  for (const auto& tick : frame.x.ticks) {
    const std::string x = fixed(frame.x_of(tick.at));
    out += std::string("<line class=\"") + (tick.at == 0 ? "zero" : "grid") + "\" x1=\"" + x + "\" x2=\"" + x + "\" y1=\"" + fixed(frame.top) + "\" y2=\"" + fixed(frame.bottom) + "\"/>";
  }
  out += x_ticks(frame);
  if (!plot.unit.empty()) out += text(frame.left, 11, "start", plot.unit);
  for (size_t row = 0; row < plot.labels.size(); ++row) out += text(frame.left - 8, frame.top + group * (static_cast<double>(row) + 0.5) + 4, "end", shortened(plot.labels[row], kLetters));
  for (const auto& bar : bars_of(plot, stacked)) {
    const double a = frame.x_of(std::min(bar.from, bar.to)), b = frame.x_of(std::max(bar.from, bar.to)), y = frame.top + group * static_cast<double>(bar.row) + kGap / 2 + bar.begin * (group - kGap);
    out += rect("fill " + colour(bar.series), a, y, b - a, bar.thick * (group - kGap) - 1, words_of(plot, bar));
    if (!stacked) out += text(std::max(b, frame.x_of(0)) + 5, y + bar.thick * (group - kGap) / 2 + 3.5, "start", brief(bar.to));
  }
  return legend(plot) + out + "</svg>";
}

// The room of one bar: the least distance of two rows.
double least_distance(const Plot& plot) {
  auto sorted = plot.x;
  std::sort(sorted.begin(), sorted.end());
  double least = 0;
  for (size_t at = 1; at < sorted.size(); ++at)
    if (sorted[at] > sorted[at - 1] && (least == 0 || sorted[at] - sorted[at - 1] < least)) least = sorted[at] - sorted[at - 1];
  return least > 0 ? least : 1;
}

std::string standing(const Plot& plot, const std::string& title, bool stacked, const char* kind) {
  const auto [low, high] = stacked ? stacked_range_of(plot) : range_of(plot);
  Frame frame = frame_for(plot, std::min(0.0, low), std::max(0.0, high));
  const double distance = least_distance(plot);
  frame.x.low = *std::min_element(plot.x.begin(), plot.x.end()) - distance / 2;
  frame.x.high = *std::max_element(plot.x.begin(), plot.x.end()) + distance / 2;
  std::erase_if(frame.x.ticks, [&](const Tick& tick) { return tick.at < frame.x.low || tick.at > frame.x.high; });
  const double room = (frame.right - frame.left) * distance / (frame.x.high - frame.x.low), gap = std::min(room * 0.25, 12.0);
  std::string out = open_svg(frame.height, title, description_of(kind, plot)) + values_axis(frame, plot.unit) + x_axis(frame, plot);
  for (const auto& bar : bars_of(plot, stacked)) {
    const double x = frame.x_of(plot.x[bar.row]) - room / 2 + gap / 2 + bar.begin * (room - gap);
    const double a = frame.y_of(std::max(bar.from, bar.to)), b = frame.y_of(std::min(bar.from, bar.to));
    out += rect("fill " + colour(bar.series), x, a, bar.thick * (room - gap), b - a, words_of(plot, bar));
  }
  return legend(plot) + out + "</svg>";
}

}  // namespace

std::string bar_chart(const Plot& plot, const std::string& title) {
  if (!has_values(plot)) return empty_chart();
  return plot.kind == XKind::label ? lying(plot, title, false, "Bar chart") : standing(plot, title, false, "Bar chart");
}

std::string stacked_bar_chart(const Plot& plot, const std::string& title) {
  if (!has_values(plot)) return empty_chart();
  return plot.kind == XKind::label ? lying(plot, title, true, "Stacked bar chart") : standing(plot, title, true, "Stacked bar chart");
}

std::string histogram_chart(const Histogram& histogram, const std::string& title) {
  if (histogram.counts.empty()) return empty_chart();
  const int64_t most = *std::max_element(histogram.counts.begin(), histogram.counts.end());
  Frame frame;
  frame.y = number_axis(0, static_cast<double>(most), most < 5 ? static_cast<int>(most) : 5);
  frame.left = room_for(frame.y);
  const double high = histogram.low + histogram.step * static_cast<double>(histogram.counts.size());
  const Axis wide = number_axis(histogram.low, high, 8);
  frame.x = {histogram.low, high, wide.ticks};
  std::erase_if(frame.x.ticks, [&](const Tick& tick) { return tick.at < frame.x.low - 1e-9 * histogram.step || tick.at > high + 1e-9 * histogram.step; });
  const std::string name = histogram.name + (histogram.unit.empty() ? "" : " (" + histogram.unit + ")");
  std::string out = open_svg(frame.height + 16, title, "Histogram of " + name + " from " + rounded(histogram.low) + " to " + rounded(high) + ". The figures are below.");
  out += values_axis(frame, "rows") + x_ticks(frame) + text((frame.left + frame.right) / 2, frame.bottom + 36, "middle", name);
  for (size_t at = 0; at < histogram.counts.size(); ++at) {
    if (histogram.counts[at] == 0) continue;
    const double from = histogram.low + histogram.step * static_cast<double>(at), to = from + histogram.step, y = frame.y_of(static_cast<double>(histogram.counts[at]));
    out += rect("fill s0", frame.x_of(from) + 0.5, y, frame.x_of(to) - frame.x_of(from) - 1, frame.bottom - y, brief(from) + " to " + brief(to) + "\n" + counted(histogram.counts[at]) + " rows");
  }
  return out + "</svg>";
}

}  // namespace mr::report
