// Charts drawn from small plots: their shape, not their bytes.
#include <gtest/gtest.h>

#include "report/chart.hpp"
#include "report/scale.hpp"
#include "report/text.hpp"

namespace mr::report {
namespace {

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

Plot sales(XKind kind = XKind::label) {
  Plot plot{.kind = kind, .x_name = "day", .labels = {"2026-11-01", "2026-11-02", "2026-11-03"}, .x = {0, 1, 2}, .series = {}, .unit = "EUR"};
  if (kind == XKind::time) plot.x = {1793491200, 1793577600, 1793664000};
  plot.series = {{"revenue", {120.5, 80, 99}}, {"refunds", {-3, std::nullopt, 0}}};
  return plot;
}

// Every chart of a plot.
std::vector<std::string> all_of(const Plot& plot) {
  std::vector<std::string> out{line_chart(plot, "t"), area_chart(plot, "t"), bar_chart(plot, "t"), stacked_bar_chart(plot, "t")};
  if (plot.kind != XKind::label) out.push_back(scatter_chart(plot, "t"));
  return out;
}

// Coordinates and sizes of the picture are within it; none is not a number.
void expect_inside(const std::string& svg) {
  for (const char* word : {"nan", "inf"}) EXPECT_EQ(svg.find(word), std::string::npos) << word;
  for (const char* name : {" x=\"", " y=\"", " cx=\"", " cy=\"", " x1=\"", " y1=\"", " width=\"", " height=\""}) {
    for (size_t at = svg.find(name); at != std::string::npos; at = svg.find(name, at + 1)) {
      const double value = std::stod(svg.substr(at + std::string(name).size()));
      EXPECT_GE(value, 0) << name;
      EXPECT_LE(value, 2000) << name;
    }
  }
}

TEST(Chart, a_line_for_each_series_lifts_the_pen_at_a_gap) {
  const std::string svg = line_chart(sales(), "Sales");
  EXPECT_EQ(count(svg, "<path class=\"line"), 2u);
  EXPECT_EQ(count(svg, "<circle"), 5u);
  EXPECT_EQ(count(svg, "L"), 2u + 1u) << "the whole series, none across the gap, and that of 'Line chart'";
}

TEST(Chart, one_bar_for_each_value_lies_with_words_and_stands_with_times) {
  for (const auto kind : {XKind::label, XKind::time}) {
    EXPECT_EQ(count(bar_chart(sales(kind), "t"), "<rect"), 5u);
    EXPECT_EQ(count(stacked_bar_chart(sales(kind), "t"), "<rect"), 5u);
  }
  EXPECT_NE(bar_chart(sales(), "t").find(">2026-11-02</text>"), std::string::npos);
  EXPECT_NE(bar_chart(sales(XKind::time), "t").find(">2 Nov</text>"), std::string::npos);
}

TEST(Chart, stays_inside_of_its_picture_whatever_the_values) {
  for (const auto kind : {XKind::label, XKind::number, XKind::time}) {
    for (const auto& svg : all_of(sales(kind))) expect_inside(svg);
    for (const double value : {0.0, -5.0, 1e-300, 1e300, 123456789012.25, 1.7976931348623157e308}) {
      Plot one{.kind = kind, .x_name = "x", .labels = {"a"}, .x = {kind == XKind::label ? 0.0 : 7.0}, .series = {{"y", {value}}}, .unit = {}};
      for (const auto& svg : all_of(one)) expect_inside(svg);
      Plot two{.kind = kind, .x_name = "x", .labels = {"a", "b"}, .x = {0, 1}, .series = {{"y", {-value, value}}}, .unit = {}};
      for (const auto& svg : all_of(two)) expect_inside(svg);
    }
  }
  Plot year_one{.kind = XKind::time, .x_name = "x", .labels = {"a", "b"}, .x = {-62135596800, 253402300799}, .series = {{"y", {1, 2}}}, .unit = {}};
  expect_inside(line_chart(year_one, "t"));
}

TEST(Chart, says_so_when_there_is_nothing_to_draw) {
  const Plot no_rows{.kind = XKind::time, .x_name = "x", .labels = {}, .x = {}, .series = {{"y", {}}}, .unit = {}};
  const Plot no_values{.kind = XKind::time, .x_name = "x", .labels = {"a"}, .x = {0}, .series = {{"y", {std::nullopt}}}, .unit = {}};
  for (const auto& plot : {no_rows, no_values})
    for (const auto& svg : all_of(plot)) EXPECT_NE(svg.find("Nothing to draw"), std::string::npos);
  EXPECT_NE(histogram_chart({}, "t").find("Nothing to draw"), std::string::npos);
  EXPECT_NE(heat_map_chart({}, "t").find("Nothing to draw"), std::string::npos);
}

TEST(Chart, no_text_becomes_markup) {
  const std::string bad = "</svg><script>alert(1)</script>\"' onload=x";
  Plot plot = sales();
  plot.x_name = plot.unit = plot.labels[0] = plot.series[0].name = bad;
  std::vector<std::string> all = all_of(plot);
  plot.kind = XKind::number;
  all.push_back(scatter_chart(plot, bad));
  all.push_back(histogram_chart({.name = bad, .unit = bad, .counts = {1}}, bad));
  all.push_back(heat_map_chart({.x_name = bad, .y_name = bad, .value_name = bad, .unit = bad, .columns = {bad}, .rows = {bad}, .values = {1.0}}, bad));
  for (const auto& svg : all) {
    EXPECT_EQ(svg.find("<script"), std::string::npos);
    EXPECT_EQ(count(svg, "</svg>"), 1u);
    EXPECT_EQ(svg.find("\"' onload"), std::string::npos);
  }
}

TEST(Chart, is_told_to_those_who_cannot_see_it) {
  const std::string svg = line_chart(sales(XKind::time), "Sales");
  EXPECT_NE(svg.find("role=\"img\""), std::string::npos);
  EXPECT_NE(svg.find("aria-label=\"Sales. Line chart of revenue and refunds by day, 2026-11-01 to 2026-11-03, values from -3 to 120.50."), std::string::npos) << svg;
}

TEST(Chart, a_histogram_has_a_bar_for_each_bin_with_rows) {
  const std::string svg = histogram_chart({.name = "age", .low = 0, .step = 10, .counts = {3, 0, 7}}, "t");
  EXPECT_EQ(count(svg, "<rect"), 2u);
  expect_inside(svg);
}

TEST(Chart, a_heat_map_has_a_cell_for_each_value_and_the_greatest_is_strongest) {
  const std::string svg = heat_map_chart({.x_name = "hour", .y_name = "day", .value_name = "n", .columns = {"0", "1"}, .rows = {"Mon", "Tue"}, .values = {1.0, std::nullopt, 3.0, 2.0}}, "t");
  EXPECT_EQ(count(svg, "<rect"), 3u + 9u) << "cells and the key";
  EXPECT_NE(svg.find("fill-opacity=\"1\"><title>0, Tue: 3</title>"), std::string::npos) << svg;
  expect_inside(svg);
}

TEST(Chart, a_heat_map_around_zero_has_a_colour_for_what_is_below) {
  const std::string svg = heat_map_chart({.x_name = "a", .y_name = "b", .value_name = "n", .columns = {"x", "y"}, .rows = {"x"}, .values = {1.0, -0.5}, .around_zero = true}, "t");
  const size_t above = svg.rfind("<rect", svg.find("<title>x, x: 1")), below = svg.rfind("<rect", svg.find("<title>y, x: -0.5"));
  EXPECT_EQ(svg.substr(above, 21), "<rect class=\"fill s0\"");
  EXPECT_EQ(svg.substr(below, 21), "<rect class=\"fill s1\"");
  EXPECT_NE(svg.find("fill-opacity=\"0.55\"><title>y, x: -0.5</title>"), std::string::npos) << "half as far from zero: half way from the palest to the strongest";
  EXPECT_NE(svg.find("fill-opacity=\"1\"><title>x, x: 1</title>"), std::string::npos);
}

std::string labels(const Axis& axis) {
  std::string out;
  for (const auto& tick : axis.ticks) out += (out.empty() ? "" : " | ") + tick.label;
  return out;
}

TEST(Axis, numbers_have_round_marks) {
  EXPECT_EQ(labels(number_axis(0, 123, 5)), "0 | 50 | 100 | 150");
  EXPECT_EQ(labels(number_axis(-3, 120, 5)), "-50 | 0 | 50 | 100 | 150");
  EXPECT_EQ(labels(number_axis(0, 2'400'000, 5)), "0 | 0.5M | 1M | 1.5M | 2M | 2.5M");
  EXPECT_EQ(labels(number_axis(0, 14'000, 3)), "0 | 5k | 10k | 15k");
  EXPECT_EQ(labels(number_axis(1'000'000, 1'000'004, 4)), "1,000,000 | 1,000,001 | 1,000,002 | 1,000,003 | 1,000,004");
  EXPECT_LT(number_axis(7, 7, 5).low, 7);
}

TEST(Axis, times_have_marks_that_people_use) {
  constexpr double kDay = 86'400, kNov1 = 1793491200;  // 2026-11-01, a Sunday
  EXPECT_EQ(labels(time_axis(kNov1, kNov1 + 4 * kDay, 5)), "1 Nov 2026 | 2 Nov | 3 Nov | 4 Nov | 5 Nov");
  EXPECT_EQ(labels(time_axis(kNov1, kNov1 + 28 * kDay, 5)), "2 Nov 2026 | 9 Nov | 16 Nov | 23 Nov");
  EXPECT_EQ(labels(time_axis(kNov1, kNov1 + kDay, 4)), "00:00, 1 Nov | 06:00 | 12:00 | 18:00 | 00:00, 2 Nov");
  EXPECT_EQ(labels(time_axis(kNov1, kNov1 + 100 * kDay, 5)), "Nov 2026 | Dec | Jan 2027 | Feb");
  EXPECT_EQ(labels(time_axis(kNov1, kNov1 + 3653 * kDay, 5)), "2028 | 2030 | 2032 | 2034 | 2036");
  EXPECT_EQ(labels(time_axis(-400 * kDay, 0, 8)), "Jan 1969 | Apr | Jul | Oct | Jan 1970");
}

TEST(Number, is_shown_as_people_write_it) {
  EXPECT_EQ(grouped("1234567.50"), "1,234,567.50");
  EXPECT_EQ(grouped("-123"), "-123");
  EXPECT_EQ(grouped("2026-11-01"), "2026-11-01");
  EXPECT_EQ(rounded(1234567.891), "1,234,567.89");
  EXPECT_EQ(rounded(0.12345), "0.1235");
  EXPECT_EQ(percent(0.042), "+4.2 %");
  EXPECT_EQ(escaped(std::string("a\0b\x1b", 4)), "a\uFFFDb\uFFFD");
}

}  // namespace
}  // namespace mr::report
