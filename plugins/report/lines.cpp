// Lines, areas and points.
#include <algorithm>

#include "report/chart.hpp"
#include "report/frame.hpp"
#include "report/text.hpp"

namespace mr::report {
namespace {

constexpr size_t kMostTips = 400;  // points that the mouse is told about

std::string point_words(const Plot& plot, const Series& series, size_t row) {
  return plot.labels[row] + "\n" + series.name + ": " + rounded(*series.values[row]) + (plot.unit.empty() ? "" : " " + plot.unit);
}

std::string dot(const Frame& frame, const Plot& plot, size_t series, size_t row, const char* radius, const std::string& more = {}) {
  const auto& one = plot.series[series];
  return "<circle class=\"fill " + colour(series) + more + "\" cx=\"" + fixed(frame.x_of(plot.x[row])) + "\" cy=\"" + fixed(frame.y_of(*one.values[row])) + "\" r=\"" + radius + "\">" +
         tip(point_words(plot, one, row)) + "</circle>";
}

// A stretch without a gap; a point between two gaps would be a line without length, so it has a dot in any case.
std::string line_of(const Frame& frame, const Plot& plot, size_t series) {
  const auto& values = plot.series[series].values;
  const bool tips = values.size() * plot.series.size() <= kMostTips;
  const auto there = [&](size_t row) { return row < values.size() && values[row].has_value(); };
  std::string path, dots;
  for (size_t row = 0; row < values.size(); ++row) {
    if (!there(row)) continue;
    const bool begins = row == 0 || !there(row - 1), alone = begins && !there(row + 1);
    path += (begins ? "M" : "L") + fixed(frame.x_of(plot.x[row])) + " " + fixed(frame.y_of(*values[row]));
    if (alone) dots += dot(frame, plot, series, row, "3");
    else if (tips) dots += dot(frame, plot, series, row, values.size() <= 62 ? "2.5" : "5", values.size() <= 62 ? "" : " ghost");
  }
  return path.empty() ? path : "<path class=\"line " + colour(series) + "\" d=\"" + path + "\"/>" + dots;
}

using Edge = std::vector<double>;

std::string band_of(const Frame& frame, const Plot& plot, size_t series, const Edge& below, const Edge& above) {
  std::string there, back, rim;
  for (size_t row = 0; row < above.size(); ++row) {
    const std::string x = fixed(frame.x_of(plot.x[row]));
    rim += (row == 0 ? "M" : "L") + x + " " + fixed(frame.y_of(above[row]));
    back = "L" + x + " " + fixed(frame.y_of(below[row])) + back;
  }
  return "<path class=\"area " + colour(series) + "\" d=\"" + rim + back + "Z\">" + tip(plot.series[series].name) + "</path><path class=\"line " + colour(series) + "\" d=\"" + rim + "\"/>";
}

}  // namespace

std::string line_chart(const Plot& plot, const std::string& title) {
  if (!has_values(plot)) return empty_chart();
  auto [low, high] = range_of(plot);
  // A line may begin above zero, but not when zero is near.
  if (low > 0 && low < high / 2) low = 0;
  if (high < 0 && high > low / 2) high = 0;
  const Frame frame = frame_for(plot, low, high);
  std::string out = legend(plot) + open_svg(frame.height, title, description_of("Line chart", plot)) + values_axis(frame, plot.unit) + x_axis(frame, plot);
  for (size_t series = 0; series < plot.series.size(); ++series) out += line_of(frame, plot, series);
  return out + "</svg>";
}

std::string area_chart(const Plot& plot, const std::string& title) {
  if (!has_values(plot)) return empty_chart();
  const auto [low, high] = stacked_range_of(plot);
  const Frame frame = frame_for(plot, low, high);
  std::string out = legend(plot) + open_svg(frame.height, title, description_of("Area chart", plot)) + values_axis(frame, plot.unit) + x_axis(frame, plot);
  Edge below(plot.labels.size(), 0.0);
  for (size_t series = 0; series < plot.series.size(); ++series) {
    Edge above = below;
    for (size_t row = 0; row < above.size(); ++row) above[row] += plot.series[series].values[row].value_or(0);
    out += band_of(frame, plot, series, below, above);
    below = std::move(above);
  }
  return out + "</svg>";
}

std::string scatter_chart(const Plot& plot, const std::string& title) {
  if (!has_values(plot)) return empty_chart();
  const auto [low, high] = range_of(plot);
  // Both axes are what it is about, so both have their names.
  const std::string y_name = plot.series.size() > 1 ? plot.unit : plot.series[0].name + (plot.unit.empty() ? "" : " (" + plot.unit + ")");
  Frame frame = frame_for(plot, low, high);
  frame.top = 22;
  std::string out = legend(plot) + open_svg(frame.height + 16, title, description_of("Scatter chart", plot)) + values_axis(frame, y_name) + x_axis(frame, plot);
  out += text((frame.left + frame.right) / 2, frame.bottom + 36, "middle", plot.x_name);
  const char* radius = plot.labels.size() <= 500 ? "3.5" : "2";
  const bool tips = plot.labels.size() * plot.series.size() <= kMostTips;
  for (size_t series = 0; series < plot.series.size(); ++series) {
    for (size_t row = 0; row < plot.labels.size(); ++row) {
      const auto& value = plot.series[series].values[row];
      if (!value) continue;
      if (tips) out += dot(frame, plot, series, row, radius, " point");
      else out += "<circle class=\"fill point " + colour(series) + "\" cx=\"" + fixed(frame.x_of(plot.x[row])) + "\" cy=\"" + fixed(frame.y_of(*value)) + "\" r=\"" + radius + "\"/>";
    }
  }
  return out + "</svg>";
}

}  // namespace mr::report
