// Many files in one statement: tables of any size, with their rejects, and small files of lines.
//
// One thread. Takes only files of which as many records were read as the independent count says, those that are set apart included; of
// lines, only files of which nothing at all is odd. The others are left to read_file, which says what is wrong where. Throws nothing but
// Cancelled for files' sake. Rows, rejects and their lines are those that read_file would have given (tests/paths_test.cpp).
#pragma once
#include <optional>
#include <span>

#include "ingest/readers.hpp"

namespace mr::ingest {

inline constexpr size_t kManyFiles = 500;  // at a time

// For each file its counts, its rows being in _rows and its rejects in _rejects; nothing: the file is still to be read.
std::vector<std::optional<ReadCounts>> read_many(mr::data::Session& session, std::span<const LandedFile> files, const ReadOptions& options, const Columns& columns);

}  // namespace mr::ingest
