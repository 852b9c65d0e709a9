// PostgreSQL, by libpq. Source of the semantics: the chapters "libpq" and "PostgreSQL Error Codes" of PostgreSQL's manual.
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <map>

#include "database/connection.hpp"

namespace mr::database {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTick = 100;                          // milliseconds between two looks at whether to go on
constexpr auto kLeave = std::chrono::seconds(10);    // from a cancel to giving the connection up

struct EndConnection {
  void operator()(PGconn* connection) const { ::PQfinish(connection); }
};
struct EndResult {
  void operator()(PGresult* result) const { ::PQclear(result); }
};
struct EndCancel {
  void operator()(PGcancel* cancel) const { ::PQfreeCancel(cancel); }
};
using Result = std::unique_ptr<PGresult, EndResult>;

std::string text_of(const char* text) { return text == nullptr ? "" : text; }

// --- the words of PostgreSQL ---------------------------------------------------------------------------------------------------

// Identifiers of types that never change (pg_type.dat).
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26, kJson = 114, kNumeric = 1700, kFloat4 = 700, kFloat8 = 701, kTimestamp = 1114, kTimestamptz = 1184;
const std::map<Oid, const char*> kTypes{
    {kBool, "boolean"}, {kBytea, "bytea"}, {kInt8, "bigint"}, {kInt2, "smallint"}, {kInt4, "integer"}, {25, "text"}, {kOid, "oid"}, {kJson, "json"}, {142, "xml"}, {kFloat4, "real"},
    {kFloat8, "double precision"}, {790, "money"}, {1042, "character"}, {1043, "character varying"}, {1082, "date"}, {1083, "time"}, {kTimestamp, "timestamp"},
    {kTimestamptz, "timestamp with time zone"}, {1186, "interval"}, {1266, "time with time zone"}, {kNumeric, "numeric"}, {2950, "uuid"}, {3802, "jsonb"}};

struct Exact {
  Oid type, list_of_it;
  const char* exact;
};
constexpr std::array<Exact, 18> kExact{{{kBool, 1000, "BOOLEAN"}, {kBytea, 1001, "BLOB"}, {kInt2, 1005, "SMALLINT"}, {kInt4, 1007, "INTEGER"}, {kInt8, 1016, "BIGINT"}, {kOid, 1028, "BIGINT"},
                                        {kFloat4, 1021, "FLOAT"}, {kFloat8, 1022, "DOUBLE"}, {25, 1009, "VARCHAR"}, {1042, 1014, "VARCHAR"}, {1043, 1015, "VARCHAR"}, {1082, 1182, "DATE"},
                                        {1083, 1183, "TIME"}, {kTimestamp, 1115, "TIMESTAMP"}, {kTimestamptz, 1185, "TIMESTAMP WITH TIME ZONE"}, {1266, 1270, "TIME WITH TIME ZONE"},
                                        {2950, 2951, "UUID"}, {3802, 3807, "JSON"}}};

// `modifier` holds the digits of a numeric, when it has stated any. A list of bytes has no text that DuckDB would read.
std::string exact_of(Oid type, int modifier) {
  if (type == kNumeric && modifier >= 4) {
    const int digits = (modifier - 4) >> 16 & 0xFFFF, scale = (modifier - 4) & 0x7FF;
    if (digits <= 38 && scale <= digits) return "DECIMAL(" + std::to_string(digits) + "," + std::to_string(scale) + ")";
  }
  if (type == kJson) return "JSON";
  for (const auto& [plain, list, exact] : kExact) {
    if (type == plain) return exact;
    if (type == list && plain != kBytea) return std::string(exact) + "[]";
  }
  return "VARCHAR";
}

std::string bytes_of(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 32) - 'a' + 10; };
  std::string out;
  for (size_t at = 2; at + 1 < hex.size(); at += 2) out += static_cast<char>(digit(hex[at]) << 4 | digit(hex[at + 1]));
  return out;
}

Value value_of_cell(Oid type, std::string text) {
  if (type == kBool) return text == "t";
  if (type == kBytea) return Bytes{bytes_of(text)};
  if (type == kInt2 || type == kInt4 || type == kInt8 || type == kOid) {
    int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
  }
  if (type == kFloat4 || type == kFloat8) return std::strtod(text.c_str(), nullptr);  // also NaN and Infinity
  if (type == kTimestamp || type == kTimestamptz) return iso_time(std::move(text));
  return text;
}

