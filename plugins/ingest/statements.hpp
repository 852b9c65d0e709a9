// The pieces of SQL that read files: shared by the reader of one file and by that of many.
//
// Pure. Paths are of whole files, never patterns.
#pragma once
#include "ingest/readers.hpp"

namespace mr::ingest {

// read_csv( … ) over a path or a list of paths, every column as text, closed by the caller who may add options.
std::string csv_source(const std::string& paths, const ReadOptions& options);
std::string csv_dialect(const ReadOptions& options);  // further options, after a comma

// Lines as they are, in the column `line`.
std::string lines_source(const std::string& paths, const std::string& more = {});

// `line` is a JSON object; never NULL.
std::string is_object();
std::string json_columns(const Columns& columns);  // of `line`, as text, each followed by a comma

// `line` taken apart as `p`; whether that went well; its columns as text.
std::string combined_parts();
std::string combined_is_good();
std::string combined_columns();

// From columns of text to typed ones.
struct Casts {
  std::string values{};           // the select list
  std::string wrong = "NULL";     // the reason why a row does not fit, or NULL
  std::string which = "NULL";     // the column of that
  bool none() const { return wrong == "NULL"; }
};
Casts casts_of(const Columns& columns);

void require_columns(const Columns& has, const Columns& wants, const LandedFile& file);  // E5033

}  // namespace mr::ingest
