// report.html: what datasets say, as one page. report.checksum: what they hold, as rows and a checksum each.
#include <stdexcept>

#include "common/draft.hpp"
#include "data/explain.hpp"
#include "data/publish.hpp"
#include "report/checksum.hpp"
#include "report/gather.hpp"
#include "report/page.hpp"
#include "report/section.hpp"
#include "sdk/millrace_traits.h"

namespace {

// Where the figures come from: a page that lies about says so.
std::vector<std::string> origin_of(const mr::Json& facts) {
  const auto fact = [&](const char* key) { return facts.contains(key) && facts[key].is_string() ? facts[key].get<std::string>() : std::string(); };
  std::vector<std::string> out;
  if (!fact("dag").empty()) out.push_back("Dag " + fact("dag") + ", run " + fact("run") + (fact("logical_time").empty() ? "" : ", for " + fact("logical_time")) + ".");
  std::string read;
  for (const auto& input : facts.value("inputs", mr::Json::array())) read += (read.empty() ? "" : ", ") + input.value("dataset", "") + " (snapshot " + std::to_string(input.value("snapshot", int64_t{0})) + ")";
  if (!read.empty()) out.push_back("Read: " + read + ".");
  return out;
}

std::string place_of(size_t section, const mr::report::SectionWish& wish) { return "section " + std::to_string(section + 1) + ", " + wish.title; }

// A statement knows its lines, and not whose it is.
template <class F>
auto in_section(const std::string& where, F act) {
  try {
    return act();
  } catch (mr::data::SqlError& error) {
    error.where = where + (error.where.empty() ? "" : ", " + error.where);
    throw;
  }
}

mr::Json plan_of(const mr::report::Wishes& sections, mr::data::Session& session) {
  mr::Json statements = mr::Json::array();
  for (size_t i = 0; i < sections.list.size(); ++i) {
    const auto& wish = sections.list[i];
    if (!wish.sql.empty()) statements.push_back(in_section(place_of(i, wish), [&] { return mr::data::statement_for(session, wish.sql); }));
  }
  return statements;
}

int64_t write_page(const std::string& path, const std::string& html) {
  mr::files::check_place(path, true);
  mr::files::Draft draft(path);
  draft.write(html);
  draft.keep(0644);
  return static_cast<int64_t>(html.size());
}

struct ReportHtml {
  static constexpr const char* type = "report.html";
  static constexpr const char* version = "1.1.0";
  static constexpr const char* summary = "Writes what SQL says about datasets as one self-contained HTML page of tables and charts.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_CANCELLABLE | MR_EXPLAINS;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"path": {"type": "string", "description": "The page."}, "bytes": {"type": "integer", "description": "Its size."},
          "sections": {"type": "integer", "description": "How many it has."}, "rows": {"type": "integer", "description": "That all queries gave."}}})";
  static constexpr const char* examples =
      R"([{"title": "Sales: a number, a chart and a table", "config": {"title": "Sales", "to": "reports/sales.html", "inputs": ["mart.daily_sales"], "sections": [
           {"title": "Revenue yesterday", "as": "metric", "unit": "EUR", "sql": "select revenue, lag(revenue) over (order by day) from mart.daily_sales order by day desc limit 1"},
           {"title": "Revenue by day", "as": "line", "unit": "EUR", "sql": "select day, revenue, refunds from mart.daily_sales"},
           {"title": "Best days", "rows": 10, "sql": "select * from mart.daily_sales order by revenue desc"}]}}])";

  struct Config {
    std::string title{}, subtitle{}, to{};
    std::vector<std::string> inputs{};
    mr::report::Wishes sections{};
  };
  static constexpr auto config =
      mr::fields(mr::field("title", &Config::title, "The heading of the page.").needed(), mr::field("subtitle", &Config::subtitle, "A line below it."),
                 mr::field("to", &Config::to, "Path of the page, against the Dag's folder. It is there whole, or as it was before.").needed().example("reports/sales.html"),
                 mr::field("inputs", &Config::inputs, "The datasets that the sections read, zone.name.").needed().reads(),
                 mr::field("sections", &Config::sections, "What the page shows, from top to bottom: a list of {title, as, sql} with, as wanted, note, unit, rows, bins; or {title, as: text, text}. as: table, metric, line, area, bar, stacked_bar, scatter, histogram, heat_map.").needed());

  void run(const Config& c, mr::Attempt& attempt) const {
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    const mr::data::Watch watch(session, attempt);
    if (mr::data::is_to_explain(facts)) return attempt.output("statements", plan_of(c.sections, session));
    std::vector<mr::report::Section> sections;
    int64_t rows = 0;
    for (const auto& wish : c.sections.list) {
      attempt.stop_if_cancelled();
      const std::string where = place_of(sections.size(), wish);
      sections.push_back(in_section(where, [&] { return mr::report::gather(session, wish, where); }));
      rows += sections.back().rows;
      if (!sections.back().cut.empty()) attempt.info(where + ": " + sections.back().cut);
      for (const auto& sentence : sections.back().told) attempt.info(where + ": " + sentence);
    }
    const std::string path = mr::files::absolute(attempt, c.to);
    attempt.output("bytes", write_page(path, mr::report::page(c.title, c.subtitle, sections, origin_of(facts.json))));
    attempt.output("path", path);
    attempt.output("sections", sections.size());
    attempt.output("rows", rows);
  }
};

struct ReportChecksum {
  static constexpr const char* type = "report.checksum";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "Counts the rows of datasets and makes a checksum of their values that doesn't depend on order or files.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"datasets": {"type": "array", "items": {"type": "object", "properties":
          {"name": {"type": "string"}, "rows": {"type": "integer"}, "checksum": {"type": "string"}}}}}})";
  static constexpr const char* examples = R"([{"title": "Is the mart still the same?", "config": {"inputs": ["mart.daily_sales"]}}])";

  struct Config {
    std::vector<std::string> inputs{};
  };
  static constexpr auto config = mr::fields(mr::field("inputs", &Config::inputs, "The datasets, zone.name.").needed().reads());

  void run(const Config& c, mr::Attempt& attempt) const {
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    mr::Json datasets = mr::Json::array();
    for (const std::string& name : c.inputs) {
      attempt.stop_if_cancelled();
      datasets.push_back(checksum(session, name));
    }
    attempt.output("datasets", datasets);
  }

  static mr::Json checksum(mr::data::Session& session, const std::string& name) {
    std::string sql;
    try {
      sql = mr::report::checksum_sql(mr::data::relation_of(name), session.describe(mr::data::relation_of(name)));
    } catch (const std::invalid_argument& error) {
      throw mr::report::wrong(error.what(), name, {});
    }
    const auto found = session.query(sql);
    return {{"name", name}, {"rows", found.integer(0, 0)}, {"checksum", found.rows.at(0).at(1).value_or("")}};
  }
};

}  // namespace

MR_PLUGIN("report", "1.0.0", "Apache-2.0", ReportHtml, ReportChecksum)
