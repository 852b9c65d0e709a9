// Rows as Parquet files of a dataset, on disk for good, with what the catalog keeps of each file: rows, bytes, partition, statistics.
//
// One statement writes them, whatever their number, and tells the statistics: nothing is read again. Files of a dataset without
// partitions are of about `file_bytes`, after which the next one begins. Errors: E5002 (disk; what was written is removed), E5021, SqlError.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::data {

struct Facts;

// One part of the attempt's data commit: several make one commit.
struct Staged {
  nlohmann::json snapshot{};   // as in millrace_attempt.h
  int64_t rows{}, bytes{};
};

// The rows of `select`, synced to disk. No row, no file.
Staged stage(Session& session, const Facts& facts, const std::string& dataset, const std::string& operation, const std::string& select,
             const std::vector<std::string>& partition_by = {}, const std::vector<std::string>& sort_by = {}, int64_t file_bytes = int64_t{256} << 20);

// So many folders at most; more are refused (E5021).
bool has_few_partitions(Session& session, const std::string& select, const std::vector<std::string>& partition_by);

// `more` of the same dataset joins `staged`.
void join(Staged& staged, Staged more);

// Its files go, when nothing will be published of them.
void unstage(const Facts& facts, const Staged& staged) noexcept;

// A SELECT of the rows staged.
std::string staged_rows(const Facts& facts, const Staged& staged);

}  // namespace mr::data
