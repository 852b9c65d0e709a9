#include "data/appender.hpp"

#include <duckdb.h>

#include "data/sql_error.hpp"

namespace mr::data {
namespace {

duckdb_type duckdb_type_of(CellKind kind) {
  switch (kind) {
    case CellKind::boolean: return DUCKDB_TYPE_BOOLEAN;
    case CellKind::integer: return DUCKDB_TYPE_BIGINT;
    case CellKind::real: return DUCKDB_TYPE_DOUBLE;
    case CellKind::text: return DUCKDB_TYPE_VARCHAR;
    case CellKind::bytes: return DUCKDB_TYPE_BLOB;
  }
  return DUCKDB_TYPE_INVALID;
}

}  // namespace

const char* type_of(CellKind kind) {
  switch (kind) {
    case CellKind::boolean: return "BOOLEAN";
    case CellKind::integer: return "BIGINT";
    case CellKind::real: return "DOUBLE";
    case CellKind::text: return "VARCHAR";
    case CellKind::bytes: return "BLOB";
  }
  return "";
}

struct Appender::Impl {
  duckdb_appender appender{};
  duckdb_data_chunk chunk{};
  std::vector<duckdb_vector> vectors{};
  std::vector<void*> data{};
  idx_t filled = 0, room = 0;

  ~Impl() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    if (appender != nullptr) duckdb_appender_destroy(&appender);
  }

  void open(const std::vector<CellKind>& kinds) {
    std::vector<duckdb_logical_type> types;
    for (const auto kind : kinds) types.push_back(duckdb_create_logical_type(duckdb_type_of(kind)));
    chunk = duckdb_create_data_chunk(types.data(), types.size());
    for (auto& type : types) duckdb_destroy_logical_type(&type);
    room = duckdb_vector_size();
    begin();
  }

  void begin() {
    filled = 0;
    vectors.clear();
    data.clear();
    for (idx_t c = 0; c < duckdb_data_chunk_get_column_count(chunk); ++c) {
      vectors.push_back(duckdb_data_chunk_get_vector(chunk, c));
      data.push_back(duckdb_vector_get_data(vectors.back()));
    }
  }

  void check(duckdb_state state) {
    if (state == DuckDBSuccess) return;
    auto error = duckdb_appender_error_data(appender);
    const auto type = duckdb_error_data_error_type(error);
    const char* said = duckdb_error_data_message(error);
    const std::string text = said != nullptr ? said : "no reason was given";
    duckdb_destroy_error_data(&error);
    fail_sql(type, text);
  }

  void flush() {
    if (filled == 0) return;
    duckdb_data_chunk_set_size(chunk, filled);
    check(duckdb_append_data_chunk(appender, chunk));
    duckdb_data_chunk_reset(chunk);
    begin();
  }
};

Appender::Appender(Session& session, const std::string& table, std::vector<CellKind> kinds) : kinds_(std::move(kinds)), impl_(std::make_unique<Impl>()) {
  impl_->check(duckdb_appender_create_ext(session.connection(), "temp", nullptr, table.c_str(), &impl_->appender));
  impl_->open(kinds_);
}

Appender::~Appender() = default;

void Appender::null(size_t column) {
  duckdb_vector_ensure_validity_writable(impl_->vectors[column]);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(impl_->vectors[column]), impl_->filled);
}

void Appender::boolean(size_t column, bool value) { static_cast<bool*>(impl_->data[column])[impl_->filled] = value; }

void Appender::integer(size_t column, int64_t value) { static_cast<int64_t*>(impl_->data[column])[impl_->filled] = value; }

void Appender::real(size_t column, double value) { static_cast<double*>(impl_->data[column])[impl_->filled] = value; }

void Appender::text(size_t column, std::string_view value) { duckdb_vector_assign_string_element_len(impl_->vectors[column], impl_->filled, value.data(), value.size()); }

void Appender::end_row() {
  ++rows_;
  if (++impl_->filled == impl_->room) impl_->flush();
}

void Appender::finish() {
  impl_->flush();
  impl_->check(duckdb_appender_close(impl_->appender));
}

}  // namespace mr::data
