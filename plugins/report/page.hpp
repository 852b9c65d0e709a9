// One self-contained HTML page: no scripts, nothing fetched, readable by day and by night and on paper.
//
// Pure; any thread. The same sections give the same bytes: the page holds no time of its own.
#pragma once
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::report {

enum class Kind : uint8_t { table = 1, line, bar };

struct Section {
  std::string title{}, note{};
  Kind kind = Kind::table;
  mr::data::Table table{};
};

std::string page(const std::string& title, const std::string& subtitle, const std::vector<Section>& sections);

}  // namespace mr::report
