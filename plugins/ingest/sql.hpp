// ingest.sql: a table or a query of another database becomes rows of a dataset, all of them each time, or what is new.
//
// What is new is told by a growing column: its greatest value is the position, committed with the rows. Rows whose transaction was
// committed late have smaller values than some that were read already: `lag` reads that overlap again, and leaves out what is there.
// Semantics: data-plane.md section 4 (bookmarks). Errors: those of sql_source.hpp and sql_values.hpp; E5074 (a column is gone), E5077 (`lag`,
// `split` and the like make no sense).
#pragma once
#include "sdk/millrace_plugin.hpp"

namespace mr::ingest {

struct Sql {
  static constexpr auto type = "ingest.sql", version = "1.1.0", summary = "Copies a table or a query of another database into a dataset: PostgreSQL, MySQL or MariaDB, SQLite, or any with an ODBC driver.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([
    {"title": "A whole table", "config": {"connection": "sqlite:customers.db", "table": "customers", "into": "raw.customers"}},
    {"title": "What is new, and what was committed late", "config": {"connection": "postgresql://reader@db.example.com/shop?sslmode=verify-full", "password": "{{ secret(\"shop_db\") }}", "table": "orders",
      "key": "changed_at", "lag": "10m", "primary_key": ["order_id"], "into": "raw.orders"}},
    {"title": "A large table by four connections, all of one snapshot", "config": {"connection": "postgresql://reader@db.example.com/shop", "password": "{{ secret(\"shop_db\") }}", "table": "events",
      "split": {"column": "id", "parts": 4}, "into": "raw.events"}},
    {"title": "A query", "config": {"connection": "mysql://reader@db.example.com/shop?ssl-mode=verify_identity", "password": "{{ secret(\"shop_db\") }}",
      "query": "select shop, day, sum(amount) as amount from sales where day >= :since group by shop, day", "params": {"since": "2026-11-01"}, "into": "raw.sales"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "rows_in": {"type": "integer"}, "rows_out": {"type": "integer"}, "rows_rejected": {"type": "integer"}, "bytes": {"type": "integer"}, "dataset": {"type": "string"},
    "rows_known": {"type": "integer", "description": "Rows of the overlap that were loaded before, and left out."},
    "consistent": {"type": "boolean", "description": "All rows are of one state of the database."},
    "connections": {"type": "integer", "description": "That read."},
    "position": {"type": "string", "description": "With `key`: its greatest value that is loaded now."}}})";

  struct Config {
    Json connection{}, params{}, lag{}, split{};
    std::string password{}, table{}, query{}, into{}, key{}, mode = "replace", missing_columns = "error", timeout = "1h";
    std::vector<std::string> primary_key{};
    std::map<std::string, std::string> schema{};
  };
  static constexpr auto config = mr::fields(
      mr::field("connection", &Config::connection, "Where: postgresql://user@host:5432/db, mysql://user@host:3306/db, sqlite:file.db (relative to the Dag's folder), odbc:DSN=name; with options as sql.run takes "
        "them, and never with the password. Or {type: sqlite, path}, or {type: postgres, dsn, password_file}: libpq's words, and a file whose first line is the password.").needed().secret(),
      mr::field("password", &Config::password, "The user's password.").secret(),
      mr::field("table", &Config::table, "The table to read, perhaps as schema.table."),
      mr::field("query", &Config::query, "Or one SELECT, in the database's own dialect; values as :name.").multiline(),
      mr::field("params", &Config::params, "The value of each :name of `query`: bound, never put into the text."),
      mr::field("into", &Config::into, "The dataset to write.").needed().writes(),
      mr::field("key", &Config::key, "A growing column: only rows above the greatest value loaded so far are read, and appended. Rows without a value are loaded by the first run only."),
      mr::field("lag", &Config::lag, "How far before that to read again, because transactions may be committed in another order than their keys grow: 10m for times, 1000 for numbers. Rows of the overlap that are in "
        "the dataset are left out."),
      mr::field("primary_key", &Config::primary_key, "With `lag`: the columns that, with `key`, tell a row of the overlap from others; `key` alone when left out."),
      mr::field("split", &Config::split, "{column, parts}: reads by so many connections at once, each a range of the column, which holds whole numbers, dates or times; best one with an index."),
      mr::field("schema", &Config::schema, "Types for columns that shall have another than the database's, such as {price: DECIMAL(12,2)}."),
      mr::field("missing_columns", &Config::missing_columns, "What to do when the source lacks a column that the dataset has: error, or null, to load it without values.").one_of("error", "null"),
      mr::field("mode", &Config::mode, "replace takes all rows each time in place of those that are there; with `key`, rows are appended.").one_of("replace", "append"),
      mr::field("timeout", &Config::timeout, "Of each statement; one that takes longer is ended.").pattern("^[0-9.]+(ms|s|m|h|d)$").example("15m"));

  void run(const Config& c, mr::Attempt& attempt);
};

}  // namespace mr::ingest
