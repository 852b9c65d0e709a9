// Aggregates that raise values to a power: deviations, variances, skewness, kurtosis. DuckDB fails
// where that leaves the range of a double; here the answer is NULL then, as of every number that no
// double holds.
//
// Pure; any thread. SQL over doubles.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mr::recipe {

// The two aggregates to ask for, and the value that they make together. `function` is DuckDB's
// name, such as stddev_pop.
std::vector<std::string> spread_aggregates(std::string_view function, const std::string& x);
std::string spread_value(std::string_view function, const std::vector<std::string>& read);

// Both in one expression; `tail` is OVER (…), or empty.
std::string spread(std::string_view function, const std::string& x, const std::string& tail);

}  // namespace mr::recipe
