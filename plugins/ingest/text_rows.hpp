// Rows whose values are text yet, in the session's table _text, become typed ones in _rows; what does not fit goes to _rejects with its
// file, line, column, text and reason. One thread.
#pragma once
#include "ingest/readers.hpp"

namespace mr::ingest {

// _rows and _rejects, empty. keeps_file: the last column of _rows is _file.
void make_tables(mr::data::Session& session, const Columns& columns, bool keeps_file);

// _text has the columns, then _file, _line and _raw. How many rows did not fit.
int64_t cast_rows(mr::data::Session& session, const Columns& columns, bool keeps_file);

int64_t count_rows(mr::data::Session& session, const std::string& from);

}  // namespace mr::ingest
