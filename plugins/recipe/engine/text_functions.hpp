// Functions for SQL that do in one pass over a text what regular expressions and lists take ten times as long for. Each gives what the
// expression beside it gives; text_pieces.hpp and date_layouts.cpp choose between the two, and a test compares them.
//
//   mr_replace_set(text, set, by)   regexp_replace(text, set, by, 'g')
//   mr_replace_runs(text, set, by)  regexp_replace(text, set+, by, 'g')
//   mr_trim_set(text, set)          the set's characters gone from both ends
//   mr_collapse_set(text, set)      the first character of each run of them
//   mr_capital_words(text)          upper case at the beginning of words, lower case behind; NULL for a text that is not all ASCII
//   mr_plain_time(text)             TIMESTAMP of 2024-02-29, 2024-02-29 13:00:00, 02/29/2024, 02/29/2024 13:00 and 02/29/2024 13:00:00; NULL for all else
//
// A set is a class of characters as CharacterSet knows it. Any thread.
#pragma once
#include "data/session.hpp"

namespace mr::recipe {

// A second time does nothing. Throws RecipeError when DuckDB refuses.
void register_text_functions(mr::data::Session& session);

}  // namespace mr::recipe
