#include "recipe/source.hpp"

#include "data/publish.hpp"

#include <fstream>
#include <sstream>

namespace mr::recipe {
namespace {

std::string where_in(const std::string& file, const std::string& where) {
  if (where.starts_with(file)) return where;
  return where.empty() ? file : file + ": " + where;
}

}  // namespace

Recipe recipe_of(const mr::Attempt& attempt, const std::string& path, const mr::Json& steps,
                 const std::map<std::string, std::string>& params) {
  const std::string shown = shown_name(path);
  if (path.empty() == steps.is_null())
    throw RecipeError("E6010", path.empty() ? "there is no recipe" : "there are two recipes", {},
                      "give either the path of one as 'recipe', or its steps as 'steps'");
  const std::string text = steps.is_null() ? text_of_file(attempt.path(path), shown)
                           : steps.is_string()
                               ? steps.get<std::string>()
                               : steps.dump(-1, ' ', false, mr::Json::error_handler_t::replace);
  Recipe recipe = read_recipe(text, shown);
  fill_in(recipe, params);
  return recipe;
}

std::string text_of_file(const std::string& path, const std::string& shown) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file)
    throw RecipeError("E6010", "recipe '" + shown + "' can't be read", {},
                      "check the path; in a Dag it starts at the folder of the Dag");
  return text.str();
}

std::string shown_name(const std::string& path) {
  return path.empty() ? "steps" : path;
}

Secrets secrets_among(const std::map<std::string, std::string>& values) {
  return [&values](const std::string& name) {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::vector<std::string> paths_of(const Files& files) {
  std::vector<std::string> paths;
  if (!files.data.empty()) paths.push_back(files.data);
  for (const auto& [name, path] : files.secondary) paths.push_back(path);
  return paths;
}

std::map<std::string, Dataset> open_files(mr::data::Session& session, const Files& files) {
  if (!files.data.empty())
    session.run(
        "CREATE OR REPLACE TEMP VIEW " + std::string(kData) + " AS " +
        mr::data::rows_of_file(session, files.data,
                               {.types = files.types, .whole = files.whole, .hasty = files.hasty}));
  std::map<std::string, Dataset> secondary;
  for (const auto& [name, path] : files.secondary) {
    const std::string view = "secondary_" + std::to_string(secondary.size() + 1);
    session.run("CREATE OR REPLACE TEMP VIEW " + view + " AS " +
                mr::data::rows_of_file(session, path, {.types = {}, .whole = files.whole}));
    secondary[name] = {view, session.describe(view)};
  }
  return secondary;
}

void add_datasets(std::map<std::string, Dataset>& secondary, mr::data::Session& session,
                  const std::vector<std::string>& datasets) {
  for (const std::string& dataset : datasets) {
    const std::string relation = mr::data::relation_of(dataset);
    const Dataset known{relation, session.describe(relation)};
    secondary[dataset] = known;
    secondary[dataset.substr(dataset.find('.') + 1)] = known;
  }
}

mr::Failure failure_of(const std::string& recipe, const RecipeError& error) {
  return {"config", error.code, error.problem, where_in(recipe, error.where), error.hint};
}

void as_failure(const std::string& recipe, const std::function<void()>& act) {
  try {
    act();
  } catch (const RecipeError& error) {
    throw failure_of(recipe, error);
  }
}

}  // namespace mr::recipe
