// The rows of a SELECT as an Arrow IPC stream: what pyarrow.ipc.open_stream and its kind read.
//
// Batches of at most 16,384 rows or 64 MiB, so memory does not grow with the rows. Types: those of sdk/millrace_rows.h; an ENUM goes as text,
// a type that has no layout there is refused before the first row (E5048). Source: Apache Arrow, "Arrow Columnar Format" 1.5, sections
// "Serialization and Interprocess Communication" and "Encapsulated message format"; metadata version 5, no compression.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "data/session.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::sql {

// Into the file, which is there already and empty; gives the rows. Throws what the session throws, and E5055 when writing fails.
int64_t write_arrow(data::Session& session, const std::string& select, const std::filesystem::path& file, const mr::Attempt& attempt);

}  // namespace mr::sql
