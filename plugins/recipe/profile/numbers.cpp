#include "recipe/profile/numbers.hpp"

#include <cmath>

namespace mr::recipe {
namespace {

// From bounds to bins that share them.
std::vector<Bin> bins_between(const std::vector<double>& bounds) {
  std::vector<Bin> bins;
  for (size_t at = 0; at + 1 < bounds.size(); ++at) bins.push_back({bounds[at], bounds[at + 1], 0});
  return bins;
}

bool varies(const NumberBasis& basis) { return basis.deviation && *basis.deviation > 0; }

}  // namespace

std::vector<Bin> value_bins(const NumberBasis& basis, size_t bins) {
  if (basis.count == 0 || bins == 0) return {};
  if (basis.low == basis.high) return {{basis.low, basis.high, 0}};
  std::vector<double> bounds;
  for (size_t at = 0; at <= bins; ++at) {
    const double share = static_cast<double>(at) / static_cast<double>(bins), bound = basis.low * (1 - share) + basis.high * share;
    const double rounded = basis.whole ? std::floor(bound + 0.5) : bound;
    if (bounds.empty() || rounded > bounds.back()) bounds.push_back(rounded);
  }
  std::vector<Bin> out = bins_between(bounds);
  out.back().to.reset();
  return out;
}

std::vector<Bin> z_bins(const NumberBasis& basis, size_t bins) {
  if (basis.count == 0 || bins == 0) return {};
  if (!varies(basis)) return {{std::nullopt, std::nullopt, 0}};
  const double low = (basis.low - basis.mean) / *basis.deviation, high = (basis.high - basis.mean) / *basis.deviation;
  std::vector<double> bounds;
  for (size_t at = 0; at <= bins; ++at) bounds.push_back(low + (high - low) * static_cast<double>(at) / static_cast<double>(bins));
  std::vector<Bin> out = bins_between(bounds);
  out.front().from.reset();
  out.back().to.reset();
  return out;
}

SortedNumbers::SortedNumbers(const NumberBasis& basis, const NumberWish& wish) : basis_(basis), wish_(wish), top_(wish.most_common) {
  facts_.distribution = value_bins(basis, wish.bins);
  facts_.z_distribution = z_bins(basis, wish.z_bins);
  for (const double share : kShares) {
    const auto at = static_cast<int64_t>(std::floor(share * static_cast<double>(std::max<int64_t>(basis.count - 1, 0))));
    ranks_.push_back({at, 0});
    ranks_.push_back({std::min(at + 1, std::max<int64_t>(basis.count - 1, 0)), 0});
  }
  std::sort(ranks_.begin(), ranks_.end(), [](const Rank& a, const Rank& b) { return a.at < b.at; });
}

void SortedNumbers::end_run() {
  if (run_.count == 0) return;
  const double value = run_.value.value, count = static_cast<double>(run_.count), apart = value - basis_.mean;
  seen_ += run_.count;
  ++facts_.distinct;
  if (run_.count == 1) ++facts_.unique;
  else count_logs_ += count * std::log(count);
  if (value == 0) facts_.zeros += run_.count;
  second_ += count * apart * apart;
  third_ += count * apart * apart * apart;
  fourth_ += count * apart * apart * apart * apart;
  take_ranks(value, seen_);
  take_extremes();
  while (bin_ + 1 < facts_.distribution.size() && value >= *facts_.distribution[bin_ + 1].from) ++bin_;
  if (!facts_.distribution.empty()) facts_.distribution[bin_].count += run_.count;
  take_z(value);
}

void SortedNumbers::take_ranks(double value, int64_t upto) {
  for (; next_rank_ < ranks_.size() && ranks_[next_rank_].at < upto; ++next_rank_) ranks_[next_rank_].value = value;
}

void SortedNumbers::take_extremes() {
  if (facts_.distinct == 1) facts_.low = run_.value;
  facts_.high = run_.value;
  if (run_.count > mode_count_) {
    facts_.mode = run_.value;
    mode_count_ = run_.count;
  }
  top_.add(run_.value, run_.count);
  if (facts_.smallest.size() < wish_.smallest) facts_.smallest.push_back(run_);
  if (wish_.greatest == 0) return;
  greatest_.push_back(run_);
  if (greatest_.size() > wish_.greatest) greatest_.pop_front();
}

void SortedNumbers::take_z(double value) {
  const double z = varies(basis_) ? (value - basis_.mean) / *basis_.deviation : 0;
  while (z_bin_ + 1 < facts_.z_distribution.size() && z >= *facts_.z_distribution[z_bin_ + 1].from) ++z_bin_;
  if (!facts_.z_distribution.empty()) facts_.z_distribution[z_bin_].count += run_.count;
  if (std::abs(z) > wish_.threshold) {
    facts_.outliers += run_.count;
    if (z < 0) take_low_outlier(z);
    else take_high_outlier(z);
  } else if (wish_.mild && std::abs(z) > *wish_.mild) {
    facts_.mild_outliers += run_.count;
  }
}

// The farthest ones come first below the mean, and last above it.
void SortedNumbers::take_low_outlier(double z) {
  const auto left = static_cast<int64_t>(wish_.outliers) - low_kept_;
  if (left <= 0) return;
  low_outliers_.push_back({{run_.value, z}, std::min(run_.count, left)});
  low_kept_ += low_outliers_.back().count;
}

void SortedNumbers::take_high_outlier(double z) {
  const auto most = static_cast<int64_t>(wish_.outliers);
  if (most == 0) return;
  high_outliers_.push_back({{run_.value, z}, std::min(run_.count, most)});
  high_kept_ += high_outliers_.back().count;
  while (high_kept_ - high_outliers_.front().count >= most) {
    high_kept_ -= high_outliers_.front().count;
    high_outliers_.pop_front();
  }
}

std::vector<Outlier> SortedNumbers::outlier_sample() const {
  std::vector<Counted<Outlier>> all = low_outliers_;
  all.insert(all.end(), high_outliers_.rbegin(), high_outliers_.rend());
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return std::abs(a.value.z) > std::abs(b.value.z); });
  std::vector<Outlier> sample;
  for (const auto& [outlier, count] : all) {
    for (int64_t copy = 0; copy < count && sample.size() < wish_.outliers; ++copy) sample.push_back(outlier);
  }
  return sample;
}

