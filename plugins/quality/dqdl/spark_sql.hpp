// Predicates and statements that rules hold as Spark SQL, as SQL of the engine.
//
// Pure. Names in back ticks become quoted names, texts in double quotes become texts, == <=> and
// RLIKE become what the engine calls them, functions with another name or other arguments are spelt
// anew. Comments, semicolons and brackets that don't match are refused: an empty result.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace mr::quality::dqdl {

std::optional<std::string> engine_sql(std::string_view spark);

}  // namespace mr::quality::dqdl
