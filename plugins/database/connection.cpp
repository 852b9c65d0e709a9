#include "database/connection.hpp"

#include <cstdlib>

namespace mr::database {

std::unique_ptr<Connection> open(const Opening& opening) {
  switch (opening.address.dialect) {
    case Dialect::postgres: return open_postgres(opening);
    case Dialect::mysql: return open_mysql(opening);
    case Dialect::sqlite: return open_sqlite(opening);
    case Dialect::odbc: return open_odbc(opening);
  }
  std::abort();  // not a dialect: memory is broken
}

void use_utc(Connection& connection, Dialect dialect) {
  if (dialect == Dialect::postgres) connection.run("SET TimeZone TO 'UTC'", {}, {});
  if (dialect == Dialect::mysql) connection.run("SET time_zone = '+00:00'", {}, {});
}

std::string in_sql(Isolation isolation) {
  switch (isolation) {
    case Isolation::as_set_there: return "";
    case Isolation::read_uncommitted: return "READ UNCOMMITTED";
    case Isolation::read_committed: return "READ COMMITTED";
    case Isolation::repeatable_read: return "REPEATABLE READ";
    case Isolation::serializable: return "SERIALIZABLE";
  }
  std::abort();
}

}  // namespace mr::database
