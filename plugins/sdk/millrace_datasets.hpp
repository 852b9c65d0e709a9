// Datasets for operators without a library of their own: which files a pinned input has, and how new ones are staged.
//
//   const auto orders = mr::dataset(attempt, "raw.orders");
//   for (const auto& file : orders.files) read(file.path);           // Parquet; the same files at every try of the task
//   for (const auto& batch : mr::rows(attempt, "raw.orders")) …      // or their rows, without a reader of one's own (millrace_rows.hpp)
//
//   mr::Staging clean(attempt, "clean.orders");
//   const auto path = clean.new_file();                              // write Parquet there
//   clean.add(path, rows);                                           // on disk when this returns
//   clean.replace({{"id", "BIGINT"}, {"total", "DECIMAL(18,2)"}});   // or append(): visible if, and only if, the attempt succeeds
//
// The config fields that name the datasets say so by .reads() and .writes(); else the host pins nothing. One thread.
// Errors: E4019 (a dataset that the task does not read or write), E5002 (disk).
#pragma once
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "millrace_plugin.hpp"
#include "millrace_rows.hpp"

namespace mr {

struct DatasetColumn {
  std::string name{}, type{};  // of DuckDB
  bool nullable = true;
};

struct DatasetFile {
  std::string path{};  // absolute
  int64_t rows{}, bytes{};
  Json partition = Json::object();
};

struct Dataset {
  std::string name{};
  int64_t snapshot{};  // 0: there is none yet
  std::vector<DatasetColumn> columns{};
  std::vector<DatasetFile> files{};
  int64_t rows() const {
    int64_t sum = 0;
    for (const auto& file : files) sum += file.rows;
    return sum;
  }
};

namespace datasets {

inline const Json* find(const Attempt& attempt, const char* list, const std::string& name) {
  const auto views = attempt.facts().find(list);
  if (views == attempt.facts().end()) return nullptr;
  for (const auto& view : *views) {
    if (view.value("dataset", "") == name) return &view;
  }
  return nullptr;
}

inline Failure not_of_the_task(const std::string& name, const char* verb, const char* mark) {
  return {"config", "E4019", "the task does not " + std::string(verb) + " the dataset " + name, name, std::string("mark the config field that names it by ") + mark, true};
}

inline void sync(const std::filesystem::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC);
  const bool good = file >= 0 && ::fsync(file) == 0;
  const int reason = errno;
  if (file >= 0) ::close(file);
  if (!good) throw Failure("resource", "E5002", "can't write " + path.filename().string() + " to disk: " + std::strerror(reason), "", "make room; nothing of this attempt was kept", false);
}

}  // namespace datasets

// A dataset that the task reads, as it was when the task first began.
inline Dataset dataset(const Attempt& attempt, const std::string& name) {
  const Json* view = datasets::find(attempt, "inputs", name);
  if (view == nullptr) throw datasets::not_of_the_task(name, "read", ".reads()");
  Dataset found{.name = name, .snapshot = view->value("snapshot", int64_t{0}), .columns = {}, .files = {}};
  for (const auto& column : view->value("columns", Json::array())) found.columns.push_back({column.value("name", ""), column.value("type", ""), column.value("nullable", true)});
  for (const auto& file : view->value("files", Json::array())) {
    found.files.push_back({.path = attempt.fact("data_root") + "/" + file.value("path", ""), .rows = file.value("rows", int64_t{0}), .bytes = file.value("bytes", int64_t{0}), .partition = file.value("partition", Json::object())});
  }
  return found;
}

// New files of a dataset that the task writes. Those that no commit names are removed with the value.
class Staging {
 public:
  Staging(const Attempt& attempt, std::string name) : attempt_(attempt), name_(std::move(name)) {
    const Json* view = datasets::find(attempt, "outputs", name_);
    if (view == nullptr) throw datasets::not_of_the_task(name_, "write", ".writes()");
    read_ = view->value("snapshot", int64_t{0});
    const auto dot = name_.find('.');
    folder_ = std::filesystem::path(name_.substr(0, dot)) / name_.substr(dot + 1);
  }
  ~Staging() {
    std::error_code ignored;
    for (const auto& path : made_) std::filesystem::remove(path, ignored);
  }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // A path that nobody else has, in a folder that is there.
  std::string new_file() {
    const auto folder = root() / folder_;
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) throw Failure("resource", "E5002", "can't make the folder of " + name_ + ": " + failed.message(), "", "check space and permissions of the data folder", false);
    unsigned char bytes[16];
    if (::getrandom(bytes, sizeof bytes, 0) != sizeof bytes) throw RetryError("the system gave no random bytes", "resource");
    std::string word;
    for (const unsigned char byte : bytes) {
      constexpr const char* kDigits = "0123456789abcdef";
      word += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    made_.push_back(folder / (word + ".parquet"));
    return made_.back().string();
  }

  // A whole Parquet file that new_file() named.
  void add(const std::string& path, int64_t rows, const Json& partition = Json::object()) {
    datasets::sync(path, O_RDONLY);
    datasets::sync(std::filesystem::path(path).parent_path(), O_RDONLY | O_DIRECTORY);
    const auto bytes = static_cast<int64_t>(std::filesystem::file_size(path));
    files_.push_back({{"path", std::filesystem::path(path).lexically_relative(root()).string()}, {"rows", rows}, {"bytes", bytes}, {"partition", partition}, {"stats", Json::object()}});
    rows_ += rows;
    bytes_ += bytes;
  }

  void append(const std::vector<DatasetColumn>& columns) { commit("append", columns); }
  void replace(const std::vector<DatasetColumn>& columns) { commit("replace", columns); }

 private:
  std::filesystem::path root() const { return attempt_.fact("data_root"); }

  void commit(const char* operation, const std::vector<DatasetColumn>& columns) {
    Json list = Json::array();
    for (const auto& column : columns) list.push_back({{"name", column.name}, {"type", column.type}, {"nullable", column.nullable}});
    const Json summary{{"rows_in", rows_}, {"rows_out", rows_}, {"rows_rejected", 0}, {"bytes", bytes_}};
    attempt_.commit({{"snapshots", {{{"dataset", name_}, {"operation", operation}, {"read", read_}, {"columns", list}, {"files", files_}, {"summary", summary}, {"checks", Json::array()}}}}, {"positions", Json::array()}});
    for (const auto& file : files_) std::erase(made_, root() / file.at("path").get<std::string>());  // they are the commit's now
  }

  const Attempt& attempt_;
  std::string name_;
  std::filesystem::path folder_{};
  int64_t read_ = 0, rows_ = 0, bytes_ = 0;
  Json files_ = Json::array();
  std::vector<std::filesystem::path> made_{};
};

}  // namespace mr
