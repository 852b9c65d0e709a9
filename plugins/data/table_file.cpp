#include "data/table_file.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>

namespace mr::data {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostHead = size_t{16} << 20;

struct Ending {
  std::string_view text, format;
};

constexpr auto kEndings = std::to_array<Ending>({{".csv", "csv"},
                                                 {".tsv", "tsv"},
                                                 {".json", "json"},
                                                 {".ndjson", "ndjson"},
                                                 {".jsonl", "ndjson"},
                                                 {".parquet", "parquet"},
                                                 {".xlsx", "xlsx"}});

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

std::string_view compression_of(std::string_view path) {
  return path.ends_with(".gz") ? "gzip" : path.ends_with(".zst") ? "zstd" : "";
}

std::string_view format_of(const std::string& path) {
  std::string plain = lower(path);
  const bool packed = !compression_of(plain).empty();
  if (packed) plain.resize(plain.rfind('.'));
  for (const auto& [text, format] : kEndings) {
    if (plain.ends_with(text) && !(packed && (format == "parquet" || format == "xlsx")))
      return format;
  }
  throw mr::Failure(
      "config", "E5056", "the file's name does not say its format", path,
      "let it end in .csv, .tsv, .json, .ndjson (these also with .gz or .zst), .parquet or .xlsx");
}

void require_there(const std::string& path) {
  std::error_code failed;
  if (!fs::is_regular_file(path, failed))
    throw mr::Failure("config", "E5030", "there is no such file", path, "check the path");
}

// What may stand in a statement as it is.
bool is_type(const std::string& text) {
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (depth < 0 || !(letter || std::string_view("_ (),[]").find(c) != std::string_view::npos))
      return false;
  }
  return depth == 0 && !text.empty();
}

void set_types(std::vector<ColumnInfo>& columns, const std::map<std::string, std::string>& types) {
  for (const auto& [name, type] : types) {
    const auto found = std::find_if(
        columns.begin(), columns.end(),
        [&, &wanted = name](const ColumnInfo& column) { return column.name == wanted; });
    if (found == columns.end())
      throw mr::Failure("config", "E5050", "the file has no column '" + name + "'", "schema",
                        "names are those of the file's first line");
    if (!is_type(type))
      throw mr::Failure("config", "E5050", "'" + type + "' is no type", "schema",
                        "write VARCHAR, BIGINT, DECIMAL(18, 2), DATE …");
    found->type = type;
  }
}

// A file of delimited text, as the sniffer sees it.
struct Sniffed {
  std::string delimiter{}, date{}, time{};  // layouts
  std::vector<ColumnInfo> columns{};
};

// Quotes are double ones, no line is a comment, none is passed over: what the sniffer thinks of
// that, it thinks of the first rows only.
constexpr auto kFixed = ", header = true, quote = '\"', escape = '\"', comment = '', skip = 0";

// "2026-11-21", and with a time behind; or DuckDB's own reading of both.
bool is_iso(const std::string& layout) {
  return layout.empty() || layout.starts_with("%Y-%m-%d");
}

Sniffed sniff_by(Session& session, const std::string& path, std::string_view delimiter,
                 bool whole) {
  const std::string source = "sniff_csv(" + path_literal(path) + kFixed +
                             (delimiter.empty() ? "" : ", delim = " + literal(delimiter)) +
                             (whole ? ", sample_size = -1)" : ")");
  Sniffed sniffed;
  for (const auto& row : session
                             .query("SELECT Delimiter, DateFormat, TimestampFormat, c.name, c.type "
                                    "FROM (SELECT *, unnest(Columns) AS c FROM " +
                                    source + ")")
                             .rows) {
    sniffed.delimiter = row[0].value_or(",");
    sniffed.date = row[1].value_or("");
    sniffed.time = row[2].value_or("");
    ColumnInfo column{row[3].value_or(""), row[4].value_or("")};
    if ((column.type == "DATE" && !is_iso(sniffed.date)) ||
        (column.type.starts_with("TIMESTAMP") && !is_iso(sniffed.time)))
      column.type = "VARCHAR";
    sniffed.columns.push_back(std::move(column));
  }
  return sniffed;
}

mr::Failure no_table(const std::string& path) {
  return {"data", "E5044", "the file can't be read as a table of delimited text", path,
          "look for a row with more or fewer cells than the first line, a quote that is not "
          "closed, or bytes that are not UTF-8"};
}

std::optional<Sniffed> try_sniff(Session& session, const std::string& path,
                                 std::string_view delimiter, bool whole) {
  try {
    return sniff_by(session, path, delimiter, whole);
  } catch (const SqlError& error) {
    if (error.code != "E5005") throw;
    return std::nullopt;
  }
}

// By commas where they make columns, else by what makes some. A row with a comma too many is no
// reason to read all rows as one column.
Sniffed sniff(Session& session, const std::string& path, bool whole) {
  const auto by_commas = try_sniff(session, path, ",", whole);
  if (by_commas && by_commas->columns.size() > 1) return *by_commas;
  auto by_others = try_sniff(session, path, "", whole);
  if (by_others && (by_commas || by_others->columns.size() > 1)) return *std::move(by_others);
  throw no_table(path);
}

