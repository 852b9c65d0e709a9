// What a test expected beside what came. Pure; any thread.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/states.hpp"
#include "parse/suite_reader.hpp"

namespace millrace {

struct Seen {
  std::map<std::string, Json> configs{};       // of the last attempt, after expressions
  std::map<std::string, int> attempts{};
  std::map<std::string, RunState> states{};    // of all runs
  std::set<std::string> runs{};                // of the Dag
  std::map<std::string, std::string> reasons{};
  Millis took{};
  std::string run{};
  std::map<std::string, std::string> tasks{};
  Json outputs = Json::object();
};

// Each difference in a sentence, with the reason where a task is not where it was expected.
void compare(const Expected& expected, const Seen& seen, std::vector<std::string>& into);

}  // namespace millrace
