// The row account of a recipe as JSON, for outputs of operators: rows in, out, removed and
// reshaped, cells changed. Pure.
#pragma once
#include "recipe/engine/compile.hpp"

#include "sdk/millrace_plugin.hpp"

namespace mr::recipe {

// {"recipe_rows_in", "recipe_rows_out", "removed": [{"step", "action", "rows", "why"}], "reshaped":
// [{…, "rows_before", "rows_after"}], "cells_changed": [{…, "cells"}]}; why is the step in the
// short form.
mr::Json account_json(const Recipe& recipe, const Account& account);

}  // namespace mr::recipe
