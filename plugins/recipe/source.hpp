// Where operators take a recipe from, and the files that it works on.
//
// One thread. Failures: RecipeError (E6010 for a recipe that can't be read, and those of the
// reader), those of data/table_file.hpp.
#pragma once
#include "data/session.hpp"
#include "data/table_file.hpp"
#include "recipe/engine/recipe.hpp"
#include "recipe/engine/world.hpp"

#include "sdk/millrace_plugin.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace mr::recipe {

// The recipe in the file `path`, or the one that is `steps`: a list of steps, an object around
// them, or the text of a recipe. Filled in with `params`. E6010 also when neither or both are
// given.
Recipe recipe_of(const mr::Attempt& attempt, const std::string& path, const mr::Json& steps,
                 const std::map<std::string, std::string>& params);

// Of a file that an attempt names. E6010.
std::string text_of_file(const std::string& path, const std::string& shown);

// How messages call it.
std::string shown_name(const std::string& path);

// A finder of secrets among the values that a task has.
Secrets secrets_among(const std::map<std::string, std::string>& values);

// The relation of `path` on the session, and what `secondary` calls by names: views over files.
struct Files {
  std::string data{};
  std::map<std::string, std::string> secondary{};  // by the name in the recipe: a file
  std::map<std::string, std::string> types{};      // of data's columns
  bool whole = false, hasty = false;               // data/table_file.hpp
};

inline constexpr auto kData = "data";  // the view over Files::data

std::vector<std::string> paths_of(const Files& files);
std::map<std::string, Dataset> open_files(mr::data::Session& session,
                                          const Files& files);  // the secondary datasets

// Datasets of the attempt under their names with and without the zone.
void add_datasets(std::map<std::string, Dataset>& secondary, mr::data::Session& session,
                  const std::vector<std::string>& datasets);

// What recipes throw, as attempts fail: `recipe` is its shown_name().
void as_failure(const std::string& recipe, const std::function<void()>& act);
mr::Failure failure_of(const std::string& recipe, const RecipeError& error);

}  // namespace mr::recipe
