#include "app/row_reader.hpp"

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
  if (request.dataset.find('.') == std::string::npos) return Error{.code = "E8004", .what = "no dataset " + quote(request.dataset), .where = {}, .hint = "`millrace datasets list` shows the names"};
  if (!free_.try_acquire()) return Error{.code = "E8012", .what = "as many as may are looking at rows already", .where = {}, .hint = "try again in a moment"};
  SqlWords words = words_;
  words.sql = sql_of(request);
  auto rows = read_rows(words);
  free_.release();
  return rows;
}

}  // namespace millrace
