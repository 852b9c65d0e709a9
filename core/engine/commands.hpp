// The verbs of every door (UI, CLI, REST, gRPC): one implementation, called from any thread, answered when durable.
#pragma once
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "model/states.hpp"

namespace millrace {

struct StartRequest {
  std::string dag{};
  Json params = Json::object();
  std::optional<TimePoint> logical_time{};
  std::string request_id{};      // client-chosen; a repeat returns the first answer
  std::string trigger = "api";
};

// What somebody says to a task that waits for it.
struct AnswerRequest {
  std::string run{}, task{};
  Wait wait = Wait::approval;          // what it is an answer to: approval or callback
  bool good = true;                    // approved; completed
  Json values = Json::object();        // the form's; a callback's output
  std::string by{}, reason{};
};

// All block until the change is committed; errors: E2001 unknown Dag, E2002 unknown run, E2003 verb does not fit the state,
// E2004 bad params, E2005 the store refused (disk full …), E2006 stopping.
class Commands {
 public:
  virtual ~Commands() = default;
  virtual Result<std::string> start(const StartRequest& request) = 0;  // the run's key
  virtual Status cancel(const std::string& run, const std::string& reason) = 0;
  virtual Status pause(const std::string& run) = 0;
  virtual Status resume(const std::string& run) = 0;
  virtual Status retry(const std::string& run) = 0;     // from the failed tasks
  // Ends a sleep. E2015: the task does not wait for this (it is over already, or waits for something else); E2004: the form.
  virtual Status answer(const AnswerRequest& request) = 0;
  virtual Status drain(const std::string& worker) = 0;
};

}  // namespace millrace
