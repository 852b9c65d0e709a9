// Expressions that the scheduler must not run itself: [range(1e12)] may not stop it.
//
// ask() is called by the engine's thread and returns at once; the answer is called exactly once, on any thread, also before ask()
// returns. Errors: those of evaluate() (E1060 …), E1066 when the expression took too long or too much memory.
#pragma once
#include <functional>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

class Evaluator {
 public:
  using Answer = std::function<void(Result<Json>)>;
  virtual ~Evaluator() = default;
  // Every expression in `config` replaced by its value over `document`.
  virtual void ask(Json config, Json document, Answer answer) = 0;
};

}  // namespace millrace
