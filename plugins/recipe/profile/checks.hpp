// Checks that a table could have from now on: what its profile shows, as a person would put it,
// each with its reason.
//
// One thread. Every check holds on the table that it was proposed for. Bounds are round and leave
// head room; sets are those of columns with few values that all occur again; keys are what looks
// like one. Values of rows stand in checks (they are what is accepted), and in no reason.
#pragma once
#include "data/session.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mr::recipe {

enum class CheckKind : uint8_t {
  rows = 1,
  columns,
  type,
  present,
  unique,
  values,
  range,
  since,
  lengths,
  unique_rows
};

struct ProposedCheck {
  CheckKind kind{};
  std::string column{};                 // none: of the table
  std::string reason{};                 // without values of rows
  std::optional<double> low{}, high{};  // of rows, range and lengths; both are good themselves
  double share = 1;                     // of rows that have a value, at least
  nlohmann::json values{};              // texts or whole numbers; of columns: their names
  std::string type{};                   // SQL; of since: DATE or a timestamp
  std::string day{};                    // the earliest
  bool nulls = false;                   // the column has some, which only `present` is about
};

std::string_view name(CheckKind kind);

// `relation` is the name of a table or view as SQL. Of a table without rows: its columns alone.
// RecipeError E6061 when it has no column that can be profiled.
std::vector<ProposedCheck> propose_checks(mr::data::Session& session, const std::string& relation);

// The same as a file of checks: a suite of Great Expectations 1.x, JSON, or DQDL rules. What a
// dialect has no words for is left out of it.
enum class CheckFormat : uint8_t { gx = 1, dqdl };
std::string checks_text(const std::vector<ProposedCheck>& checks, CheckFormat format,
                        const std::string& name);

// How many expectations or rules a check becomes; they stand in the text in the order of the
// checks.
size_t count_in(const ProposedCheck& check, CheckFormat format);

// Those that hold, by the same executor that will judge them; what doesn't is taken out, and
// returned. There should be none: a proof, and no second opinion.
std::vector<ProposedCheck> take_out_what_fails(mr::data::Session& session,
                                               const std::string& relation, CheckFormat format,
                                               std::vector<ProposedCheck>& checks);

}  // namespace mr::recipe
