// What a task's rule says once it is known how (some of) its needs ended. Pure; any thread.
//
// "Bad" is every end but succeeded and skipped. Decided as early as the answer can't change any more:
//   all_succeeded  a bad need: upstream_failed at once. All final: skip when one was skipped, else run
//   none_failed    a bad need: upstream_failed at once. All final: run
//   none_skipped   a skipped need: skip at once. All final: run
//   any_succeeded  a need that succeeded: run at once. All final without one: upstream_failed when one is bad, else skip
//   any_failed     a bad need: run at once. All final without one: skip
//   all_done       all final: run
//   always         all final: run; also while the run is being cancelled
//   expression     all final: run when it holds, else skip
// Source of the semantics: dag-yaml.md; a skip is carried on as other schedulers with such rules do.
#pragma once
#include <span>

#include "model/dag.hpp"
#include "model/run.hpp"

namespace millrace {

enum class Ruling : uint8_t { wait = 1, run, skip, upstream_failed };

// How many of a task's needs there are, are not final, ended badly, and were skipped.
struct NeedTally {
  int32_t needs{}, unmet{}, broken{}, skipped{};
};

// Of every rule but an expression, which answers `run` here once all needs are final.
Ruling ruling(Rule rule, NeedTally tally);

// Does the expression hold? The states are those of the needs, all final; `state_of(TaskIndex)` gives them.
template <class StateOf>
bool holds(std::span<const RuleStep> steps, StateOf state_of) {
  std::vector<bool> stack;
  const auto pop = [&] {
    const bool top = stack.back();
    stack.pop_back();
    return top;
  };
  for (const auto& step : steps) {
    switch (step.kind) {
      case RuleStep::Kind::is: stack.push_back(state_of(step.need) == step.state); break;
      case RuleStep::Kind::no: stack.back() = !stack.back(); break;
      case RuleStep::Kind::all: {
        const bool right = pop();
        stack.back() = stack.back() && right;
        break;
      }
      case RuleStep::Kind::any: {
        const bool right = pop();
        stack.back() = stack.back() || right;
        break;
      }
    }
  }
  return stack.size() == 1 && stack.back();
}

}  // namespace millrace
