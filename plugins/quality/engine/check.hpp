// What both dialects compile to: a named check that asks for measures and judges their values.
//
// Values; one thread. `failing` is SQL, true for the rows to blame; empty for checks that are not about single rows.
#pragma once
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <vector>

#include "data/session.hpp"
#include "quality/engine/measures.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::quality {

// A suite or a rule that can't be read or is not known: final, class "config".
struct QualityError : mr::Failure {
  QualityError(std::string code_, std::string what_, std::string where_ = {}, std::string hint_ = {})
      : mr::Failure("config", std::move(code_), std::move(what_), std::move(where_), std::move(hint_)) {}
};

struct Verdict {
  bool success = false;
  nlohmann::json facts = nlohmann::json::object();  // observed, unexpected_count, considered, reason …: never a row value
};

struct Check {
  std::string name{};
  std::string failing{};
  std::function<Verdict(const Measures&)> judge{};
  std::string unfit{};  // why no rows with such columns can be judged; else empty
};

// The relation that a suite is compiled against.
struct Target {
  mr::data::Session& session;
  std::string relation;
  std::vector<mr::data::ColumnInfo> columns;
  const mr::data::ColumnInfo* find(const std::string& name, bool exact_case) const;
};

bool is_text(const std::string& type);
bool is_number(const std::string& type);
bool is_moment(const std::string& type);  // date or timestamp

// Refuses what RE2 can't do, by name.
void require_regex(mr::data::Session& session, const std::string& pattern, const std::string& where);

Check settled(std::string name, bool success, nlohmann::json facts);  // needs no data
Check unfit(std::string name, std::string reason);                     // a failed check: the suite is fine, the columns are not
std::string both(const std::string& a, const std::string& b);          // a AND b; either may be empty
std::string repeated_rows(const std::string& relation, const std::vector<std::string>& keys, const std::string& filter);

std::vector<Check> read_gx_suite(const nlohmann::json& suite, const std::string& name, const Target& target, Measures& measures);
std::vector<Check> read_dqdl(const std::string& text, const std::string& name, const Target& target, Measures& measures);

}  // namespace mr::quality
