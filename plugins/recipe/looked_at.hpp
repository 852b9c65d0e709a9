// What the operators share that look at a dataset or at a file: the session with its rows, and files that are whole at their place.
//
// One thread. Failures: RecipeError E6062 (neither or both), those of data/table_file.hpp and common/draft.hpp.
#pragma once
#include <map>
#include <string>

#include "data/publish.hpp"
#include "sdk/millrace_plugin.hpp"

namespace mr::recipe {

struct LookedAt {
  mr::data::Session session;
  std::string relation{};  // as SQL
};

// `types`: of columns of a file, in place of those that are sniffed.
LookedAt open_looked_at(const mr::data::Facts& facts, const mr::Attempt& attempt, const std::string& input, const std::string& file, const std::map<std::string, std::string>& types = {});

// `path` is against the Dag's folder.
void write_text(const mr::Attempt& attempt, const std::string& path, const std::string& text);

}  // namespace mr::recipe
