// One file into the session's table _rows, typed; what can't be read goes to _rejects with line, column, text and reason.
//
// One thread. rows_read == rows_loaded + rows_rejected, against an independent count of the file's records where there is one.
#pragma once
#include "data/session.hpp"
#include "ingest/landing.hpp"

namespace mr::ingest {

using Columns = std::vector<mr::data::ColumnInfo>;

struct ReadOptions {
  std::string format{};           // csv, tsv, json, ndjson, parquet, combined_log
  std::string delimiter{};        // csv; empty: by format
  bool header = true;
};

struct ReadCounts {
  int64_t read{}, loaded{}, rejected{};
};

// The columns that a file of this format has when nobody says: from its own names, or sniffed.
Columns infer_columns(mr::data::Session& session, const LandedFile& file, const ReadOptions& options);
void make_tables(mr::data::Session& session, const Columns& columns);  // _rows and _rejects, empty
// Rejects of a CSV file hold in _line the number of their record among the good ones, or -1 - the offset where a broken one begins: now
// the true lines, and NULL where they are not known, because the walk and DuckDB disagree about the records.
void number_rejects(mr::data::Session& session, const LandedFile& file, Shape shape, bool header, int64_t good_records);
ReadCounts read_file(mr::data::Session& session, const LandedFile& file, const ReadOptions& options, const Columns& columns);

}  // namespace mr::ingest
