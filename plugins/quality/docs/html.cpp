#include "quality/docs/html.hpp"

#include "report/chart.hpp"
#include "report/page.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace mr::quality::docs {
namespace {

using mr::report::counted;
using mr::report::escaped;

constexpr size_t kTrend = 365;   // runs that a chart shows
constexpr size_t kFigures = 30;  // and the list of its figures

// Beside that of report pages. Colours of states have 4.5:1 against the paper, by day and by night.
constexpr const char* kMore =
    ":root{--good:#1a7f37;--bad:#c62828;--odd:#8a5a00;--track:#e9edf1}"
    "@media screen and "
    "(prefers-color-scheme:dark){:root{--good:#5fcf80;--bad:#ff8a80;--odd:#e0b155;"
    "--track:#2a333d}}"
    "a{color:var(--s0)}a:hover{text-decoration-thickness:2px}.trail{font-size:13px;margin-bottom:"
    "8px}"
    ".state{font-size:12.5px;font-weight:600;white-space:nowrap}.passed{color:var(--good)}"
    ".failed{color:var(--bad)}.unjudged{color:var(--odd)}"
    "h3{font-size:15px;font-weight:600;line-height:1.4;margin:0}"
    "article{padding:14px 0;border-bottom:1px solid var(--line);content-visibility:auto;"
    "contain-intrinsic-size:auto 110px}"
    "code{font:13px/1.5 "
    "ui-monospace,monospace}.with{font-size:13px;color:var(--soft);margin-top:2px}"
    ".told{margin-top:4px}"
    ".bar{display:block;height:6px;max-width:320px;margin-top:8px;border-radius:3px;"
    "background:var(--track);overflow:hidden}.bar i{display:block;height:100%;min-width:2px;"
    "background:var(--bad)}"
    ".group{border-bottom:1px solid var(--line);margin:0}"
    ".group>summary{width:auto;padding:9px 0;font-size:14px;color:var(--ink)}"
    ".group>summary .n{color:var(--soft);font-size:13px}.group>.wide{margin:0 0 14px}"
    ".group .group{margin-left:14px}"
    "ul.values{margin:6px 0 0;padding-left:20px;font-size:13px}"
    "td .with{margin:0}td{overflow-wrap:break-word}td .state{font-size:12.5px}"
    "@media screen and (max-width:600px){.metrics{grid-template-columns:1fr 1fr}}"
    "@media print{article{content-visibility:visible}}";

std::chrono::sys_seconds moment_of(const std::string& time) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const int found =
      std::sscanf(time.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (found != 6 || !date.ok()) return {};
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second);
}

double percent_of(const RunDoc& run) {
  return std::floor(run.share() * 1000) / 10;
}

std::string figures_of(const SuiteRuns& suite, const std::string& title) {
  std::vector<std::vector<Cell>> rows;
  for (const RunDoc& run : suite.runs) {
    if (rows.size() == kFigures) break;
    rows.push_back({{escaped(when(run.time))},
                    {escaped(share_text(run)), true},
                    {counted(run.failed), true},
                    {counted(run.unjudged), true}});
  }
  return table(title + ", figures", {"run", "passed", "failed", "not judged"}, rows);
}

}  // namespace

std::string link(const std::string& place, const std::string& words) {
  return "<a href=\"" + escaped(place) + "\">" + escaped(words) + "</a>";
}

std::string badge(State state) {
  const char* word = state == State::passed   ? "passed"
                     : state == State::failed ? "failed"
                                              : "not judged";
  const char* kind = state == State::unjudged ? "unjudged" : word;
  return std::string("<span class=\"state ") + kind + "\">" + word + "</span>";
}

std::string outcome(const RunDoc& run) {
  return badge(run.success ? State::passed : State::failed);
}

std::string metric(const std::string& title, const std::string& value, const std::string& note) {
  return "<section class=\"metric\"><h2>" + escaped(title) + "</h2>\n<p class=\"value\">" +
         escaped(value) + "</p>\n" +
         (note.empty() ? "" : "<p class=\"note\">" + escaped(note) + "</p>\n") + "</section>\n";
}

std::string table(const std::string& label, const std::vector<std::string>& heads,
                  const std::vector<std::vector<Cell>>& rows) {
  const auto right = [&](size_t at) { return !rows.empty() && rows[0][at].right; };
  std::string out = "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"" +
                    escaped(label) + "\"><table><thead><tr>";
  for (size_t at = 0; at < heads.size(); ++at)
    out += std::string("<th scope=\"col\"") + (right(at) ? " class=\"n\">" : ">") +
           escaped(heads[at]) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (const Cell& cell : row)
      out += (cell.right ? "<td class=\"n\">" : "<td>") + cell.html + "</td>";
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string section(const std::string& title, const std::string& content) {
  return "<section><h2>" + escaped(title) + "</h2>\n" + content + "</section>\n";
}

std::string page(const std::string& title, const std::string& trail, const std::string& subtitle,
                 const std::string& content, const std::vector<std::string>& foot) {
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta "
      "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\"><meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\"><title>" +
      escaped(title) + "</title><style>" + mr::report::kStyle + kMore +
      "</style></head><body>\n<header>";
  if (!trail.empty())
    out += "<nav class=\"trail\" aria-label=\"Pages above\">" + trail + "</nav>\n";
  out += "<h1>" + escaped(title) + "</h1>\n<p class=\"subtitle\">" + subtitle +
         "</p>\n</header>\n<main>\n" + content + "</main>\n<footer>";
  for (const std::string& sentence : foot) out += "<p>" + escaped(sentence) + "</p>";
  return out + "</footer>\n</body></html>\n";
}

int64_t seconds_of(const std::string& time) {
  return moment_of(time).time_since_epoch().count();
}

std::string when(const std::string& time) {
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto moment = moment_of(time);
  if (moment == std::chrono::sys_seconds{}) return time;
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(moment - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%u %s %d, %02d:%02d UTC", unsigned{date.day()},
                kMonths.at(unsigned{date.month()} - 1), int{date.year()},
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()));
  return text.data();
}

std::string share_text(const RunDoc& run) {
  return mr::report::rounded(percent_of(run)) + " %";
}

std::string trend(const SuiteRuns& suite, const std::string& title) {
  if (suite.runs.size() < 2) return "<p class=\"note\">One run so far.</p>\n";
  mr::report::Plot plot{.kind = mr::report::XKind::time, .x_name = "run", .unit = "checks"};
  plot.series = {{.name = "failed"}, {.name = "not judged"}};
  for (size_t at = std::min(suite.runs.size(), kTrend); at-- > 0;) {
    const RunDoc& run = suite.runs[at];
    plot.labels.push_back(when(run.time));
    plot.x.push_back(static_cast<double>(seconds_of(run.time)));
    plot.series[0].values.emplace_back(static_cast<double>(run.failed));
    plot.series[1].values.emplace_back(static_cast<double>(run.unjudged));
  }
  return "<figure tabindex=\"0\" aria-label=\"" + escaped(title) + ", chart\">" +
         mr::report::area_chart(plot, title) +
         "</figure>\n<details><summary>The figures</summary>" + figures_of(suite, title) +
         "</details>\n";
}

}  // namespace mr::quality::docs
