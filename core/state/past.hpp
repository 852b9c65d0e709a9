// How long tasks took, and what memory, in the last kPastRuns runs that succeeded: for predictions, and for playing what is to come. Errors are the Database's.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "state/database.hpp"

namespace millrace {

// From first being ready to the end, waits and tries included: the median by task id.
std::map<std::string, Millis> read_past_durations(Database& db, const std::string& dag);

// Of attempts that succeeded, from being leased to the end, without waiting for a slot: all of them by task id, sorted. Those of items count
// for their foreach task.
std::map<std::string, std::vector<Millis>> read_past_attempts(Database& db, const std::string& dag);

// Of the same attempts: the most bytes of memory that one of them had, by task id. Tasks whose peak is not known are left out.
std::map<std::string, int64_t> read_past_memory(Database& db, const std::string& dag);

std::map<std::string, int> read_past_items(Database& db, const std::string& dag);  // of foreach tasks: the median of how many they had

}  // namespace millrace
