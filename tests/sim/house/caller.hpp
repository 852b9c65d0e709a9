// Calls commands of an engine that is turned by hand: they block until they are durable, so a second thread calls while this one turns.
//
// The two never run at the same time in the engine, so a world stays a function of its seed. One for the process; its thread is left behind.
#pragma once
#include <functional>
#include <semaphore>
#include <thread>

#include "engine/engine.hpp"

namespace millrace::sim {

class Caller {
 public:
  static Caller& of_process() {
    static auto* one = new Caller;
    return *one;
  }

  // `turn` is called until the command is answered; the command is in the inbox before the first.
  void call(Engine& engine, std::function<void()> command, const std::function<void()>& turn) {
    MR_INVARIANT(engine.idle(), "a command comes to an empty inbox, so that it can be seen there");
    command_ = std::move(command);
    answered_ = false;
    given_.release();
    while (engine.idle() && !answered_) std::this_thread::yield();
    while (!engine.idle()) turn();  // with an empty inbox it is answered, or will be at once
    while (!answered_) std::this_thread::yield();
  }

 private:
  Caller() {
    std::thread([this] {
      while (true) {
        given_.acquire();
        command_();
        answered_ = true;
      }
    }).detach();
  }

  std::binary_semaphore given_{0};
  std::function<void()> command_{};
  std::atomic<bool> answered_ = true;
};

}  // namespace millrace::sim
