// What the core operators do, once their config is evaluated: a decision for the scheduler, and nothing else.
//
// Pure; any thread. Errors are the task's failure. Semantics: dag-yaml.md, "Core operators".
#pragma once
#include <optional>

#include "model/dag.hpp"
#include "schedule/event.hpp"

namespace millrace {

struct CoreStep {
  GateAnswered gate{};              // task and version are the caller's
  Json output = Json::object();     // of the task, from now on; a sleep's says what it waits for
  std::string start{};              // core.run, core.loop: the Dag to start
  Json params = Json::object();     //           with these
};

// "30s" of a config; absent: `other`. E2016 for what is no duration above zero.
Result<Millis> duration_in(const Task& task, const Json& with, const std::string& key, Millis other);

Result<CoreStep> begin_core(const Dag& dag, const Task& task, const Json& with, TimePoint now);

// The values that somebody gave to a form of JSON Schemas by name: defaults filled in, everything else checked (E2004).
Result<Json> fill_form(const Json& form, const Json& given, const std::string& where);

}  // namespace millrace
