// One file of JSON or Parquet into the session's table _rows, typed; what can't be read goes to _rejects with line, column, text and reason.
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

// The columns that a file of this format has when nobody says.
Columns infer_columns(mr::data::Session& session, const LandedFile& file, const std::string& format);
void make_tables(mr::data::Session& session, const Columns& columns);  // _rows and _rejects, empty
ReadCounts read_file(mr::data::Session& session, const LandedFile& file, const std::string& format, const Columns& columns);

}  // namespace mr::ingest
