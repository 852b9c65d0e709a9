// Any database with an ODBC driver, by unixODBC. Source of the semantics: Microsoft's "ODBC Programmer's Reference" (3.8).
//
// All text crosses as UTF-16: what unixODBC makes of bytes hangs on the process's locale.
#include <sql.h>
#include <sqlext.h>
#include <sqlucode.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <deque>
#include <mutex>

#include "database/connection.hpp"

namespace mr::database {
namespace {

constexpr size_t kPiece = 4096;        // of a long value, fetched at once
constexpr size_t kLongText = 4000;     // letters; longer ones are of the long types
using Wide = std::vector<SQLWCHAR>;

bool is_good(SQLRETURN code) { return code == SQL_SUCCESS || code == SQL_SUCCESS_WITH_INFO; }

// --- texts ---------------------------------------------------------------------------------------------------------------------

// With a zero at its end. What is no UTF-8 becomes U+FFFD.
Wide wide(std::string_view text) {
  Wide out;
  for (size_t at = 0; at < text.size();) {
    const auto first = static_cast<unsigned char>(text[at]);
    const size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    uint32_t letter = length == 1 ? first : length == 0 ? 0xFFFD : first & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; ++i) letter = at + i < text.size() ? letter << 6 | (static_cast<unsigned char>(text[at + i]) & 0x3Fu) : 0xFFFD;
    at += std::max<size_t>(1, length);
    if (letter > 0xFFFF) {
      out.push_back(static_cast<SQLWCHAR>(0xD800 + ((letter - 0x10000) >> 10)));
      out.push_back(static_cast<SQLWCHAR>(0xDC00 + ((letter - 0x10000) & 0x3FF)));
    } else {
      out.push_back(static_cast<SQLWCHAR>(letter));
    }
  }
  out.push_back(0);
  return out;
}

std::string narrow(const SQLWCHAR* text, size_t letters) {
  std::string out;
  for (size_t at = 0; at < letters; ++at) {
    uint32_t letter = text[at];
    const bool is_pair = letter >> 10 == 0x36 && at + 1 < letters && text[at + 1] >> 10 == 0x37;
    if (is_pair) letter = 0x10000 + ((letter & 0x3FF) << 10) + (text[++at] & 0x3FFu);
    else if (letter >> 11 == 0x1B) letter = 0xFFFD;
    if (letter < 0x80) {
      out += static_cast<char>(letter);
      continue;
    }
    const int more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
    out += static_cast<char>((0xFF00u >> (more + 1) & 0xFFu) | letter >> (6 * more));
    for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80 | (letter >> (6 * i) & 0x3F));
  }
  return out;
}

// --- complaints ----------------------------------------------------------------------------------------------------------------

struct Said {
  std::string state{}, message{};
  SQLINTEGER number = 0;
};

Said said_by(SQLSMALLINT type, SQLHANDLE handle) {
  std::array<SQLWCHAR, 6> state{};
  std::array<SQLWCHAR, 1024> text{};
  SQLSMALLINT length = 0;
  Said said;
  if (!is_good(::SQLGetDiagRecW(type, handle, 1, state.data(), &said.number, text.data(), static_cast<SQLSMALLINT>(text.size()), &length))) return said;
  said.state = narrow(state.data(), 5);
  said.message = narrow(text.data(), std::min<size_t>(static_cast<size_t>(std::max<SQLSMALLINT>(0, length)), text.size() - 1));
  said.message = said.message.substr(0, said.message.find('\n'));
  if (const auto detail = said.message.find("DETAIL:"); detail != std::string::npos) said.message.resize(detail);
  return said;
}

Kind kind_of_said(const Said& said) {
  const auto has = [&](const char* word) { return said.message.find(word) != std::string::npos; };
  if (has("authentication failed") || has("no password supplied")) return Kind::login;
  // SQLite's driver says HY000 for everything, and the reason by its number.
  if (has("[SQLite]") && said.state == "HY000") {
    if (said.number == 5 || said.number == 6) return Kind::lock_timeout;
    if (said.number == 9) return Kind::interrupted;
    if (said.number == 1) return has("interrupted") ? Kind::interrupted : Kind::refused;
    if (said.number == 8) return Kind::forbidden;
  }
  return said.state.empty() ? Kind::unreachable : kind_of(said.state);
}

