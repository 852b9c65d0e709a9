// sql.run: SQL statements on a database of somebody else's, in its own dialect.
#include "common/draft.hpp"
#include "common/waiting.hpp"
#include "database/work.hpp"

namespace {

using namespace mr::database;

mr::Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E4110", what, "config." + field, hint}; }

struct SqlRun {
  static constexpr auto type = "sql.run", version = "1.0.0", summary = "Runs SQL statements on PostgreSQL, MySQL or MariaDB, SQLite, or any database with an ODBC driver: all of them, or none. "
    "After a lost worker or a lost answer they may run again, unless the SQL takes no harm from it or `once` is set.";
  static constexpr unsigned traits = MR_CANCELLABLE;  // not idempotent: that hangs on the SQL
  static constexpr auto examples = R"([
    {"title": "A few statements, all or none", "config": {"connection": "postgresql://etl@db.example.com/shop?sslmode=verify-full", "password": "{{ secret(\"shop_db\") }}",
      "sql": "delete from daily_sales where day = :day;\ninsert into daily_sales select day, sum(amount) from orders where day = :day group by day", "params": {"day": "2026-11-01"}}},
    {"title": "Once only, whatever happens to the worker", "config": {"connection": "mysql://etl@db.example.com/shop?ssl-mode=verify_identity", "password": "{{ secret(\"shop_db\") }}",
      "sql": "update accounts set points = points + :bonus where tier = 'gold'", "params": {"bonus": 100}, "once": true, "expect_min": 1}},
    {"title": "A number for later tasks", "config": {"connection": "sqlite:shop.db", "sql": "select count(*) as orders from orders where day >= :since", "params": {"since": "2026-11-01"}, "rows": 1, "read_only": true}},
    {"title": "By ODBC", "config": {"connection": "odbc:DSN=warehouse;UID=etl", "password": "{{ secret(\"warehouse\") }}", "sql": ["{call refresh_stock(:shop)}"], "params": {"shop": 7}, "transaction": "none"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "statements": {"type": "array", "items": {"type": "object"}, "description": "For each of the first 400, in order: rows_affected, rows_returned, milliseconds, and columns (name and type, in the database's words)."},
    "rows_affected": {"type": "integer", "description": "Inserted, updated and deleted by all statements together."},
    "rows_returned": {"type": "integer", "description": "By all statements together, whether shown here or not."},
    "rows": {"type": "array", "items": {"type": "object"}, "description": "The first `rows` of the last statement, by column. Decimals, and integers beyond 2^53, are text, so that no digit is lost; dates and times are ISO 8601, bytes base64."},
    "more": {"type": "boolean", "description": "The last statement returned more rows than are shown."},
    "repeated": {"type": "boolean", "description": "With `once`: an earlier attempt had done it already, and this is its report."}}})";

