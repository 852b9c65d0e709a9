#include "ingest/sample.hpp"

#include "ingest/scratch.hpp"

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;
using mr::data::path_literal;
using mr::data::Session;

constexpr int64_t kMostRecords = 20'480;
constexpr size_t kMostText = size_t{1} << 20;

size_t cells_in_first_line(const std::string& text, Layout layout, char delimiter) {
  layout.delimiter = delimiter;
  const auto cutter = cut(layout, text, 1, true);
  Record record;
  return cutter->next(record) == Cutter::Cut::record && record.broken == nullptr ? record.cells.size() : 0;
}

void append_cell(std::string& text, std::string_view cell) {
  if (cell.find_first_of(",\"\r\n") == std::string_view::npos) {
    text += cell;
    return;
  }
  text += '"';
  for (const char c : cell) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  text += '"';
}

// The records that have as many cells as there are names, as plain CSV.
std::string records_as_csv(const LandedFile& file, const Layout& layout, const std::string& encoding, size_t cells) {
  Blocks blocks(file, layout, encoding);
  Block block;
  std::string text;
  for (int64_t records = 0; records < kMostRecords && text.size() < 4 * kMostText && blocks.next(block);) {
    if (block.too_long || first_wrong_byte(block.text) != std::string_view::npos || block.text.find('\0') != std::string::npos) break;
    const auto cutter = cut(layout, block.text, block.line, true, block.fields);
    for (Record record; records < kMostRecords && cutter->next(record) == Cutter::Cut::record;) {
      if (record.broken != nullptr || record.cells.size() != cells) continue;
      for (size_t i = 0; i < cells; ++i) {
        if (i > 0) text += ',';
        append_cell(text, record.cells[i]);
      }
      if (cells == 1 && record.cells[0].empty()) text += "\"\"";
      text += '\n';
      ++records;
    }
  }
  return text;
}

// What DuckDB's sniffer says; nothing when it makes nothing of the text.
Columns sniffed(Session& session, const std::string& source) {
  try {
    return session.describe("SELECT * FROM " + source + ", sample_size = -1)");
  } catch (const mr::Failure& failure) {
    if (failure.code != "E5005") throw;
    return {};
  }
}

bool is_date(const std::string& type) { return type == "DATE" || type == "TIME" || type.starts_with("TIMESTAMP"); }

}  // namespace

char find_delimiter(Session& session, const std::string& work_folder, const LandedFile& file, const Layout& layout, const std::string& encoding) {
  std::string text = read_all(*open_text(file, encoding), kMostText);
  if (const size_t feed = text.rfind('\n'); feed != std::string::npos && text.size() == kMostText) text.resize(feed + 1);
  for (int64_t i = 0; i < layout.skip; ++i) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  if (text.empty() || cells_in_first_line(text, layout, ',') > 1 || first_wrong_byte(text) != std::string_view::npos) return ',';
  const Scratch scratch(work_folder, ".csv");
  scratch.write(text);
  try {
    const auto found = session.query("SELECT Delimiter FROM sniff_csv(" + path_literal(scratch.path()) + ", strict_mode = false)").rows;
    const auto delimiter = found.empty() ? std::string() : found[0][0].value_or("");
    if ((delimiter == ";" || delimiter == "|" || delimiter == "\t") && cells_in_first_line(text, layout, delimiter[0]) > 1) return delimiter[0];
  } catch (const mr::Failure&) {
    // It makes nothing of the text: neither do we.
  }
  return ',';
}

Columns find_types(Session& session, const std::string& work_folder, const LandedFile& file, const Layout& layout, const std::string& encoding, const std::vector<std::string>& names) {
  Columns columns;
  for (const auto& name : names) columns.push_back({name, "VARCHAR"});
  const auto text = records_as_csv(file, layout, encoding, names.size());
  if (text.empty() || names.empty()) return columns;
  const Scratch scratch(work_folder, ".csv");
  scratch.write(text);
  std::string list, texts;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto name = literal("c" + std::to_string(i));
    list += (i == 0 ? "" : ", ") + name;
    texts += (i == 0 ? "" : ", ") + name + ": 'VARCHAR'";
  }
  const std::string source = "read_csv(" + path_literal(scratch.path()) + ", delim = ',', quote = '\"', escape = '\"', header = false, max_line_size = 16777216, ";
  const auto found = sniffed(session, source + "names = [" + list + "]");
  std::string checks;
  for (const auto& one : found) {
    if (is_date(one.type)) checks += (checks.empty() ? "SELECT " : ", ") + ("CAST(count(*) FILTER (" + ident(one.name) + " IS NOT NULL AND TRY_CAST(" + ident(one.name) + " AS " + one.type + ") IS NULL) AS VARCHAR)");
  }
  // The sniffer costs more than all else here: it looks once.
  const auto odd = checks.empty() ? mr::data::Table{} : session.query(checks + " FROM " + source + "auto_detect = false, columns = {" + texts + "})");
  for (size_t i = 0, check = 0; i < found.size() && i < columns.size(); ++i) {
    const bool fits = !is_date(found[i].type) || odd.integer(0, check++) == 0;
    if (fits) columns[i].type = found[i].type;
  }
  return columns;
}

}  // namespace mr::ingest