// A parameter as libpq wants it: its text, or bytes.
struct Argument {
  std::string text{};
  bool null = false, binary = false;
};

struct ToArgument {
  Argument operator()(std::monostate) const { return {.null = true}; }
  Argument operator()(bool flag) const { return {.text = flag ? "true" : "false"}; }
  Argument operator()(int64_t number) const { return {.text = std::to_string(number)}; }
  Argument operator()(double number) const { return {.text = Json(number).dump()}; }
  Argument operator()(const std::string& text) const { return {.text = text}; }
  Argument operator()(const Bytes& bytes) const { return {.text = bytes.data, .binary = true}; }
};

// The n-th letter, counted from 1, as a byte.
size_t byte_of_letter(std::string_view text, size_t letter) {
  size_t at = 0;
  for (size_t left = letter - 1; at < text.size() && left > 0; --left) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

// --- opening -------------------------------------------------------------------------------------------------------------------

// "… failed: FATAL:  28P01: password …", of which the state is the five letters.
std::optional<Problem> refusal_of_server(const std::string& line) {
  for (size_t at = line.find(":  "); at != std::string::npos; at = line.find(":  ", at + 1)) {
    const auto state = line.substr(at + 3, 5);
    const bool is_state = at + 10 < line.size() && line.substr(at + 8, 2) == ": " && state.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos;
    if (is_state) return Problem(state.starts_with("57P") ? Kind::busy : kind_of(state), state, line.substr(at + 10));
  }
  return std::nullopt;
}

// A name may have several addresses, each with a line of its own: a server's answer says more than that nobody is at the other address.
Problem refusal(const std::string& message) {
  for (size_t at = 0; at < message.size(); at = message.find('\n', at) == std::string::npos ? message.size() : message.find('\n', at) + 1) {
    if (const auto found = refusal_of_server(message.substr(at, message.find('\n', at) - at))) return *found;
  }
  const auto has = [&](const char* word) { return message.find(word) != std::string::npos; };
  const auto line = message.substr(0, message.find('\n'));
  if (has("no password supplied")) return {Kind::login, "", "it wants a password, and none is given"};
  if (has("could not translate host name")) return {Kind::unreachable, "", "the host's name is not known"};
  if (has("SSL") || has("certificate") || has("channel binding")) return {Kind::encryption, "", line};
  if (has("invalid") && has("value")) return {Kind::refused, "", line};  // of an option of the connection
  return {Kind::unreachable, "", line};
}

class Words {
 public:
  void add(const std::string& name, const std::string& value) {
    if (!value.empty()) all_[name] = value;
  }
  PGconn* start() const {
    std::vector<const char*> names, values;
    for (const auto& [name, value] : all_) {
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    return ::PQconnectStartParams(names.data(), values.data(), 0);
  }

 private:
  std::map<std::string, std::string> all_{};
};

Words words_of(const Opening& opening) {
  const auto& address = opening.address;
  Words words;
  words.add("host", address.host);
  words.add("port", address.port.find_first_not_of(',') == std::string::npos ? "" : address.port);
  words.add("user", address.user);
  words.add("dbname", address.database);
  words.add("password", opening.password);
  words.add("client_encoding", "UTF8");
  words.add("fallback_application_name", "millrace");
  for (const auto& [name, value] : address.options) {
    const bool is_file = name == "sslrootcert" || name == "sslcert" || name == "sslkey" || name == "sslcrl";
    words.add(name, is_file && value != "system" ? opening.path(value) : value);
  }
  return words;
}

class Postgres final : public Connection {
 public:
  explicit Postgres(const Opening& opening) : connection_(words_of(opening).start()) {
    if (connection_ == nullptr) throw Problem(Kind::full, "", "no memory for a connection");
    ::PQsetErrorVerbosity(connection_.get(), PQERRORS_VERBOSE);  // so that refusals say their SQLSTATE
    ::PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
    stand(opening);
    ::PQsetErrorVerbosity(connection_.get(), PQERRORS_DEFAULT);
    cancel_.reset(::PQgetCancel(connection_.get()));
    // What the reading of values and of strings here relies on, whatever the server's own settings are.
    for (const auto* setting : {"SET datestyle TO ISO", "SET bytea_output TO hex", "SET extra_float_digits TO 1", "SET standard_conforming_strings TO on"}) run(setting, {}, {});
  }

  Answer run(const std::string& text, const std::vector<Value>& values, const TakeRow& take) override {
    send(text, values);
    Answer answer;
    bool wanted = take != nullptr;
    std::optional<Problem> failed;
    std::vector<Oid> types;
    while (const auto result = next()) {
      const auto status = ::PQresultStatus(result.get());
      if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) {
        if (answer.columns.empty()) types = columns_of(result.get(), answer);
        for (int row = 0; row < ::PQntuples(result.get()); ++row) {
          ++answer.returned;
          if (wanted) wanted = take(row_of(result.get(), row, types));
        }
      }
      if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) throw Problem(Kind::refused, "", "COPY from or to the client has no place here");
      if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) failed = problem_of(result.get(), text);
      if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) answer.affected = affected_by(result.get());
    }
    if (failed) throw *failed;
    name_types(answer, types);
    return answer;
  }

  void begin(const Mode& mode) override {
    const auto level = in_sql(mode.isolation);
    run("BEGIN" + (level.empty() ? "" : " ISOLATION LEVEL " + level) + (mode.read_only ? " READ ONLY" : ""), {}, {});
  }

  void commit() override {
    if (::PQtransactionStatus(connection_.get()) == PQTRANS_IDLE) throw Problem(Kind::refused, "", "a statement has ended the transaction itself");
    run("COMMIT", {}, {});
  }

  void rollback() noexcept override {
    try {
      if (::PQstatus(connection_.get()) == CONNECTION_OK && ::PQtransactionStatus(connection_.get()) != PQTRANS_ACTIVE) run("ROLLBACK", {}, {});
      else connection_.reset();  // the server rolls back what its client leaves open
    } catch (const std::exception&) {
      connection_.reset();
    }
  }

  void run_singly(const Mode& mode) override {
    if (mode.read_only) run("SET default_transaction_read_only TO on", {}, {});
  }

  void cancel() noexcept override {
    asked_to_stop_ = Clock::now().time_since_epoch().count();
    std::array<char, 256> said{};
    if (cancel_ != nullptr) ::PQcancel(cancel_.get(), said.data(), said.size());
  }

 private:
  // --- waiting for the other side --------------------------------------------------------------------------------------------

  void stand(const Opening& opening) {
    const auto give_up = Clock::now() + opening.patience;
    auto wants = PGRES_POLLING_WRITING;
    if (::PQstatus(connection_.get()) == CONNECTION_BAD) throw refusal(text_of(::PQerrorMessage(connection_.get())));
    for (;; wants = ::PQconnectPoll(connection_.get())) {
      if (wants == PGRES_POLLING_OK) return;
      if (wants == PGRES_POLLING_FAILED) throw refusal(text_of(::PQerrorMessage(connection_.get())));
      pollfd watched{::PQsocket(connection_.get()), static_cast<short>(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT), 0};
      while (::poll(&watched, 1, kTick) == 0) {
        if (opening.stop && opening.stop()) throw Cancelled{};
        if (Clock::now() >= give_up) throw Problem(Kind::unreachable, "", "no answer in time");
      }
    }
  }

  // The next result; null: there is no more.
  Result next() {
    while (::PQisBusy(connection_.get()) != 0) {
      pollfd watched{::PQsocket(connection_.get()), POLLIN, 0};
      if (::poll(&watched, 1, kTick) == 0) give_up_late();
      else if (::PQconsumeInput(connection_.get()) == 0) break;  // the result says why
    }
    return Result(::PQgetResult(connection_.get()));
  }

  // A server that does not even answer a cancel is not waited for.
  void give_up_late() {
    const Clock::rep asked = asked_to_stop_;
    if (asked != 0 && Clock::now() - Clock::time_point(Clock::duration(asked)) > kLeave) throw Problem(Kind::interrupted, "", "it did not answer");
  }

  // --- statements ------------------------------------------------------------------------------------------------------------

  void send(const std::string& text, const std::vector<Value>& values) {
    if (connection_ == nullptr) throw Problem(Kind::unreachable, "", "the connection was given up");
    std::vector<Argument> arguments;
    for (const auto& value : values) arguments.push_back(std::visit(ToArgument{}, value));
    std::vector<const char*> texts;
    std::vector<int> lengths, formats;
    std::vector<Oid> types;
    for (const auto& one : arguments) {
      texts.push_back(one.null ? nullptr : one.text.data());
      lengths.push_back(static_cast<int>(one.text.size()));
      formats.push_back(one.binary ? 1 : 0);
      types.push_back(one.binary ? kBytea : 0);
    }
    const int sent = ::PQsendQueryParams(connection_.get(), text.c_str(), static_cast<int>(texts.size()), types.data(), texts.data(), lengths.data(), formats.data(), 0);
    if (sent == 0) throw Problem(::PQstatus(connection_.get()) == CONNECTION_OK ? Kind::refused : Kind::unreachable, "", text_of(::PQerrorMessage(connection_.get())));
    ::PQsetSingleRowMode(connection_.get());
  }

  Problem problem_of(const PGresult* result, const std::string& text) const {
    const auto state = text_of(::PQresultErrorField(result, PG_DIAG_SQLSTATE));
    const auto message = text_of(::PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));  // DETAIL and CONTEXT hold values
    if (state.empty()) return {Kind::unreachable, "", text_of(::PQresultErrorMessage(result))};
    const auto letter = std::strtoul(text_of(::PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION)).c_str(), nullptr, 10);
    const auto place = letter == 0 ? std::nullopt : std::optional(byte_of_letter(text, letter));
    return {kind_of(state), state, state == "P0001" ? kRaised : message, place};
  }

  static int64_t affected_by(PGresult* result) {
    const auto tag = text_of(::PQcmdStatus(result));
    const bool writes = tag.starts_with("INSERT") || tag.starts_with("UPDATE") || tag.starts_with("DELETE") || tag.starts_with("MERGE");
    return writes ? std::strtoll(::PQcmdTuples(result), nullptr, 10) : 0;
  }

  static std::vector<Oid> columns_of(const PGresult* result, Answer& answer) {
    std::vector<Oid> types;
    for (int column = 0; column < ::PQnfields(result); ++column) {
      types.push_back(::PQftype(result, column));
      answer.columns.push_back({.name = text_of(::PQfname(result, column)), .exact = exact_of(::PQftype(result, column), ::PQfmod(result, column))});
    }
    return types;
  }

  static Row row_of(const PGresult* result, int row, const std::vector<Oid>& types) {
    Row values;
    for (int column = 0; column < static_cast<int>(types.size()); ++column) {
      if (::PQgetisnull(result, row, column) != 0) {
        values.emplace_back(std::monostate{});
        continue;
      }
      values.push_back(value_of_cell(types[static_cast<size_t>(column)], {::PQgetvalue(result, row, column), static_cast<size_t>(::PQgetlength(result, row, column))}));
    }
    return values;
  }

  void name_types(Answer& answer, const std::vector<Oid>& types) {
    for (size_t i = 0; i < types.size() && i < answer.columns.size(); ++i) answer.columns[i].type = type_name(types[i]);
  }

  // A type that was made there has a name only there.
  std::string type_name(Oid type) {
    if (const auto known = kTypes.find(type); known != kTypes.end()) return known->second;
    const auto [at, fresh] = names_.try_emplace(type);
    if (fresh) {
      run("SELECT pg_catalog.format_type($1::oid, NULL)", {static_cast<int64_t>(type)}, [&, place = at](Row&& row) {
        if (const auto* name = std::get_if<std::string>(&row.at(0))) place->second = *name;
        return false;
      });
    }
    return at->second;
  }

  std::unique_ptr<PGconn, EndConnection> connection_;
  std::unique_ptr<PGcancel, EndCancel> cancel_{};
  std::atomic<Clock::rep> asked_to_stop_ = 0;
  std::map<Oid, std::string> names_{};
};

}  // namespace

std::unique_ptr<Connection> open_postgres(const Opening& opening) { return std::make_unique<Postgres>(opening); }

}  // namespace mr::database
