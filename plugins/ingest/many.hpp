// Small files, hundreds in one statement.
//
// One thread. Takes only files of which nothing at all is odd: every record read, every value fitting, as many records as the
// independent count says. The others are left to read_file, which says what is wrong where. Throws nothing but Cancelled for files' sake.
#pragma once
#include <optional>
#include <span>

#include "ingest/readers.hpp"

namespace mr::ingest {

inline constexpr size_t kManyFiles = 500;  // at a time

// For each file its counts, its rows being in _rows; nothing: the file is still to be read.
std::vector<std::optional<ReadCounts>> read_many(mr::data::Session& session, std::span<const LandedFile> files, const ReadOptions& options, const Columns& columns);

}  // namespace mr::ingest