// Told everything, DuckDB looks at the file once for each time that it is read.
std::string rows_of_text(Session& session, const std::string& path, const TableFileOptions& options,
                         bool tabs) {
  auto by_tabs = tabs ? try_sniff(session, path, "\t", options.whole) : std::nullopt;
  if (tabs && !by_tabs) throw no_table(path);
  Sniffed sniffed = tabs ? *std::move(by_tabs) : sniff(session, path, options.whole);
  set_types(sniffed.columns, options.types);
  std::string list;
  for (const auto& column : sniffed.columns)
    list += (list.empty() ? "" : ", ") + literal(column.name) + ": " + literal(column.type);
  std::string layouts;
  if (!sniffed.date.empty() && is_iso(sniffed.date))
    layouts += ", dateformat = " + literal(sniffed.date);
  if (!sniffed.time.empty() && is_iso(sniffed.time))
    layouts += ", timestampformat = " + literal(sniffed.time);
  return "SELECT * FROM read_csv(" + path_literal(path) +
         ", auto_detect = false, delim = " + literal(sniffed.delimiter) + kFixed + layouts +
         ", columns = {" + list + "})";
}

std::string cast_rows(Session& session, const std::string& source,
                      const std::map<std::string, std::string>& types) {
  if (types.empty()) return "SELECT * FROM " + source;
  auto columns = session.describe("SELECT * FROM " + source);
  set_types(columns, types);
  std::string list;
  for (const auto& [name, type] : columns)
    list += (list.empty() ? "" : ", ") +
            (types.contains(name) ? "CAST(" + ident(name) + " AS " + type + ") AS " + ident(name)
                                  : ident(name));
  return "SELECT " + list + " FROM " + source;
}

// Where a last record ends: at a line end that is in no quotes; 0: there is none.
size_t end_of_records(std::string_view text) {
  size_t end = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (text[i] == '\n' && !quoted) end = i + 1;
  }
  return end;
}

bool holds_lines(std::string_view text, size_t lines) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) >= lines;
}

std::string copy_options(const std::string& path) {
  const auto format = format_of(path);
  std::string options;
  if (format == "csv" || format == "tsv")
    options =
        std::string("FORMAT csv, HEADER true, DELIMITER ") + (format == "tsv" ? "'\t'" : "','");
  if (format == "json") options = "FORMAT json, ARRAY true";
  if (format == "ndjson") options = "FORMAT json";
  if (format == "parquet") options = "FORMAT parquet, COMPRESSION zstd";
  if (options.empty())
    throw mr::Failure(
        "config", "E5056", "rows can't be written as " + std::string(format) + " here", path,
        "let it end in .csv, .tsv, .json, .ndjson or .parquet; export.file writes spreadsheets");
  const auto compression = compression_of(lower(path));
  return compression.empty() ? options : options + ", COMPRESSION " + std::string(compression);
}

}  // namespace

std::vector<std::string> extensions_for_files(const std::vector<std::string>& paths) {
  const bool sheet = std::any_of(paths.begin(), paths.end(),
                                 [](const std::string& path) { return format_of(path) == "xlsx"; });
  return sheet ? std::vector<std::string>{"excel"} : std::vector<std::string>{};
}

std::string rows_of_file(Session& session, const std::string& path,
                         const TableFileOptions& options) {
  const auto format = format_of(path);
  require_there(path);
  if (format == "csv" || format == "tsv")
    return rows_of_text(session, path, options, format == "tsv");
  if (format == "parquet")
    return cast_rows(session, "read_parquet(" + path_literal(path) + ")", options.types);
  if (format == "xlsx")
    return cast_rows(session,
                     "read_xlsx(" + path_literal(path) + ", header = true" +
                         (options.whole ? ", all_varchar = true)" : ")"),
                     options.types);
  // A key that only a late object has would be lost without a word: all of the file says which
  // there are.
  return cast_rows(
      session, "read_json(" + path_literal(path) + (options.hasty ? ")" : ", sample_size = -1)"),
      options.types);
}

void open_table_file(Session& session, const std::string& path, const std::string& name,
                     const std::map<std::string, std::string>& types) {
  const std::string kind = path.ends_with(".parquet") ? "TEMP VIEW " : "TEMP TABLE ";
  const auto open = [&](bool whole) {
    session.run("CREATE OR REPLACE " + kind + name + " AS " +
                rows_of_file(session, path, {.types = types, .whole = whole}));
  };
  try {
    open(false);
  } catch (const SqlError& error) {
    if (error.error_class != "data") throw;
    open(true);
  }
}

std::string head_of_file(const std::string& path, size_t rows, const std::string& folder) {
  const auto format = format_of(path);
  require_there(path);
  if (!compression_of(lower(path)).empty() ||
      (format != "csv" && format != "tsv" && format != "ndjson"))
    return path;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (size_t size = size_t{64} << 10; size <= kMostHead; size *= 4) {
    const size_t before = text.size();
    text.resize(size);
    file.read(text.data() + before, static_cast<std::streamsize>(size - before));
    text.resize(before + static_cast<size_t>(file.gcount()));
    if (!file) break;  // all of it
    if (holds_lines(std::string_view(text).substr(0, end_of_records(text)), rows + 2)) break;
  }
  if (file) text.resize(end_of_records(text));  // all of a short one, else whole records
  const std::string head = folder + "/head." + std::string(format);
  std::ofstream(head, std::ios::binary) << text;
  return head;
}

void check_writable(const std::string& path) {
  (void)copy_options(path);
}

int64_t write_file(Session& session, const std::string& select, const std::string& path,
                   const std::string& draft) {
  return session.run("COPY (" + select + ") TO " + literal(draft) + " (" + copy_options(path) +
                     ", USE_TMP_FILE false)");
}

}  // namespace mr::data
