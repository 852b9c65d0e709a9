#include "quality/docs/pages.hpp"

#include "quality/docs/html.hpp"

#include "report/text.hpp"

#include <algorithm>
#include <map>

namespace mr::quality::docs {
namespace {

using mr::report::counted;
using mr::report::escaped;

constexpr size_t kInSight = 50;  // checks that failed and stand there without being asked for
constexpr size_t kPiece = 250;   // checks of one list that opens at once
constexpr size_t kMostRuns = 500, kMostCharts = 40, kLately = 20;

std::string arguments_of(const CheckDoc& check) {
  std::string list;
  for (const auto& [name, value] : check.arguments)
    list += (list.empty() ? "" : " · ") + escaped(name) + " <code>" + escaped(value) + "</code>";
  return list.empty() ? list : "<p class=\"with\">" + list + "</p>";
}

std::string bar_of(const CheckDoc& check) {
  if (check.unexpected <= 0) return {};
  return "<span class=\"bar\" aria-hidden=\"true\"><i style=\"width:" +
         mr::report::fixed(100 * check.unexpected) + "%\"></i></span>";
}

std::string values_of(const CheckDoc& check) {
  if (check.values.empty()) return {};
  std::string list;
  for (const auto& [value, count] : check.values)
    list += "<li><code>" + escaped(value) + "</code>" +
            (count.empty() ? "" : " " + escaped(count) + " times") + "</li>";
  return "<details><summary>Unexpected values</summary><ul class=\"values\">" + list +
         "</ul></details>";
}

std::string card(const CheckDoc& check) {
  std::string out = "<article><h3>" + badge(check.state) + " <code>" + escaped(check.group) +
                    "</code> " + escaped(check.title) + "</h3>" + arguments_of(check);
  if (!check.severity.empty())
    out += "<p class=\"with\">severity " + escaped(check.severity) + "</p>";
  if (!check.observed.empty()) out += "<p class=\"told\">" + escaped(check.observed) + "</p>";
  if (!check.reason.empty()) out += "<p class=\"told\">" + escaped(check.reason) + "</p>";
  return out + bar_of(check) + values_of(check) + "</article>\n";
}

std::string group(const std::string& summary, const std::string& content) {
  return "<details class=\"group\"><summary>" + summary + "</summary>\n" + content + "</details>\n";
}

std::string range_words(size_t begin, size_t end) {
  return counted(static_cast<int64_t>(begin + 1)) + " to " + counted(static_cast<int64_t>(end));
}

std::string failed_section(const std::vector<CheckDoc>& checks) {
  std::vector<const CheckDoc*> wrong;
  for (const CheckDoc& check : checks) {
    if (check.state != State::passed) wrong.push_back(&check);
  }
  if (wrong.empty()) return {};
  std::string content;
  for (size_t at = 0; at < wrong.size();) {
    const size_t end = std::min(wrong.size(), at == 0 ? kInSight : at + kPiece);
    std::string cards;
    for (size_t one = at; one < end; ++one) cards += card(*wrong[one]);
    content += at == 0 ? cards : group("Checks " + range_words(at, end), cards);
    at = end;
  }
  return section("What did not pass", content);
}

std::string check_table(const std::string& label, const std::vector<const CheckDoc*>& checks,
                        size_t begin, size_t end) {
  std::vector<std::vector<Cell>> rows;
  for (size_t at = begin; at < end; ++at) {
    const CheckDoc& check = *checks[at];
    rows.push_back({{badge(check.state)},
                    {escaped(check.title) + arguments_of(check)},
                    {escaped(check.observed.empty() ? check.reason : check.observed)}});
  }
  return table(label, {"outcome", "check", "found"}, rows);
}

std::string group_of(const std::string& name, const std::vector<const CheckDoc*>& checks) {
  const auto wrong = std::count_if(checks.begin(), checks.end(), [](const CheckDoc* check) {
    return check->state != State::passed;
  });
  const std::string counts =
      counted(static_cast<int64_t>(checks.size())) + (checks.size() == 1 ? " check" : " checks");
  const std::string summary =
      "<code>" + escaped(name) + "</code> <span class=\"n\">" + counts + "</span>" +
      (wrong == 0 ? std::string()
                  : " <span class=\"state failed\">" + counted(wrong) + " not passed</span>");
  if (checks.size() <= kPiece)
    return group(summary, check_table("Checks of " + name, checks, 0, checks.size()));
  std::string pieces;
  for (size_t at = 0; at < checks.size(); at += kPiece) {
    const size_t end = std::min(checks.size(), at + kPiece);
    const std::string words = range_words(at, end);
    pieces +=
        group("Checks " + words, check_table("Checks of " + name + ", " + words, checks, at, end));
  }
  return group(summary, pieces);
}

// In the order in which the suite first names them.
std::string all_section(const std::vector<CheckDoc>& checks) {
  std::vector<std::pair<std::string, std::vector<const CheckDoc*>>> groups;
  std::map<std::string, size_t> known;
  for (const CheckDoc& check : checks) {
    const auto [at, is_new] = known.try_emplace(check.group, groups.size());
    if (is_new) groups.push_back({check.group, {}});
    groups[at->second].second.push_back(&check);
  }
  std::string content;
  for (size_t at = 0; at < groups.size(); at += kPiece) {
    const size_t end = std::min(groups.size(), at + kPiece);
    std::string piece;
    for (size_t one = at; one < end; ++one)
      piece += group_of(groups[one].first, groups[one].second);
    content += groups.size() <= kPiece ? piece : group("Columns " + range_words(at, end), piece);
  }
  return section("All checks",
                 content.empty() ? "<p class=\"empty\">The suite has none.</p>" : content);
}

std::string metrics_of(const RunDoc& run) {
  return "<div class=\"metrics\">\n" + metric("Checks", counted(run.checks())) +
         metric("Passed", counted(run.passed), share_text(run)) +
         metric("Failed", counted(run.failed)) +
         metric("Not judged", counted(run.unjudged),
                run.unjudged == 0 ? "" : "they count as failed") +
         "</div>\n";
}

std::vector<Cell> run_row(const RunDoc& run) {
  return {{link(run.page, when(run.time))},
          {outcome(run)},
          {counted(run.checks()), true},
          {counted(run.failed), true},
          {counted(run.unjudged), true},
          {share_text(run), true},
          {escaped(run.data)}};
}

// Checks that did not pass in one of the last runs: in how many, and whether in the newest.
std::string lately_section(const SuiteRuns& suite) {
  const size_t many = std::min(suite.runs.size(), kLately);
  std::map<std::string, std::pair<int64_t, bool>> found;
  for (size_t at = 0; at < many; ++at) {
    for (const std::string& name : suite.runs[at].failures) {
      auto& [runs, newest] = found[name];
      ++runs;
      newest = newest || at == 0;
    }
  }
  if (found.empty()) return {};
  std::vector<std::pair<std::string, std::pair<int64_t, bool>>> order(found.begin(), found.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.second.first > b.second.first; });
  if (order.size() > kMostFailures) order.resize(kMostFailures);
  std::vector<std::vector<Cell>> rows;
  for (const auto& [name, facts] : order)
    rows.push_back({{"<code>" + escaped(name) + "</code>"},
                    {counted(facts.first), true},
                    {badge(facts.second ? State::failed : State::passed)}});
  const std::string title = many == 1
                                ? "What did not pass"
                                : "What did not pass in the last " + std::to_string(many) + " runs";
  return section(title, table(title, {"check", "runs", "in the newest"}, rows));
}

}  // namespace

