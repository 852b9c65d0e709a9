// export.sql: the rows of one SELECT into a table of somebody else's database, once.
//
// All rows and a mark with the key of the delivery are one transaction: a retry after a lost answer, a lost worker or a cleared run finds
// the mark and delivers nothing again. Failures: E5070 (config), E5071 (rows without a key of their own), E5072 (the table does not suit),
// those of the session and of the database (E4110 to E4124).
#pragma once
#include "sdk/millrace_plugin.hpp"
#include "sdk/millrace_traits.h"

struct ExportSql {
  static constexpr auto type = "export.sql", version = "1.0.0", summary = "Delivers the rows of one SELECT into a table of PostgreSQL, MySQL or MariaDB, or SQLite: all or none, and once.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE | MR_EXPLAINS;
  static constexpr auto examples = R"([
    {"title": "Totals for the shop's own database", "config": {"connection": "postgresql://etl@db.example.com/shop?sslmode=verify-full", "password": "{{ secret(\"shop_db\") }}",
      "sql": "select day, shop, amount from mart.daily_sales where day = {{ .run.logical_date }}", "table": "reports.daily_sales", "keys": ["day", "shop"]}},
    {"title": "A whole table in place of the old one", "config": {"connection": "mysql://etl@db.example.com/shop?ssl-mode=verify_identity", "password": "{{ secret(\"shop_db\") }}",
      "sql": "select * from mart.prices", "table": "prices", "mode": "replace"}},
    {"title": "A delivery of its own name", "config": {"connection": "sqlite:shop.db", "sql": "select * from mart.bonus", "table": "bonus", "mode": "append", "delivery": "bonus-2026"}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "rows": {"type": "integer", "description": "That were delivered, by this attempt or the one whose mark was found."},
    "table": {"type": "string"},
    "repeated": {"type": "boolean", "description": "An earlier attempt had delivered them: this one wrote nothing."}}})";

  struct Config {
    std::string connection{}, password{}, sql{}, table{}, mode = "upsert", delivery{}, delivery_table = "millrace_delivery", timeout = "1h";
    std::vector<std::string> keys{};
  };
  static constexpr auto config = mr::fields(
      mr::field("connection", &Config::connection, "Where: postgresql://user@host:5432/db, mysql://user@host:3306/db, sqlite:file.db (relative to the Dag's folder); options as sql.run takes them. Never with the password.")
          .needed().pattern("^(postgres(ql)?://|mysql://|mariadb://|sqlite:)").example("postgresql://etl@db.example.com/shop"),
      mr::field("password", &Config::password, "The user's password.").secret(),
      mr::field("sql", &Config::sql, "One SELECT in DuckDB's SQL; datasets are tables named zone.name. Its columns have the names of the table's; lists and structs are delivered as JSON.").needed().sql(),
      mr::field("table", &Config::table, "The table, perhaps as schema.table. It has to be there; columns that the SELECT has not keep their defaults.").needed(),
      mr::field("mode", &Config::mode, "upsert: a row takes the place of that with its keys, or is added. append: all are added. replace: the table's old rows are deleted in the same transaction.").one_of("upsert", "append", "replace"),
      mr::field("keys", &Config::keys, "With upsert: columns by which a row is found again. The table needs a unique index over exactly these."),
      mr::field("delivery", &Config::delivery, "The delivery's key within the Dag and task; that of the run when left out, so that each run delivers once. Another key, another delivery."),
      mr::field("delivery_table", &Config::delivery_table, "The table of marks, in the same database; made when it is missing: run, task, once_key (varchar(255), together the primary key) and report (text)."),
      mr::field("timeout", &Config::timeout, "Of each statement; one that takes longer is ended, and nothing is kept.").pattern("^[0-9.]+(ms|s|m|h|d)$").example("15m"));

  void run(const Config& c, mr::Attempt& attempt);
};
