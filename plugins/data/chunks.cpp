#include "data/chunks.hpp"

#include <duckdb.h>

#include "data/sql_error.hpp"

namespace mr::data {

struct Chunks::Impl {
  duckdb_result result{};
  duckdb_data_chunk chunk{};
  std::vector<void*> data{};
  std::vector<uint64_t*> validity{};

  ~Impl() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
  }

  void open(const Session& session, const std::string& select) {
    duckdb_prepared_statement statement{};
    const bool prepared = duckdb_prepare(session.connection(), select.c_str(), &statement) == DuckDBSuccess;
    const std::string refused = prepared ? "" : duckdb_prepare_error(statement);
    const bool runs = prepared && duckdb_execute_prepared_streaming(statement, &result) == DuckDBSuccess;
    duckdb_destroy_prepare(&statement);
    if (!prepared) fail_sql(DUCKDB_ERROR_BINDER, refused);
    if (!runs) fail();
  }

  [[noreturn]] void fail() {
    const char* said = duckdb_result_error(&result);
    fail_sql(duckdb_result_error_type(&result), said != nullptr ? said : "no reason was given");
  }

  size_t next() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    chunk = duckdb_fetch_chunk(result);
    if (chunk == nullptr) {
      const char* said = duckdb_result_error(&result);
      if (said != nullptr && *said != '\0') fail();
      return 0;
    }
    data.clear();
    validity.clear();
    for (idx_t c = 0; c < duckdb_data_chunk_get_column_count(chunk); ++c) {
      auto* vector = duckdb_data_chunk_get_vector(chunk, c);
      data.push_back(duckdb_vector_get_data(vector));
      validity.push_back(duckdb_vector_get_validity(vector));
    }
    return duckdb_data_chunk_get_size(chunk);
  }
};

Chunks::Chunks(Session& session, const std::string& select, std::vector<CellKind> kinds) : kinds_(std::move(kinds)), impl_(std::make_unique<Impl>()) { impl_->open(session, select); }

Chunks::~Chunks() = default;

size_t Chunks::next() {
  for (;;) {
    const auto rows = impl_->next();
    if (rows > 0 || impl_->chunk == nullptr) return rows;
  }
}

bool Chunks::is_null(size_t column, size_t row) const { return impl_->validity[column] != nullptr && !duckdb_validity_row_is_valid(impl_->validity[column], row); }

bool Chunks::boolean(size_t column, size_t row) const { return static_cast<const bool*>(impl_->data[column])[row]; }

int64_t Chunks::integer(size_t column, size_t row) const { return static_cast<const int64_t*>(impl_->data[column])[row]; }

double Chunks::real(size_t column, size_t row) const { return static_cast<const double*>(impl_->data[column])[row]; }

std::string_view Chunks::text(size_t column, size_t row) const {
  auto& cell = static_cast<duckdb_string_t*>(impl_->data[column])[row];
  return {duckdb_string_t_data(&cell), duckdb_string_t_length(cell)};
}

}  // namespace mr::data
