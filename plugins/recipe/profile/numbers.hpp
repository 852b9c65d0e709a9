// All that a profile tells of a column of numbers, from its values in ascending order.
//
// Values; one thread. Memory doesn't grow with the rows, but with the samples that are asked for. Moments are taken around a mean that was
// known before, so that large numbers lose no digits. Definitions: the profile jobs of AWS Glue DataBrew; skewness and kurtosis (in excess
// of 3) are those of the population, as Spark has them; a percentile lies between its two neighbours in proportion.
#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "recipe/profile/top_values.hpp"

namespace mr::recipe {

// A number of a column: whole columns keep all digits of it.
struct Number {
  double value = 0;
  int64_t whole = 0;
  bool operator<(const Number& other) const { return value < other.value || (value == other.value && whole < other.whole); }
  bool operator==(const Number& other) const { return value == other.value && whole == other.whole; }
};

// What is known before the values come.
struct NumberBasis {
  int64_t count = 0;
  double low = 0, high = 0, mean = 0;
  std::optional<double> deviation{};  // of a sample; nothing for one value, and where it is too large for a number
  bool whole = false;
};

inline constexpr size_t kMostListed = 100'000;  // also of `ALL`

struct NumberWish {
  size_t most_common = 50, smallest = 5, greatest = 5, bins = 20, z_bins = 20, outliers = 50;
  double threshold = 3;
  std::optional<double> mild{};
};

struct Bin {
  std::optional<double> from{}, to{};  // nothing: without end
  int64_t count = 0;
};

struct Outlier {
  Number value{};
  double z = 0;
};

inline constexpr std::array kShares{0.05, 0.25, 0.5, 0.75, 0.95};

struct NumberFacts {
  int64_t count = 0, distinct = 0, unique = 0, zeros = 0, outliers = 0, mild_outliers = 0;
  double entropy = 0;
  Number low{}, high{}, mode{};  // of no values: 0
  std::optional<double> skewness{}, kurtosis{};
  std::array<double, kShares.size()> percentiles{};  // of kShares
  std::vector<Counted<Number>> most_common{}, smallest{}, greatest{};
  std::vector<Bin> distribution{}, z_distribution{};
  std::vector<Outlier> outlier_sample{};  // the farthest first
  double median() const { return percentiles[2]; }
};

class SortedNumbers {
 public:
  SortedNumbers(const NumberBasis& basis, const NumberWish& wish);

  void add(Number value, int64_t count = 1) {  // not smaller than the one before
    if (run_.count > 0 && run_.value == value) {
      run_.count += count;
      return;
    }
    end_run();
    run_ = {value, count};
  }
  NumberFacts finish();

 private:
  struct Rank {
    int64_t at;
    double value;
  };

  void end_run();
  void take_ranks(double value, int64_t upto);
  void take_extremes();
  void take_z(double value);
  void take_low_outlier(double z);
  void take_high_outlier(double z);
  double between(double share) const;
  void shape(NumberFacts& facts) const;
  std::vector<Outlier> outlier_sample() const;

  NumberBasis basis_;
  NumberWish wish_;
  NumberFacts facts_{};
  Counted<Number> run_{};
  TopValues<Number> top_;
  std::deque<Counted<Number>> greatest_{};
  std::vector<Rank> ranks_{};
  int64_t mode_count_ = 0;
  size_t next_rank_ = 0, bin_ = 0, z_bin_ = 0;
  int64_t seen_ = 0;
  double count_logs_ = 0, second_ = 0, third_ = 0, fourth_ = 0;
  std::vector<Counted<Outlier>> low_outliers_{};
  std::deque<Counted<Outlier>> high_outliers_{};
  int64_t low_kept_ = 0, high_kept_ = 0;
};

// Bounds of bins of equal width; of a whole column they are whole, and fewer where the range is short. All values are alike: one bin.
std::vector<Bin> value_bins(const NumberBasis& basis, size_t bins);
// The same of z-scores, open at both ends.
std::vector<Bin> z_bins(const NumberBasis& basis, size_t bins);

}  // namespace mr::recipe
