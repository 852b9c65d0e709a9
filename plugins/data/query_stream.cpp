#include "data/query_stream.hpp"

#include <duckdb.h>

#include <vector>

#include "data/sql_error.hpp"

namespace mr::data {
namespace {

void check(duckdb_error_data error) {
  if (error == nullptr) return;
  const bool wrong = duckdb_error_data_has_error(error);
  const auto type = duckdb_error_data_error_type(error);
  const std::string text = wrong ? duckdb_error_data_message(error) : "";
  duckdb_destroy_error_data(&error);
  if (wrong) fail_sql(type, text);
}

[[noreturn]] void fail(duckdb_result& result) {
  const char* problem = duckdb_result_error(&result);
  const std::string text = problem != nullptr ? problem : "no reason was given";
  const auto type = duckdb_result_error_type(&result);
  duckdb_destroy_result(&result);
  fail_sql(type, text);
}

}  // namespace

struct QueryStream::Impl {
  Impl(const Session& session, const std::string& select) {
    duckdb_prepared_statement statement{};
    const bool prepared = duckdb_prepare(session.connection(), select.c_str(), &statement) == DuckDBSuccess;
    const std::string refused = prepared ? "" : duckdb_prepare_error(statement);
    const bool runs = prepared && duckdb_execute_prepared_streaming(statement, &result) == DuckDBSuccess;
    duckdb_destroy_prepare(&statement);
    if (!prepared) fail_sql(DUCKDB_ERROR_BINDER, refused);
    if (!runs) fail(result);
    options = duckdb_result_get_arrow_options(&result);
  }
  ~Impl() {
    duckdb_destroy_arrow_options(&options);
    duckdb_destroy_result(&result);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  duckdb_result result{};
  duckdb_arrow_options options{};
  bool ended = false;
};

QueryStream::QueryStream(const Session& session, const std::string& select) : impl_(std::make_unique<Impl>(session, select)) {}
QueryStream::~QueryStream() = default;
QueryStream::QueryStream(QueryStream&&) noexcept = default;
QueryStream& QueryStream::operator=(QueryStream&&) noexcept = default;

void QueryStream::schema(ArrowSchema& out) {
  const auto count = duckdb_column_count(&impl_->result);
  std::vector<duckdb_logical_type> types;
  std::vector<const char*> names;
  for (idx_t i = 0; i < count; ++i) {
    types.push_back(duckdb_column_logical_type(&impl_->result, i));
    names.push_back(duckdb_column_name(&impl_->result, i));
  }
  auto* error = duckdb_to_arrow_schema(impl_->options, types.data(), names.data(), count, &out);
  for (auto& type : types) duckdb_destroy_logical_type(&type);
  check(error);
}

bool QueryStream::next(ArrowArray& out) {
  if (impl_->ended) return false;  // asked again, DuckDB calls the end an error
  auto chunk = duckdb_fetch_chunk(impl_->result);
  if (chunk == nullptr) {
    impl_->ended = true;
    const char* problem = duckdb_result_error(&impl_->result);
    if (problem != nullptr && *problem != '\0') fail_sql(duckdb_result_error_type(&impl_->result), problem);
    return false;
  }
  auto* error = duckdb_data_chunk_to_arrow(impl_->options, chunk, &out);
  duckdb_destroy_data_chunk(&chunk);
  check(error);
  return true;
}

}  // namespace mr::data
