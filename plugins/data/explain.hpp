// Attempts that are to say which statements they would run (fact "explain", trait MR_EXPLAINS), and to write nothing.
//
// Pure. Their inputs have columns and no rows. Their output is {"statements": [{"sql", "into"?, "mode"?, "columns"?}]}.
#pragma once
#include "data/publish.hpp"

namespace mr::data {

bool is_to_explain(const Facts& facts);
nlohmann::json statement_for(Session& session, const std::string& into, const std::string& mode, const std::string& select);  // of what would be staged

}  // namespace mr::data
