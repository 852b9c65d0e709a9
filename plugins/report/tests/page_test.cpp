// Pages and charts drawn from small tables.
#include "report/page.hpp"

#include <gtest/gtest.h>

#include "report/chart.hpp"

namespace mr::report {
namespace {

data::Table sales() { return {{"day", "revenue", "refunds"}, {{"2026-11-01", "120.50", "-3"}, {"2026-11-02", "80", std::nullopt}, {"2026-11-03", "99", "0"}}}; }

size_t count(const std::string& text, const std::string& what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(Chart, draws_one_line_for_each_series_and_lifts_the_pen_at_a_gap) {
  const std::string svg = line_chart(sales(), "Sales");
  EXPECT_EQ(count(svg, "<path"), 2u);
  EXPECT_EQ(count(svg, "<circle"), 5u);
  EXPECT_EQ(count(svg, " L"), 2u) << "the whole series, and none across the gap";
  EXPECT_EQ(count(svg, " M"), 1u) << "only the series with a gap starts anew";
}

TEST(Chart, draws_one_bar_for_each_value) {
  const std::string svg = bar_chart(sales(), "Sales");
  EXPECT_EQ(count(svg, "<rect"), 5u);
  EXPECT_NE(svg.find(">2026-11-02</text>"), std::string::npos);
}

TEST(Chart, keeps_every_coordinate_inside_of_the_picture) {
  const std::string svg = line_chart(sales(), "Sales");
  EXPECT_EQ(svg.find("=\"-"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
}

TEST(Chart, says_so_when_there_is_nothing_to_draw) {
  EXPECT_EQ(line_chart({{"day", "n"}, {}}, "x"), bar_chart({{"day"}, {{"a"}}}, "x"));
  EXPECT_NE(line_chart({{"day", "n"}, {}}, "x").find("No rows"), std::string::npos);
}

TEST(Chart, takes_equal_and_zero_values) {
  const std::string svg = line_chart({{"day", "n"}, {{"a", "0"}, {"b", "0"}}}, "x");
  EXPECT_EQ(count(svg, "<circle"), 2u);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
}

TEST(Page, lets_no_text_become_markup) {
  const std::string html = page("<b>", "a & b", {{.title = "\"x\"", .note = "'y'", .table = {{"<i>"}, {{"<script>alert(1)</script>"}}}}});
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<b>"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_NE(html.find("a &amp; b"), std::string::npos);
}

TEST(Page, fetches_nothing) {
  const std::string html = page("t", "", {{.title = "s", .kind = Kind::line, .table = sales()}, {.title = "b", .kind = Kind::bar, .table = sales()}});
  for (const char* word : {"http:", "https:", "src=", "href=", "@import", "url("}) EXPECT_EQ(html.find(word), std::string::npos) << word;
}

TEST(Page, sets_columns_of_numbers_to_the_right) {
  const std::string html = page("t", "", {{.title = "s", .table = sales()}});
  EXPECT_NE(html.find("<td class=\"n\">120.50</td>"), std::string::npos);
  EXPECT_NE(html.find("<td>2026-11-01</td>"), std::string::npos);
}

TEST(Page, is_the_same_for_the_same_sections) {
  const std::vector<Section> sections{{.title = "s", .kind = Kind::bar, .table = sales()}};
  EXPECT_EQ(page("t", "u", sections), page("t", "u", sections));
}

}  // namespace
}  // namespace mr::report
