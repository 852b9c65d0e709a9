// `millrace sql`: one SELECT over the catalog of a home, without a server and while one runs. Reads only.
//
// The statement runs in a process of its own, confined to the files of the datasets that it names, with limits on time and memory.
#pragma once
#include <string>
#include <vector>

#include "app/commands.hpp"

namespace millrace {

struct SqlWords {
  std::string sql{}, home = ".millrace", at{}, format = "table", out{}, timeout = "1m", memory = "1GiB";
  std::vector<std::string> plugin_dirs{};
  int limit = 1000;  // rows that a table shows
  int cpu = 2;
};

// The facts of datasets for an operator (millrace_attempt.h): as they are now or, where a name says
// so, were then. E0001, E8004.
Result<Json> inputs_of(const std::string& home, const std::vector<std::string>& datasets, const std::string& at = {});
Result<Json> read_rows(const SqlWords& words);  // an array of objects; format, out and limit count for nothing
int ask_sql(const SqlWords& words, Output output);

}  // namespace millrace
