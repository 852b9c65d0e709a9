// SQL texts with {{ }} in them: what an expression gives stands in the text as a value, whatever it holds, and never as SQL.
//
// Pure; any thread. A text is quoted, a number stands as it is, null is NULL, a list is (1, 2) for IN, an object its JSON text. Within
// quotes of the author's the value continues the text; in a comment it is left out. DuckDB's lexical rules: standard strings, E'' with
// backslashes, "names", $$ … $$, -- and nested /* */. Source: dag-yaml.md, "Expressions"; DuckDB's manual, "Literal types".
#pragma once
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

// Fields are paths: sql, or sections[].sql for that of each item of a list.
// Before evaluate(): texts of these fields that hold expressions become lists of {"text"} and {"value": "{{ … }}"}. Errors: E1060.
Result<Json> take_sql_apart(Json config, const std::vector<std::string>& fields);
// After it: texts again. E1068: a value can't stand where it is to stand ($$ … $$), or holds a NUL.
Result<Json> put_sql_together(Json config, const std::vector<std::string>& fields);

}  // namespace millrace
