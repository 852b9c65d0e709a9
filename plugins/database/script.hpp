// What a task wants to run: statements with their values, taken from the config and checked before any connection is made.
//
// A value; building it reads nothing but the config. Throws mr::Failure E4110.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "database/statement.hpp"
#include "database/value.hpp"

namespace mr::database {

struct Step {
  Statement statement{};
  std::vector<Value> values{};  // one for each placeholder
  std::string source{};         // the text that it stands in
  std::string field{};          // the field of the config that holds it: config.sql, config.sql[2]
  std::string where(size_t number) const { return field + ", statement " + std::to_string(number); }
};

using Values = std::map<std::string, Value>;

// `params` is a map of names to values, or null. A name that no statement uses is a mistake: most likely of spelling.
std::vector<Step> read_script(const Json& sql, const Json& params, Dialect dialect);

// One statement of ours, with values by name.
Step step_of(const std::string& sql, const Values& values, Dialect dialect);

// Refuses what would break "all or nothing": statements that begin or end transactions, and in MySQL those that commit by themselves.
void check_atomic(const std::vector<Step>& script, Dialect dialect);

}  // namespace mr::database
