// The options of a DataBrew dataset as a task that loads it: ingest.files for files, with what has no counterpart there in comments.
//
// Pure; any thread. Throws RecipeError: E6001 and E6002 for a text that can't be read, E6015 for what no task could do.
#pragma once
#include <string>
#include <string_view>

namespace mr::recipe {

// One task of a Dag as YAML, indented to stand under `tasks:`. The text is what describe-dataset or create-dataset has, JSON or YAML.
std::string dataset_task(std::string_view text, const std::string& name);

}  // namespace mr::recipe
