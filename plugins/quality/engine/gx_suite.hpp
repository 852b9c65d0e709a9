// A suite file of Great Expectations, 0.18 or 1.x, compiled against a table.
//
// Values; one thread. E7002 for what is not a suite. An expectation that is unknown, has arguments
// that can't be used, or names what the table lacks becomes a check that fails with its reason:
// none is left out.
#pragma once
#include "quality/engine/gx_expectation.hpp"

namespace mr::quality::gx {

struct Entry {
  nlohmann::json config{};  // type, kwargs with their parameters evaluated, meta, id, severity …
  Compiled compiled{};
};

struct Suite {
  std::string name{};
  nlohmann::json parameters{}, meta{};
  std::vector<Entry> entries{};
};

// `parameters` of the run win over the suite's own. `now`: ISO, UTC.
Suite load_suite(const nlohmann::json& suite, const std::string& name, const Target& target,
                 Measures& measures, const nlohmann::json& parameters, const std::string& now);

// One expectation alone: {"type", "kwargs"}.
Entry load_entry(const nlohmann::json& entry, const std::string& where, const Target& target,
                 Measures& measures);

}  // namespace mr::quality::gx
