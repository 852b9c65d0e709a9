#include "recipe/profile/values.hpp"

#include <cmath>

namespace mr::recipe {
namespace {

int64_t code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

NumberBasis basis_of(const std::map<int64_t, int64_t>& lengths) {
  NumberBasis basis{.whole = true};
  double sum = 0, squares = 0;
  for (const auto& [length, rows] : lengths) {
    basis.count += rows;
    sum += static_cast<double>(length) * static_cast<double>(rows);
  }
  if (basis.count == 0) return basis;
  basis.low = static_cast<double>(lengths.begin()->first);
  basis.high = static_cast<double>(lengths.rbegin()->first);
  basis.mean = sum / static_cast<double>(basis.count);
  for (const auto& [length, rows] : lengths) squares += static_cast<double>(rows) * std::pow(static_cast<double>(length) - basis.mean, 2);
  if (basis.count > 1) basis.deviation = std::sqrt(squares / static_cast<double>(basis.count - 1));
  return basis;
}

}  // namespace

void CountedValues::add(std::string_view value, int64_t count) {
  facts_.count += count;
  ++facts_.distinct;
  if (count == 1) ++facts_.unique;
  else count_logs_ += static_cast<double>(count) * std::log(static_cast<double>(count));
  facts_.lengths[code_points(value)] += count;
  top_.add(value, count);
}

ValueFacts CountedValues::finish() {
  const auto n = static_cast<double>(facts_.count);
  facts_.entropy = facts_.count == 0 ? 0 : std::max(0.0, std::log(n) - count_logs_ / n);
  facts_.most_common = std::move(top_).sorted();
  return std::move(facts_);
}

LengthFacts facts_of(const std::map<int64_t, int64_t>& lengths, const NumberWish& wish) {
  LengthFacts out{.basis = basis_of(lengths)};
  SortedNumbers numbers(out.basis, wish);
  for (const auto& [length, rows] : lengths) numbers.add({static_cast<double>(length), length}, rows);
  out.facts = numbers.finish();
  return out;
}

}  // namespace mr::recipe
