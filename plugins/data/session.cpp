#include "data/session.hpp"

#include <dlfcn.h>
#include <duckdb.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "data/databases.hpp"
#include "data/sql_error.hpp"
#include "data/sql_text.hpp"

namespace mr::data {
namespace {

namespace fs = std::filesystem;

// Our own pinned extensions lie beside the library: <prefix>/lib/libduckdb.so, <prefix>/extensions.
std::string extension_file(const std::string& name) {
  std::vector<fs::path> folders;
  if (const char* set = std::getenv("MILLRACE_DUCKDB_EXTENSIONS")) folders.emplace_back(set);
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(&duckdb_open), &info) != 0 && info.dli_fname != nullptr) {
    std::error_code ignored;
    folders.push_back(fs::weakly_canonical(info.dli_fname, ignored).parent_path().parent_path() / "extensions");
  }
  for (const auto& folder : folders) {
    std::error_code ignored;
    const auto file = folder / (name + ".duckdb_extension");
    if (fs::exists(file, ignored)) return file.string();
  }
  throw mr::Failure("config", "E5006", "DuckDB's extension " + name + " is not installed", "", "run ./dev setup, or set MILLRACE_DUCKDB_EXTENSIONS to its folder");
}

struct Answer {
  duckdb_result result{};
  ~Answer() { duckdb_destroy_result(&result); }
};

}  // namespace

struct Session::Impl {
  duckdb_database database{};
  duckdb_connection connection{};
  bool owns = true;  // the database

  ~Impl() {
    if (connection != nullptr) duckdb_disconnect(&connection);
    if (owns && database != nullptr) duckdb_close(&database);
  }

  void open() {
    database = take_database();
    if (duckdb_connect(database, &connection) != DuckDBSuccess) throw mr::Failure("resource", "E5007", "DuckDB gave no connection", "", "", false);
  }

  void ask(std::string_view sql, Answer& answer) {
    const std::string text(sql);
    if (duckdb_query(connection, text.c_str(), &answer.result) != DuckDBSuccess) failed(answer);
  }

  [[noreturn]] static void failed(Answer& answer) {
    const char* problem = duckdb_result_error(&answer.result);
    fail_sql(duckdb_result_error_type(&answer.result), problem != nullptr ? problem : "no reason was given");
  }
};

Session::Session(const SessionOptions& options) : impl_(std::make_unique<Impl>()) {
  impl_->open();
  const auto memory = std::max<int64_t>(options.memory_bytes, int64_t{64} << 20);
  run("SET threads = " + std::to_string(std::max(1, options.threads)) + "; SET memory_limit = '" + std::to_string(memory) + "B'; SET TimeZone = 'UTC'" +
      (options.temp_folder.empty() ? "" : "; SET temp_directory = " + literal(options.temp_folder)));
  for (const auto& name : options.extensions) run("LOAD " + literal(extension_file(name)));
}

Session::Session(const Session& other, Beside) : impl_(std::make_unique<Impl>()) {
  impl_->database = other.impl_->database;
  impl_->owns = false;
  if (duckdb_connect(impl_->database, &impl_->connection) != DuckDBSuccess) throw mr::Failure("resource", "E5007", "DuckDB gave no second connection", "", "", false);
}

Session Session::another() const { return Session(*this, Beside{}); }

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

int64_t Session::run(std::string_view sql) {
  Answer answer;
  impl_->ask(sql, answer);
  return static_cast<int64_t>(duckdb_rows_changed(&answer.result));
}

namespace {

Table table_of(Answer& answer) {
  Table table;
  auto& result = answer.result;
  const auto columns = duckdb_column_count(&result), rows = duckdb_row_count(&result);
  for (idx_t c = 0; c < columns; ++c) table.columns.emplace_back(duckdb_column_name(&result, c));
  for (idx_t r = 0; r < rows; ++r) {
    auto& row = table.rows.emplace_back();
    for (idx_t c = 0; c < columns; ++c) {
      if (duckdb_value_is_null(&result, c, r)) {
        row.emplace_back(std::nullopt);
        continue;
      }
      char* text = duckdb_value_varchar(&result, c, r);
      if (text == nullptr) throw mr::Failure("config", "E5008", "column " + table.columns[c] + " holds nested values, which have no text", "", "cast it to VARCHAR");
      row.emplace_back(text);
      duckdb_free(text);
    }
  }
  return table;
}

}  // namespace

Table Session::query(std::string_view sql) {
  Answer answer;
  impl_->ask(sql, answer);
  return table_of(answer);
}

namespace {

// A text taken apart into statements; freed at the end.
class Statements {
 public:
  Statements(duckdb_connection connection, std::string_view sql) : connection_(connection) {
    const std::string text(sql);
    count_ = duckdb_extract_statements(connection, text.c_str(), &parts_);
    if (count_ == 0) {
      const char* problem = duckdb_extract_statements_error(parts_);
      const std::string why = problem != nullptr ? problem : "it is empty";
      duckdb_destroy_extracted(&parts_);  // what throws here has no destructor yet
      throw_refused(why);
    }
  }
  ~Statements() { duckdb_destroy_extracted(&parts_); }
  Statements(const Statements&) = delete;
  Statements& operator=(const Statements&) = delete;

  idx_t count() const { return count_; }

  struct Prepared {
    duckdb_prepared_statement statement{};
    ~Prepared() { duckdb_destroy_prepare(&statement); }
    duckdb_statement_type type() const { return duckdb_prepared_statement_type(statement); }
  };

