#include "report/gather.hpp"

#include <algorithm>
#include <cmath>

#include "report/chart.hpp"
#include "report/columns.hpp"
#include "report/frame.hpp"
#include "report/text.hpp"

namespace mr::report {
namespace {

constexpr int64_t kTableRows = 100, kMostPoints = 2000, kStretches = 400, kMostLying = 60, kMostStanding = 200;

std::string s(int64_t n, const char* one, const char* many) { return counted(n) + " " + (n == 1 ? one : many); }

// The query's rows as text, the first of them.
void read_table(data::Session& session, const std::vector<Column>& columns, int64_t most, Section& out) {
  std::string list;
  for (const auto& column : columns) {
    list += (list.empty() ? "" : ", ") + ("CAST(" + column.sql() + " AS VARCHAR) AS " + column.sql());
    out.right.push_back(column.kind == Column::Kind::number);
  }
  out.table = session.query("SELECT " + list + " FROM _section ORDER BY rowid LIMIT " + std::to_string(most));
  if (out.rows > most) out.cut = "The table has the first " + counted(most) + " of " + counted(out.rows) + " rows.";
}

XKind kind_of(const Column& column) {
  return column.kind == Column::Kind::number ? XKind::number : column.kind == Column::Kind::time ? XKind::time : XKind::label;
}

class Drawing {
 public:
  Drawing(data::Session& session, const SectionWish& wish, const std::vector<Column>& columns, const std::string& where, Section& out) : session_(session), wish_(wish), columns_(columns), where_(where), out_(out) {}

  Plot plot() {
    if (columns_.size() < 2) throw wrong("a chart needs a column for its x axis, and one or more of numbers", where_, "select day, amount from …");
    if (columns_.size() > kMostSeries + 1) throw wrong("a chart shows at most " + std::to_string(kMostSeries) + " series, and these are " + std::to_string(columns_.size() - 1), where_, "select fewer columns, or make two charts");
    Plot plot{.kind = kind_of(columns_[0]), .x_name = columns_[0].name, .labels = {}, .x = {}, .series = {}, .unit = wish_.unit};
    if (wish_.as == "scatter" && plot.kind == XKind::label) throw wrong("the first column of a scatter chart holds numbers or times, and '" + columns_[0].name + "' is " + columns_[0].type, where_, {});
    make_points(plot.kind);
    const std::string chosen = choose(plot.kind);
    std::string list;
    for (size_t at = 1; at < columns_.size(); ++at) list += ", y" + std::to_string(at);
    for (size_t at = 1; at < columns_.size(); ++at) plot.series.push_back({columns_[at].name, {}});
    const auto rows = session_.query("SELECT label, x" + list + " FROM _points" + chosen + " ORDER BY n").rows;
    for (const auto& row : rows) {
      plot.labels.push_back(row[0].value_or("–"));
      plot.x.push_back(plot.kind == XKind::label ? static_cast<double>(plot.x.size()) : number(row[1]).value_or(0));
      for (size_t at = 0; at < plot.series.size(); ++at) plot.series[at].values.push_back(number(row[at + 2]));
    }
    tell_gaps();
    return plot;
  }

 private:
  // Rows in the order in which they are drawn; one whose place is unknown can't be.
  void make_points(XKind kind) {
    std::string list = "CAST(" + columns_[0].sql() + " AS VARCHAR) AS label, " + (kind == XKind::label ? std::string("CAST(rowid AS DOUBLE)") : columns_[0].finite()) + " AS x";
    for (size_t at = 1; at < columns_.size(); ++at) {
      if (columns_[at].kind != Column::Kind::number) throw wrong("column '" + columns_[at].name + "' is " + columns_[at].type + ", and a chart's series are numbers", where_, "cast it, or leave it out");
      list += ", " + columns_[at].finite() + " AS y" + std::to_string(at);
    }
    session_.run("CREATE OR REPLACE TEMP TABLE _points AS SELECT row_number() OVER (ORDER BY x, r) AS n, * FROM (SELECT rowid AS r, " + list + " FROM _section) WHERE x IS NOT NULL");
    count_ = session_.query("SELECT count(*) FROM _points").integer(0, 0);
    if (count_ < out_.rows) out_.told.push_back(s(out_.rows - count_, "row has", "rows have") + " no " + columns_[0].name + " and can't be drawn.");
  }

  // The WHERE that keeps what can be seen.
  std::string choose(XKind kind) {
    if (wish_.as == "bar" || wish_.as == "stacked_bar") return cut(kind == XKind::label ? kMostLying : kMostStanding);
    if (count_ <= kMostPoints) return {};
    session_.run("CREATE OR REPLACE TEMP TABLE _chosen AS " + std::string(wish_.as == "scatter" ? on_a_raster() : by_stretches()));
    const int64_t drawn = session_.query("SELECT count(*) FROM _chosen").integer(0, 0);
    if (drawn < count_) {
      const std::string of = "The chart has " + counted(drawn) + " of " + counted(count_) + " points: ";
      out_.told.push_back(of + (wish_.as == "scatter" ? "one for each place where there are any." : "the first, last, lowest and highest of each stretch."));
    }
    return " WHERE n IN (SELECT n FROM _chosen)";
  }