std::string run_page(const RunDoc& run, const std::vector<CheckDoc>& checks) {
  const std::string trail = link("../index.html", "All suites") + " / " +
                            link("index.html", run.suite) + " / " + escaped(when(run.time));
  const std::string subtitle = outcome(run) + " " + escaped(run.data);
  const std::string effort = counted(run.measures) + " measures in " + counted(run.scans) +
                             (run.scans == 1 ? " scan." : " scans.");
  return page(run.suite, trail, subtitle,
              metrics_of(run) + failed_section(checks) + all_section(checks), {effort});
}

std::string suite_page(const SuiteRuns& suite) {
  const RunDoc& newest = suite.newest();
  std::vector<std::vector<Cell>> rows;
  for (const RunDoc& run : suite.runs) {
    if (rows.size() == kMostRuns) break;
    rows.push_back(run_row(run));
  }
  std::string runs =
      table("Runs", {"run", "outcome", "checks", "failed", "not judged", "passed", "data"}, rows);
  if (suite.runs.size() > rows.size())
    runs += "<p class=\"told\">The newest " + counted(static_cast<int64_t>(rows.size())) + " of " +
            counted(static_cast<int64_t>(suite.runs.size())) + " runs.</p>\n";
  return page(newest.suite, link("../index.html", "All suites"),
              outcome(newest) + " " + escaped(when(newest.time)),
              metrics_of(newest) + section("Trend", trend(suite, "Checks that did not pass")) +
                  lately_section(suite) + section("Runs", runs),
              {});
}

std::string index_page(const std::vector<SuiteRuns>& suites, size_t unread) {
  std::vector<std::vector<Cell>> rows;
  std::string charts;
  int64_t runs = 0;
  for (const SuiteRuns& suite : suites) {
    const RunDoc& run = suite.newest();
    runs += static_cast<int64_t>(suite.runs.size());
    const std::string place = suite.folder + "/";
    rows.push_back({{link(place + "index.html", run.suite)},
                    {outcome(run)},
                    {link(place + run.page, when(run.time))},
                    {counted(run.checks()), true},
                    {counted(run.failed + run.unjudged), true},
                    {share_text(run), true},
                    {counted(static_cast<int64_t>(suite.runs.size())), true}});
    if (rows.size() <= kMostCharts && suite.runs.size() > 1)
      charts += section(run.suite, trend(suite, run.suite + ", checks that did not pass"));
  }
  const std::string subtitle = counted(static_cast<int64_t>(suites.size())) +
                               (suites.size() == 1 ? " suite, " : " suites, ") + counted(runs) +
                               (runs == 1 ? " run" : " runs");
  std::vector<std::string> foot;
  if (unread > 0)
    foot.push_back(counted(static_cast<int64_t>(unread)) +
                   " files that are named like runs can't be read as such.");
  return page("Data quality", "", subtitle,
              section("Suites", table("Suites",
                                      {"suite", "outcome", "newest run", "checks", "not passed",
                                       "passed", "runs"},
                                      rows)) +
                  charts,
              foot);
}

}  // namespace mr::quality::docs
