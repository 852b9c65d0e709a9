#include "state/database.hpp"

#include <sqlite3.h>

#include "base/invariant.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

Error error_of(int result, const char* message, const char* doing) {
  if (result == SQLITE_FULL || result == SQLITE_IOERR_WRITE) {
    return {.code = "E2005", .what = "the store's disk is full: nothing of this change was kept", .where = doing, .hint = "make room; the work goes on by itself"};
  }
  if (const int kind = result & 0xff; kind == SQLITE_NOTADB || kind == SQLITE_CORRUPT) {  // the rest says which part of the file
    return {.code = "E2012", .what = std::string("the store file is damaged, or no store: ") + message, .where = doing, .hint = "restore it from a backup"};
  }
  return {.code = "E2005", .what = std::string("the store refused: ") + message, .where = doing, .hint = "look at the disk and at the file's permissions"};
}

// Its count of memory takes a lock at every allocation, and nobody reads it. Only before the first connection of the process.
void stop_counting_memory() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)done;  // a program that uses SQLite by itself already keeps its count
}

}  // namespace

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
Database::~Database() = default;

Result<Database> Database::open(const std::string& file, Access access) {
  stop_counting_memory();
  sqlite3* handle = nullptr;
  const int flags = access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int result = sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle);
  if (result != SQLITE_OK) return Error{.code = "E2005", .what = "can't open the store: " + std::string(sqlite3_errstr(result)), .where = file, .hint = "check the folder and its permissions"};
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 10'000);
  return database;
}

void Database::note(int result, const char* doing) {
  if (result == SQLITE_OK || result == SQLITE_ROW || result == SQLITE_DONE || error_) return;
  error_ = std::make_unique<Error>(error_of(result, sqlite3_errmsg(handle_.get()), doing));
}

void Database::fail(Error error) {
  if (!error_) error_ = std::make_unique<Error>(std::move(error));
}

Status Database::take_error() {
  if (!error_) return {};
  Status status(std::move(*error_));
  error_.reset();
  return status;
}

Statement Database::prepare(std::string_view sql) {
  if (const auto kept = kept_.find(sql); kept != kept_.end() && kept->second) return {*this, kept->second.get()};
  sqlite3_stmt* made = nullptr;
  note(sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &made, nullptr), "preparing a statement");
  kept_[std::string(sql)].reset(made);
  return {*this, made};
}

void Database::execute(const std::string& sql) {
  if (error_) return;
  note(sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr), "running a statement");
}

// In one step: a reader's snapshot of the WAL, so the copy is one moment's.
Status Database::copy_to(const std::string& file) {
  auto target = open(file, Access::read_write);
  if (!target) return target.error();
  sqlite3_backup* copy = sqlite3_backup_init(target->handle_.get(), "main", handle_.get(), "main");
  if (copy == nullptr) return error_of(sqlite3_errcode(target->handle_.get()), sqlite3_errmsg(target->handle_.get()), "beginning a copy");
  const int result = sqlite3_backup_step(copy, -1);
  sqlite3_backup_finish(copy);
  return result == SQLITE_DONE ? Status{} : Status(error_of(result, sqlite3_errstr(result), "copying"));
}

int64_t Database::changes() const { return sqlite3_changes64(handle_.get()); }
int64_t Database::last_id() const { return sqlite3_last_insert_rowid(handle_.get()); }

Statement::~Statement() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Statement& Statement::bind(int64_t value) {
  if (statement_ != nullptr) sqlite3_bind_int64(statement_, next_++, value);
  return *this;
}

Statement& Statement::bind(double value) {
  if (statement_ != nullptr) sqlite3_bind_double(statement_, next_++, value);
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  if (statement_ != nullptr) sqlite3_bind_text64(statement_, next_++, value.data() == nullptr ? "" : value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(std::string&& value) {
  if (statement_ != nullptr) sqlite3_bind_text64(statement_, next_++, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_null() {
  if (statement_ != nullptr) sqlite3_bind_null(statement_, next_++);
  return *this;
}

bool Statement::step() {
  if (statement_ == nullptr || database_->failed()) return false;
  const int result = sqlite3_step(statement_);
  database_->note(result, "a statement of the store");
  next_ = 1;
  if (result != SQLITE_ROW) sqlite3_reset(statement_);
  return result == SQLITE_ROW;
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data == nullptr ? std::string{} : std::string(data, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

}  // namespace millrace
