// The step over the threshold, the same for every door: is this verb for this caller, about that Dag?
//
// Any thread.
#pragma once
#include <map>
#include <string>

#include "api/doorkeeper.hpp"
#include "api/views.hpp"

namespace millrace {

// What a call is about, by the names of auth/verbs.cpp: {"run": "a@1", "task": "load"}.
using Parts = std::map<std::string, std::string>;

// E8023. `parts` has what the verb's About needs; a run or a Dag that there is not has no labels.
Status check_entry(Views& views, const Caller& caller, const auth::Verb& verb, const Parts& parts);
std::string target_of(const Parts& parts);  // for the audit log; without secrets

// Null: an open server, where everybody sees everything.
bool sees(Views& views, const Caller* caller, const std::string& dag);
// The Dags of which a caller who does not see all sees runs.
std::optional<std::vector<std::string>> seen_dags(Views& views, const Caller* caller);

// A caller whose stream is open: still good? Looks again when anybody lost a right, when the credential's time is over, and now and then.
class Watch {
 public:
  Watch(Views& views, std::optional<Caller> caller, Credentials shown, const auth::Verb* verb, Parts parts);
  bool good();
  const Caller* caller() const { return caller_ ? &*caller_ : nullptr; }

 private:
  Views& views_;
  std::optional<Caller> caller_;
  Credentials shown_;
  const auth::Verb* verb_;
  Parts parts_;
  uint64_t seen_ = 0;
  TimePoint next_{};
};

}  // namespace millrace
