// The plugins that are installed: found by folder, known by manifest, never opened in this process.
//
// Any thread. A library without a fitting manifest is described by a child process with a time limit, so that one that crashes
// or hangs on load is refused with a line and does no other harm. Errors: E4001 (described in no time, or died), E4007 (type taken),
// E4014 (an operator whose config no form, editor or validator would understand).
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/operator.hpp"
#include "plugin/manifest.hpp"

namespace millrace {

struct PluginFolder {
  OperatorList operators{};
  std::vector<Error> refused{};
  std::vector<std::string> shadowed{};  // libraries of a name that an earlier folder had
};

// Folders in order; files millrace-*.so. The first of a name wins.
PluginFolder scan_plugins(const std::vector<std::string>& folders, const std::string& attempt_program);

// The library that offers an operator, found as scan_plugins() would; empty: none does. For who runs
// one operator once: a manifest that is not older than its library is taken at its word, as hashing
// all libraries would take longer than most of what is run.
std::string library_of(const std::vector<std::string>& folders, const std::string& attempt_program,
                       const std::string& operator_type);

// By a child process: `attempt_program --describe LIBRARY`.
Result<Manifest> describe(const std::string& library, const std::string& attempt_program, Millis limit = Millis{5'000});

}  // namespace millrace
