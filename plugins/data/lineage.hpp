// Which columns of which datasets feed a SELECT's columns, read from DuckDB's bound plan.
//
// Pure; any thread. A column is fed `direct` by what its value is made of, and by `condition` by what decides which value that is (CASE,
// FILTER, PARTITION BY, ORDER BY …); `rows` decide which rows there are (WHERE, joins, groups …) and so feed every column. Sound: a source
// that is named nowhere has no influence. What this can't read is not guessed: there is no answer, which means "every column".
//
// The plan: json_serialize_plan of DuckDB 1.5, not optimized, where each reference is a place among the columns of the operator below.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mr::data {

using Sources = std::set<std::pair<std::string, std::string>>;  // dataset and column; column "*": how many rows it has

struct Feeds {
  Sources direct{}, condition{};
};

struct Lineage {
  std::vector<Feeds> columns{};  // by place
  Sources rows{};
};

// `kept`: tables that are no datasets, by "schema.name". nullopt: can't tell.
std::optional<Lineage> read_lineage(const nlohmann::json& plan, const std::map<std::string, Lineage>& kept);

// {"kind": "columns", "inputs": {"raw.orders": {"rows": ["status"], "columns": {"total": {"direct": ["price"], "condition": []}}}}}, as
// millrace_attempt.h has it. `names` are those of the columns.
nlohmann::json to_json(const Lineage& lineage, const std::vector<std::string>& names);

}  // namespace mr::data
