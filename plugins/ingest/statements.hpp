// The pieces of SQL that read files.
//
// Pure. A path is of a whole file, never a pattern.
#pragma once
#include "ingest/readers.hpp"

namespace mr::ingest {

// `line` is a JSON object; never NULL.
std::string is_object();
std::string json_columns(const Columns& columns);  // of `line`, as text, each followed by a comma

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
