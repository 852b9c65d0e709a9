// One file of JSON, Parquet, Avro or Excel into the session's table _rows, typed; what can't be read goes to _rejects with line, column, text and reason.
//
// One thread. rows_read == rows_loaded + rows_rejected, against an independent count of the file's records where there is one.
#pragma once
#include "data/session.hpp"
#include "ingest/landing.hpp"

namespace mr::ingest {

using Columns = std::vector<mr::data::ColumnInfo>;

struct ReadCounts {
  int64_t read{}, loaded{}, rejected{};
};

// Formats that hold their columns' types, or whose bytes are no text.
bool is_binary_format(const std::string& format);
std::vector<std::string> extensions_for(const std::string& format);  // of DuckDB

// Of excel: which sheet, the first one when empty, and whether its first row names the columns.
struct Sheet {
  std::string name{};
  bool header = true;
};

// The columns that a file of this format has when nobody says.
Columns infer_columns(mr::data::Session& session, const LandedFile& file, const std::string& format, const Sheet& sheet);
void make_tables(mr::data::Session& session, const Columns& columns);  // _rows and _rejects, empty
ReadCounts read_file(mr::data::Session& session, const LandedFile& file, const std::string& format, const Columns& columns, const Sheet& sheet);

}  // namespace mr::ingest
