// Where the parts of a checkpoint lie: below its project, as Great Expectations puts them, or
// beside it.
#include "quality/gx_checkpoint/checkpoint.hpp"

#include <algorithm>
#include <filesystem>

namespace mr::quality::checkpoint {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;  // what can't be looked at isn't a file for us
  return fs::is_regular_file(path, ignored);
}

// The project's folder is the one above `checkpoints`; a name must not lead out of it.
std::string first_of(const std::string& folder, const std::vector<std::string>& rooms,
                     const std::vector<std::string>& names) {
  for (const fs::path& root : {fs::path(folder), fs::path(folder) / ".."}) {
    for (const std::string& room : rooms) {
      for (const std::string& name : names) {
        const fs::path path = (root / room / name).lexically_normal();
        if (is_file(path)) return path.string();
      }
    }
  }
  return {};
}

bool leads_out(const std::string& name) {
  const fs::path path(name);
  return path.is_absolute() ||
         std::any_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

}  // namespace

std::string suite_file(const std::string& folder, const std::string& suite) {
  if (leads_out(suite)) return {};
  std::string nested = suite;  // 0.18 makes folders of dots
  std::replace(nested.begin(), nested.end(), '.', '/');
  return first_of(folder, {"expectations", "suites", ""}, {nested + ".json", suite + ".json"});
}

std::string definition_file(const std::string& folder, const std::string& definition) {
  if (leads_out(definition)) return {};
  return first_of(folder, {"validation_definitions", ""}, {definition + ".json"});
}

std::string data_file(const std::string& folder, const Batch& batch) {
  if (!batch.path.empty()) {
    if (fs::path(batch.path).is_absolute()) return is_file(batch.path) ? batch.path : "";
    return first_of(folder, {"", "data", "uncommitted"}, {batch.path});
  }
  if (batch.asset.empty() || leads_out(batch.asset)) return {};
  std::vector<std::string> names{batch.asset};
  for (const char* ending : {".parquet", ".csv", ".csv.gz", ".tsv", ".json", ".ndjson", ".xlsx"})
    names.push_back(batch.asset + ending);
  return first_of(folder, {"", "data"}, names);
}

}  // namespace mr::quality::checkpoint
