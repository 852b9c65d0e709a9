// An interpreter that runs driver.py: one request at a time, answered by one answer.
//
// Interpreters are kept warm by a pool of the process. One that is not given back to the pool ends, with everything it started.
#pragma once
#include <memory>
#include <mutex>

#include "common/process.hpp"

namespace mr::python {

using namespace process;

struct Answer {
  enum class Kind { done, ended, not_started, broken };
  Kind kind{};
  Json body{};     // done: what driver.py says
  int status = 0;  // ended, not_started: of wait()
};

class Interpreter {
 public:
  // Holds `in_use` as long as it lives.
  Interpreter(const std::string& program, const Environment& environment, Fd in_use);

  // Throws mr::Cancelled once the attempt is to stop and the interpreter has ended.
  Answer ask(const Json& request, const Attempt& attempt);
  bool fit() const;  // for another attempt

 private:
  static constexpr int kMostUses = 100;

  void send(const Json& message);
  void flush();
  void wait_for_events() const;
  void read_socket();
  std::optional<std::string> next_frame();
  std::optional<Answer> listen(const Attempt& attempt);
  std::optional<Answer> hear(const Json& message, const Attempt& attempt);
  void take_lines(const Attempt& attempt);
  Answer end(Answer answer, const Attempt& attempt);

  Fd in_use_;
  Process process_;
  std::string in_{}, out_{};  // bytes of frames
  bool ready_ = false, broken_ = false, hung_up_ = false, reusable_ = true;
  int uses_ = 0;
};

// The idle interpreters of this process, the longest idle first; a few, because each may hold hundreds of megabytes.
class Pool {
 public:
  std::unique_ptr<Interpreter> take(const std::string& key);  // nullptr: none is warm
  void give(const std::string& key, std::unique_ptr<Interpreter> interpreter);

 private:
  static constexpr size_t kMostIdle = 4;
  std::mutex mutex_{};
  std::vector<std::pair<std::string, std::unique_ptr<Interpreter>>> idle_{};
};

}  // namespace mr::python
