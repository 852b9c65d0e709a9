#include "golden.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace millrace::sim {
namespace {

Golden golden_from(const std::string& line) {
  Golden one;
  std::istringstream(line) >> one.world >> one.from >> one.seeds >> one.digest;
  return one;
}

bool same_seeds(const Golden& a, const Golden& b) { return a.world == b.world && a.from == b.from && a.seeds == b.seeds; }

}  // namespace

Likeness compare_golden(const std::string& file, const Golden& found) {
  std::vector<std::string> lines;
  {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
  }
  for (auto& line : lines) {
    const Golden kept = golden_from(line);
    if (line.starts_with('#') || !same_seeds(kept, found)) continue;
    if (kept.digest == found.digest) return Likeness::same;
    if (std::getenv("MR_UPDATE_GOLDEN") == nullptr) return Likeness::different;
    line = found.world + " " + std::to_string(found.from) + " " + std::to_string(found.seeds) + " " + found.digest;
    std::ofstream out(file);
    for (const auto& one : lines) out << one << "\n";
    return Likeness::same;
  }
  return Likeness::unknown;
}

}  // namespace millrace::sim
