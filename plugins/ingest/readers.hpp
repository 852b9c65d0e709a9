// One file of Parquet, Avro or Excel into the session's table _rows, typed; what can't be read goes to _rejects (text_rows.hpp).
//
// One thread. rows_read == rows_loaded + rows_rejected.
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

inline constexpr auto kFileColumn = "_file";  // reload.hpp

struct ReadOptions {
  std::string format{};
  Columns columns{};
  Sheet sheet{};
  std::string row{};         // of xml: which elements are rows
  std::string encoding{}, work_folder{};
  int threads = 1;
  bool keeps_file = false;   // each row has the name of its file in _file
};

// The columns that a file of this format has when nobody says.
Columns infer_columns(mr::data::Session& session, const LandedFile& file, const ReadOptions& options);
ReadCounts read_file(mr::data::Session& session, const LandedFile& file, const ReadOptions& options);

// E5023, unless _rows holds as many rows more than `before`.
void require_sum(mr::data::Session& session, int64_t before, const ReadCounts& counts, const std::string& where);

}  // namespace mr::ingest
