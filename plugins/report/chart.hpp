// Charts as inline SVG, from a table whose first column is the label and whose other columns are series of numbers.
//
// Pure; any thread. A value that is no number leaves a gap. The same table gives the same text.
#pragma once
#include <string>

#include "data/session.hpp"

namespace mr::report {

std::string line_chart(const mr::data::Table& table, const std::string& title);
std::string bar_chart(const mr::data::Table& table, const std::string& title);  // horizontal; labels stay readable

std::string escaped(std::string_view text);  // for HTML text and attributes

}  // namespace mr::report
