#include "sql/export_sql.hpp"

#include <algorithm>
#include <array>

#include "common/waiting.hpp"
#include "data/chunks.hpp"
#include "data/explain.hpp"
#include "data/publish.hpp"
#include "database/names.hpp"
#include "sql/upsert.hpp"

namespace {

using mr::data::CellKind;
using mr::data::ident;
using mr::database::Dialect;
using mr::database::Value;

constexpr size_t kMostBytes = size_t{1} << 20;  // of one statement's values

mr::Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E5070", what, "with." + field, hint}; }

// How values of a column travel: as one of five kinds, made by an expression over the column.
struct Carried {
  CellKind kind{};
  std::string expression{};
};

Carried carried(const mr::data::ColumnInfo& column, Dialect dialect) {
  constexpr std::array<std::string_view, 7> kIntegers{"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"};
  const auto name = ident(column.name);
  const auto& type = column.type;
  if (type == "BOOLEAN") return {CellKind::boolean, name};
  if (type == "BLOB") return {CellKind::bytes, name};
  if (type == "FLOAT" || type == "DOUBLE") return {CellKind::real, "CAST(" + name + " AS DOUBLE)"};
  if (std::find(kIntegers.begin(), kIntegers.end(), type) != kIntegers.end()) return {CellKind::integer, "CAST(" + name + " AS BIGINT)"};
  const bool nested = type.ends_with("]") || type.starts_with("STRUCT(") || type.starts_with("MAP(") || type.starts_with("UNION(");
  if (nested) return {CellKind::text, "CAST(to_json(" + name + ") AS VARCHAR)"};
  // Those without zones are in UTC there.
  const bool zoned = type == "TIMESTAMP WITH TIME ZONE" && dialect != Dialect::postgres;
  return {CellKind::text, "CAST(" + name + (zoned ? " AT TIME ZONE 'UTC'" : "") + " AS VARCHAR)"};
}

Value value_at(const mr::data::Chunks& chunks, size_t column, size_t row) {
  if (chunks.is_null(column, row)) return {};
  switch (chunks.kind(column)) {
    case CellKind::boolean: return chunks.boolean(column, row);
    case CellKind::integer: return chunks.integer(column, row);
    case CellKind::real: return chunks.real(column, row);
    case CellKind::text: return std::string(chunks.text(column, row));
    case CellKind::bytes: return mr::database::Bytes{std::string(chunks.text(column, row))};
  }
  std::abort();  // not a kind: memory is broken
}

class Delivery {
 public:
  Delivery(const ExportSql::Config& c, const mr::database::Address& address, mr::Attempt& attempt)
      : c_(c), attempt_(attempt), facts_{attempt.facts()}, session_(mr::data::open_confined_session(facts_)), target_{.table = c.table, .dialect = address.dialect} {
    if (c.mode == "upsert") target_.keys = c.keys;
    const mr::data::Watch watch(session_, attempt_);
    gather();
    check_keys();
  }

  mr::Json send(const mr::database::Frame& frame) {
    const mr::data::Watch watch(session_, attempt_);
    if (target_.dialect == Dialect::mysql) run(frame, "SET SESSION sql_mode = CONCAT(@@SESSION.sql_mode, ',STRICT_ALL_TABLES')", {});  // a value that does not fit is no other one
    check_table(frame, target_);
    if (c_.mode == "replace") run(frame, "DELETE FROM " + mr::database::quoted_table(c_.table, target_.dialect), {});
    mr::data::Chunks chunks(session_, "SELECT * FROM _export", kinds_);
    for (size_t rows = chunks.next(); rows > 0; rows = chunks.next()) {
      for (size_t row = 0; row < rows; ++row) take(frame, chunks, row);
    }
    flush(frame);
    if (sent_ != rows_) throw mr::Failure("data", "E5023", std::to_string(rows_) + " rows were to be delivered, and " + std::to_string(sent_) + " were", "with.table", "report it: it is a mistake of the operator; nothing was written");
    return {{"rows", sent_}};
  }

 private:
  // Before any transaction there: nobody waits for our work.
  void gather() {
    session_.check_select(c_.sql);
    std::string list;
    for (const auto& column : session_.describe(c_.sql)) {
      const auto how = carried(column, target_.dialect);
      list += (list.empty() ? "" : ", ") + how.expression + " AS " + ident(column.name);
      kinds_.push_back(how.kind);
      target_.columns.push_back(column.name);
    }
    session_.run("CREATE TEMP TABLE _export AS SELECT " + list + " FROM (" + c_.sql + "\n)");
    rows_ = session_.query("SELECT count(*) FROM _export").integer(0, 0);
    most_rows_ = rows_at_once(target_.columns.size());
  }

