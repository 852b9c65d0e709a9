// report.html: what datasets say, as one page. report.checksum: what they hold, as rows and a checksum each.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "data/publish.hpp"
#include "report/checksum.hpp"
#include "report/page.hpp"

namespace {

constexpr int64_t kMostRows = 500;  // of one section: a page is for people

std::string sql_name(const std::string& dataset) {
  const size_t dot = dataset.find('.');
  if (dot == std::string::npos) return mr::data::ident(dataset);
  return mr::data::ident(dataset.substr(0, dot)) + "." + mr::data::ident(dataset.substr(dot + 1));
}

mr::Failure wrong(const std::string& what, const std::string& where, const std::string& hint) {
  return mr::Failure("config", "E9310", what, where, hint);
}

mr::report::Kind kind_of(const std::string& name, const std::string& section) {
  if (name == "table") return mr::report::Kind::table;
  if (name == "line") return mr::report::Kind::line;
  if (name == "bar") return mr::report::Kind::bar;
  throw wrong("'" + name + "' is no way to show a section", section, "table, line or bar");
}

std::string text_of(const mr::Json& tree, const char* key, const std::string& otherwise = {}) {
  const auto found = tree.find(key);
  return found != tree.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

mr::report::Section section_of(mr::data::Session& session, const mr::Json& told, size_t number) {
  const std::string where = "section " + std::to_string(number);
  if (!told.is_object()) throw wrong("a section must be an object", where, "{title, sql, as, note}");
  for (const auto& [key, value] : told.items())
    if (key != "title" && key != "note" && key != "as" && key != "sql") throw wrong("unknown key '" + key + "'", where, "title, sql, as, note");
  mr::report::Section out{.title = text_of(told, "title"), .note = text_of(told, "note"), .kind = kind_of(text_of(told, "as", "table"), where)};
  const std::string sql = text_of(told, "sql");
  if (out.title.empty() || sql.empty()) throw wrong("a section needs a title and sql", where, {});
  session.check_select(sql);
  if (session.query("SELECT count(*) FROM (" + sql + "\n)").integer(0, 0) > kMostRows)
    throw wrong("the query gives more than " + std::to_string(kMostRows) + " rows", where, "sum up, or add a limit");
  out.table = session.query(sql);
  return out;
}

// The page appears whole or stays as it was.
void write_page(const std::string& path, const std::string& html) {
  const std::filesystem::path target(path);
  std::error_code ignored;  // a folder that can't be made shows when the file can't
  std::filesystem::create_directories(target.parent_path(), ignored);
  const std::string part = path + ".part";
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  file << html;
  file.close();
  if (!file || std::rename(part.c_str(), path.c_str()) != 0)
    throw mr::Failure("resource", "E9311", "page '" + path + "' can't be written", {}, "is there room, and may this user write there?", false);
}

struct ReportHtml {
  static constexpr const char* type = "report.html";
  static constexpr const char* version = "1.0.0";
  static constexpr const char* summary = "Writes what SQL says about datasets as one self-contained HTML page of tables and charts.";
  static constexpr uint32_t traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr const char* output_schema =
      R"({"type": "object", "properties": {"path": {"type": "string"}, "bytes": {"type": "integer"}, "sections": {"type": "integer"}}})";
  static constexpr const char* examples =
      R"([{"title": "Revenue by day", "config": {"title": "Sales", "to": "reports/sales.html", "inputs": ["mart.daily_sales"],
           "sections": [{"title": "Revenue", "as": "line", "sql": "select day, sum(revenue) as revenue from mart.daily_sales group by day order by day"}]}}])";

  struct Config {
    std::string title{}, subtitle{}, to{};
    std::vector<std::string> inputs{};
    mr::Json sections = mr::Json::array();
  };
  static constexpr auto config =
      mr::fields(mr::field("title", &Config::title, "The heading of the page.").needed(), mr::field("subtitle", &Config::subtitle, "A line below it."),
                 mr::field("to", &Config::to, "Path of the page, against the Dag's folder.").needed().example("reports/sales.html"),
                 mr::field("inputs", &Config::inputs, "The datasets that the sections read, zone.name.").needed().reads(),
                 mr::field("sections", &Config::sections, "A list of {title, sql, as: table | line | bar, note}; a chart's first column is the label.").needed());

  void run(const Config& c, mr::Attempt& attempt) const {
    if (!c.sections.is_array()) throw wrong("sections must be a list", {}, "[{title, sql, as, note}]");
    const mr::data::Facts facts{attempt.facts()};
    mr::data::Session session = mr::data::open_confined_session(facts);
    std::vector<mr::report::Section> sections;
    for (const auto& told : c.sections) {
      attempt.stop_if_cancelled();
      sections.push_back(section_of(session, told, sections.size() + 1));
    }
    const std::string html = mr::report::page(c.title, c.subtitle, sections);
    const std::string path = attempt.path(c.to);
    write_page(path, html);
    attempt.output("path", path);
    attempt.output("bytes", html.size());
    attempt.output("sections", sections.size());
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
      sql = mr::report::checksum_sql(sql_name(name), session.describe(sql_name(name)));
    } catch (const std::invalid_argument& error) {
      throw wrong(error.what(), name, {});
    }
    const auto found = session.query(sql);
    return {{"name", name}, {"rows", found.integer(0, 0)}, {"checksum", found.rows.at(0).at(1).value_or("")}};
  }
};

}  // namespace

MR_PLUGIN("report", "1.0.0", "Apache-2.0", ReportHtml, ReportChecksum)
