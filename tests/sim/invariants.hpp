// What must hold of every decision and every committed state, written without looking at how decide() does it.
#pragma once
#include <stdexcept>

#include "coverage.hpp"
#include "model/items.hpp"
#include "schedule/decide.hpp"
#include "schedule/rule.hpp"

namespace millrace::sim {

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool holds, const char* sentence) {
  if (!holds) throw Broken(sentence);
}

struct Step {
  const Dag& dag;
  const Run& before;
  const Event& event;
  const Decision& decision;
  const Run& after;
  TimePoint now;
};

void check_step(const Step& step, Coverage& seen);
// Of a state at rest: counts, needs, hooks, the run's end.
void check_state(const Dag& dag, const Run& run, TimePoint now);
uint64_t fingerprint(const Decision& decision);

}  // namespace millrace::sim
