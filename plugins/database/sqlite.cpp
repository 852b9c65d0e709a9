// SQLite, by its own library. Source of the semantics: sqlite.org's pages on its C interface and result codes.
#include <poll.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <filesystem>

#include "database/connection.hpp"

namespace mr::database {
namespace {

constexpr int kBusyPatience = 5000, kBusyPause = 10;  // milliseconds for a lock that somebody else holds, in steps of

struct EndDatabase {
  void operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
};
struct EndStatement {
  void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, EndStatement>;

Kind kind_of_code(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY: case SQLITE_LOCKED: return Kind::lock_timeout;
    case SQLITE_INTERRUPT: return Kind::interrupted;
    case SQLITE_CONSTRAINT: case SQLITE_MISMATCH: case SQLITE_TOOBIG: case SQLITE_CORRUPT: case SQLITE_NOTADB: return Kind::data;
    case SQLITE_READONLY: case SQLITE_PERM: case SQLITE_AUTH: return Kind::forbidden;
    case SQLITE_CANTOPEN: return Kind::login;
    case SQLITE_FULL: case SQLITE_NOMEM: case SQLITE_IOERR: return Kind::full;
    default: return Kind::refused;
  }
}

// What a declared type means here. The library keeps a value of any kind in any column, so a value may still not fit.
std::string exact_of(std::string declared) {
  std::transform(declared.begin(), declared.end(), declared.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const auto has = [&](const char* word) { return declared.find(word) != std::string::npos; };
  if (has("INT")) return "BIGINT";
  if (has("CHAR") || has("CLOB") || has("TEXT")) return "VARCHAR";
  if (has("BLOB")) return "BLOB";
  if (has("REAL") || has("FLOA") || has("DOUB") || has("DEC") || has("NUM")) return "DOUBLE";  // kept as such, whatever digits are declared
  if (has("BOOL")) return "BOOLEAN";
  if (has("DATETIME") || has("TIMESTAMP")) return "TIMESTAMP";
  if (declared == "DATE") return "DATE";
  return declared == "TIME" ? "TIME" : "VARCHAR";
}

class Sqlite final : public Connection {
 public:
  explicit Sqlite(const Opening& opening) {
    const auto& options = opening.address.options;
    const auto found = options.find("mode");
    const auto mode = found == options.end() ? "rw" : found->second;
    const auto path = opening.path(opening.address.path);
    std::error_code ignored;
    if (mode != "rwc" && !std::filesystem::exists(path, ignored)) throw Problem(Kind::login, "", "there is no such file; sqlite:FILE?mode=rwc makes one");
    const int flags = mode == "ro" || opening.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (mode == "rwc" ? SQLITE_OPEN_CREATE : 0);
    sqlite3* database = nullptr;
    const int code = ::sqlite3_open_v2(path.c_str(), &database, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database_.reset(database);
    if (code != SQLITE_OK) fail(code);
    ::sqlite3_extended_result_codes(database, 1);
    ::sqlite3_busy_handler(database, [](void* self, int) { return static_cast<Sqlite*>(self)->is_worth_waiting() ? 1 : 0; }, this);
  }

  Answer run(const std::string& text, const std::vector<Value>& values, const TakeRow& take) override {
    waited_ = 0;
    const auto statement = prepare(text, values.size());
    for (size_t i = 0; i < values.size(); ++i) bind(statement.get(), static_cast<int>(i) + 1, values[i]);
    Answer answer;
    const int columns = ::sqlite3_column_count(statement.get());
    for (int c = 0; c < columns; ++c) {
      const char* type = ::sqlite3_column_decltype(statement.get(), c);
      answer.columns.push_back({.name = ::sqlite3_column_name(statement.get(), c), .type = type == nullptr ? "" : type, .exact = type == nullptr ? "" : exact_of(type)});
    }
    const auto before = ::sqlite3_total_changes64(database_.get());
    bool wanted = take != nullptr;
    int code = SQLITE_ROW;
    while ((code = ::sqlite3_step(statement.get())) == SQLITE_ROW) {
      if (++answer.returned == 1) name_types(statement.get(), answer);
      if (wanted) wanted = take(row_of(statement.get(), columns));
    }
    if (code != SQLITE_DONE) fail(code);
    // Without a change of its own, a statement leaves the count of an earlier one.
    if (::sqlite3_total_changes64(database_.get()) != before) answer.affected = ::sqlite3_changes64(database_.get());
    return answer;
  }

  // A writer takes its lock at once: later, two that have read could only fail. Every transaction is a serializable one.
  void begin(const Mode& mode) override { run(mode.read_only ? "BEGIN" : "BEGIN IMMEDIATE", {}, {}); }

  void commit() override {
    if (::sqlite3_get_autocommit(database_.get()) != 0) throw Problem(Kind::refused, "", "a statement has ended the transaction itself");
    run("COMMIT", {}, {});
  }

  void rollback() noexcept override {
    if (::sqlite3_get_autocommit(database_.get()) == 0) ::sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

  void run_singly(const Mode&) override {}

  void cancel() noexcept override {
    stopped_ = true;
    ::sqlite3_interrupt(database_.get());
  }

 private:
  [[noreturn]] void fail(int code) const {
    if (database_ == nullptr) throw Problem(Kind::full, "", "no memory for a connection");
    const int offset = ::sqlite3_error_offset(database_.get());
    const auto state = "SQLite " + std::to_string(::sqlite3_extended_errcode(database_.get()));
    throw Problem(kind_of_code(code), state, ::sqlite3_errmsg(database_.get()), offset < 0 ? std::nullopt : std::optional(static_cast<size_t>(offset)));
  }

  bool is_worth_waiting() {
    if (stopped_ || waited_ >= kBusyPatience) return false;
    ::poll(nullptr, 0, kBusyPause);
    waited_ += kBusyPause;
    return true;
  }

  Prepared prepare(const std::string& text, size_t values) const {
    sqlite3_stmt* made = nullptr;
    const char* rest = nullptr;
    const int code = ::sqlite3_prepare_v2(database_.get(), text.data(), static_cast<int>(text.size()), &made, &rest);
    Prepared statement(made);
    if (code != SQLITE_OK) fail(code);
    const auto left = static_cast<int>(text.data() + text.size() - rest);
    sqlite3_stmt* more = nullptr;
    const int rest_code = ::sqlite3_prepare_v2(database_.get(), rest, left, &more, nullptr);
    const Prepared second(more);
    if (second != nullptr || rest_code != SQLITE_OK) throw Problem(Kind::refused, "", "an item of the list holds more than one statement", static_cast<size_t>(rest - text.data()));
    if (statement == nullptr) throw Problem(Kind::refused, "", "there is no statement");
    if (static_cast<size_t>(::sqlite3_bind_parameter_count(statement.get())) != values) throw Problem(Kind::refused, "", "it has placeholders that are no :name");
    return statement;
  }

  void bind(sqlite3_stmt* statement, int at, const Value& value) const {
    struct Binder {
      sqlite3_stmt* statement;
      int at;
      int operator()(std::monostate) const { return ::sqlite3_bind_null(statement, at); }
      int operator()(bool flag) const { return ::sqlite3_bind_int(statement, at, flag ? 1 : 0); }
      int operator()(int64_t number) const { return ::sqlite3_bind_int64(statement, at, number); }
      int operator()(double number) const { return ::sqlite3_bind_double(statement, at, number); }
      int operator()(const std::string& text) const { return ::sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8); }
      int operator()(const Bytes& bytes) const {
        return bytes.data.empty() ? ::sqlite3_bind_zeroblob(statement, at, 0) : ::sqlite3_bind_blob64(statement, at, bytes.data.data(), bytes.data.size(), SQLITE_STATIC);
      }
    };
    if (const int code = std::visit(Binder{statement, at}, value); code != SQLITE_OK) fail(code);
  }

  // Columns of expressions have no declared type: that of the first row's values.
  static void name_types(sqlite3_stmt* statement, Answer& answer) {
    constexpr std::array<const char*, 6> kNames{"", "integer", "real", "text", "blob", "null"}, kExact{"", "BIGINT", "DOUBLE", "VARCHAR", "BLOB", "VARCHAR"};
    for (size_t c = 0; c < answer.columns.size(); ++c) {
      if (!answer.columns[c].type.empty()) continue;
      const auto kind = static_cast<size_t>(::sqlite3_column_type(statement, static_cast<int>(c)));
      answer.columns[c].type = kNames.at(kind);
      answer.columns[c].exact = kExact.at(kind);
    }
  }

  static Row row_of(sqlite3_stmt* statement, int columns) {
    Row row;
    for (int c = 0; c < columns; ++c) {
      const auto bytes = [&](const void* data) { return std::string(static_cast<const char*>(data), data == nullptr ? 0 : static_cast<size_t>(::sqlite3_column_bytes(statement, c))); };
      switch (::sqlite3_column_type(statement, c)) {
        case SQLITE_INTEGER: row.emplace_back(int64_t{::sqlite3_column_int64(statement, c)}); break;
        case SQLITE_FLOAT: row.emplace_back(::sqlite3_column_double(statement, c)); break;
        case SQLITE_TEXT: row.emplace_back(bytes(::sqlite3_column_text(statement, c))); break;
        case SQLITE_BLOB: row.emplace_back(Bytes{bytes(::sqlite3_column_blob(statement, c))}); break;
        default: row.emplace_back(std::monostate{}); break;
      }
    }
    return row;
  }

  std::unique_ptr<sqlite3, EndDatabase> database_{};
  std::atomic<bool> stopped_ = false;
  int waited_ = 0;  // milliseconds, by the statement that runs
};

}  // namespace

std::unique_ptr<Connection> open_sqlite(const Opening& opening) { return std::make_unique<Sqlite>(opening); }

}  // namespace mr::database
