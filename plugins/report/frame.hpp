// The frame that charts are drawn into: title and description for those who listen, axes, grid, legend. Pure; any thread.
#pragma once
#include <string>
#include <utility>

#include "report/plot.hpp"
#include "report/scale.hpp"

namespace mr::report {

inline constexpr double kWidth = 760;

struct Frame {
  double left = 60, right = 744, top = 22, bottom = 270;  // of the field within the axes, in units of the picture
  double height = 300;
  Axis x{}, y{};
  double x_of(double value) const;  // never outside of the field
  double y_of(double value) const;
};

std::string text(double x, double y, const char* anchor, const std::string& words);  // words are escaped
std::string tip(const std::string& words);                                           // a <title>: what the mouse is told

// <svg …> with its title and what it shows.
std::string open_svg(double height, const std::string& title, const std::string& description);
std::string legend(const Plot& plot);  // for two series or more
std::string empty_chart();
std::string values_axis(const Frame& frame, const std::string& unit);  // at the left, with its grid
std::string x_axis(const Frame& frame, const Plot& plot);
std::string x_ticks(const Frame& frame);  // of frame.x
std::string colour(size_t series);        // its class

// Room at the left for the longest label of the axis.
double room_for(const Axis& axis);

// Of all values, or of the sums of each row's (below and above zero apart).
std::pair<double, double> range_of(const Plot& plot);
std::pair<double, double> stacked_range_of(const Plot& plot);
bool has_values(const Plot& plot);
std::string description_of(const char* kind, const Plot& plot);

// A frame whose axes fit the plot; the values' axis goes from low to high.
Frame frame_for(const Plot& plot, double low, double high);

}  // namespace mr::report
