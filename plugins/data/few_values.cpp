#include "data/few_values.hpp"

#include <duckdb.h>

#include <atomic>
#include <mutex>
#include <unordered_set>

namespace mr::data {

struct FewValues::Seen {
  explicit Seen(size_t most_) : most(most_) {}
  size_t most;
  std::mutex mutex{};
  std::unordered_set<uint64_t> hashes{};
  std::atomic<bool> exceeded{false};

  bool add(uint64_t hash) {
    const std::lock_guard hold(mutex);
    if (hashes.insert(hash).second && hashes.size() > most) exceeded = true;
    return !exceeded;
  }
};

namespace {

// Rows often come in runs of a value, and of few values: the lock is taken once for each value of a chunk.
template <class Seen>
void look_at(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto& seen = **static_cast<std::shared_ptr<Seen>*>(duckdb_scalar_function_get_extra_info(info));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  const auto* hashes = static_cast<const uint64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
  auto* holds = static_cast<bool*>(duckdb_vector_get_data(output));
  std::unordered_set<uint64_t> own;
  for (idx_t row = 0; row < rows; ++row) {
    holds[row] = true;
    const bool again = row > 0 && hashes[row] == hashes[row - 1];
    if (!again && own.insert(hashes[row]).second && !seen.add(hashes[row])) return duckdb_scalar_function_set_error(info, "there are too many values");
  }
}

}  // namespace

FewValues::FewValues(Session& session, size_t most) : seen_(std::make_shared<Seen>(most)) {
  static std::atomic<int64_t> number{0};
  function_ = "_mr_few_values_" + std::to_string(++number);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type hash = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT), boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_name(function, function_.c_str());
  duckdb_scalar_function_add_parameter(function, hash);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_extra_info(function, new std::shared_ptr<Seen>(seen_), [](void* seen) { delete static_cast<std::shared_ptr<Seen>*>(seen); });
  duckdb_scalar_function_set_function(function, look_at<Seen>);
  const auto done = duckdb_register_scalar_function(session.connection(), function);
  duckdb_destroy_logical_type(&hash);
  duckdb_destroy_logical_type(&boolean);
  duckdb_destroy_scalar_function(&function);
  if (done != DuckDBSuccess) throw mr::Failure("internal", "E5007", "DuckDB did not take a function", "", "report it", true);
}

// In the SELECT list and not in WHERE, from where it could be moved below a join, to rows that there will never be.
std::string FewValues::guard(const std::string& select, const std::vector<std::string>& columns) const {
  std::string list;
  for (const auto& column : columns) list += (list.empty() ? "" : ", ") + ident(column);
  const std::string first = ident(columns.front());
  return "SELECT * REPLACE (CASE WHEN " + function_ + "(hash(" + list + ")) THEN " + first + " END AS " + first + ") FROM (" + select + ")";
}

bool FewValues::exceeded() const { return seen_->exceeded; }

}  // namespace mr::data
