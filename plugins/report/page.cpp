#include "report/page.hpp"

#include "report/text.hpp"

namespace mr::report {
namespace {

std::string table_of(const Section& section) {
  const auto& table = section.table;
  const auto cell = [&](const char* tag, size_t at, const std::string& content, const char* more) {
    const bool right = at < section.right.size() && section.right[at];
    return std::string("<") + tag + more + (right ? " class=\"n\">" : ">") + content + "</" + tag + ">";
  };
  std::string out = "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"" + escaped(section.title) + ", table\"><table><thead><tr>";
  for (size_t at = 0; at < table.columns.size(); ++at) out += cell("th", at, escaped(table.columns[at]), " scope=\"col\"");
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (size_t at = 0; at < row.size(); ++at) out += cell("td", at, row[at] ? escaped(*row[at]) : "<span class=\"null\">–</span>", "");
    out += "</tr>\n";
  }
  out += "</tbody></table></div>";
  if (!section.cut.empty()) out += "<p class=\"told\">" + escaped(section.cut) + "</p>";
  return table.rows.empty() ? out + "<p class=\"empty\">No rows.</p>" : out;
}

// An empty line ends a paragraph.
std::string paragraphs_of(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find("\n\n", at), text.size());
    if (end > at) out += "<p class=\"text\">" + escaped(text.substr(at, end - at)) + "</p>\n";
    at = end + 2;
  }
  return out;
}

std::string told_of(const Section& section) {
  std::string out;
  for (const auto& sentence : section.told) out += "<p class=\"told\">" + escaped(sentence) + "</p>\n";
  return out;
}

std::string metric_of(const Section& section) {
  const auto& metric = section.metric;
  std::string out = "<section class=\"metric\"><h2>" + escaped(section.title) + "</h2>\n<p class=\"value\">" + escaped(metric.value);
  if (!metric.unit.empty()) out += " <span class=\"unit\">" + escaped(metric.unit) + "</span>";
  out += "</p>\n";
  if (!metric.change.empty()) {
    const char* arrow = metric.direction > 0 ? "▲ " : metric.direction < 0 ? "▼ " : "";
    out += "<p class=\"change\"><span aria-hidden=\"true\">" + std::string(arrow) + "</span>" + escaped(metric.change) + "</p>\n";
  }
  if (!section.note.empty()) out += "<p class=\"note\">" + escaped(section.note) + "</p>\n";
  return out + told_of(section) + "</section>\n";
}

std::string section_of(const Section& section) {
  if (section.kind == Kind::metric) return metric_of(section);
  std::string out = "<section><h2>" + escaped(section.title) + "</h2>\n";
  if (!section.note.empty()) out += "<p class=\"note\">" + escaped(section.note) + "</p>\n";
  if (section.kind == Kind::text) return out + paragraphs_of(section.text) + "</section>\n";
  if (section.kind == Kind::table) return out + table_of(section) + told_of(section) + "</section>\n";
  return out + "<figure tabindex=\"0\" aria-label=\"" + escaped(section.title) + ", chart\">" + section.chart + "</figure>\n" + told_of(section) + "<details><summary>The figures</summary>" + table_of(section) + "</details></section>\n";
}

}  // namespace

std::string page(const std::string& title, const std::string& subtitle, const std::vector<Section>& sections, const std::vector<std::string>& origin) {
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" + escaped(title) + "</title><style>" + kStyle + "</style></head><body>\n<header><h1>" + escaped(title) + "</h1>\n";
  if (!subtitle.empty()) out += "<p class=\"subtitle\">" + escaped(subtitle) + "</p>\n";
  out += "</header>\n<main>\n";
  bool in_metrics = false;  // those that follow each other stand side by side
  for (const Section& section : sections) {
    const bool metric = section.kind == Kind::metric;
    if (metric != in_metrics) out += metric ? "<div class=\"metrics\">\n" : "</div>\n";
    in_metrics = metric;
    out += section_of(section);
  }
  out += in_metrics ? "</div>\n</main>\n" : "</main>\n";
  if (!origin.empty()) {
    out += "<footer>";
    for (const auto& sentence : origin) out += "<p>" + escaped(sentence) + "</p>";
    out += "</footer>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace mr::report
