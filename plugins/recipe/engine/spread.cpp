#include "recipe/engine/spread.hpp"

namespace mr::recipe {
namespace {

// Powers of a value, and of the sum of 1e18 of them, stay finite below: squares, or third and
// fourth powers.
std::string_view limit_of(std::string_view function) {
  return function.starts_with("skew") || function.starts_with("kurt") ? "1e55" : "1e140";
}

}  // namespace

std::vector<std::string> spread_aggregates(std::string_view function, const std::string& x) {
  return {std::string(function) + "(CASE WHEN abs(" + x + ") < " + std::string(limit_of(function)) +
              " THEN " + x + " END)",
          "max(abs(" + x + "))"};
}

std::string spread_value(std::string_view function, const std::vector<std::string>& read) {
  return "CASE WHEN " + read[1] + " < " + std::string(limit_of(function)) + " THEN " + read[0] +
         " END";
}

std::string spread(std::string_view function, const std::string& x, const std::string& tail) {
  std::vector<std::string> calls = spread_aggregates(function, x);
  for (std::string& call : calls) call += tail;
  return spread_value(function, calls);
}

}  // namespace mr::recipe