  struct Config {
    std::string connection{}, password{};
    mr::Json sql{}, params{};
    std::string transaction = "one", isolation{}, timeout = "1h";
    bool read_only = false, once = false;
    std::string once_table = "millrace_once", once_key{};
    int64_t rows = 0;
    std::optional<int64_t> expect_min{}, expect_max{};
  };
  static constexpr auto config = mr::fields(
      mr::field("connection", &Config::connection, "Where: postgresql://user@host:5432/db, mysql://user@host:3306/db, sqlite:file.db (relative to the Dag's folder), odbc:DSN=name or odbc:Driver={…};…; options as "
        "?sslmode=verify-full (PostgreSQL), ?ssl-mode=verify_identity&ssl-ca=ca.pem (MySQL), ?mode=rwc (SQLite: makes the file). Never with the password.").needed().pattern("^(postgres(ql)?://|mysql://|mariadb://|sqlite:|odbc:)").example("postgresql://etl@db.example.com/shop"),
      mr::field("password", &Config::password, "The user's password.").secret(),
      mr::field("sql", &Config::sql, "One text with semicolons between statements, or a list with one statement in each item, whatever semicolons it holds (procedures, triggers). In the database's own dialect; values as :name.").needed().multiline(),
      mr::field("params", &Config::params, "The value of each :name: text, number, true, null, or {base64: …} for bytes. They are bound, never put into the text, so that none can act as SQL. Write decimals as text: \"12.30\"."),
      mr::field("transaction", &Config::transaction, "one: all statements or none. none: each is committed by itself, for those that can't be in a transaction (VACUUM, and in MySQL CREATE and its kind).").one_of("one", "none"),
      mr::field("isolation", &Config::isolation, "What the transaction sees of others; the database's own default when left out. SQLite's is always serializable.").one_of("", "read_uncommitted", "read_committed", "repeatable_read", "serializable"),
      mr::field("read_only", &Config::read_only, "Asks the database to refuse writes. Protects from mistakes, not from malice: grant the user no more than it needs. Some ODBC drivers don't care."),
      mr::field("timeout", &Config::timeout, "Of each statement; one that takes longer is ended.").pattern("^[0-9.]+(ms|s|m|h|d)$").example("15m"),
      mr::field("rows", &Config::rows, "How many rows of the last statement become the output `rows`, up to 160 KiB.").between(0, 1000),
      mr::field("expect_min", &Config::expect_min, "Fails, and keeps nothing, when fewer rows are affected in all.").between(0, 1e15),
      mr::field("expect_max", &Config::expect_max, "Fails, and keeps nothing, when more rows are affected in all.").between(0, 1e15),
      mr::field("once", &Config::once, "Runs the statements once for each run, task and item, even if the worker is lost after the commit: a mark in the same transaction says that it was done. A run that is cleared does nothing then: delete the mark, or change `once_key`."),
      mr::field("once_table", &Config::once_table, "The table of these marks, in the same database; made when it is missing: run, task, once_key (varchar(255), together the primary key) and report (text)."),
      mr::field("once_key", &Config::once_key, "A further part of the mark: another key, another time."));

  void run(const Config& c, mr::Attempt& attempt) {
    const auto address = read_address(c.connection);
    auto order = order_of(c, address, attempt);
    if (address.dialect == Dialect::sqlite && !c.password.empty()) throw wrong("SQLite knows no password", "password", "leave it out");
    const Opening opening{.address = address, .password = c.password, .read_only = c.read_only, .path = [&](const std::string& path) { return mr::files::absolute(attempt, path); }, .stop = [&] { return attempt.cancelled(); }};
    attempt.stop_if_cancelled();
    const auto connection = open(opening);
    const auto report = perform(*connection, order, attempt);
    for (const auto& [name, value] : report.output.items()) attempt.output(name, value);
    attempt.output("repeated", report.repeated);
  }

 private:
  static Order order_of(const Config& c, const Address& address, const mr::Attempt& attempt) {
    Order order{.script = read_script(c.sql, c.params, address.dialect), .dialect = address.dialect, .mode = {.isolation = isolation_of(c.isolation), .read_only = c.read_only}};
    order.in_transaction = c.transaction == "one";
    order.rows = c.rows;
    order.least_affected = c.expect_min;
    order.most_affected = c.expect_max;
    order.timeout = std::chrono::ceil<std::chrono::milliseconds>(mr::waiting::duration(c.timeout, "timeout"));
    if (c.expect_min && c.expect_max && *c.expect_min > *c.expect_max) throw wrong("`expect_min` is above `expect_max`", "expect_min", "");
    if (!order.in_transaction && c.once) throw wrong("`once` needs a transaction", "once", "write transaction: one");
    if (!order.in_transaction && !c.isolation.empty()) throw wrong("`isolation` without a transaction", "isolation", "leave it out, or write transaction: one");
    if (c.read_only && c.once) throw wrong("`once` writes a mark, and `read_only` forbids it", "once", "what only reads may run twice");
    if (order.in_transaction) check_atomic(order.script, address.dialect);
    if (c.once) order.once = Mark{.table = c.once_table, .run = attempt.fact("run"), .task = attempt.fact("task"), .key = c.once_key};
    return order;
  }

  static Isolation isolation_of(const std::string& name) {
    if (name == "read_uncommitted") return Isolation::read_uncommitted;
    if (name == "read_committed") return Isolation::read_committed;
    if (name == "repeatable_read") return Isolation::repeatable_read;
    return name == "serializable" ? Isolation::serializable : Isolation::as_set_there;
  }
};

}  // namespace

MR_PLUGIN("database", "1.0.0", "Apache-2.0", SqlRun)