  std::string cut(int64_t most) {
    if (count_ <= most) return {};
    out_.told.push_back("The chart has the first " + counted(most) + " of " + counted(count_) + " rows.");
    return " WHERE n <= " + std::to_string(most);
  }

  static std::string share(const std::string& value, int64_t parts) {
    return "coalesce(floor((" + value + " - min(" + value + ") OVER ()) / nullif(max(" + value + ") OVER () - min(" + value + ") OVER (), 0) * " + std::to_string(parts) + "), 0)";
  }

  std::string by_stretches() const {
    std::string kept = "min(n), max(n)";
    for (size_t at = 1; at < columns_.size(); ++at) kept += ", arg_min(n, y" + std::to_string(at) + "), arg_max(n, y" + std::to_string(at) + ")";
    return "SELECT DISTINCT n FROM (SELECT unnest([" + kept + "]) AS n FROM (SELECT *, " + share("x", kStretches) + " AS stretch FROM _points) GROUP BY stretch) WHERE n IS NOT NULL";
  }

  std::string on_a_raster() const {
    std::string all;
    for (size_t at = 1; at < columns_.size(); ++at) {
      const std::string y = "y" + std::to_string(at);
      all += (all.empty() ? "" : " UNION ") + ("SELECT min(n) AS n FROM (SELECT n, " + share("x", 150) + " AS a, " + share(y, 60) + " AS b FROM _points WHERE " + y + " IS NOT NULL) GROUP BY a, b");
    }
    return all;
  }

  void tell_gaps() {
    std::string sum;
    for (size_t at = 1; at < columns_.size(); ++at) sum += (sum.empty() ? "" : " + ") + ("count(*) - count(y" + std::to_string(at) + ")");
    const int64_t gaps = session_.query("SELECT " + sum + " FROM _points").integer(0, 0);
    if (gaps > 0) out_.told.push_back(s(gaps, "value is", "values are") + " missing or no finite number, and left out.");
  }

  data::Session& session_;
  const SectionWish& wish_;
  const std::vector<Column>& columns_;
  const std::string& where_;
  Section& out_;
  int64_t count_ = 0;
};

std::string drawn(const std::string& as, const Plot& plot, const std::string& title, const std::string& where) {
  if (as == "line") return line_chart(plot, title);
  if (as == "bar") return bar_chart(plot, title);
  if (as == "stacked_bar") return stacked_bar_chart(plot, title);
  if (as == "scatter") return scatter_chart(plot, title);
  if (plot.series.size() > 1 && range_of(plot).first < 0) throw wrong("areas that stand on each other can't show a value below zero", where, "show them as: line, or one series alone");
  return area_chart(plot, title);
}

Metric metric_of(data::Session& session, const SectionWish& wish, const std::vector<Column>& columns, int64_t rows, const std::string& where) {
  if (rows > 1 || columns.size() > 2) throw wrong("a metric is one row of one number, or two: now and before", where, "this has " + std::to_string(rows) + " rows of " + std::to_string(columns.size()) + " columns");
  Metric out{.value = "–", .unit = wish.unit};
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + ("CAST(" + column.sql() + " AS VARCHAR)");
  const auto found = session.query("SELECT " + list + " FROM _section").rows;
  if (found.empty()) return out;
  const auto shown = [&](size_t at) {
    const auto value = number(found[0][at]);
    const bool fraction = columns[at].type == "DOUBLE" || columns[at].type == "FLOAT";
    return fraction && value ? rounded(*value) : grouped(found[0][at].value_or("–"));
  };
  out.value = shown(0);
  if (columns.size() < 2) return out;
  const auto now = number(found[0][0]), before = number(found[0][1]);
  if (!now || !before) return out.change = "nothing to compare with", out;
  out.direction = *now > *before ? 1 : *now < *before ? -1 : 0;
  if (out.direction == 0) return out.change = "as before", out;
  const std::string was = " (before: " + shown(1) + ")";
  out.change = *before == 0 ? (*now > 0 ? "+" : "") + rounded(*now) + was : percent((*now - *before) / std::abs(*before)) + was;
  return out;
}

}  // namespace

Section gather(data::Session& session, const SectionWish& wish, const std::string& where) {
  Section out{.title = wish.title, .note = wish.note, .text = wish.text};
  if (wish.as == "text") return out.kind = Kind::text, out;
  session.check_select(wish.sql);
  session.run("CREATE OR REPLACE TEMP TABLE _section AS " + wish.sql);
  const auto columns = columns_of(session);
  out.rows = session.query("SELECT count(*) FROM _section").integer(0, 0);
  if (wish.as == "metric") {
    out.kind = Kind::metric;
    out.metric = metric_of(session, wish, columns, out.rows, where);
    return out;
  }
  out.kind = wish.as == "table" ? Kind::table : Kind::chart;
  if (wish.as == "histogram") out.chart = histogram(session, wish, columns, where, out);
  else if (wish.as == "heat_map") out.chart = heat_map(session, wish, columns, where, out);
  else if (wish.as != "table") out.chart = drawn(wish.as, Drawing(session, wish, columns, where, out).plot(), wish.title, where);
  if (wish.as != "histogram") read_table(session, columns, wish.rows.value_or(kTableRows), out);
  return out;
}

}  // namespace mr::report
