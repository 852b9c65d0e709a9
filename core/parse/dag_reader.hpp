// From YAML to a Dag, with every mistake of the file reported at once, each with file:line:column, a reason and a remedy.
//
// Pure but for reading files; any thread. Semantics: dag-yaml.md. A key of dag-yaml.md that this version does not carry out is
// an error (E1090 "not available yet"), never ignored.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/dag.hpp"
#include "model/operator.hpp"
#include "model/pool.hpp"

namespace millrace {

struct ParsedDag {
  std::optional<Dag> dag{};      // present when there are no errors
  std::vector<Error> errors{};   // sorted by place
};

// `file` is used for marks and for Dag::folder.
ParsedDag parse_dag(std::string_view yaml, const std::string& file, const OperatorList& operators);

struct ParsedFolder {
  std::vector<Dag> dags{};       // sorted by name
  std::vector<Pool> pools{};     // the same; of files with a top-level key `pools`
  std::vector<Error> errors{};   // of all files, also across files (duplicate names, datasets read that nothing writes)
  std::vector<std::string> others{};  // YAML files of a folder that are neither Dags nor pools nor suites
};

// Every *.yaml and *.yml below `path` that has a top-level key `dag` or `pools` (or `path` itself, when it is a file, with the pools.yaml
// beside it). One with `tasks` and no `dag` is a Dag with a mistake.
ParsedFolder read_dags(const std::string& path, const OperatorList& operators);

// The schedules of a Dag's text alone: its operators need not be known. The first mistake is the error.
Result<std::vector<Schedule>> read_schedules_of(std::string_view yaml, const std::string& file);

}  // namespace millrace
