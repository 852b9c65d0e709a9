#include "data/copy.hpp"

#include <duckdb.h>

#include "data/sql_error.hpp"

namespace mr::data {
namespace {

using nlohmann::json;
using Texts = std::map<std::string, std::string>;

constexpr size_t kMostStatColumns = 60, kMostStatText = 64;

struct Answer {
  duckdb_result result{};
  ~Answer() { duckdb_destroy_result(&result); }
};

struct Chunk {
  duckdb_data_chunk chunk{};
  ~Chunk() { duckdb_destroy_data_chunk(&chunk); }
};

bool is_null(duckdb_vector vector, idx_t row) {
  auto* valid = duckdb_vector_get_validity(vector);
  return valid != nullptr && !duckdb_validity_row_is_valid(valid, row);
}

std::string text_at(duckdb_vector vector, idx_t row) {
  auto* string = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)) + row;
  return {duckdb_string_t_data(string), duckdb_string_t_length(*string)};
}

int64_t number_at(duckdb_vector vector, idx_t row) { return static_cast<int64_t>(static_cast<uint64_t*>(duckdb_vector_get_data(vector))[row]); }

// What stands in one place of a map; a map is a list of pairs.
struct Entries {
  duckdb_vector keys{}, values{};
  idx_t first = 0, end = 0;
};

Entries entries_at(duckdb_vector map, idx_t row) {
  if (is_null(map, row)) return {};
  const auto pairs = duckdb_list_vector_get_child(map);
  const auto& entry = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(map))[row];
  return {duckdb_struct_vector_get_child(pairs, 0), duckdb_struct_vector_get_child(pairs, 1), entry.offset, entry.offset + entry.length};
}

Texts texts_at(duckdb_vector map, idx_t row) {
  Texts texts;
  const auto entries = entries_at(map, row);
  for (idx_t i = entries.first; i < entries.end; ++i) {
    if (!is_null(entries.values, i)) texts[text_at(entries.keys, i)] = text_at(entries.values, i);
  }
  return texts;
}

// Minima and maxima as a CAST to VARCHAR would write them; a BLOB's are written another way.
json stats_of(const Texts& told, const std::string& type) {
  json stats = json::object();
  if (const auto nulls = told.find("null_count"); nulls != told.end()) stats["nulls"] = std::stoll(nulls->second);
  const auto low = told.find("min"), high = told.find("max");
  const bool nan = told.contains("has_nan") && told.at("has_nan") != "false";
  if (low == told.end() || high == told.end() || nan || type == "BLOB") return stats;
  if (low->second.size() > kMostStatText || high->second.size() > kMostStatText) return stats;
  const auto text = [&](const std::string& value) { return type == "BOOLEAN" ? std::string(value == "1" || value == "true" ? "true" : "false") : value; };
  stats["min"] = text(low->second);
  stats["max"] = text(high->second);
  return stats;
}

json column_stats(duckdb_vector map, idx_t row, const std::vector<ColumnInfo>& columns) {
  std::map<std::string, const ColumnInfo*> wanted;
  for (size_t i = 0; i < columns.size() && i < kMostStatColumns; ++i) wanted[ident(columns[i].name)] = &columns[i];
  json stats = json::object();
  const auto entries = entries_at(map, row);
  for (idx_t i = entries.first; i < entries.end; ++i) {
    if (const auto column = wanted.find(text_at(entries.keys, i)); column != wanted.end()) stats[column->second->name] = stats_of(texts_at(entries.values, i), column->second->type);
  }
  return stats;
}

}  // namespace

std::vector<Copied> copy_with_stats(Session& session, const std::string& copy, const std::vector<ColumnInfo>& columns) {
  Answer answer;
  if (duckdb_query(session.connection(), copy.c_str(), &answer.result) != DuckDBSuccess) {
    const char* problem = duckdb_result_error(&answer.result);
    fail_sql(duckdb_result_error_type(&answer.result), problem != nullptr ? problem : "no reason was given");
  }
  std::vector<Copied> files;
  for (;;) {
    const Chunk fetched{duckdb_fetch_chunk(answer.result)};
    if (fetched.chunk == nullptr) return files;
    const auto column = [&](idx_t i) { return duckdb_data_chunk_get_vector(fetched.chunk, i); };
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(fetched.chunk); ++row) {
      files.push_back({.file = text_at(column(0), row), .rows = number_at(column(1), row), .bytes = number_at(column(2), row), .partition = texts_at(column(5), row),
                       .stats = column_stats(column(4), row, columns)});
    }
  }
}

}  // namespace mr::data
