// What every dialect compiles to: a named check that asks for measures (measures.hpp), judges their values, and can say which rows are to
// blame (failing_rows.hpp).
//
// Values; one thread. A check that can't be evaluated is not left out: it is refused() or unfit(), and fails with its reason.
#pragma once
#include <nlohmann/json.hpp>

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "data/session.hpp"
#include "quality/engine/measures.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::quality::dqdl {
struct World;
}

namespace mr::quality {

// A suite or a rule that can't be read or is not known: final, class "config".
struct QualityError : mr::Failure {
  QualityError(std::string code_, std::string what_, std::string where_ = {}, std::string hint_ = {})
      : mr::Failure("config", std::move(code_), std::move(what_), std::move(where_), std::move(hint_)) {}
};

struct Verdict {
  bool success = false;
  nlohmann::json facts = nlohmann::json::object();  // observed, unexpected_count, considered, reason …: never a row value
  nlohmann::json values{};                          // what may hold values of rows: for results that are asked to show them
};

struct Check {
  std::string name{};
  std::string failing{};  // SQL, true for the rows to blame; empty for checks that are not about single rows. May hold Measures::value_sql()
  std::function<Verdict(const Measures&)> judge{};
  std::string unfit{};                    // why no rows with such columns can be judged; else empty
  std::optional<QualityError> refusal{};  // why it can't be evaluated on any rows; else absent
  std::string on_fail{};                  // fail, warn or quarantine, where its own text says it; else empty
};

// The relation that a suite is compiled against.
struct Target {
  mr::data::Session& session;
  std::string relation;
  std::vector<mr::data::ColumnInfo> columns;
  bool approximate = false;  // counts of distinct values and quantiles may be estimates; the facts say so then
  const mr::data::ColumnInfo* find(const std::string& name, bool exact_case) const;
};

bool is_text(const std::string& type);
bool is_number(const std::string& type);
bool is_moment(const std::string& type);  // date or timestamp

// Refuses what RE2 can't do, by name.
void require_regex(mr::data::Session& session, const std::string& pattern, const std::string& where);

Check estimated(Check check);  // whose facts say that they are by estimates
Check settled(std::string name, bool success, nlohmann::json facts);  // needs no data
Check unfit(std::string name, std::string reason);                     // a failed check: the suite is fine, the columns are not
Check refused(std::string name, const QualityError& error);            // a failed check: unknown, or its arguments are wrong; facts {reason, code, hint}
// The verdict of a check whose measures can't be computed, with the first reason; absent when all could.
std::optional<Verdict> hindered(const Measures& measures, std::initializer_list<MeasureId> ids);
std::string both(const std::string& a, const std::string& b);          // a AND b; either may be empty
std::string repeated_rows(const std::string& relation, const std::vector<std::string>& keys, const std::string& filter);

std::vector<Check> read_gx_suite(const nlohmann::json& suite, const std::string& name, const Target& target, Measures& measures);
std::vector<Check> read_dqdl(const std::string& text, const std::string& name, const Target& target, Measures& measures, const dqdl::World& world);

}  // namespace mr::quality
