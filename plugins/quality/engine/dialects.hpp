// Which dialect a text of checks is in, and its checks whatever that is.
//
// One thread. Its content says the dialect: JSON is a suite of Great Expectations unless it has the
// shape of a ruleset of DataBrew, of a contract, or of short checks; YAML is one of these; any
// other text is DQDL. QualityError for a text that can't be read as what it is.
#pragma once
#include "quality/dqdl/world.hpp"
#include "quality/engine/gx_suite.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace mr::quality {

enum class Dialect : uint8_t { expectations = 1, dqdl, short_checks, contract, databrew };

Dialect dialect_of(const std::string& text, const std::string& name);

struct CheckText {
  const std::string& text;
  const std::string& name;    // of the file: in messages
  const std::string& object;  // of a contract: which of its objects the rows are; or empty
  const dqdl::World& world;
};

// A suite's checks; those of a contract and short ones have its form, too.
gx::Suite read_suite(const CheckText& given, Dialect dialect, const Target& target,
                     Measures& measures, const nlohmann::json& parameters, const std::string& now);

std::vector<Check> read_checks(const CheckText& given, const Target& target, Measures& measures);

// The checks of one item of a task's `checks` that is a short one. `place` names it in messages.
std::vector<Check> read_short(const nlohmann::json& entry, const std::string& place,
                              const Target& target, Measures& measures, const dqdl::World& world);
bool is_short(const nlohmann::json& entry);  // has the word of a kind

}  // namespace mr::quality
