// Pages of data docs: of a run, of a suite, and of all suites.
//
// Pure; any thread. Self-contained HTML: no scripts, nothing fetched, every text escaped. However
// many checks there are, what is not looked at is not laid out: groups are closed, long lists are
// cut into pieces of them, and what lies below the window is skipped.
#pragma once
#include "quality/docs/run.hpp"

#include <string>
#include <vector>

namespace mr::quality::docs {

// The runs of one suite, the newest first; never empty.
struct SuiteRuns {
  std::string folder{};
  std::vector<RunDoc> runs{};

  const RunDoc& newest() const { return runs.front(); }
};

std::string run_page(const RunDoc& run, const std::vector<CheckDoc>& checks);
std::string suite_page(const SuiteRuns& suite);
// `unread`: files that look like runs and are none.
std::string index_page(const std::vector<SuiteRuns>& suites, size_t unread);

}  // namespace mr::quality::docs
