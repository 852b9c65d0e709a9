// An Evaluator that runs expressions in a child process: one that takes longer than a second, or too much memory, costs the child
// and not the scheduler.
//
// One thread of its own, started here and ended by the destructor; questions that wait then are answered with E1066.
#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.hpp"
#include "engine/evaluator.hpp"

namespace millrace {

class ChildProcess;

class ChildEvaluator final : public Evaluator {
 public:
  explicit ChildEvaluator(std::string attempt_program, Millis limit = Millis{1'000});
  ~ChildEvaluator() override;
  void ask(Json config, Json document, Answer answer) override;

 private:
  struct Question {
    std::string frame{};
    Answer answer{};
  };
  void serve(const std::stop_token& stop);
  Result<Json> evaluate(const std::string& frame);
  Result<std::string> exchange(const std::string& frame);

  const std::string program_;
  const Millis limit_;
  std::unique_ptr<ChildProcess> child_;
  std::mutex mutex_{};
  std::condition_variable_any asked_{};
  std::deque<Question> questions_{};
  std::jthread thread_{};
};

}  // namespace millrace
