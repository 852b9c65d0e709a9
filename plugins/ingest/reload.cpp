#include "ingest/reload.hpp"

#include <strings.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "ingest/loaded.hpp"

namespace mr::ingest {
namespace {

constexpr size_t kLongestFolder = 255;  // bytes of a name, of most file systems

mr::Failure refuse(const std::string& what, const LandedFile& file, const std::string& hint) { return {"data", "E5067", what, file.key, hint}; }

}  // namespace

bool keeps_files(const Files::Config& c, const Positions& positions) { return c.mode == "append" && (c.on_change == "reload" || positions.has_partitions()); }

void require_replaceable(const LandedFile& file) {
  if (file.seen.value("partitioned", false)) return;
  throw refuse("the file has changed, and its rows of before don't say that they are of it", file, "they were loaded without on_change: reload; drop the dataset and load all files again, or let the file arrive under a new name");
}

void require_short_name(const LandedFile& file) {
  size_t length = std::string("_file=").size();  // in the name of a folder other bytes than these are three
  for (const unsigned char c : file.key) length += std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~' ? 1 : 3;
  if (length > kLongestFolder) throw refuse("the file's name is too long for a partition of its own, which on_change: reload makes", file, "let it arrive under a shorter name, or in a folder beside the Dag");
}

void require_no_file_column(const Columns& columns, const LandedFile& file) {
  if (std::any_of(columns.begin(), columns.end(), [](const auto& column) { return ::strcasecmp(column.name.c_str(), kFileColumn) == 0; })) {
    throw refuse("a column is called _file, which is the one that on_change: reload makes", file, "give it another name by `columns` or `schema`");
  }
}

Columns without_file_column(Columns columns) {
  std::erase_if(columns, [](const auto& column) { return column.name == kFileColumn; });
  return columns;
}

Reload reload_of(const mr::data::Facts& facts, const std::string& into, const std::vector<LandedFile>& files) {
  Reload reload;
  std::map<nlohmann::json, int64_t> rows;  // by partition
  const auto output = output_of(facts, into);
  for (const auto& one : output.at("files")) rows[one.value("partition", nlohmann::json())] += one.value("rows", int64_t{0});
  for (const auto& file : files) {
    nlohmann::json partition = {{kFileColumn, file.key}};
    const auto before = rows.find(partition);
    if (file.seen.is_null() && before == rows.end()) continue;
    reload.operation = "overwrite_partitions";
    reload.clears.push_back(std::move(partition));
    ++reload.files;
    reload.rows += before == rows.end() ? 0 : before->second;
  }
  return reload;
}

}  // namespace mr::ingest
