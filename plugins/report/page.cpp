#include "report/page.hpp"

#include "report/chart.hpp"

namespace mr::report {

namespace {

constexpr const char* kStyle =
    ":root{color-scheme:light dark;--ink:#1d2733;--soft:#5c6b7a;--line:#d8dee5;--paper:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa8b5;--line:#33404c;--paper:#161c22}}"
    "body{margin:0 auto;max-width:860px;padding:24px 16px 60px;font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}"
    "h1{font-size:26px;margin:0}h2{font-size:18px;margin:36px 0 6px}p{margin:4px 0;color:var(--soft)}"
    "svg{width:100%;height:auto}svg text{font-size:11px;fill:var(--soft)}.grid{stroke:var(--line);stroke-width:1}"
    ".legend span{margin-right:14px}.legend i{display:inline-block;width:10px;height:10px;margin-right:5px}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{padding:3px 10px;border-bottom:1px solid var(--line);text-align:left}td.n,th.n{text-align:right}summary{color:var(--soft);cursor:pointer}";

bool is_number(const std::optional<std::string>& text) {
  return text && !text->empty() && text->find_first_not_of("0123456789.-") == std::string::npos && text->find('-', 1) == std::string::npos;
}

// A column is set to the right when every value in it is a number.
std::vector<bool> numeric(const data::Table& table) {
  std::vector<bool> out(table.columns.size(), !table.rows.empty());
  for (const auto& row : table.rows)
    for (size_t at = 0; at < row.size(); ++at)
      if (row[at] && !is_number(row[at])) out[at] = false;
  return out;
}

std::string table_of(const data::Table& table) {
  const auto right = numeric(table);
  const auto cell = [&](const char* tag, size_t at, const std::string& text) {
    return std::string("<") + tag + (right[at] ? " class=\"n\">" : ">") + escaped(text) + "</" + tag + ">";
  };
  std::string out = "<div class=\"wide\"><table><thead><tr>";
  for (size_t at = 0; at < table.columns.size(); ++at) out += cell("th", at, table.columns[at]);
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (size_t at = 0; at < row.size(); ++at) out += cell("td", at, row[at].value_or("–"));
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>";
}

std::string section_of(const Section& section) {
  std::string out = "<section><h2>" + escaped(section.title) + "</h2>\n";
  if (!section.note.empty()) out += "<p>" + escaped(section.note) + "</p>\n";
  if (section.kind == Kind::line) out += line_chart(section.table, section.title);
  if (section.kind == Kind::bar) out += bar_chart(section.table, section.title);
  const std::string table = table_of(section.table);
  out += section.kind == Kind::table ? table : "<details><summary>The figures</summary>" + table + "</details>";
  return out + "</section>\n";
}

}  // namespace

std::string page(const std::string& title, const std::string& subtitle, const std::vector<Section>& sections) {
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>" +
                    escaped(title) + "</title><style>" + kStyle + "</style></head><body>\n<h1>" + escaped(title) + "</h1>\n";
  if (!subtitle.empty()) out += "<p>" + escaped(subtitle) + "</p>\n";
  for (const Section& section : sections) out += section_of(section);
  return out + "</body></html>\n";
}

}  // namespace mr::report
