#include "worker/child_evaluator.hpp"

#include <poll.h>

#include <chrono>

#include "base/text.hpp"
#include "worker/child_process.hpp"

namespace millrace {
namespace {

Error stopped(std::string why) {
  return {.code = "E1066", .what = std::move(why), .where = {}, .hint = "make the expression smaller: an output may hold what it needs"};
}

}  // namespace

ChildEvaluator::ChildEvaluator(std::string attempt_program, Millis limit) : program_(std::move(attempt_program)), limit_(limit) {
  thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
}

ChildEvaluator::~ChildEvaluator() {
  thread_.request_stop();
  thread_.join();
}

void ChildEvaluator::ask(Json config, Json document, Answer answer) {
  const Json question = Json::object({{"config", std::move(config)}, {"document", std::move(document)}});
  {
    const std::lock_guard hold(mutex_);
    questions_.push_back({question.dump(), std::move(answer)});
  }
  asked_.notify_one();
}

void ChildEvaluator::serve(const std::stop_token& stop) {
  while (true) {
    Question question;
    {
      std::unique_lock hold(mutex_);
      if (!asked_.wait(hold, stop, [this] { return !questions_.empty(); }) || questions_.empty()) break;
      question = std::move(questions_.front());
      questions_.pop_front();
    }
    question.answer(stop.stop_requested() ? stopped("the server is stopping") : evaluate(question.frame));
  }
  child_.reset();
}

Result<Json> ChildEvaluator::evaluate(const std::string& frame) {
  auto said = exchange(frame);
  if (!said) {
    child_.reset();  // it hangs, or is gone: the next question gets a new one
    return said.error();
  }
  const auto answer = Json::parse(*said);
  if (!answer) return answer.error();
  if (const auto* value = answer->find("value")) return *value;
  const Json& error = (*answer)["error"];
  return Error{.code = error["code"].as_text(), .what = error["what"].as_text(), .where = error["where"].as_text(), .hint = error["hint"].as_text()};
}

Result<std::string> ChildEvaluator::exchange(const std::string& frame) {
  if (child_ == nullptr || child_->poll_exit()) {
    auto fresh = ChildProcess::spawn({.program = program_, .arguments = {"--evaluate"}, .environment = {"HOME=/nonexistent", "LC_ALL=C.UTF-8"}, .folder = "/"});
    if (!fresh) return fresh.error();
    child_ = std::move(*fresh);
  }
  child_->socket().send(frame);
  const auto end = std::chrono::steady_clock::now() + limit_;
  while (true) {
    auto frames = child_->socket().read();
    if (!frames) return frames.error();
    if (!frames->empty()) return std::move(frames->front());
    if (child_->poll_exit() || child_->socket().ended()) return stopped("the expression needed more memory than it may have");
    child_->out().read();
    child_->err().read();
    const auto left = std::chrono::duration_cast<Millis>(end - std::chrono::steady_clock::now());
    if (left <= Millis{0}) return stopped("the expression ran longer than " + to_text(limit_));
    std::vector<pollfd> ends;
    child_->watch(ends);
    ::poll(ends.data(), ends.size(), static_cast<int>(left.count()) + 1);
    child_->socket().flush();
  }
}

}  // namespace millrace
