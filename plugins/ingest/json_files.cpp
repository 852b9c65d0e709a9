#include "ingest/json_files.hpp"

#include <map>

#include "ingest/inspect.hpp"
#include "ingest/scratch.hpp"
#include "ingest/statements.hpp"
#include "ingest/table_source.hpp"
#include "ingest/text_rows.hpp"
#include "ingest/xml_rows.hpp"

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;
using mr::data::path_literal;
using mr::data::Session;
using Ended = std::function<void(size_t)>;
using Places = std::vector<size_t>;  // of files

constexpr size_t kMostSample = size_t{16} << 20;
constexpr int64_t kMostRecords = 20'480;

const Columns kLine{{"line", "VARCHAR"}, {"_file", "VARCHAR"}, {"_line", "BIGINT"}};

Layout lines() {
  Layout layout;
  layout.format = "lines";
  layout.quote = layout.escape = '\0';
  layout.header = false;
  return layout;
}

bool begins_as_array(const LandedFile& file, const std::string& encoding) {
  const auto text = open_text(file, encoding);
  std::string piece(size_t{4} << 10, '\0');
  for (size_t n = 0; (n = text->read(piece.data(), piece.size())) > 0;) {
    const size_t first = std::string_view(piece).substr(0, n).find_first_not_of(" \t\r\n");
    if (first != std::string::npos) return piece[first] == '[';
  }
  return false;
}

std::string first_lines(const LandedFile& file, const ReadOptions& options) {
  if (options.format == "xml") return xml_sample(file, options.row, kMostRecords, kMostSample);
  Blocks blocks(file, lines(), options.encoding);
  Block block;
  std::string text;
  for (int64_t records = 0; text.size() < kMostSample && records < kMostRecords && blocks.next(block);) {
    if (block.too_long) continue;
    text += block.text;
    records += count_lines(block.text);
  }
  return text.find_first_not_of(" \t\r\n") == std::string::npos ? std::string() : text;
}

mr::Failure unreadable(const LandedFile& file) { return {"data", "E5044", "the file can't be read as json", file.key, "look at quotes, brackets and the first lines; is `format` right?"}; }

bool is_about_text(const mr::Failure& failure) { return failure.code == "E5004" || failure.code == "E5005"; }

Columns columns_of_json(Session& session, const LandedFile& file, const std::string& path) {
  const std::string how = file.is_array ? "'array', ignore_errors = false" : "'newline_delimited', ignore_errors = true";
  try {
    return session.describe("SELECT * FROM read_json(" + path_literal(path) + ", format = " + how + ", maximum_depth = 32)");
  } catch (const mr::data::SqlError& failure) {
    if (!is_about_text(failure)) throw;
    throw unreadable(file);
  }
}

// From _lines (line, _file, _line): a line that is no object is rejected.
void take_objects(Session& session, const ReadOptions& options) {
  session.run("INSERT INTO _rejects SELECT _file, _line, NULL, line, 'not a JSON object' FROM _lines WHERE NOT (" + is_object() + ")");
  session.run("CREATE OR REPLACE TEMP TABLE _text AS SELECT " + json_columns(options.columns) + "_file, _line, line AS _raw FROM _lines WHERE " + is_object());
  session.run("DROP TABLE _lines");
  cast_rows(session, options.columns, options.keeps_file);
}

// What `source` gives as _lines; `odd`: what it could not take.
void take_lines(Session& session, mr::data::RowSource& source, OddRows& odd, const ReadOptions& options) {
  {
    mr::data::Rows rows(session, kLine, source, options.threads);
    rows.run([&] { session.run("CREATE OR REPLACE TEMP TABLE _lines AS SELECT * FROM " + rows.relation()); });
  }
  take_objects(session, options);
  if (odd.count() == 0) return;
  mr::data::Rows broken(session, odd.relation_columns(), odd, 1);
  broken.run([&] { session.run("INSERT INTO _rejects SELECT _file, _line, _which, _raw, _why FROM " + broken.relation()); });
}

// Lines read, per file.
std::vector<int64_t> read_lines(Session& session, const std::vector<LandedFile>& files, const Places& places, const ReadOptions& options, const Ended& ended) {
  OddRows odd(options.work_folder, kLine.size());
  std::vector<int64_t> read;
  const auto end = [&](size_t i) { ended(places[i]); };
  if (options.format == "xml") {
    std::vector<const LandedFile*> these;
    for (const size_t i : places) these.push_back(&files[i]);
    std::vector<std::string> lists;
    for (const auto& column : options.columns) {
      if (column.type.ends_with("[]")) lists.push_back(column.name);
    }
    XmlRows source(these, options.row, lists, odd, end);
    take_lines(session, source, odd, options);
    for (size_t i = 0; i < places.size(); ++i) read.push_back(source.rows(i));
    return read;
  }
  std::vector<TableFile> these;
  for (const size_t i : places) these.push_back({.file = &files[i], .layout = lines(), .columns = {0}, .names = {""}, .name_column = 1, .line_column = 2});
  TableSource source(these, options.encoding, kLine, odd, end);
  take_lines(session, source, odd, options);
  for (size_t i = 0; i < places.size(); ++i) read.push_back(source.counts(i).good + source.counts(i).odd + source.counts(i).broken);
  return read;
}