  void prepare(idx_t index, Prepared& into) const {
    if (duckdb_prepare_extracted_statement(connection_, parts_, index, &into.statement) == DuckDBSuccess) return;
    const char* problem = duckdb_prepare_error(into.statement);
    throw_refused(problem != nullptr ? problem : "no reason was given");
  }

 private:
  [[noreturn]] static void throw_refused(const std::string& why) { fail_sql(DUCKDB_ERROR_BINDER, why); }

  duckdb_connection connection_;
  duckdb_extracted_statements parts_{};
  idx_t count_ = 0;
};

[[noreturn]] void refuse_kind(const std::string& what) {
  throw SqlError("config", "E5009", what, "", "datasets are read by name and written by `into`; files, settings, extensions and other databases are not for SQL");
}

bool works_on_tables(duckdb_statement_type type) {
  constexpr duckdb_statement_type kGood[]{DUCKDB_STATEMENT_TYPE_SELECT, DUCKDB_STATEMENT_TYPE_CREATE, DUCKDB_STATEMENT_TYPE_INSERT, DUCKDB_STATEMENT_TYPE_UPDATE,
                                          DUCKDB_STATEMENT_TYPE_DELETE, DUCKDB_STATEMENT_TYPE_DROP,   DUCKDB_STATEMENT_TYPE_EXPLAIN};
  return std::find(std::begin(kGood), std::end(kGood), type) != std::end(kGood);
}

}  // namespace

void Session::check_select(std::string_view sql) {
  if (has_pragma(sql)) refuse_kind("the SQL holds a PRAGMA");
  const Statements statements(impl_->connection, sql);
  if (statements.count() != 1) refuse_kind("the SQL holds " + std::to_string(statements.count()) + " statements, and must be one SELECT");
  Statements::Prepared one;
  statements.prepare(0, one);
  if (one.type() != DUCKDB_STATEMENT_TYPE_SELECT) refuse_kind("the SQL is no SELECT");
}

Table Session::run_statements(std::string_view sql) {
  if (has_pragma(sql)) refuse_kind("the SQL holds a PRAGMA");
  const Statements statements(impl_->connection, sql);
  Table last;
  for (idx_t i = 0; i < statements.count(); ++i) {
    Statements::Prepared one;
    statements.prepare(i, one);
    if (!works_on_tables(one.type())) refuse_kind("statement " + std::to_string(i + 1) + " is neither a SELECT nor one on tables of its own");
    Answer answer;
    if (duckdb_execute_prepared(one.statement, &answer.result) != DuckDBSuccess) impl_->failed(answer);
    last = table_of(answer);
  }
  return last;
}

std::vector<ColumnInfo> Session::describe(std::string_view relation_or_select) {
  std::vector<ColumnInfo> columns;
  for (const auto& row : query("DESCRIBE " + std::string(relation_or_select)).rows) columns.push_back({row[0].value_or(""), row[1].value_or("")});
  return columns;
}

void Session::confine(const std::vector<std::string>& folders, const std::vector<std::string>& files) {
  const auto list = [](const std::vector<std::string>& items) {
    std::string text;
    for (const auto& item : items) text += (text.empty() ? "" : ", ") + item;
    return "[" + text + "]::VARCHAR[]";
  };
  std::vector<std::string> below, paths;
  for (const auto& folder : folders) {
    if (!folder.empty()) below.push_back(literal(folder));
  }
  for (const auto& file : files) {
    paths.push_back(literal(file));
    if (path_literal(file) != paths.back()) paths.push_back(path_literal(file));  // what the reader is told, and what it opens
  }
  run("SET allowed_directories = " + list(below));
  run("SET allowed_paths = " + list(paths));
  run("SET enable_external_access = false");
  run("SET lock_configuration = true");
}

void Session::interrupt() { duckdb_interrupt(impl_->connection); }

_duckdb_connection* Session::connection() const { return impl_->connection; }

double Session::progress() const {
  const auto progress = duckdb_query_progress(impl_->connection);
  return progress.percentage < 0 ? 0 : progress.percentage / 100;
}

struct Watch::Impl {
  std::mutex mutex{};
  std::condition_variable changed{};
  bool done = false;
  std::thread thread{};
};

Watch::Watch(Session& session, const mr::Attempt& attempt) : impl_(std::make_unique<Impl>()) {
  impl_->thread = std::thread([&session, &attempt, impl = impl_.get()] {
    double told = 0;
    std::unique_lock hold(impl->mutex);
    while (!impl->changed.wait_for(hold, std::chrono::milliseconds(100), [&] { return impl->done; })) {
      if (attempt.cancelled()) session.interrupt();
      const double now = session.progress();
      if (now >= told + 0.05) attempt.progress(told = now);
    }
  });
}

Watch::~Watch() {
  {
    const std::lock_guard hold(impl_->mutex);
    impl_->done = true;
  }
  impl_->changed.notify_all();
  impl_->thread.join();
}

int64_t Table::integer(size_t row, size_t column) const {
  const auto& value = rows.at(row).at(column);
  return value ? std::stoll(*value) : 0;
}

std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

std::string path_literal(std::string_view path) {
  std::string plain;
  for (const char c : path) plain += c == '*' || c == '?' || c == '[' ? std::string{'[', c, ']'} : std::string(1, c);
  return literal(plain);
}

std::string ident(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace mr::data
