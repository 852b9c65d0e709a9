// Before DuckDB reads a file of JSON: is it whole, is it text, how many lines has it.
//
// One thread. Errors: those of bytes.hpp, E5044 (an array without an end).
#pragma once
#include "ingest/landing.hpp"

namespace mr::ingest {

// Reads all of it once. Sets `readable`, which is a copy in UTF-8 in the work folder where DuckDB would not read the file as it is; `records`
// (lines that are not blank) and `is_array`.
void inspect(LandedFile& file, const std::string& encoding, const std::string& work_folder);

}  // namespace mr::ingest
