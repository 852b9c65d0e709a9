// One operator, run once in an attempt process, for who is no worker: a command that needs what only plugins can do.
//
// One thread; blocks until it has ended. Whoever calls and is killed takes the process with it. Errors: those of the operator,
// E3008 (not started), E3009 (it died), E3016 (it took longer than it may).
#pragma once
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "base/secrets.hpp"

namespace millrace {

struct OneShot {
  std::string program{};       // millrace-attempt
  std::string library{}, operator_type{};
  Json config{}, facts{};      // millrace_attempt.h
  Json document = Json::object();  // for expressions in the config
  SecretValues secrets{};          // that the config names
  std::string work_folder{};
  int64_t memory_bytes = 0;    // beside what the operator keeps to by itself; 0: no limit
  Millis limit{60'000};
};

Result<Json> run_once(const OneShot& what);  // its output

}  // namespace millrace
