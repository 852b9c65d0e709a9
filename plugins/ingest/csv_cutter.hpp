// CSV taken apart (RFC 4180), one scan for its special characters and one walk over them. Spaces before a
// quote make it a character like others; behind a closing one they are none of the value. See records.hpp.
#pragma once
#include "ingest/records.hpp"

namespace mr::ingest {

std::unique_ptr<Cutter> cut_csv(const Layout& layout, std::string_view text, int64_t line, bool whole);

}  // namespace mr::ingest
