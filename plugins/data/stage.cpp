#include "data/stage.hpp"

#include <fcntl.h>
#include <strings.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "data/copy.hpp"
#include "data/few_values.hpp"
#include "data/files.hpp"
#include "data/publish.hpp"

namespace mr::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int64_t kMostPartitions = 1000;
// Values of a column in a row group beyond which it gets no dictionary. DuckDB would go on to a fifth of its rows, and for columns of many
// values looking each of them up costs half of all writing; what repeats less than thirty times gains little by it, also when it is read.
constexpr int kMostDictionary = 4096;

// A folder below the data root that a statement writes into: gone at the end, with what was not moved from it.
class Made {
 public:
  explicit Made(fs::path folder) : folder_(std::move(folder)) {
    std::error_code failed;
    fs::create_directories(folder_, failed);
    if (failed) throw mr::Failure("resource", "E5002", "can't make the folder " + folder_.filename().string() + ": " + failed.message(), "", "make room, or check permissions", false);
  }
  ~Made() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;
  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

json columns_json(const std::vector<ColumnInfo>& columns) {
  json list = json::array();
  for (const auto& column : columns) list.push_back({{"name", column.name}, {"type", column.type}, {"nullable", true}});
  return list;
}

std::string names(const std::vector<std::string>& columns) {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + ident(column);
  return list;
}

// Parquet has no HUGEINT, and DuckDB would write a DOUBLE, of which 15 digits are right. A view of the dataset has its own type again.
std::string as_parquet_has_it(const std::string& select, const std::vector<ColumnInfo>& columns) {
  std::string exact;
  for (const auto& column : columns) {
    if (column.type == "HUGEINT") exact += (exact.empty() ? "" : ", ") + ("CAST(" + ident(column.name) + " AS DECIMAL(38, 0)) AS " + ident(column.name));
  }
  return exact.empty() ? select : "SELECT * REPLACE (" + exact + ") FROM (" + select + ")";
}

// The files go to `into` under names of their own; nothing that a reader could find before they are committed.
std::string copy_statement(const std::string& select, const std::string& into, const std::vector<std::string>& partition_by, const std::vector<std::string>& sort_by, int64_t file_bytes) {
  const std::string order = sort_by.empty() ? std::string() : " ORDER BY " + names(sort_by);
  const std::string layout = partition_by.empty() ? "FILE_SIZE_BYTES " + std::to_string(file_bytes) : "PARTITION_BY (" + names(partition_by) + "), WRITE_PARTITION_COLUMNS true";
  return "COPY (" + select + order + ") TO " + literal(into) + " (FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT " + std::to_string(kMostDictionary) + ", " + layout + ", FILENAME_PATTERN '{uuidv7}', RETURN_STATS)";
}

std::vector<Copied> copied(Session& session, const std::string& select, const std::vector<ColumnInfo>& columns, const std::string& into, const std::vector<std::string>& partition_by,
                           const std::vector<std::string>& sort_by, int64_t file_bytes) {
  if (partition_by.empty()) return copy_with_stats(session, copy_statement(select, into, partition_by, sort_by, file_bytes), columns);
  const FewValues few(session, kMostPartitions);
  try {
    return copy_with_stats(session, copy_statement(few.guard(select, partition_by), into, partition_by, sort_by, file_bytes), columns);
  } catch (const mr::Failure&) {
    if (!few.exceeded()) throw;
    throw mr::Failure("config", "E5021", "partition_by gives more than 1,000 partitions", "with.partition_by", "partition by a coarser column");
  }
}

// Names of columns differ in more than case.
bool same_name(const std::string& a, const std::string& b) { return ::strcasecmp(a.c_str(), b.c_str()) == 0; }

json file_json(const Copied& file, const std::string& path, const std::vector<std::string>& partition_by) {
  json partition = json::object();
  for (const auto& column : partition_by) {
    const auto value = std::find_if(file.partition.begin(), file.partition.end(), [&](const auto& one) { return same_name(one.first, column); });
    partition[column] = value == file.partition.end() ? json() : json(value->second);
  }
  return {{"path", path}, {"rows", file.rows}, {"bytes", file.bytes}, {"partition", std::move(partition)}, {"stats", file.stats}};
}

// From the folder where the statement wrote them to their places in the dataset, everything on disk: each file once, each folder once.
class Places {
 public:
  Places(fs::path root, fs::path dataset) : root_(std::move(root)), dataset_(std::move(dataset)) {}
  ~Places() {
    std::error_code ignored;
    for (const auto& file : moved_) fs::remove(root_ / file, ignored);
  }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  std::string take(const fs::path& file, const fs::path& from) {
    sync(file, O_RDONLY);
    const auto place = dataset_ / file.lexically_relative(from);
    std::error_code failed;
    fs::create_directories((root_ / place).parent_path(), failed);
    if (!failed) fs::rename(file, root_ / place, failed);
    if (failed) throw mr::Failure("resource", "E5002", "can't write " + place.filename().string() + ": " + failed.message(), "", "make room, or check permissions", false);
    moved_.push_back(place);
    for (auto at = place.parent_path(); !at.empty(); at = at.parent_path()) folders_.insert(at);
    return place.string();
  }
  void keep() {
    for (const auto& folder : folders_) sync(root_ / folder, O_RDONLY | O_DIRECTORY);
    moved_.clear();
  }

