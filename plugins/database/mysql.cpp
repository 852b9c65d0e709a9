// MySQL and MariaDB, by libmariadb. Source of the semantics: the pages on MariaDB Connector/C and on error codes of both servers.
#include <mariadb/mysql.h>
#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>

#include "database/connection.hpp"

namespace mr::database {
namespace {

constexpr unsigned int kBinary = 63;               // the character set of bytes
constexpr unsigned int kCancelPatience = 5;        // seconds for the connection that ends a statement
constexpr unsigned int kStatementTooLong = 1969;   // MariaDB's max_statement_time
constexpr unsigned int kExecutionTooLong = 3024;   // MySQL's max_execution_time
constexpr unsigned int kLockNowait = 3572;
constexpr unsigned int kSignalled = 1644;
constexpr auto kNoPlainPassword = "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password";

struct EndConnection {
  void operator()(MYSQL* connection) const { ::mysql_close(connection); }
};
struct EndResult {
  void operator()(MYSQL_RES* result) const { ::mysql_free_result(result); }
};
struct EndStatement {
  void operator()(MYSQL_STMT* statement) const { ::mysql_stmt_close(statement); }
};
using Handle = std::unique_ptr<MYSQL, EndConnection>;

// --- complaints ----------------------------------------------------------------------------------------------------------------

Kind kind_of_number(unsigned int number, std::string_view state) {
  switch (number) {
    case CR_SSL_CONNECTION_ERROR: return Kind::encryption;
    case ER_CON_COUNT_ERROR: case ER_USER_LIMIT_REACHED: case ER_TOO_MANY_USER_CONNECTIONS: return Kind::busy;
    case ER_SERVER_SHUTDOWN: return Kind::unreachable;
    case ER_OUTOFMEMORY: case ER_OUT_OF_SORTMEMORY: case ER_DISK_FULL: case ER_LOCK_TABLE_FULL: case ER_RECORD_FILE_FULL: return Kind::full;
    case ER_LOCK_DEADLOCK: return Kind::deadlock;
    case ER_CHECKREAD: return Kind::serialization;
    case ER_LOCK_WAIT_TIMEOUT: case kLockNowait: return Kind::lock_timeout;
    case ER_ACCESS_DENIED_ERROR: case ER_BAD_DB_ERROR: case ER_HOST_NOT_PRIVILEGED: return Kind::login;
    case ER_DBACCESS_DENIED_ERROR: case ER_TABLEACCESS_DENIED_ERROR: case ER_COLUMNACCESS_DENIED_ERROR: case ER_SPECIFIC_ACCESS_DENIED_ERROR: case ER_PROCACCESS_DENIED_ERROR: return Kind::forbidden;
    case ER_QUERY_INTERRUPTED: case kStatementTooLong: case kExecutionTooLong: return Kind::interrupted;
    case ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION: case ER_OPTION_PREVENTS_STATEMENT: case ER_UNSUPPORTED_PS: return Kind::refused;
    default: break;
  }
  if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) return Kind::unreachable;
  return kind_of(state);
}

Problem problem_of(unsigned int number, const std::string& state, const std::string& message) {
  return {kind_of_number(number, state), state + ", MySQL " + std::to_string(number), number == kSignalled ? kRaised : message};
}

Problem problem_of(MYSQL* connection) { return problem_of(::mysql_errno(connection), ::mysql_sqlstate(connection), ::mysql_error(connection)); }
Problem problem_of(MYSQL_STMT* statement) { return problem_of(::mysql_stmt_errno(statement), ::mysql_stmt_sqlstate(statement), ::mysql_stmt_error(statement)); }

// --- values --------------------------------------------------------------------------------------------------------------------

bool is_integer(enum_field_types type) {
  constexpr std::array kTypes{MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_LONG, MYSQL_TYPE_INT24, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}
bool is_float(enum_field_types type) { return type == MYSQL_TYPE_FLOAT || type == MYSQL_TYPE_DOUBLE; }
bool is_text(enum_field_types type) {
  constexpr std::array kTypes{MYSQL_TYPE_VARCHAR, MYSQL_TYPE_VAR_STRING, MYSQL_TYPE_STRING, MYSQL_TYPE_TINY_BLOB, MYSQL_TYPE_BLOB, MYSQL_TYPE_MEDIUM_BLOB, MYSQL_TYPE_LONG_BLOB, MYSQL_TYPE_GEOMETRY};
  return std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
}

constexpr std::array<std::pair<enum_field_types, const char*>, 20> kTypes{
    {{MYSQL_TYPE_TINY, "tinyint"}, {MYSQL_TYPE_SHORT, "smallint"}, {MYSQL_TYPE_INT24, "mediumint"}, {MYSQL_TYPE_LONG, "int"}, {MYSQL_TYPE_LONGLONG, "bigint"}, {MYSQL_TYPE_FLOAT, "float"},
     {MYSQL_TYPE_DOUBLE, "double"}, {MYSQL_TYPE_DECIMAL, "decimal"}, {MYSQL_TYPE_NEWDECIMAL, "decimal"}, {MYSQL_TYPE_DATE, "date"}, {MYSQL_TYPE_NEWDATE, "date"}, {MYSQL_TYPE_TIME, "time"},
     {MYSQL_TYPE_TIME2, "time"}, {MYSQL_TYPE_DATETIME, "datetime"}, {MYSQL_TYPE_DATETIME2, "datetime"}, {MYSQL_TYPE_TIMESTAMP, "timestamp"}, {MYSQL_TYPE_TIMESTAMP2, "timestamp"},
     {MYSQL_TYPE_YEAR, "year"}, {MYSQL_TYPE_BIT, "bit"}, {MYSQL_TYPE_JSON, "json"}}};

std::string type_name(const MYSQL_FIELD& field) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& one) { return one.first == field.type; });
  if (found == kTypes.end()) return is_text(field.type) && field.charsetnr == kBinary ? "binary" : field.type == MYSQL_TYPE_NULL ? "null" : "text";
  const bool is_unsigned = is_integer(field.type) && field.type != MYSQL_TYPE_YEAR && (field.flags & UNSIGNED_FLAG) != 0;
  return std::string(found->second) + (is_unsigned ? " unsigned" : "");
}

