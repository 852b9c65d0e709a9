// Whether files changed, told from their names, sizes and times: nothing is opened but folders.
//
// Any thread. A file or folder that can't be looked at counts as not there.
#pragma once
#include <cstdint>
#include <string>

namespace millrace {

// Of the YAML files below `path`, or of `path` itself when it is a file. The same number: nothing changed.
uint64_t fingerprint(const std::string& path);

}  // namespace millrace