double SortedNumbers::between(double share) const {
  const double place = share * static_cast<double>(basis_.count - 1), below = std::floor(place);
  const auto value_at = [&](int64_t at) {
    return std::find_if(ranks_.begin(), ranks_.end(), [&](const Rank& rank) { return rank.at == at; })->value;
  };
  const double low = value_at(static_cast<int64_t>(below)), rest = place - below;
  if (rest == 0) return low;
  const double high = value_at(static_cast<int64_t>(below) + 1);
  return low == high ? low : low * (1 - rest) + high * rest;
}

void SortedNumbers::shape(NumberFacts& facts) const {
  const auto n = static_cast<double>(facts.count);
  facts.entropy = facts.count == 0 ? 0 : std::max(0.0, std::log(n) - count_logs_ / n);
  if (facts.distinct < 2 || !varies(basis_)) return;
  const double spread = second_ / n;
  facts.skewness = third_ / n / std::pow(spread, 1.5);
  facts.kurtosis = fourth_ / n / (spread * spread) - 3;
}

NumberFacts SortedNumbers::finish() {
  end_run();
  run_ = {};
  NumberFacts facts = std::move(facts_);
  facts.count = seen_;
  facts.most_common = std::move(top_).sorted();
  facts.greatest.assign(greatest_.rbegin(), greatest_.rend());
  facts.outlier_sample = outlier_sample();
  shape(facts);
  for (size_t at = 0; facts.count > 0 && at < kShares.size(); ++at) facts.percentiles[at] = between(kShares[at]);
  return facts;
}

}  // namespace mr::recipe