std::string exact_decimal(const MYSQL_FIELD& field) {
  const auto signs = ((field.flags & UNSIGNED_FLAG) != 0 ? 0u : 1u) + (field.decimals > 0 ? 1u : 0u);
  const auto digits = field.length > signs ? field.length - signs : 1;
  return digits > 38 ? "VARCHAR" : "DECIMAL(" + std::to_string(digits) + "," + std::to_string(field.decimals) + ")";
}

constexpr std::array<std::pair<enum_field_types, const char*>, 16> kExact{
    {{MYSQL_TYPE_TINY, "TINYINT"}, {MYSQL_TYPE_SHORT, "SMALLINT"}, {MYSQL_TYPE_INT24, "INTEGER"}, {MYSQL_TYPE_LONG, "INTEGER"}, {MYSQL_TYPE_LONGLONG, "BIGINT"}, {MYSQL_TYPE_YEAR, "SMALLINT"},
     {MYSQL_TYPE_FLOAT, "FLOAT"}, {MYSQL_TYPE_DOUBLE, "DOUBLE"}, {MYSQL_TYPE_DATE, "DATE"}, {MYSQL_TYPE_NEWDATE, "DATE"}, {MYSQL_TYPE_TIME, "TIME"}, {MYSQL_TYPE_DATETIME, "TIMESTAMP"},
     {MYSQL_TYPE_DATETIME2, "TIMESTAMP"}, {MYSQL_TYPE_TIMESTAMP, "TIMESTAMP WITH TIME ZONE"}, {MYSQL_TYPE_TIMESTAMP2, "TIMESTAMP WITH TIME ZONE"}, {MYSQL_TYPE_JSON, "JSON"}}};

