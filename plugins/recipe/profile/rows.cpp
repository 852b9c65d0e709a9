#include "recipe/profile/rows.hpp"

#include "data/table_file.hpp"

namespace mr::recipe {

std::string open_rows(mr::data::Session& session, const std::string& path) {
  constexpr auto kRelation = "_mr_file";
  const std::string kind = path.ends_with(".parquet") ? "TEMP VIEW " : "TEMP TABLE ";
  const auto open = [&](bool whole) { session.run("CREATE OR REPLACE " + kind + kRelation + " AS " + mr::data::rows_of_file(session, path, {.types = {}, .whole = whole})); };
  try {
    open(false);
  } catch (const mr::data::SqlError& error) {
    if (error.error_class != "data") throw;
    open(true);  // the first rows misled about a type
  }
  return kRelation;
}

}  // namespace mr::recipe
