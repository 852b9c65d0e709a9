// For who plays the clock: commands beside the turns of an engine without a thread, and an agenda of what is to happen when.
//
// One thread plays. Commands block until they are durable, so another thread calls them.
#pragma once
#include <algorithm>
#include <functional>
#include <future>
#include <map>

#include "base/clock.hpp"
#include "engine/engine.hpp"

namespace millrace {

// What `act` gives; the engine turns until it has it.
template <class F>
auto call_beside_turns(Engine& engine, F act) {
  auto answer = std::async(std::launch::async, act);
  while (answer.wait_for(Millis{0}) != std::future_status::ready) engine.turn();
  return answer.get();
}

class Agenda {
 public:
  void at(TimePoint time, std::function<void()> what) { acts_.emplace(time, std::move(what)); }
  TimePoint next() const { return acts_.empty() ? TimePoint::max() : acts_.begin()->first; }  // max: nothing is left

  // Sets the clock, never back, and does what is due by then, in order; what is added meanwhile too.
  void go_to(VirtualClock& clock, TimePoint time) {
    clock.set(std::max(clock.now(), time));
    while (next() <= clock.now()) {
      const auto act = std::move(acts_.begin()->second);
      acts_.erase(acts_.begin());
      act();
    }
  }

 private:
  std::multimap<TimePoint, std::function<void()>> acts_{};
};

}  // namespace millrace
