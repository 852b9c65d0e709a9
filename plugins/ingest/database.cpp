#include "ingest/database.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "ingest/landing.hpp"

namespace mr::ingest {
namespace {

using mr::data::ident;
using mr::data::literal;

bool is_postgres(const nlohmann::json& connection) {
  const auto type = connection.value("type", "");
  if (type != "sqlite" && type != "postgres") throw mr::Failure("config", "E5039", "connection.type is neither sqlite nor postgres", "with.connection", "write {type: sqlite, path: …} or {type: postgres, dsn: …}");
  return type == "postgres";
}

// postgresql://user:secret@host, or password=secret
bool holds_password(const std::string& dsn) {
  if (dsn.find("password") != std::string::npos) return true;
  const size_t user = dsn.find("://"), host = dsn.find('@');
  return user != std::string::npos && host != std::string::npos && dsn.find(':', user + 3) < host;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw mr::Failure("config", "E5041", "the password file can't be read, or is empty", "with.connection.password_file", "paths start at the folder of the Dag's file");
  return line;
}

// libpq reads it from there; gone again when the connection stands.
class PasswordInEnvironment {
 public:
  explicit PasswordInEnvironment(const std::string& password) {
    if (!password.empty()) ::setenv("PGPASSWORD", password.c_str(), 1);
  }
  ~PasswordInEnvironment() { ::unsetenv("PGPASSWORD"); }
  PasswordInEnvironment(const PasswordInEnvironment&) = delete;
  PasswordInEnvironment& operator=(const PasswordInEnvironment&) = delete;
};

void attach_postgres(mr::data::Session& session, const mr::data::Facts& facts, const nlohmann::json& connection) {
  const auto dsn = connection.value("dsn", "");
  if (dsn.empty()) throw mr::Failure("config", "E5039", "a postgres connection has no dsn", "with.connection", "write for example dsn: host=db.example.com dbname=shop user=reader");
  if (holds_password(dsn)) throw mr::Failure("config", "E5041", "the dsn holds a password", "with.connection.dsn", "put it into a file that only you can read, and name that by password_file");
  const auto file = connection.value("password_file", "");
  const PasswordInEnvironment password(file.empty() ? "" : first_line(facts.path(file)));
  try {
    session.run("ATTACH " + literal(dsn) + " AS _source (TYPE postgres, READ_ONLY)");
  } catch (const mr::data::SqlError&) {
    // Its text repeats the dsn.
    throw mr::Failure("transient", "E5042", "no connection to the PostgreSQL database", "with.connection", "check host, port, database, user and password_file; the database's own log says more", false);
  }
}

}  // namespace

mr::data::Session SourceTable::open_session(const mr::data::Facts& facts, const nlohmann::json& connection) {
  return mr::data::open_session(facts, {is_postgres(connection) ? "postgres_scanner" : "sqlite_scanner"});
}

SourceTable::SourceTable(mr::data::Session& session, const mr::data::Facts& facts, const nlohmann::json& connection, std::string table)
    : table_(std::move(table)), postgres_(is_postgres(connection)) {
  if (postgres_) {
    attach_postgres(session, facts, connection);
  } else {
    const auto path = facts.path(connection.value("path", ""));
    identity_of(path);  // ATTACH would not say that the file is missing
    session.run("ATTACH " + literal(path) + " AS _source (TYPE sqlite, READ_ONLY)");
  }
  try {
    columns_ = session.describe("SELECT * FROM _source." + ident(table_));
  } catch (const mr::data::SqlError& error) {
    if (error.code != "E5004") throw;
    throw mr::Failure("config", "E5043", "the database has no table " + table_, "with.table", "check its name, and that the user may read it");
  }
  if (!postgres_) return;
  const auto vague = session.query("SELECT column_name FROM postgres_query('_source', " +
                                   literal("SELECT column_name FROM information_schema.columns WHERE data_type = 'numeric' AND numeric_precision IS NULL AND table_schema = ANY(current_schemas(false)) "
                                           "AND table_name = " + literal(table_)) + ")");
  for (const auto& row : vague.rows) as_text_.push_back(row[0].value_or(""));
}

mr::data::ColumnInfo SourceTable::column(const std::string& name) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(), [&](const auto& column) { return column.name == name; });
  if (found == columns_.end()) throw mr::Failure("config", "E5040", "the table has no column " + name, "with.key", "name a column that only grows");
  return *found;
}

std::string SourceTable::select(const std::string& key, const std::optional<std::string>& after) const {
  std::string list, remote;
  for (const auto& one : columns_) {
    const bool text = std::find(as_text_.begin(), as_text_.end(), one.name) != as_text_.end();
    const bool enumeration = one.type.starts_with("ENUM");
    list += (list.empty() ? "" : ", ") + (enumeration ? "CAST(" + ident(one.name) + " AS VARCHAR) AS " + ident(one.name) : ident(one.name));
    remote += (remote.empty() ? "" : ", ") + ident(one.name) + (text ? "::text AS " + ident(one.name) : "");
  }
  const std::string from = as_text_.empty() ? "_source." + ident(table_) : "postgres_query('_source', " + literal("SELECT " + remote + " FROM " + ident(table_)) + ")";
  std::string where;
  if (!key.empty()) {
    const auto type = column(key).type;
    if (after) where = " WHERE " + ident(key) + " > CAST(" + literal(*after) + " AS " + type + ")";
  }
  return "SELECT " + list + " FROM " + from + where;
}

}  // namespace mr::ingest