Problem problem_of(SQLSMALLINT type, SQLHANDLE handle) {
  const auto said = said_by(type, handle);
  return {kind_of_said(said), said.state + (said.number == 0 ? "" : ", native " + std::to_string(said.number)), said.state == "P0001" ? kRaised : said.message};
}

// --- handles -------------------------------------------------------------------------------------------------------------------

template <SQLSMALLINT Type>
class Handle {
 public:
  explicit Handle(SQLHANDLE parent) {
    if (!is_good(::SQLAllocHandle(Type, parent, &handle_))) throw Problem(Kind::full, "", "ODBC gives no handle");
  }
  ~Handle() { ::SQLFreeHandle(Type, handle_); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  SQLHANDLE get() const { return handle_; }
  void check(SQLRETURN code) const {
    if (!is_good(code)) throw problem_of(Type, handle_);
  }

 private:
  SQLHANDLE handle_ = SQL_NULL_HANDLE;
};
using StatementHandle = Handle<SQL_HANDLE_STMT>;

// Parameters, and what they point to.
class Arguments {
 public:
  Arguments(const StatementHandle& statement, const std::vector<Value>& values) : statement_(statement) {
    for (const auto& value : values) {
      ++at_;
      std::visit([this](const auto& one) { bind(one); }, value);
    }
  }

 private:
  union Number {
    int64_t whole;
    double real;
    unsigned char flag;
  };

  void put(SQLSMALLINT as, SQLSMALLINT type, size_t size, const void* data, SQLLEN length) {
    auto& told = lengths_.emplace_back(length);
    statement_.check(::SQLBindParameter(statement_.get(), at_, SQL_PARAM_INPUT, as, type, std::max<size_t>(1, size), 0, const_cast<void*>(data), std::max<SQLLEN>(0, length), &told));
  }
  void bind(std::monostate) { put(SQL_C_WCHAR, SQL_WVARCHAR, 1, nullptr, SQL_NULL_DATA); }
  void bind(bool flag) { put(SQL_C_BIT, SQL_BIT, 1, &numbers_.emplace_back(Number{.flag = flag ? static_cast<unsigned char>(1) : static_cast<unsigned char>(0)}), 1); }
  void bind(int64_t number) { put(SQL_C_SBIGINT, SQL_BIGINT, 19, &numbers_.emplace_back(Number{.whole = number}), sizeof number); }
  void bind(double number) { put(SQL_C_DOUBLE, SQL_DOUBLE, 15, &numbers_.emplace_back(Number{.real = number}), sizeof number); }
  void bind(const std::string& text) {
    const auto& letters = texts_.emplace_back(wide(text));
    const auto count = letters.size() - 1;
    put(SQL_C_WCHAR, count > kLongText ? SQL_WLONGVARCHAR : SQL_WVARCHAR, count, letters.data(), static_cast<SQLLEN>(count * sizeof(SQLWCHAR)));
  }
  void bind(const Bytes& bytes) {
    put(SQL_C_BINARY, bytes.data.size() > kLongText ? SQL_LONGVARBINARY : SQL_VARBINARY, bytes.data.size(), bytes.data.data(), static_cast<SQLLEN>(bytes.data.size()));
  }

  const StatementHandle& statement_;
  SQLUSMALLINT at_ = 0;
  std::deque<Number> numbers_{};  // deques: what they hold stays where it is
  std::deque<SQLLEN> lengths_{};
  std::deque<Wide> texts_{};
};

// --- cells ---------------------------------------------------------------------------------------------------------------------

class Cells {
 public:
  Cells(const StatementHandle& statement, std::vector<SQLSMALLINT> types) : statement_(statement), types_(std::move(types)) {}

  Row row() const {
    Row values;
    for (size_t c = 0; c < types_.size(); ++c) values.push_back(value(static_cast<SQLUSMALLINT>(c + 1), types_[c]));
    return values;
  }

 private:
  template <class T>
  std::optional<T> plain(SQLUSMALLINT column, SQLSMALLINT as) const {
    T value{};
    SQLLEN length = 0;
    statement_.check(::SQLGetData(statement_.get(), column, as, &value, sizeof value, &length));
    return length == SQL_NULL_DATA ? std::nullopt : std::optional(value);
  }

