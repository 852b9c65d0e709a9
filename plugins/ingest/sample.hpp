// What the beginning of a file of text says: its delimiter, and the types that its values would fit. One thread.
#pragma once
#include "ingest/readers.hpp"
#include "ingest/table_source.hpp"

namespace mr::ingest {

// A comma where the first line holds one, else what DuckDB's sniffer finds among ; | and tab, else a comma.
char find_delimiter(mr::data::Session& session, const std::string& work_folder, const LandedFile& file, const Layout& layout, const std::string& encoding);

// Types for `names`, by up to 20,480 records. Dates and times of other forms than 2026-11-21 10:00:00 stay text.
Columns find_types(mr::data::Session& session, const std::string& work_folder, const LandedFile& file, const Layout& layout, const std::string& encoding, const std::vector<std::string>& names);

}  // namespace mr::ingest