// A timestamp is what it says in a session whose time zone is UTC.
std::string exact_of(const MYSQL_FIELD& field) {
  const auto* found = std::find_if(kExact.begin(), kExact.end(), [&](const auto& one) { return one.first == field.type; });
  const bool is_unsigned = is_integer(field.type) && field.type != MYSQL_TYPE_YEAR && (field.flags & UNSIGNED_FLAG) != 0;
  if (found != kExact.end()) return (is_unsigned ? "U" : "") + std::string(found->second);
  if (field.type == MYSQL_TYPE_DECIMAL || field.type == MYSQL_TYPE_NEWDECIMAL) return exact_decimal(field);
  if (field.type == MYSQL_TYPE_BIT) return field.length <= 56 ? "BIGINT" : "BLOB";
  return is_text(field.type) && field.charsetnr == kBinary ? "BLOB" : "VARCHAR";
}

// What the server or the library has written as text.
Value value_of_text(const MYSQL_FIELD& field, std::string text) {
  if (is_integer(field.type)) {
    int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed == std::errc()) return number;
    return text;  // above 2^63
  }
  if (is_float(field.type)) return std::strtod(text.c_str(), nullptr);
  if (field.type == MYSQL_TYPE_DATETIME || field.type == MYSQL_TYPE_TIMESTAMP) return iso_time(std::move(text));
  if (field.type == MYSQL_TYPE_BIT && text.size() < 8) {
    int64_t number = 0;
    for (const char byte : text) number = number << 8 | static_cast<unsigned char>(byte);
    return number;
  }
  if (field.type == MYSQL_TYPE_BIT || (is_text(field.type) && field.charsetnr == kBinary)) return Bytes{std::move(text)};
  return text;
}

// Parameters, and what they point to.
class Arguments {
 public:
  explicit Arguments(const std::vector<Value>& values) : binds_(values.size()) {
    for (size_t i = 0; i < values.size(); ++i) std::visit(Binder{binds_[i], numbers_, lengths_}, values[i]);
  }
  MYSQL_BIND* all() { return binds_.data(); }

 private:
  union Number {
    int64_t whole;
    double real;
  };
  struct Binder {
    MYSQL_BIND& bind;
    std::deque<Number>& numbers;
    std::deque<unsigned long>& lengths;

    void operator()(std::monostate) const { bind.buffer_type = MYSQL_TYPE_NULL; }
    void operator()(bool flag) const { operator()(int64_t{flag ? 1 : 0}); }
    void operator()(int64_t number) const {
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = &numbers.emplace_back(Number{.whole = number});
    }
    void operator()(double number) const {
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = &numbers.emplace_back(Number{.real = number});
    }
    void operator()(const std::string& text) const { bytes(text, MYSQL_TYPE_STRING); }
    void operator()(const Bytes& data) const { bytes(data.data, MYSQL_TYPE_BLOB); }
    void bytes(const std::string& data, enum_field_types type) const {
      bind.buffer_type = type;
      bind.buffer = const_cast<char*>(data.data());
      bind.buffer_length = static_cast<unsigned long>(data.size());
      bind.length = &lengths.emplace_back(bind.buffer_length);
    }
  };
  std::vector<MYSQL_BIND> binds_;
  std::deque<Number> numbers_{};  // a deque: what it holds stays where it is
  std::deque<unsigned long> lengths_{};
};

// The first word, in small letters.
std::string first_word(std::string_view text) {
  std::string word;
  for (const char c : text) {
    const char low = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    if (low < 'a' || low > 'z') break;
    word += low;
  }
  return word;
}

// --- opening -------------------------------------------------------------------------------------------------------------------

enum class Encryption : uint8_t { none = 1, preferred, required, verified };

Encryption encryption_of(const Address& address) {
  const auto found = address.options.find("ssl-mode");
  if (found == address.options.end()) {
    if (address.options.contains("ssl-ca")) return Encryption::verified;  // whoever names an authority wants to know who answers
    return address.options.contains("socket") ? Encryption::none : Encryption::preferred;
  }
  auto mode = found->second;
  std::transform(mode.begin(), mode.end(), mode.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c == '-' ? '_' : c; });
  if (mode == "disabled") return Encryption::none;
  if (mode == "preferred") return Encryption::preferred;
  if (mode == "required") return Encryption::required;
  if (mode == "verify_ca" || mode == "verify_identity") return Encryption::verified;  // the library always looks at the name too
  throw Failure("config", "E4110", "ssl-mode is none", "config.connection", "disabled, preferred, required, verify_ca or verify_identity");
}

