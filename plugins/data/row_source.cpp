#include "data/row_source.hpp"

#include <duckdb.h>

#include <atomic>
#include <charconv>
#include <cstring>
#include <map>

#include "data/sql_error.hpp"

namespace mr::data {
namespace {

const std::map<std::string, Kind, std::less<>> kKinds{
    {"VARCHAR", Kind::text}, {"BOOLEAN", Kind::boolean}, {"TINYINT", Kind::i8},   {"SMALLINT", Kind::i16}, {"INTEGER", Kind::i32}, {"BIGINT", Kind::i64}, {"UTINYINT", Kind::u8},
    {"USMALLINT", Kind::u16}, {"UINTEGER", Kind::u32},   {"UBIGINT", Kind::u64}, {"FLOAT", Kind::f32},     {"DOUBLE", Kind::f64},  {"DATE", Kind::date},   {"TIME", Kind::time},
    {"TIMESTAMP", Kind::timestamp}};

// The types of `columns`, as a statement of that session has them.
class Types {
 public:
  Types(Session& session, const std::vector<ColumnInfo>& columns) {
    std::string select;
    for (const auto& column : columns) select += (select.empty() ? "SELECT " : ", ") + ("CAST(NULL AS " + column.type + ")");
    if (duckdb_query(session.connection(), select.c_str(), &result_) != DuckDBSuccess) {
      const std::string problem = duckdb_result_error(&result_);
      const auto kind = duckdb_result_error_type(&result_);
      duckdb_destroy_result(&result_);
      fail_sql(kind, problem.c_str());
    }
    for (size_t i = 0; i < columns.size(); ++i) types_.push_back(duckdb_column_logical_type(&result_, i));
  }
  ~Types() {
    for (auto& type : types_) duckdb_destroy_logical_type(&type);
    duckdb_destroy_result(&result_);
  }
  Types(const Types&) = delete;
  Types& operator=(const Types&) = delete;
  duckdb_logical_type operator[](size_t i) const { return types_[i]; }

 private:
  duckdb_result result_{};
  std::vector<duckdb_logical_type> types_{};
};

}  // namespace

TypeOf kind_of(const std::string& type) {
  if (const auto known = kKinds.find(type); known != kKinds.end()) return {known->second, 0, 0};
  TypeOf decimal{.kind = Kind::decimal, .width = 0, .scale = 0};
  if (!type.starts_with("DECIMAL(")) return {};
  const char *at = type.data() + 8, *end = type.data() + type.size();
  const auto width = std::from_chars(at, end, decimal.width);
  if (width.ec != std::errc() || width.ptr == end || *width.ptr != ',') return {};
  const auto scale = std::from_chars(width.ptr + 1, end, decimal.scale);
  return scale.ec == std::errc() ? decimal : TypeOf{};
}

void Batch::set_text(size_t column, size_t row, std::string_view utf8) {
  auto& strings = static_cast<duckdb_string_t*>(columns_[column].values)[row];
  if (utf8.size() > sizeof strings.value.inlined.inlined) return duckdb_vector_assign_string_element_len(columns_[column].vector, row, utf8.data(), utf8.size());
  strings.value.inlined.length = static_cast<uint32_t>(utf8.size());
  std::memset(strings.value.inlined.inlined, 0, sizeof strings.value.inlined.inlined);
  std::memcpy(strings.value.inlined.inlined, utf8.data(), utf8.size());
}

void Batch::set_null(size_t column, size_t row) {
  auto& own = columns_[column];
  if (own.valid == nullptr) {
    duckdb_vector_ensure_validity_writable(own.vector);
    own.valid = duckdb_vector_get_validity(own.vector);
  }
  own.valid[row / 64] &= ~(uint64_t{1} << (row % 64));
}

void Batch::clear_row(size_t row) {
  for (auto& column : columns_) {
    if (column.valid != nullptr) column.valid[row / 64] |= uint64_t{1} << (row % 64);
  }
}

// What DuckDB keeps of a source: it may outlive the source, and says so then.
struct Rows::Door {
  std::mutex mutex{};
  RowSource* source{};
  std::exception_ptr thrown{};
  std::vector<std::string> names{};
  std::unique_ptr<Types> types{};
  idx_t threads = 1;