  Value value(SQLUSMALLINT column, SQLSMALLINT type) const {
    const auto or_null = [](const auto& found, auto make) { return found ? Value(make(*found)) : Value(); };
    switch (type) {
      case SQL_BIT: return or_null(plain<unsigned char>(column, SQL_C_BIT), [](unsigned char flag) { return flag != 0; });
      case SQL_TINYINT: case SQL_SMALLINT: case SQL_INTEGER: case SQL_BIGINT: return or_null(plain<int64_t>(column, SQL_C_SBIGINT), [](int64_t number) { return number; });
      case SQL_REAL: case SQL_FLOAT: case SQL_DOUBLE: return or_null(plain<double>(column, SQL_C_DOUBLE), [](double number) { return number; });
      case SQL_TYPE_DATE: case SQL_DATE: return or_null(plain<SQL_DATE_STRUCT>(column, SQL_C_TYPE_DATE), [](const SQL_DATE_STRUCT& day) { return date(day.year, day.month, day.day); });
      case SQL_TYPE_TIMESTAMP: case SQL_TIMESTAMP: return or_null(plain<SQL_TIMESTAMP_STRUCT>(column, SQL_C_TYPE_TIMESTAMP), &time);
      case SQL_BINARY: case SQL_VARBINARY: case SQL_LONGVARBINARY: {
        auto bytes = pieces<char>(column, SQL_C_BINARY);
        return bytes ? Value(Bytes{std::string(bytes->begin(), bytes->end())}) : Value();
      }
      default: {
        const auto text = pieces<SQLWCHAR>(column, SQL_C_WCHAR);
        return text ? Value(narrow(text->data(), text->size())) : Value();
      }
    }
  }

  static std::string date(int year, unsigned month, unsigned day) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", year, month, day);
    return text.data();
  }

  static std::string time(const SQL_TIMESTAMP_STRUCT& at) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "T%02u:%02u:%02u", at.hour, at.minute, at.second);
    auto whole = date(at.year, at.month, at.day) + text.data();
    if (at.fraction == 0) return whole;
    std::snprintf(text.data(), text.size(), ".%09u", static_cast<unsigned>(at.fraction));
    whole += text.data();
    return whole.substr(0, whole.find_last_not_of('0') + 1);
  }

  // A value of any length, piece by piece. Texts come with a zero behind each piece.
  template <class Unit>
  std::optional<std::vector<Unit>> pieces(SQLUSMALLINT column, SQLSMALLINT as) const {
    constexpr size_t kZero = sizeof(Unit) == sizeof(SQLWCHAR) ? 1 : 0;
    std::vector<Unit> all, piece(kPiece);
    for (;;) {
      SQLLEN length = 0;
      const auto code = ::SQLGetData(statement_.get(), column, as, piece.data(), static_cast<SQLLEN>(piece.size() * sizeof(Unit)), &length);
      if (code == SQL_NO_DATA) return all;
      statement_.check(code);
      if (length == SQL_NULL_DATA) return std::nullopt;
      const size_t room = piece.size() - kZero;
      const bool more = length == SQL_NO_TOTAL || static_cast<size_t>(length) / sizeof(Unit) > room;
      const size_t here = more ? room : static_cast<size_t>(length) / sizeof(Unit);
      all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(here));
      if (!more) return all;
    }
  }

  const StatementHandle& statement_;
  std::vector<SQLSMALLINT> types_;
};

