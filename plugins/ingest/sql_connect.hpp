// Where the rows of ingest.sql are: the connection as sql.run takes it, or the older form as an object.
//
//   postgresql://user@host/db   mysql://…   sqlite:file.db   odbc:DSN=name              with `password` beside it
//   {type: sqlite, path: file.db}
//   {type: postgres, dsn: "host=… dbname=… user=…", password_file: pass.txt}            libpq's words, or a URL
//
// One thread. Errors: E4110 and E4111 (the connection makes no sense, or holds a password), E5030 (no such file), E5039, E5041.
#pragma once
#include "data/publish.hpp"
#include "database/connection.hpp"

namespace mr::ingest {

// Reads the file of a password, and looks whether SQLite's is there; opens nothing. For reading only.
database::Opening opening_of(const mr::data::Facts& facts, const nlohmann::json& connection, const std::string& password, const mr::Attempt& attempt);

}  // namespace mr::ingest
