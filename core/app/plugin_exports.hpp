// The symbols that a shared library exports, as its file says.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"

namespace millrace {

// Sorted. Empty for a file whose section table was stripped. Errors: E0001, E4003 (not of this machine's kind).
Result<std::vector<std::string>> exported_symbols(const std::string& library);

}  // namespace millrace
