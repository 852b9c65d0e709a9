// One self-contained HTML page: no scripts, nothing fetched, readable by day, by night and on paper.
//
// Pure; any thread. Every text is escaped. The same sections give the same bytes: the page holds no time of its own.
#pragma once
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::report {

enum class Kind : uint8_t { table = 1, text, metric, chart };

struct Metric {
  std::string value{}, unit{};
  std::string change{};  // a sentence: "+4.2 % (before: 1,200)"; empty: nothing to compare with
  int direction = 0;     // of the change: -1, 0, 1
};

struct Section {
  std::string title{}, note{};
  Kind kind = Kind::table;
  std::string text{};              // Kind::text
  Metric metric{};                 // Kind::metric
  std::string chart{};             // Kind::chart: SVG of report/chart.hpp
  data::Table table{};             // of a chart: its figures
  std::vector<bool> right{};       // columns that are set to the right; shorter: the rest is not
  std::string cut{};               // a sentence about rows that the table does not have
  std::vector<std::string> told{}; // sentences about what else is not shown
  int64_t rows = 0;                // of the query
};

// `origin`: sentences at the foot, about where the figures come from.
std::string page(const std::string& title, const std::string& subtitle, const std::vector<Section>& sections, const std::vector<std::string>& origin = {});

extern const char* const kStyle;  // CSS

}  // namespace mr::report
