// Pieces of HTML that the pages of data docs share. Pure; any thread.
#pragma once
#include "quality/docs/pages.hpp"

#include <string>
#include <vector>

namespace mr::quality::docs {

struct Cell {
  std::string html{};
  bool right = false;
};

std::string link(const std::string& place, const std::string& words);
std::string badge(State state);  // a word in a colour of its own
std::string outcome(const RunDoc& run);
std::string metric(const std::string& title, const std::string& value,
                   const std::string& note = {});
// `label` names it for those who listen, and is unlike those of others on the page.
std::string table(const std::string& label, const std::vector<std::string>& heads,
                  const std::vector<std::vector<Cell>>& rows);
std::string section(const std::string& title, const std::string& content);
// `trail`: links to the pages above.
std::string page(const std::string& title, const std::string& trail, const std::string& subtitle,
                 const std::string& content, const std::vector<std::string>& foot);
std::string when(const std::string& time);    // 27 Nov 2026, 08:12 UTC
int64_t seconds_of(const std::string& time);  // since 1970; 0 for what is no time
std::string share_text(const RunDoc& run);    // 97.5 %: never 100 while a check failed
std::string trend(const SuiteRuns& suite, const std::string& title);  // chart and its figures

}  // namespace mr::quality::docs
