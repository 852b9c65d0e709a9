#include "recipe/looked_at.hpp"

#include "common/draft.hpp"
#include "data/table_file.hpp"
#include "recipe/engine/recipe.hpp"

namespace mr::recipe {

LookedAt open_looked_at(const mr::data::Facts& facts, const mr::Attempt& attempt, const std::string& input, const std::string& file, const std::map<std::string, std::string>& types) {
  if (input.empty() == file.empty()) throw RecipeError("E6062", "give either 'input' or 'file'");
  if (file.empty()) return {mr::data::open_confined_session(facts), mr::data::relation_of(input)};
  const std::string path = attempt.path(file);
  LookedAt out{mr::data::open_session(facts, mr::data::extensions_for_files({path})), {}};
  mr::data::confine(out.session, facts, {path});
  {
    const mr::data::Watch watch(out.session, attempt);
    out.relation = "_mr_file";
    mr::data::open_table_file(out.session, path, out.relation, types);
  }
  return out;
}

void write_text(const mr::Attempt& attempt, const std::string& path, const std::string& text) {
  const std::string place = mr::files::absolute(attempt, path);
  mr::files::check_place(place, true);
  mr::files::Draft draft(place);
  draft.write(text);
  draft.keep(0644);
}

}  // namespace mr::recipe
