// COPY to Parquet with what DuckDB tells about each file that it wrote. One thread.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::data {

struct Copied {
  std::string file{};
  int64_t rows{}, bytes{};
  std::map<std::string, std::string> partition{};  // where there are partitions; a value that is missing is NULL
  nlohmann::json stats = nlohmann::json::object();  // per column nulls, min, max; of the first 60, and of texts of 64 bytes at most
};

// `copy` is a COPY statement with RETURN_STATS; `columns` are those of its rows.
std::vector<Copied> copy_with_stats(Session& session, const std::string& copy, const std::vector<ColumnInfo>& columns);

}  // namespace mr::data