Handle connect(const Opening& opening, unsigned int patience) {
  const auto encryption = encryption_of(opening.address);
  const auto& address = opening.address;
  const auto option = [&](const char* name) {
    const auto found = address.options.find(name);
    return found == address.options.end() ? std::string() : found->second;
  };
  const auto file = [&](const char* name) { return option(name).empty() ? std::string() : opening.path(option(name)); };
  Handle handle(::mysql_init(nullptr));
  if (handle == nullptr) throw Problem(Kind::full, "", "no memory for a connection");
  MYSQL* raw = handle.get();
  const my_bool yes = 1, no = 0;
  const unsigned int none = 0, tcp = MYSQL_PROTOCOL_TCP;
  ::mysql_optionsv(raw, MYSQL_OPT_CONNECT_TIMEOUT, &patience);
  ::mysql_optionsv(raw, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  ::mysql_optionsv(raw, MYSQL_OPT_LOCAL_INFILE, &none);  // else the server could ask for any file of ours
  ::mysql_optionsv(raw, MYSQL_OPT_RECONNECT, &no);       // a new session would have lost the transaction
  if (option("socket").empty()) ::mysql_optionsv(raw, MYSQL_OPT_PROTOCOL, &tcp);
  if (encryption != Encryption::none) {
    const auto key = file("ssl-key"), certificate = file("ssl-cert"), authority = file("ssl-ca");
    const auto or_null = [](const std::string& text) { return text.empty() ? nullptr : text.c_str(); };
    ::mysql_ssl_set(raw, or_null(key), or_null(certificate), or_null(authority), nullptr, nullptr);
    ::mysql_optionsv(raw, MYSQL_OPT_SSL_ENFORCE, &yes);  // which the library reads as "if the server can"
    ::mysql_optionsv(raw, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, encryption == Encryption::verified ? &yes : &no);
    if (!option("tls-version").empty()) ::mysql_optionsv(raw, MARIADB_OPT_TLS_VERSION, option("tls-version").c_str());
  }
  // Whoever might stand in between may not ask for the password as it is.
  if (encryption != Encryption::verified) ::mysql_optionsv(raw, MARIADB_OPT_RESTRICTED_AUTH, kNoPlainPassword);
  const auto port = address.port.empty() ? 0u : static_cast<unsigned int>(std::stoul(address.port));
  const auto* made = ::mysql_real_connect(raw, address.host.empty() ? nullptr : address.host.c_str(), address.user.c_str(), opening.password.c_str(),
                                          address.database.empty() ? nullptr : address.database.c_str(), port, option("socket").empty() ? nullptr : option("socket").c_str(), CLIENT_FOUND_ROWS | CLIENT_MULTI_RESULTS);
  if (made == nullptr) throw problem_of(raw);
  if (encryption == Encryption::required && ::mysql_get_ssl_cipher(raw) == nullptr) throw Problem(Kind::encryption, "", "the server offers none");
  return handle;
}

// --- statements ----------------------------------------------------------------------------------------------------------------

class Mysql final : public Connection {
 public:
  explicit Mysql(const Opening& opening)
      : opening_(opening), connection_(connect(opening, static_cast<unsigned int>(std::max<int64_t>(1, opening.patience.count() / 1000)))), id_(::mysql_thread_id(connection_.get())) {
    let_backslashes_escape();
  }

  Answer run(const std::string& text, const std::vector<Value>& values, const TakeRow& take) override {
    Answer answer;
    if (values.empty()) run_text(text, take, answer);
    else run_prepared(text, values, take, answer);
    const auto word = first_word(text);
    if (answer.affected == 0 && (word == "insert" || word == "replace" || word == "delete")) answer.affected = answer.returned;  // RETURNING: a row for each
    const bool has_ended = in_transaction_ && (connection_->server_status & SERVER_STATUS_IN_TRANS) == 0;
    if (has_ended) throw Problem(Kind::refused, "", "a statement has ended the transaction itself");
    return answer;
  }

  void begin(const Mode& mode) override {
    if (mode.isolation != Isolation::as_set_there) run("SET SESSION TRANSACTION ISOLATION LEVEL " + in_sql(mode.isolation), {}, {});
    run("START TRANSACTION" + std::string(mode.snapshot ? " WITH CONSISTENT SNAPSHOT" : "") + (mode.snapshot && mode.read_only ? "," : "") + (mode.read_only ? " READ ONLY" : ""), {}, {});
    in_transaction_ = true;
  }

  void commit() override {
    in_transaction_ = false;
    run("COMMIT", {}, {});
  }

  void rollback() noexcept override {
    in_transaction_ = false;
    if (::mysql_real_query(connection_.get(), "ROLLBACK", 8) != 0) connection_->server_status = 0;  // the server rolls back what its client leaves open
  }

  void run_singly(const Mode& mode) override {
    if (mode.read_only) run("SET SESSION TRANSACTION READ ONLY", {}, {});
  }

  // MySQL has no other way than a second connection.
  void cancel() noexcept override {
    try {
      const auto second = connect(opening_, kCancelPatience);
      const auto kill = "KILL QUERY " + std::to_string(id_);
      ::mysql_real_query(second.get(), kill.data(), kill.size());
    } catch (const std::exception&) {  // then the statement goes on, and is asked again
    }
  }

 private:
  // Statements are taken apart as MySQL reads them by default; a session with NO_BACKSLASH_ESCAPES would read other texts.
  void let_backslashes_escape() {
    std::string modes;
    run("SELECT @@SESSION.sql_mode", {}, [&](Row&& row) {
      if (const auto* text = std::get_if<std::string>(&row.at(0))) modes = "," + *text + ",";
      return false;
    });
    const std::string mode = ",NO_BACKSLASH_ESCAPES,";
    const auto found = modes.find(mode);
    if (found == std::string::npos) return;
    modes.replace(found, mode.size(), ",");
    run("SET SESSION sql_mode = ?", {modes.size() < 3 ? std::string() : modes.substr(1, modes.size() - 2)}, {});
  }

  void run_text(const std::string& text, const TakeRow& take, Answer& answer) {
    MYSQL* raw = connection_.get();
    if (::mysql_real_query(raw, text.data(), static_cast<unsigned long>(text.size())) != 0) throw problem_of(raw);
    for (int more = 0; more == 0; more = ::mysql_next_result(raw)) {
      const std::unique_ptr<MYSQL_RES, EndResult> result(::mysql_use_result(raw));
      if (result == nullptr) {
        if (::mysql_field_count(raw) != 0) throw problem_of(raw);
        answer.affected += static_cast<int64_t>(::mysql_affected_rows(raw));
        continue;
      }
      const auto fields = fields_of(result.get(), answer);
      bool wanted = take != nullptr;
      while (const MYSQL_ROW cells = ::mysql_fetch_row(result.get())) {
        ++answer.returned;
        if (!wanted) continue;
        const auto* lengths = ::mysql_fetch_lengths(result.get());
        Row row;
        for (size_t c = 0; c < fields.size(); ++c) row.push_back(cells[c] == nullptr ? Value{} : value_of_text(fields[c], {cells[c], lengths[c]}));
        wanted = take(std::move(row));
      }
      if (::mysql_errno(raw) != 0) throw problem_of(raw);
    }
    if (::mysql_errno(raw) != 0) throw problem_of(raw);
  }

  void run_prepared(const std::string& text, const std::vector<Value>& values, const TakeRow& take, Answer& answer) {
    const std::unique_ptr<MYSQL_STMT, EndStatement> statement(::mysql_stmt_init(connection_.get()));
    MYSQL_STMT* raw = statement.get();
    if (raw == nullptr) throw Problem(Kind::full, "", "no memory for a statement");
    if (::mysql_stmt_prepare(raw, text.data(), static_cast<unsigned long>(text.size())) != 0) throw problem_of(raw);
    if (::mysql_stmt_param_count(raw) != values.size()) throw Problem(Kind::refused, "", "it has placeholders that are no :name");
    Arguments arguments(values);
    if (::mysql_stmt_bind_param(raw, arguments.all()) != 0 || ::mysql_stmt_execute(raw) != 0) throw problem_of(raw);
    int more = 0;
    for (; more == 0; more = ::mysql_stmt_next_result(raw)) {
      if (::mysql_stmt_field_count(raw) == 0) answer.affected += static_cast<int64_t>(::mysql_stmt_affected_rows(raw));
      else fetch(raw, take, answer);
    }
    if (more > 0) throw problem_of(raw);
  }

  static std::vector<MYSQL_FIELD> fields_of(MYSQL_RES* result, Answer& answer) {
    const auto* fields = ::mysql_fetch_fields(result);
    const std::vector<MYSQL_FIELD> all(fields, fields + ::mysql_num_fields(result));
    answer.columns.clear();
    answer.returned = 0;  // of several results (CALL), the last counts
    for (const auto& field : all) answer.columns.push_back({.name = field.name, .type = type_name(field), .exact = exact_of(field)});
    return all;
  }

  void fetch(MYSQL_STMT* statement, const TakeRow& take, Answer& answer) const {
    const std::unique_ptr<MYSQL_RES, EndResult> shape(::mysql_stmt_result_metadata(statement));
    if (shape == nullptr) throw problem_of(statement);
    const auto fields = fields_of(shape.get(), answer);
    std::vector<MYSQL_BIND> binds(fields.size());
    std::vector<unsigned long> lengths(fields.size());
    std::vector<my_bool> nulls(fields.size());
    std::vector<double> reals(fields.size());
    for (size_t c = 0; c < fields.size(); ++c) {
      binds[c].buffer_type = is_float(fields[c].type) ? MYSQL_TYPE_DOUBLE : MYSQL_TYPE_STRING;
      binds[c].buffer = &reals[c];
      binds[c].buffer_length = is_float(fields[c].type) ? sizeof(double) : 0;  // texts are fetched once their length is known
      binds[c].length = &lengths[c];
      binds[c].is_null = &nulls[c];
    }
    if (::mysql_stmt_bind_result(statement, binds.data()) != 0) throw problem_of(statement);
    bool wanted = take != nullptr;
    int state = 0;
    while ((state = ::mysql_stmt_fetch(statement)) == 0 || state == MYSQL_DATA_TRUNCATED) {
      ++answer.returned;
      if (!wanted) continue;
      Row row;
      for (size_t c = 0; c < fields.size(); ++c) {
        if (nulls[c] != 0) row.emplace_back(std::monostate{});
        else if (is_float(fields[c].type)) row.emplace_back(reals[c]);
        else row.push_back(value_of_text(fields[c], text_of(statement, static_cast<unsigned int>(c), lengths[c])));
      }
      wanted = take(std::move(row));
    }
    if (state == MYSQL_NO_DATA) return;
    throw ::mysql_stmt_errno(statement) != 0 ? problem_of(statement) : problem_of(connection_.get());  // of a line that broke, only the connection knows
  }

  static std::string text_of(MYSQL_STMT* statement, unsigned int column, unsigned long length) {
    std::string text(length, '\0');
    MYSQL_BIND bind{};
    unsigned long told = 0;
    bind.buffer_type = MYSQL_TYPE_STRING;
    bind.buffer = text.data();
    bind.buffer_length = length;
    bind.length = &told;
    if (length > 0 && ::mysql_stmt_fetch_column(statement, &bind, column, 0) != 0) throw problem_of(statement);
    return text;
  }

  Opening opening_;
  Handle connection_;
  unsigned long id_;
  bool in_transaction_ = false;
};

}  // namespace

std::unique_ptr<Connection> open_mysql(const Opening& opening) { return std::make_unique<Mysql>(opening); }

}  // namespace mr::database
