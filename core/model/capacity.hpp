// What a worker has, and what a task takes of it while it runs: cores, memory, and things that only their owner can name (gpu, licence).
//
// A value. Amounts are never negative; of cores and named things a part is fine. A task that names nothing takes nothing but a slot.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

struct Capacity {
  double cpu = 0;
  int64_t memory = 0;                                    // bytes
  std::vector<std::pair<std::string, double>> named{};   // sorted by name
  auto operator<=>(const Capacity&) const = default;

  bool empty() const { return cpu == 0 && memory == 0 && named.empty(); }
  double amount(const std::string& name) const;          // of a named thing; 0: it has none
  void add(const Capacity& other);
  void subtract(const Capacity& other);                  // below zero where a worker came back with less than it has given
};

// "4 cpu", "2GiB memory", "0.5 gpu": the first thing of which `wanted` is more than `there`; empty: all of it fits.
std::string missing_of(const Capacity& wanted, const Capacity& there);
bool fits(const Capacity& wanted, const Capacity& there);

}  // namespace millrace
