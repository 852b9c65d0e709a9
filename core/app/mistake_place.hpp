// Where in a Dag's file a task's mistake is, as its operator tells it.
//
// Pure; any thread. The operator knows its config, not the file. What its `where` names is looked up in the YAML, part by part:
// "with.keys", "step totals, where", "line 3" (of `sql`), "suites/orders.json: expectation 2"; and in that, the name that the message quotes.
#pragma once
#include <string>

#include "base/error.hpp"
#include "model/dag.hpp"

namespace millrace {

// "dags/sales.yaml:14:12": of the name, else of the field, else of the task.
std::string place_of(const Dag& dag, const std::string& task, const Error& mistake);

// The name that a message is about: what it quotes first, or "Table with name orderz does not exist". Empty: none.
std::string name_in(const std::string& message);

}  // namespace millrace