// The elements' values as text, and which element of which array each is.
std::string array_rows(const std::vector<LandedFile>& files, const Places& places, const Columns& columns) {
  std::string types, select, paths, names;
  for (const auto& column : columns) {
    types += (types.empty() ? "" : ", ") + literal(column.name) + ": 'JSON'";
    const auto name = ident(column.name);
    select += "CASE WHEN json_type(" + name + ") = 'NULL' THEN NULL ELSE json_extract_string(" + name + ", '$') END AS " + name + ", ";
  }
  for (const size_t i : places) {
    paths += (paths.empty() ? "" : ", ") + path_literal(files[i].readable);
    names += (names.empty() ? "(" : ", (") + literal(files[i].readable) + ", " + literal(files[i].key) + ")";
  }
  return "SELECT " + select + "_key AS _file, _number - min(_number) OVER (PARTITION BY _path) + 1 AS _line, NULL::VARCHAR AS _raw FROM (SELECT *, row_number() OVER () AS _number FROM read_json([" + paths +
         "], format = 'array', columns = {" + types + "}, maximum_object_size = 67108864, filename = '_path')) JOIN (VALUES " + names + ") AS names(_of, _key) ON _of = _path";
}

// DuckDB's message may name a file or not: each is looked at by itself.
[[noreturn]] void name_the_one(Session& session, const std::vector<LandedFile>& files, const Places& places, const Columns& columns, const mr::Failure& failure) {
  for (const size_t i : places) {
    try {
      (void)session.query("SELECT count(*) FROM (" + array_rows(files, {i}, columns) + ")");
    } catch (const mr::data::SqlError&) {
      throw unreadable(files[i]);
    }
  }
  throw failure;
}

std::map<std::string, int64_t> counts_by_file(Session& session, const std::string& table) {
  std::map<std::string, int64_t> counts;
  const auto found = session.query("SELECT _file, CAST(count(*) AS VARCHAR) FROM " + table + " GROUP BY _file");
  for (size_t i = 0; i < found.rows.size(); ++i) counts[found.rows[i][0].value_or("")] = found.integer(i, 1);
  return counts;
}

std::vector<int64_t> read_arrays(Session& session, const std::vector<LandedFile>& files, const Places& places, const ReadOptions& options, const Ended& ended) {
  if (places.empty()) return {};
  try {
    session.run("CREATE OR REPLACE TEMP TABLE _text AS " + array_rows(files, places, options.columns));
  } catch (const mr::data::SqlError& failure) {
    if (!is_about_text(failure)) throw;
    name_the_one(session, files, places, options.columns, failure);
  }
  auto counts = counts_by_file(session, "_text");
  cast_rows(session, options.columns, options.keeps_file);
  std::vector<int64_t> read;
  for (const size_t i : places) {
    read.push_back(counts[files[i].key]);
    ended(i);
  }
  return read;
}

}  // namespace

bool is_line_format(const std::string& format) { return format == "json" || format == "ndjson" || format == "xml"; }

void look_at(std::vector<LandedFile>& files, const ReadOptions& options) {
  for (auto& file : files) {
    if (options.format == "xml" || !begins_as_array(file, options.encoding)) continue;
    inspect(file, options.encoding, options.work_folder);
  }
}

Columns infer_json(Session& session, const std::vector<LandedFile>& files, const ReadOptions& options) {
  constexpr size_t kLookAt = 20;  // the first ones may be empty
  for (size_t i = 0; i < files.size() && i < kLookAt; ++i) {
    if (files[i].is_array) return columns_of_json(session, files[i], files[i].readable);
    const auto text = first_lines(files[i], options);
    if (text.empty()) continue;
    const Scratch sample(options.work_folder, ".ndjson");
    sample.write(text);
    return columns_of_json(session, files[i], sample.path());
  }
  return {};
}

std::vector<ReadCounts> read_json_files(Session& session, const std::vector<LandedFile>& files, const ReadOptions& options, const Ended& ended) {
  Places arrays, others;
  for (size_t i = 0; i < files.size(); ++i) (files[i].is_array ? arrays : others).push_back(i);
  std::vector<ReadCounts> counts(files.size());
  const auto keep = [&](const Places& places, const std::vector<int64_t>& read) {
    for (size_t i = 0; i < places.size(); ++i) counts[places[i]].read = read[i];
  };
  keep(others, read_lines(session, files, others, options, ended));
  keep(arrays, read_arrays(session, files, arrays, options, ended));
  auto rejected = counts_by_file(session, "_rejects");
  ReadCounts all;
  for (size_t i = 0; i < files.size(); ++i) {
    counts[i].rejected = rejected[files[i].key];
    counts[i].loaded = counts[i].read - counts[i].rejected;
    all.read += counts[i].read;
    all.rejected += counts[i].rejected;
  }
  require_sum(session, 0, all, "");
  return counts;
}

}  // namespace mr::ingest
