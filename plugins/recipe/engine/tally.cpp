#include "recipe/engine/tally.hpp"

#include <duckdb.h>

#include <atomic>
#include <vector>

namespace mr::recipe {

struct Tally::Counts {
  explicit Counts(size_t steps) : rows(steps + 1) {}
  std::vector<std::atomic<int64_t>> rows;  // by step; 0: those that stay
};

namespace {

template <class Counts>
void count(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto& counts = **static_cast<std::shared_ptr<Counts>*>(duckdb_scalar_function_get_extra_info(info));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  const auto* tags = static_cast<const int32_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
  auto* stays = static_cast<bool*>(duckdb_vector_get_data(output));
  int64_t left = 0;
  for (idx_t row = 0; row < rows; ++row) {
    stays[row] = tags[row] == 0;
    if (stays[row]) ++left;
    else counts.rows.at(static_cast<size_t>(tags[row])).fetch_add(1, std::memory_order_relaxed);
  }
  counts.rows[0].fetch_add(left, std::memory_order_relaxed);
}

}  // namespace

// Volatile: it is asked once for each row, and not for what could be worked out beforehand.
Tally::Tally(mr::data::Session& session, size_t steps) : counts_(std::make_shared<Counts>(steps)) {
  static std::atomic<int64_t> made{0};
  function_ = "_mr_tally_" + std::to_string(++made);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type number = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER), boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_name(function, function_.c_str());
  duckdb_scalar_function_add_parameter(function, number);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_extra_info(function, new std::shared_ptr<Counts>(counts_), [](void* counts) { delete static_cast<std::shared_ptr<Counts>*>(counts); });
  duckdb_scalar_function_set_function(function, count<Counts>);
  const auto done = duckdb_register_scalar_function(session.connection(), function);
  duckdb_destroy_logical_type(&number);
  duckdb_destroy_logical_type(&boolean);
  duckdb_destroy_scalar_function(&function);
  if (done != DuckDBSuccess) throw mr::Failure("internal", "E5007", "DuckDB did not take a function", "", "report it", true);
}

std::string Tally::stays(const std::string& tag) const { return function_ + "(coalesce(" + tag + ", 0))"; }

int64_t Tally::removed_by(int step) const { return counts_->rows.at(static_cast<size_t>(step)); }

int64_t Tally::left() const { return counts_->rows.front(); }

}  // namespace mr::recipe
