// Nested columns: the names of DuckDB's types taken apart, and paths that lead into values.
//
// Pure; any thread. A path is `column`.`field`[0]: names in back ticks (a doubled one is a back tick) or bare, elements counted from 0.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "recipe/engine/builder.hpp"

namespace mr::recipe {

std::optional<std::string> element_type(std::string_view type);                                         // of INTEGER[] and INTEGER[3]
std::optional<std::pair<std::string, std::string>> map_types(std::string_view type);                    // of MAP(VARCHAR, INTEGER)
std::optional<std::vector<std::pair<std::string, std::string>>> struct_fields(std::string_view type);   // of STRUCT(a INTEGER, "b c" VARCHAR)

struct PathPart {
  std::string name{};            // of a field, or the key of a map
  std::optional<int64_t> index{};  // or of an element
};

std::vector<PathPart> read_path(const Builder& builder, const std::string& parameter);

struct Nested {
  std::string sql{}, type{};
};

// The value at the end of the path; what a row lacks there is NULL, a field that no row can have is refused.
Nested follow(const Builder& builder, const std::string& parameter, Nested from, const std::vector<PathPart>& path);

}  // namespace mr::recipe
