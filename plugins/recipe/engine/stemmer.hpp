// Word stems by the algorithms of M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980, and of C. D. Paice with
// G. Husk, "Another stemmer", SIGIR Forum 24(3), 1990, which is called after Lancaster.
//
// Pure; any thread. Words of lower-case ASCII letters are cut; anything else comes back as it is.
#pragma once
#include <string>
#include <string_view>

struct _duckdb_connection;

namespace mr::recipe {

std::string porter_stem(std::string_view word);
std::string lancaster_stem(std::string_view word);

// Makes them known to SQL as mr_porter_stem(VARCHAR) and mr_lancaster_stem(VARCHAR); a second time does nothing. Throws RecipeError when
// DuckDB refuses.
void register_stemmers(_duckdb_connection* connection);

}  // namespace mr::recipe
