// Pages put together from sections.
#include "report/page.hpp"

#include <gtest/gtest.h>

namespace mr::report {
namespace {

Section figures() { return {.title = "s", .table = {{"day", "revenue"}, {{"2026-11-01", "120.50"}, {"2026-11-02", std::nullopt}}}, .right = {false, true}}; }

TEST(Page, lets_no_text_become_markup) {
  const std::string bad = "<script>alert('x')</script><img src=x onerror=\"y\">&";
  Section table{.title = bad, .note = bad, .table = {{bad}, {{bad}}}, .told = {bad}};
  Section text{.title = bad, .kind = Kind::text, .text = bad + "\n\n" + bad};
  Section metric{.title = bad, .note = bad, .kind = Kind::metric, .metric = {.value = bad, .unit = bad, .change = bad}};
  const std::string html = page(bad, bad, {table, text, metric}, {bad});
  for (const char* word : {"<script", "<img", "\"y\"", "&<", "&\""}) EXPECT_EQ(html.find(word), std::string::npos) << word;
  EXPECT_NE(html.find("&lt;script&gt;alert(&#39;x&#39;)"), std::string::npos);
}

TEST(Page, fetches_nothing_and_forbids_it) {
  const std::string html = page("t", "", {figures()});
  for (const char* word : {"http:", "https:", "src=", "href=", "@import", "url("}) EXPECT_EQ(html.find(word), std::string::npos) << word;
  EXPECT_NE(html.find("default-src 'none'"), std::string::npos);
}

TEST(Page, sets_columns_of_numbers_to_the_right_and_tells_null_from_text) {
  const std::string html = page("t", "", {figures()});
  EXPECT_NE(html.find("<td class=\"n\">120.50</td>"), std::string::npos);
  EXPECT_NE(html.find("<td>2026-11-01</td>"), std::string::npos);
  EXPECT_NE(html.find("<td class=\"n\"><span class=\"null\">–</span></td>"), std::string::npos);
}

TEST(Page, metrics_that_follow_each_other_stand_side_by_side) {
  const Section metric{.title = "m", .kind = Kind::metric, .metric = {.value = "7"}};
  const std::string html = page("t", "", {metric, metric, figures(), metric});
  EXPECT_EQ(html.find("<div class=\"metrics\">"), html.find("<main>\n") + 7);
  EXPECT_NE(html.rfind("<div class=\"metrics\">"), html.find("<div class=\"metrics\">"));
  EXPECT_NE(html.find("</div>\n<section><h2>s</h2>"), std::string::npos);
}

TEST(Page, is_the_same_for_the_same_sections) { EXPECT_EQ(page("t", "u", {figures()}), page("t", "u", {figures()})); }

}  // namespace
}  // namespace mr::report
