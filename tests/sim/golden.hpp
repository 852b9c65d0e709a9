// Digests that are kept, so that every compiler's build is held to the same worlds: golden.txt has lines "WORLD FROM SEEDS DIGEST".
//
// A simulation over just these seeds compares; MR_UPDATE_GOLDEN=1 writes what it found instead (after a change of what the product decides).
#pragma once
#include <cstdint>
#include <string>

namespace millrace::sim {

struct Golden {
  std::string world{};
  uint64_t from{}, seeds{};
  std::string digest{};
};

enum class Likeness : uint8_t { unknown = 1, same, different };

// Compares with the kept line of this world and these seeds, or replaces it. unknown: none is kept.
Likeness compare_golden(const std::string& file, const Golden& found);

}  // namespace millrace::sim
