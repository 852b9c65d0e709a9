#include "ingest/sql_connect.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace mr::ingest {
namespace {

using database::Address;
using database::Dialect;

mr::Failure holds_password() { return {"config", "E5041", "the dsn holds a password", "with.connection.dsn", "put it into a file that only you can read, and name that by password_file; or write the connection as a URL, with `password` beside it"}; }

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw mr::Failure("config", "E5041", "the password file can't be read, or is empty", "with.connection.password_file", "paths start at the folder of the Dag's file");
  return line;
}

// A value of libpq's words: up to the next space, or between quotes; a backslash keeps what follows as it is.
std::string value_at(const std::string& text, size_t& at) {
  const bool quoted = at < text.size() && text[at] == '\'';
  if (quoted) ++at;
  std::string value;
  for (; at < text.size() && text[at] != (quoted ? '\'' : ' '); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) ++at;
    value += text[at];
  }
  if (at < text.size()) ++at;
  return value;
}

// host=db.example.com dbname=shop user='a b'
Address words(const std::string& text) {
  Address address{.dialect = Dialect::postgres};
  for (size_t at = text.find_first_not_of(' '); at < text.size(); at = text.find_first_not_of(' ', at)) {
    const auto equals = text.find('=', at);
    if (equals == std::string::npos) throw mr::Failure("config", "E5039", "the dsn is no list of NAME=value", "with.connection.dsn", "write for example host=db.example.com dbname=shop user=reader");
    auto name = text.substr(at, equals - at);
    while (name.ends_with(' ')) name.pop_back();
    at = std::min(text.find_first_not_of(' ', equals + 1), text.size());
    const auto value = value_at(text, at);
    if (name.find("password") != std::string::npos || name == "passfile") throw holds_password();
    if (name == "host") address.host = value;
    else if (name == "port") address.port = value;
    else if (name == "user") address.user = value;
    else if (name == "dbname") address.database = value;
    else address.options[name] = value;
  }
  return address;
}

Address address_of(const nlohmann::json& connection) {
  if (connection.is_string()) return database::read_address(connection.get<std::string>());
  const auto text = [&](const char* key) { return connection.is_object() && connection.contains(key) && connection[key].is_string() ? connection[key].get<std::string>() : std::string(); };
  if (text("type") == "sqlite" && !text("path").empty()) return {.dialect = Dialect::sqlite, .path = text("path")};
  const auto dsn = text("dsn");
  if (text("type") != "postgres" || dsn.empty()) {
    throw mr::Failure("config", "E5039", "the connection is of no kind that is known", "with.connection", "write postgresql://user@host/db, mysql://user@host/db, sqlite:file.db or odbc:DSN=name, with `password` beside it");
  }
  return dsn.find("://") != std::string::npos ? database::read_address(dsn) : words(dsn);
}

}  // namespace

database::Opening opening_of(const mr::data::Facts& facts, const nlohmann::json& connection, const std::string& password, const mr::Attempt& attempt) {
  database::Opening opening{.address = address_of(connection), .password = password, .read_only = true};
  opening.path = [facts](const std::string& path) { return facts.path(path); };
  opening.stop = [&attempt] { return attempt.cancelled(); };
  if (connection.is_object() && connection.contains("password_file")) opening.password = first_line(facts.path(connection.value("password_file", "")));
  if (const auto found = opening.address.options.find("connect_timeout"); found != opening.address.options.end()) {
    opening.patience = std::chrono::seconds(std::clamp(std::atol(found->second.c_str()), 1L, 3600L));
    opening.address.options.erase(found);
  }
  std::error_code ignored;
  if (opening.address.dialect != Dialect::sqlite) return opening;
  if (!opening.password.empty()) throw mr::Failure("config", "E4110", "SQLite knows no password", "config.password", "leave it out");
  if (!std::filesystem::exists(facts.path(opening.address.path), ignored)) {
    throw mr::Failure("transient", "E5030", "the database's file is not there", opening.address.path, "paths start at the folder of the Dag's file; it may arrive later", false);
  }
  return opening;
}

}  // namespace mr::ingest
