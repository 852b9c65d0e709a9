#include "app/row_reader.hpp"

#include "app/recipe_words.hpp"
#include "base/text.hpp"
#include "model/dataset_ref.hpp"

namespace millrace {
namespace {

std::string ident(const std::string& name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// A line of its own for what was given, as a comment may end it.
std::string sql_of(const RowsRequest& request) {
  std::vector<std::string> columns;
  for (const auto& column : request.columns) columns.push_back(ident(column));
  const auto dot = request.dataset.find('.');
  const std::string limit = std::to_string(std::clamp(request.limit, 1, kMostRows));
  return "SELECT " + (columns.empty() ? "*" : join(columns, ", ")) + " FROM " + ident(request.dataset.substr(0, dot)) + "." + ident(request.dataset.substr(dot + 1)) +
         (request.where.empty() ? "" : " WHERE (\n" + request.where + "\n)") + (request.sample ? " USING SAMPLE reservoir(" + limit + " ROWS)" : " LIMIT " + limit);
}

Error no_dataset(const std::string& name) {
  return {.code = "E8004", .what = "no dataset " + quote(name), .where = {}, .hint = "`millrace datasets list` shows the names"};
}

Error busy() {
  return {.code = "E8012", .what = "as many as may are looking at rows already", .where = {}, .hint = "try again in a moment"};
}

}  // namespace

DataRowReader::DataRowReader(std::string home, std::vector<std::string> plugin_dirs) {
  words_.home = std::move(home);
  words_.plugin_dirs = std::move(plugin_dirs);
  words_.timeout = "20s";
  words_.memory = "512MiB";
  words_.cpu = 1;
}

Result<Json> DataRowReader::read(const RowsRequest& request) {
  if (auto ref = reference_from(request.dataset); !ref) return ref.error();
  if (request.dataset.find('.') == std::string::npos) return no_dataset(request.dataset);
  if (!free_.try_acquire()) return busy();
  SqlWords words = words_;
  words.sql = sql_of(request);
  auto rows = read_rows(words);
  free_.release();
  return rows;
}

Result<Json> DataRowReader::try_recipe(const TrialRequest& request) {
  for (const auto& name : request.secondary) {
    if (name.find('.') == std::string::npos) return no_dataset(name);
  }
  if (request.dataset.find('.') == std::string::npos) return no_dataset(request.dataset);
  if (!free_.try_acquire()) return busy();
  RecipeWords words;
  words.timeout = words_.timeout;
  words.memory = words_.memory;
  words.plugin_dirs = words_.plugin_dirs;
  auto trial = try_on_dataset(words, words_.home, request);
  free_.release();
  return trial;
}

}  // namespace millrace
