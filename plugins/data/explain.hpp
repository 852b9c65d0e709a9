// Attempts that are to say which statements they would run (fact "explain", trait MR_EXPLAINS), and to write nothing.
//
// Pure. Their inputs have columns and no rows. Their output is {"statements": [{"sql", "into"?, "mode"?, "columns"?}]}.
#pragma once
#include "data/publish.hpp"

namespace mr::data {

bool is_to_explain(const Facts& facts);

// Of what would be published. Failures are those that a run would have before it looks at a row: keys, partition_by, sort_by and the task's
// checks are held against the columns (E5050, E5053, E7xxx).
nlohmann::json statement_for(Session& session, const Facts& facts, const PublishOptions& options, const std::string& select);

// Of one that writes no dataset: refused unless it is one SELECT.
nlohmann::json statement_for(Session& session, const std::string& select);

// All statements of an operator that hands the rows of one SELECT on. The columns that the config's field `where` names have to be among them.
nlohmann::json statements_for(const Facts& facts, const std::string& select, const std::vector<std::string>& columns, const std::string& where);

// E5050 where one of the columns is not there, whatever its case; `where` is the config's field.
void require_columns(const std::vector<ColumnInfo>& columns, const std::vector<std::string>& names, const std::string& where);

}  // namespace mr::data
