// All that a profile tells of a column of texts or booleans, from its different values and how often each occurs, in any order.
//
// Values; one thread. Memory grows with the different lengths, not with the rows. Lengths are counted in code points.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/profile/numbers.hpp"
#include "recipe/profile/top_values.hpp"

namespace mr::recipe {

struct ValueFacts {
  int64_t count = 0, distinct = 0, unique = 0;
  double entropy = 0;
  std::vector<Counted<std::string>> most_common{};
  std::map<int64_t, int64_t> lengths{};  // length to rows
};

class CountedValues {
 public:
  explicit CountedValues(size_t most_common) : top_(most_common) {}
  void add(std::string_view value, int64_t count);
  ValueFacts finish();

 private:
  ValueFacts facts_{};
  TopValues<std::string> top_;
  double count_logs_ = 0;
};

struct LengthFacts {
  NumberBasis basis{};
  NumberFacts facts{};
};

LengthFacts facts_of(const std::map<int64_t, int64_t>& lengths, const NumberWish& wish);

}  // namespace mr::recipe
