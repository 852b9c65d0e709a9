// Word stems by the algorithm of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980.
//
// Pure; any thread. Words of lower-case ASCII letters are cut; anything else comes back as it is.
#pragma once
#include <string>
#include <string_view>

struct _duckdb_connection;

namespace mr::recipe {

std::string porter_stem(std::string_view word);

// Makes porter_stem known to SQL as mr_porter_stem(VARCHAR); a second time does nothing. Throws RecipeError when DuckDB refuses.
void register_stemmer(_duckdb_connection* connection);

}  // namespace mr::recipe
