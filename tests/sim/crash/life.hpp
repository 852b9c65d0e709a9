// A life of a store, always the same: steps that commit.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/store.hpp"

namespace millrace::testing {

// The commits of a fixed life, made anew for every store. step(i) commits the i-th, and may be asked again after a refusal.
class Life {
 public:
  Life();
  ~Life();
  size_t steps() const;
  Status step(Store& store, size_t i) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::testing
