// Failed log-ins, counted by name and by address: after a few each next try has to wait twice as long, up to a quarter of an hour.
//
// A value; whoever shares it guards it. Reads no clock. Bounded: when it is full, the one that failed longest ago is forgotten.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "base/clock.hpp"

namespace millrace::auth {

struct LockoutTerms {
  int free_tries = 5;  // that cost nothing
  Millis first{1'000}, longest{15 * 60'000};
  Millis memory{60 * 60'000};  // a key that has not failed for so long begins anew
  size_t most_keys = 10'000;
};

class Lockout {
 public:
  explicit Lockout(LockoutTerms terms = {}) : terms_(terms) {}

  // How long the key has still to wait; none: it may try.
  std::optional<Millis> wait_of(const std::string& key, TimePoint now) const;
  void failed(const std::string& key, TimePoint now);
  void succeeded(const std::string& key) { kept_.erase(key); }
  size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    int failures = 0;
    TimePoint last{};
    Millis wait{};
  };
  LockoutTerms terms_;
  std::map<std::string, Kept> kept_{};
};

}  // namespace millrace::auth
