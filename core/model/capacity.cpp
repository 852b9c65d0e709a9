#include "model/capacity.hpp"

#include <algorithm>
#include <cstdio>

namespace millrace {
namespace {

constexpr double kDust = 1e-9;  // ten times a tenth is one

template <class Named>
auto place_of(Named& named, const std::string& name) {
  return std::lower_bound(named.begin(), named.end(), name, [](const auto& one, const std::string& wanted) { return one.first < wanted; });
}

void change(Capacity& of, const Capacity& by, int sign) {
  of.cpu += sign * by.cpu;
  of.memory += sign * by.memory;
  for (const auto& [name, amount] : by.named) {
    auto at = place_of(of.named, name);
    if (at == of.named.end() || at->first != name) at = of.named.insert(at, {name, 0});
    at->second += sign * amount;
  }
}

std::string short_text(double amount) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", amount);
  return text;
}

std::string memory_text(int64_t bytes) {
  constexpr int64_t kGi = int64_t{1} << 30, kMi = int64_t{1} << 20;
  return bytes >= kGi ? short_text(static_cast<double>(bytes) / static_cast<double>(kGi)) + "GiB" : short_text(static_cast<double>(bytes) / static_cast<double>(kMi)) + "MiB";
}

}  // namespace

double Capacity::amount(const std::string& name) const {
  const auto at = place_of(named, name);
  return at == named.end() || at->first != name ? 0 : at->second;
}

void Capacity::add(const Capacity& other) { change(*this, other, 1); }
void Capacity::subtract(const Capacity& other) { change(*this, other, -1); }

std::string missing_of(const Capacity& wanted, const Capacity& there) {
  if (wanted.cpu > there.cpu + kDust) return short_text(wanted.cpu) + " cpu";
  if (wanted.memory > there.memory) return memory_text(wanted.memory) + " memory";
  for (const auto& [name, amount] : wanted.named) {
    if (amount > there.amount(name) + kDust) return short_text(amount) + " " + name;
  }
  return {};
}

bool fits(const Capacity& wanted, const Capacity& there) { return missing_of(wanted, there).empty(); }

}  // namespace millrace
