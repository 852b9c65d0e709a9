// Files of JSON and XML into the session's table _rows: all that hold an object a line in one statement, on its threads; all that hold an
// array in one other. A row of XML is a line, too: its object (xml_rows.hpp).
//
// One thread, which uses those of the session. What can't be read goes to _rejects (text_rows.hpp). Errors: those of blocks.hpp, inspect.hpp
// and xml_rows.hpp; E5044 (an array that can't be read), E5023, E5036.
#pragma once
#include <functional>

#include "ingest/readers.hpp"

namespace mr::ingest {

bool is_line_format(const std::string& format);  // json, ndjson, xml

// Which of them hold an array; once, before the others.
void look_at(std::vector<LandedFile>& files, const ReadOptions& options);

// The columns of the first rows; empty: the files have none.
Columns infer_json(mr::data::Session& session, const std::vector<LandedFile>& files, const ReadOptions& options);

// Per file. `ended`: its last byte was read.
std::vector<ReadCounts> read_json_files(mr::data::Session& session, const std::vector<LandedFile>& files, const ReadOptions& options, const std::function<void(size_t)>& ended);

}  // namespace mr::ingest
