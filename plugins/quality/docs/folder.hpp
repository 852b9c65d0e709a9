// The folder of data docs: OUT/index.html, and for each suite a folder with its index.html and two
// files of each run, its page (.html) and the facts that trends are made of (.json).
//
// One thread. Each file is whole at its place or not there; the index comes last. Failures: those
// of common/draft.hpp.
#pragma once
#include "quality/docs/run.hpp"

#include <string>

namespace mr::quality::docs {

// Adds the page of the run and makes those of its suite and of all suites anew. The path of the
// run's page.
std::string add_run(const std::string& out, RunDoc run, const std::vector<CheckDoc>& checks);

// A name for a folder, the same for the same suite and for no other.
std::string folder_name(const std::string& suite);

}  // namespace mr::quality::docs
