// `millrace quality`: files of rows against suites, rulesets, contracts and short checks, without a
// server; and what a server's tasks have found.
//
// The plugin `quality` does the work, in a process of its own, confined to the file, with limits on
// time and memory. Each returns the exit code.
#pragma once
#include "app/commands.hpp"

#include <string>
#include <vector>

namespace millrace {

struct QualityWords {
  std::string data{}, suite{}, result_format{}, shape = "1.x", junit{}, docs{};
  std::vector<std::string> index_columns{}, schema{}, params{},
      plugin_dirs{};  // schema and params: NAME=VALUE
  std::string checkpoint{}, object{}, rows{};
  std::vector<std::string> sources{}, batches{}, history{};  // sources and batches: NAME=FILE
  bool by_row = false, approximate = false;
  std::string timeout = "1h", memory = "2GiB";
};

// The validation result, JSON, on standard output, one line of what it took on standard error. 0
// when all checks passed, 1 when one did not. With a checkpoint: of all its suites on all its
// batches, and on standard error what its actions are here.
int check_quality(const QualityWords& words, Output output);

// What would be computed, and by how many scans.
int plan_quality(const QualityWords& words, Output output);

struct FoundWords {
  std::string dataset{}, check{};
  int limit = 100;
};

// What rules found on the dataset's snapshots, newest first.
int show_found(Client& client, const FoundWords& words, Output output);

}  // namespace millrace