  void keep(std::exception_ptr problem) {
    const std::lock_guard hold(mutex);
    if (!thrown) thrown = std::move(problem);
  }
};

struct Rows::Calls {
  struct Own {
    std::unique_ptr<RowWorker> worker{};
    Batch batch{};
  };
  static constexpr const char* kStopped = "the source of rows stopped";

  static void bind(duckdb_bind_info info) {
    auto* door = static_cast<Door*>(duckdb_bind_get_extra_info(info));
    if (door->source == nullptr) return duckdb_bind_set_error(info, "there are no such rows");
    for (size_t i = 0; i < door->names.size(); ++i) duckdb_bind_add_result_column(info, door->names[i].c_str(), (*door->types)[i]);
  }

  static void begin(duckdb_init_info info) { duckdb_init_set_max_threads(info, static_cast<Door*>(duckdb_init_get_extra_info(info))->threads); }

  static void begin_thread(duckdb_init_info info) {
    auto* door = static_cast<Door*>(duckdb_init_get_extra_info(info));
    try {
      auto own = std::make_unique<Own>();
      own->worker = door->source->worker();
      duckdb_init_set_init_data(info, own.release(), [](void* data) { delete static_cast<Own*>(data); });
    } catch (...) {
      door->keep(std::current_exception());
      duckdb_init_set_error(info, kStopped);
    }
  }

  static void fill(duckdb_function_info info, duckdb_data_chunk chunk) {
    auto* door = static_cast<Door*>(duckdb_function_get_extra_info(info));
    auto* own = static_cast<Own*>(duckdb_function_get_local_init_data(info));
    try {
      auto& columns = own->batch.columns_;
      columns.resize(door->names.size());
      for (size_t i = 0; i < columns.size(); ++i) {
        const auto vector = duckdb_data_chunk_get_vector(chunk, i);
        columns[i] = {vector, duckdb_vector_get_data(vector), nullptr};
      }
      duckdb_data_chunk_set_size(chunk, own->worker->fill(own->batch));
    } catch (...) {
      door->keep(std::current_exception());
      duckdb_function_set_error(info, kStopped);
    }
  }
};

Rows::Rows(Session& session, const std::vector<ColumnInfo>& columns, RowSource& source, int threads) {
  static std::atomic<int64_t> number{0};
  const std::string name = "_mr_rows_" + std::to_string(++number);
  auto door = std::make_unique<Door>();
  door->source = &source;
  door->threads = static_cast<idx_t>(std::max(1, threads));
  door->types = std::make_unique<Types>(session, columns);
  for (const auto& column : columns) door->names.push_back(column.name);
  auto function = duckdb_create_table_function();
  duckdb_table_function_set_name(function, name.c_str());
  door_ = door.get();
  duckdb_table_function_set_extra_info(function, door.release(), [](void* data) { delete static_cast<Door*>(data); });
  duckdb_table_function_set_bind(function, Calls::bind);
  duckdb_table_function_set_init(function, Calls::begin);
  duckdb_table_function_set_local_init(function, Calls::begin_thread);
  duckdb_table_function_set_function(function, Calls::fill);
  const bool known = duckdb_register_table_function(session.connection(), function) == DuckDBSuccess;
  duckdb_destroy_table_function(&function);
  if (!known) throw mr::Failure("internal", "E5007", "DuckDB did not take a source of rows", "", "report it", true);
  relation_ = name + "()";
}

Rows::~Rows() {
  door_->source = nullptr;
  door_->types.reset();
}

void Rows::run(const std::function<void()>& statement) {
  try {
    statement();
  } catch (const mr::Failure&) {
    const std::lock_guard hold(door_->mutex);
    if (door_->thrown) std::rethrow_exception(door_->thrown);
    throw;
  }
}

}  // namespace mr::data
