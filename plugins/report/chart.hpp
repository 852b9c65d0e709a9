// Charts as inline SVG. Colours are classes (s0, s1 …), which the page's style makes those of day, night or paper.
//
// Pure; any thread. A value that is not there leaves a gap. The same plot gives the same text. Nothing to draw: a sentence that says so.
#pragma once
#include <string>

#include "report/plot.hpp"

namespace mr::report {

inline constexpr size_t kMostSeries = 8;  // colours that can be told apart

std::string line_chart(const Plot& plot, const std::string& title);
std::string area_chart(const Plot& plot, const std::string& title);     // several series stand on each other
std::string scatter_chart(const Plot& plot, const std::string& title);  // x: numbers or times
// Words have lying bars, so that they can be read; numbers and times have standing ones.
std::string bar_chart(const Plot& plot, const std::string& title);
std::string stacked_bar_chart(const Plot& plot, const std::string& title);
std::string histogram_chart(const Histogram& histogram, const std::string& title);
std::string heat_map_chart(const HeatMap& map, const std::string& title);

}  // namespace mr::report
