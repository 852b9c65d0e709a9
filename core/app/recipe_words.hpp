// `millrace recipe`: cleansing recipes on files, without a server: run one, see its SQL, try it on
// a few rows, write it in its other form.
//
// The plugin `recipe` does the work, in a process of its own, confined to the files that the words
// name, with limits on time and memory. Each returns the exit code.
#pragma once
#include "app/commands.hpp"
#include "engine/row_reader.hpp"

#include <string>
#include <vector>

namespace millrace {

struct RecipeWords {
  std::string recipe{}, data{}, out{};
  std::vector<std::string> schema{}, secondary{}, params{}, keys{},
      plugin_dirs{};                // all but the last: NAME=VALUE
  std::string secrets = "secrets";  // folder
  std::string timeout = "1h", memory = "2GiB";
  std::string to{};           // of convert: yaml or json; by the new file's name when empty; task: of a DataBrew dataset
  int step = 100, rows = 20;  // of try
};

// The table goes to `out`, the row account to standard error.
int run_recipe(const RecipeWords& words, Output output);

// The statements and how many of them read the rows; without data by the columns that the recipe
// names.
int explain_recipe(const RecipeWords& words, Output output);

// Before and after of each step, on the first rows of the data. 1 when a step can't be done.
int try_recipe(const RecipeWords& words, Output output);

// The recipe in its other form to the file `out`; "-": to standard output.
int convert_recipe(const RecipeWords& words, Output output);

// The same trial on a dataset of a home's catalog, for the doors of a server; timeout, memory and
// plugin_dirs of the words count.
Result<Json> try_on_dataset(const RecipeWords& words, const std::string& home,
                            const TrialRequest& request);

}  // namespace millrace
