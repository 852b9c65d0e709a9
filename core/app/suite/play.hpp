// Plays one test of a suite: the real engine on a store in memory, a clock that jumps, and a worker that does what the mocks say.
//
// One thread plays; commands are asked for from others, as the engine wants it. Deterministic: the same test gives the same story.
#pragma once
#include <string>
#include <vector>

#include "engine/evaluator.hpp"
#include "model/pool.hpp"
#include "parse/suite_reader.hpp"

namespace millrace {

struct Played {
  std::vector<std::string> differences{};  // empty: all is as expected
  Millis took{};                           // on the test's clock
};

// `dags`: all of the folder, for runs of other Dags; `dag` is the name of the one that is tested.
// Expressions that are more than a path are `evaluator`'s, so that an endless one ends its task, and not the test.
Played play_case(const SuiteCase& test, const std::string& dag, const std::vector<Dag>& dags, const std::vector<Pool>& pools, const OperatorList& operators, Evaluator& evaluator);

}  // namespace millrace
