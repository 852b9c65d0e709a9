// Where a database is, as a config writes it in one line.
//
//   postgresql://user@host:5432/db?sslmode=verify-full&sslrootcert=ca.pem     (several hosts: host1:5432,host2:5432)
//   mysql://user@host:3306/db?ssl-mode=verify_identity&ssl-ca=ca.pem          (mariadb:// is the same)
//   sqlite:shop.db?mode=rwc                                                   (relative to the Dag's folder)
//   odbc:DSN=shop;UID=etl   odbc:Driver={SQLite3};Database=shop.db
//
// A value. Reading it reads nothing else; it holds no password, because an address with one is refused.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "database/statement.hpp"

namespace mr::database {

struct Address {
  Dialect dialect = Dialect::postgres;
  std::string user{}, host{}, port{}, database{};  // of URLs; hosts and ports as lists with commas, as PostgreSQL takes them
  std::map<std::string, std::string> options{};    // behind the question mark
  std::string path{};                              // of SQLite
  std::string words{};                             // of ODBC: DSN=shop;UID=etl
};

// Throws mr::Failure E4110 (not understood) and E4111 (holds a password); neither repeats the text.
Address read_address(const std::string& connection);

}  // namespace mr::database