// What holds each value that a driver calls one of this type.
std::string exact_of(SQLSMALLINT type, SQLULEN digits, SQLSMALLINT scale, bool is_unsigned) {
  switch (type) {
    case SQL_BIT: return "BOOLEAN";
    case SQL_TINYINT: return "SMALLINT";  // drivers differ about its sign
    case SQL_SMALLINT: return is_unsigned ? "INTEGER" : "SMALLINT";
    case SQL_INTEGER: return is_unsigned ? "BIGINT" : "INTEGER";
    case SQL_BIGINT: return "BIGINT";
    case SQL_REAL: return "FLOAT";
    case SQL_FLOAT: case SQL_DOUBLE: return "DOUBLE";
    case SQL_DECIMAL: case SQL_NUMERIC: {
      const bool fits = digits > 0 && digits <= 38 && scale >= 0 && static_cast<SQLULEN>(scale) <= digits;
      return fits ? "DECIMAL(" + std::to_string(digits) + "," + std::to_string(scale) + ")" : "VARCHAR";
    }
    case SQL_TYPE_DATE: case SQL_DATE: return "DATE";
    case SQL_TYPE_TIME: case SQL_TIME: return "TIME";
    case SQL_TYPE_TIMESTAMP: case SQL_TIMESTAMP: return "TIMESTAMP";
    case SQL_BINARY: case SQL_VARBINARY: case SQL_LONGVARBINARY: return "BLOB";
    case SQL_GUID: return "UUID";
    default: return "VARCHAR";
  }
}

// --- the connection ------------------------------------------------------------------------------------------------------------

SQLULEN level_of(Isolation isolation) {
  switch (isolation) {
    case Isolation::as_set_there: return 0;
    case Isolation::read_uncommitted: return SQL_TXN_READ_UNCOMMITTED;
    case Isolation::read_committed: return SQL_TXN_READ_COMMITTED;
    case Isolation::repeatable_read: return SQL_TXN_REPEATABLE_READ;
    case Isolation::serializable: return SQL_TXN_SERIALIZABLE;
  }
  return 0;
}

SQLPOINTER number(SQLULEN value) { return reinterpret_cast<SQLPOINTER>(value); }

class Environment : public Handle<SQL_HANDLE_ENV> {
 public:
  Environment() : Handle(SQL_NULL_HANDLE) { check(::SQLSetEnvAttr(get(), SQL_ATTR_ODBC_VERSION, number(SQL_OV_ODBC3), 0)); }
};

class Odbc final : public Connection {
 public:
  explicit Odbc(const Opening& opening) : connection_(environment_.get()) {
    ::SQLSetConnectAttrW(connection_.get(), SQL_ATTR_LOGIN_TIMEOUT, number(static_cast<SQLULEN>(std::max<int64_t>(1, opening.patience.count() / 1000))), 0);
    std::string words = opening.address.words;
    if (!opening.password.empty()) {
      std::string quoted;
      for (const char c : opening.password) quoted += c == '}' ? "}}" : std::string(1, c);
      words += ";PWD={" + quoted + "}";
    }
    auto letters = wide(words);
    const auto code = ::SQLDriverConnectW(connection_.get(), nullptr, letters.data(), SQL_NTS, nullptr, 0, nullptr, SQL_DRIVER_NOPROMPT);
    if (!is_good(code)) throw refusal();
    connected_ = true;
    if (opening.read_only) ::SQLSetConnectAttrW(connection_.get(), SQL_ATTR_ACCESS_MODE, number(SQL_MODE_READ_ONLY), 0);
  }
  ~Odbc() override {
    if (connected_) ::SQLDisconnect(connection_.get());
  }
  Odbc(const Odbc&) = delete;
  Odbc& operator=(const Odbc&) = delete;

  Answer run(const std::string& text, const std::vector<Value>& values, const TakeRow& take) override {
    const StatementHandle statement(connection_.get());
    const Running running(*this, statement);
    auto letters = wide(text);
    const auto size = static_cast<SQLINTEGER>(letters.size() - 1);
    SQLRETURN code = SQL_SUCCESS;
    if (values.empty()) {
      code = ::SQLExecDirectW(statement.get(), letters.data(), size);
    } else {
      statement.check(::SQLPrepareW(statement.get(), letters.data(), size));
      const Arguments arguments(statement, values);
      code = ::SQLExecute(statement.get());
    }
    Answer answer;
    for (bool first = true; code != SQL_NO_DATA || first; code = ::SQLMoreResults(statement.get()), first = false) {
      if (code != SQL_NO_DATA) statement.check(code);
      read(statement, take, answer);
    }
    return answer;
  }

  void begin(const Mode& mode) override {
    if (const auto level = level_of(mode.isolation); level != 0) connection_.check(::SQLSetConnectAttrW(connection_.get(), SQL_ATTR_TXN_ISOLATION, number(level), 0));
    connection_.check(::SQLSetConnectAttrW(connection_.get(), SQL_ATTR_AUTOCOMMIT, number(SQL_AUTOCOMMIT_OFF), 0));
  }