 private:
  fs::path root_, dataset_;
  std::vector<fs::path> moved_{};
  std::set<fs::path> folders_{};
};

}  // namespace

bool has_few_partitions(Session& session, const std::string& select, const std::vector<std::string>& partition_by) {
  return session.query("SELECT count(*) FROM (SELECT DISTINCT " + names(partition_by) + " FROM (" + select + ") LIMIT " + std::to_string(kMostPartitions + 1) + ")").integer(0, 0) <= kMostPartitions;
}

Staged stage(Session& session, const Facts& facts, const std::string& dataset, const std::string& operation, const std::string& select,
             const std::vector<std::string>& partition_by, const std::vector<std::string>& sort_by, int64_t file_bytes) {
  const auto dot = dataset.find('.');
  const fs::path root = facts.json.value("data_root", ""), folder = fs::path(dataset.substr(0, dot)) / dataset.substr(dot + 1);
  const auto columns = session.describe(select);
  const Made made(root / folder / ("." + uuid()));
  Places places(root, folder);
  Staged staged;
  json files = json::array();
  for (const auto& file : copied(session, as_parquet_has_it(select, columns), columns, made.folder().string(), partition_by, sort_by, file_bytes)) {
    if (file.rows == 0) continue;
    files.push_back(file_json(file, places.take(file.file, made.folder()), partition_by));
    staged.rows += file.rows;
    staged.bytes += file.bytes;
  }
  places.keep();
  staged.snapshot = {{"dataset", dataset}, {"operation", operation}, {"columns", columns_json(columns)}, {"files", std::move(files)}, {"summary", json::object()}};
  for (const auto& output : facts.json.value("outputs", json::array())) {
    if (output.value("dataset", "") == dataset) staged.snapshot["read"] = output.value("snapshot", int64_t{0});
  }
  return staged;
}

void join(Staged& staged, Staged more) {
  staged.rows += more.rows;
  staged.bytes += more.bytes;
  for (auto& file : more.snapshot.at("files")) staged.snapshot.at("files").push_back(std::move(file));
}

void unstage(const Facts& facts, const Staged& staged) noexcept {
  if (!staged.snapshot.contains("files")) return;
  for (const auto& file : staged.snapshot.at("files")) {
    std::error_code ignored;
    fs::remove(fs::path(facts.json.value("data_root", "")) / file.at("path").get<std::string>(), ignored);
  }
}

std::string staged_rows(const Facts& facts, const Staged& staged) {
  std::string columns, files;
  const bool none = staged.snapshot.at("files").empty();
  for (const auto& column : staged.snapshot.at("columns")) {
    const auto name = ident(column.at("name").get<std::string>());
    columns += (columns.empty() ? "" : ", ") + ("CAST(" + (none ? std::string("NULL") : name) + " AS " + column.at("type").get<std::string>() + ") AS " + name);
  }
  for (const auto& file : staged.snapshot.at("files")) {
    files += (files.empty() ? "" : ", ") + path_literal(facts.json.value("data_root", "") + "/" + file.at("path").get<std::string>());
  }
  return "SELECT " + columns + (none ? std::string(" WHERE false") : " FROM read_parquet([" + files + "], hive_partitioning = false)");
}

}  // namespace mr::data