  void check_keys() {
    if (target_.keys.empty()) return;
    std::string keys, none;
    for (const auto& key : target_.keys) {
      if (std::find(target_.columns.begin(), target_.columns.end(), key) == target_.columns.end()) throw wrong("the SELECT has no column " + key, "keys", "select it, in the same letters");
      keys += (keys.empty() ? "" : ", ") + ident(key);
      none += (none.empty() ? "" : " OR ") + ident(key) + " IS NULL";
    }
    const auto lacking = session_.query("SELECT count(*) FROM _export WHERE " + none).integer(0, 0);
    if (lacking > 0) throw mr::Failure("data", "E5071", std::to_string(lacking) + " rows have no value in a key", "with.keys", "leave them out, or name other `keys`; nothing was written");
    const auto shared = session_.query("SELECT count(*) FROM (SELECT 1 FROM _export GROUP BY " + keys + " HAVING count(*) > 1)").integer(0, 0);
    if (shared > 0) throw mr::Failure("data", "E5071", std::to_string(shared) + " keys stand in several rows each", "with.keys", "deduplicate, or name further `keys`; nothing was written");
  }

  void take(const mr::database::Frame& frame, const mr::data::Chunks& chunks, size_t row) {
    for (size_t c = 0; c < kinds_.size(); ++c) {
      values_.push_back(value_at(chunks, c, row));
      bytes_ += sizeof(Value);
      if (chunks.kind(c) == CellKind::text || chunks.kind(c) == CellKind::bytes) bytes_ += chunks.is_null(c, row) ? 0 : chunks.text(c, row).size();
    }
    if (++waiting_ == most_rows_ || bytes_ >= kMostBytes) flush(frame);
  }

  void flush(const mr::database::Frame& frame) {
    if (waiting_ == 0) return;
    run(frame, insert_into(target_, waiting_), values_);
    sent_ += static_cast<int64_t>(waiting_);
    attempt_.progress(static_cast<double>(sent_) / static_cast<double>(rows_));
    values_.clear();
    waiting_ = bytes_ = 0;
  }

  static void run(const mr::database::Frame& frame, const std::string& sql, const std::vector<Value>& values) {
    try {
      frame.watch.during([&] { frame.connection.run(sql, values, {}); });
    } catch (mr::database::Problem& problem) {
      problem.where = "with.table";
      throw;
    }
  }

  const ExportSql::Config& c_;
  mr::Attempt& attempt_;
  const mr::data::Facts facts_;
  mr::data::Session session_;
  Target target_;
  std::vector<CellKind> kinds_{};
  std::vector<Value> values_{};  // of the rows that wait to be sent
  size_t waiting_ = 0, bytes_ = 0, most_rows_ = 1;
  int64_t rows_ = 0, sent_ = 0;
};

void check(const ExportSql::Config& c, const mr::database::Address& address) {
  if (address.dialect == Dialect::odbc) throw wrong("ODBC databases have no common way to update a row or add it", "connection", "PostgreSQL, MySQL, MariaDB and SQLite are served; for others write a file, or use sql.run");
  if (address.dialect == Dialect::sqlite && !c.password.empty()) throw wrong("SQLite knows no password", "password", "leave it out");
  if (c.mode == "upsert" && c.keys.empty()) throw wrong("upsert finds rows by keys, and there are none", "keys", "name them, or say mode: append or replace");
  if (c.mode != "upsert" && !c.keys.empty()) throw wrong("`keys` go with mode: upsert", "keys", "leave them out");
}

}  // namespace

void ExportSql::run(const Config& c, mr::Attempt& attempt) {
  const auto address = mr::database::read_address(c.connection);
  check(c, address);
  const mr::data::Facts facts{attempt.facts()};
  if (mr::data::is_to_explain(facts)) return attempt.output("statements", mr::data::statements_for(facts, c.sql, c.keys, "keys"));
  const auto patience = std::chrono::ceil<std::chrono::milliseconds>(mr::waiting::duration(c.timeout, "timeout"));
  Delivery delivery(c, address, attempt);
  const auto connection = mr::database::open({.address = address, .password = c.password, .path = [&](const std::string& path) { return facts.path(path); }, .stop = [&] { return attempt.cancelled(); }});
  mr::database::Watch watch(*connection, attempt, patience);
  watch.during([&] { mr::database::use_utc(*connection, address.dialect); });
  const mr::database::Mark mark{.table = c.delivery_table, .run = attempt.fact(c.delivery.empty() ? "run" : "dag"), .task = attempt.fact("task"), .key = c.delivery};
  const mr::database::Frame frame{.connection = *connection, .watch = watch, .attempt = attempt, .dialect = address.dialect};
  const auto report = mr::database::run_once(frame, mark, [&] { return delivery.send(frame); });
  attempt.output("rows", report.output.value("rows", int64_t{0}));
  attempt.output("table", c.table);
  attempt.output("repeated", report.repeated);
  attempt.info(std::to_string(report.output.value("rows", int64_t{0})) + (report.repeated ? " rows had been delivered already" : " rows were delivered"));
}