  void commit() override { connection_.check(::SQLEndTran(SQL_HANDLE_DBC, connection_.get(), SQL_COMMIT)); }
  void rollback() noexcept override { ::SQLEndTran(SQL_HANDLE_DBC, connection_.get(), SQL_ROLLBACK); }
  void run_singly(const Mode&) override {}

  void cancel() noexcept override {
    const std::lock_guard hold(running_mutex_);
    if (running_ != nullptr) ::SQLCancel(running_);
  }

 private:
  // The statement that cancel() is about.
  struct Running {
    Odbc& connection;
    Running(Odbc& of, const StatementHandle& statement) : connection(of) {
      const std::lock_guard hold(of.running_mutex_);
      of.running_ = statement.get();
    }
    ~Running() {
      const std::lock_guard hold(connection.running_mutex_);
      connection.running_ = nullptr;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
  };

  // Drivers are free in the state that they say when nobody answers and when a password is wrong.
  Problem refusal() const {
    const auto said = said_by(SQL_HANDLE_DBC, connection_.get());
    const bool is_config = said.state.starts_with("IM") || said.message.find("Can't open lib") != std::string::npos;  // the driver manager's words for a driver that is none
    const auto kind = kind_of_said(said);
    return {is_config ? Kind::login : kind == Kind::data ? Kind::unreachable : kind, said.state, said.message};
  }

  static void read(const StatementHandle& statement, const TakeRow& take, Answer& answer) {
    SQLSMALLINT columns = 0;
    statement.check(::SQLNumResultCols(statement.get(), &columns));
    if (columns == 0) {
      SQLLEN rows = 0;
      if (is_good(::SQLRowCount(statement.get(), &rows)) && rows > 0) answer.affected += rows;
      return;
    }
    const Cells cells(statement, describe(statement, columns, answer));
    answer.returned = 0;  // of several results, the last counts
    bool wanted = take != nullptr;
    SQLRETURN code = SQL_SUCCESS;
    while ((code = ::SQLFetch(statement.get())) != SQL_NO_DATA) {
      statement.check(code);
      ++answer.returned;
      if (wanted) wanted = take(cells.row());
    }
  }

  static std::vector<SQLSMALLINT> describe(const StatementHandle& statement, SQLSMALLINT columns, Answer& answer) {
    std::vector<SQLSMALLINT> types;
    answer.columns.clear();
    for (SQLUSMALLINT c = 1; c <= static_cast<SQLUSMALLINT>(columns); ++c) {
      std::array<SQLWCHAR, 256> name{}, type_name{};
      SQLSMALLINT length = 0, type = 0, digits = 0, nullable = 0, bytes = 0;
      SQLULEN size = 0;
      statement.check(::SQLDescribeColW(statement.get(), c, name.data(), static_cast<SQLSMALLINT>(name.size()), &length, &type, &size, &digits, &nullable));
      ::SQLColAttributeW(statement.get(), c, SQL_DESC_TYPE_NAME, type_name.data(), static_cast<SQLSMALLINT>(sizeof type_name), &bytes, nullptr);
      const auto until_zero = [](const auto& letters) { return narrow(letters.data(), static_cast<size_t>(std::find(letters.begin(), letters.end(), SQLWCHAR{0}) - letters.begin())); };
      SQLLEN is_unsigned = SQL_FALSE;
      ::SQLColAttributeW(statement.get(), c, SQL_DESC_UNSIGNED, nullptr, 0, nullptr, &is_unsigned);
      answer.columns.push_back({.name = until_zero(name), .type = until_zero(type_name), .exact = exact_of(type, size, digits, is_unsigned == SQL_TRUE)});
      types.push_back(type);
    }
    return types;
  }

  Environment environment_{};
  Handle<SQL_HANDLE_DBC> connection_;
  bool connected_ = false;
  std::mutex running_mutex_{};
  SQLHANDLE running_ = SQL_NULL_HANDLE;
};

}  // namespace

std::unique_ptr<Connection> open_odbc(const Opening& opening) { return std::make_unique<Odbc>(opening); }

}  // namespace mr::database
