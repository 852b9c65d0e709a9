#include "database/address.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace mr::database {
namespace {

constexpr std::array<std::string_view, 21> kPostgresOptions{
    "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslsni", "ssl_min_protocol_version", "channel_binding", "gssencmode", "krbsrvname", "application_name",
    "options", "target_session_attrs", "host", "port", "user", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"};
constexpr std::array<std::string_view, 6> kMysqlOptions{"ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "tls-version", "socket"};
constexpr std::array<std::string_view, 1> kSqliteOptions{"mode"};
constexpr auto kForms = "write postgresql://user@host:5432/db, mysql://user@host:3306/db, sqlite:file.db or odbc:DSN=name";

Failure wrong(const std::string& what, const std::string& hint = kForms) { return {"config", "E4110", what, "config.connection", hint}; }

Failure holds_password() {
  return {"config", "E4111", "the connection holds a password, which would be shown wherever the config is", "config.connection", "give it by `password: \"{{ secret(\\\"name\\\") }}\"`"};
}

std::string small(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

bool is_password(const std::string& name) {
  const auto word = small(name);
  return word == "pwd" || word == "passwd" || word.find("password") != std::string::npos;
}

std::string decoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at];
      continue;
    }
    const auto pair = small(std::string(text.substr(at + 1, 2)));
    if (pair.size() != 2 || pair.find_first_not_of(kHex) != std::string::npos || pair == "00") throw wrong("a % in the connection is not followed by two hexadecimal digits", "write %25 for it");
    out += static_cast<char>(kHex.find(pair[0]) << 4 | kHex.find(pair[1]));
    at += 2;
  }
  return out;
}

// Cuts the text at the first letter, which goes too; what is behind it is given back.
std::string_view cut(std::string_view& text, char at) {
  const auto found = text.find(at);
  if (found == std::string_view::npos) return {};
  const auto rest = text.substr(found + 1);
  text = text.substr(0, found);
  return rest;
}

std::map<std::string, std::string> options_of(std::string_view query, std::span<const std::string_view> known) {
  std::map<std::string, std::string> found;
  while (!query.empty()) {
    auto pair = query;
    query = cut(pair, '&');
    const auto value = cut(pair, '=');
    const auto name = decoded(pair);
    if (is_password(name)) throw holds_password();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      std::string all;
      for (const auto& one : known) all += (all.empty() ? "" : ", ") + std::string(one);
      throw wrong("the connection has an option that is not known", "these are: " + all);
    }
    found[name] = decoded(value);
  }
  return found;
}

// host:port, [::1]:port
void add_host(std::string_view text, Address& address, bool first) {
  const bool bracketed = text.starts_with('[');
  const auto close = text.find(']');
  if (bracketed && close == std::string_view::npos) throw wrong("the connection's host has a [ without a ]");
  const auto colon = text.find(':', bracketed ? close : 0);
  const auto host = bracketed ? text.substr(1, close - 1) : text.substr(0, colon);
  const auto port = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const bool good = port.size() <= 5 && port.find_first_not_of("0123456789") == std::string_view::npos && (port.empty() || (std::stoi(std::string(port)) > 0 && std::stoi(std::string(port)) < 65'536));
  if (!good) throw wrong("the connection's port is no number from 1 to 65535");
  address.host += (first ? "" : ",") + decoded(host);
  address.port += (first ? "" : ",") + std::string(port);
}

Address url(Dialect dialect, std::string_view text, std::span<const std::string_view> known) {
  Address address{.dialect = dialect};
  const auto query = cut(text, '?');
  // Whatever stands before the last @ was meant to be a user, and perhaps a password, even with a slash in it.
  if (const auto sign = text.rfind('@'); sign != std::string_view::npos) {
    const auto user = text.substr(0, sign);
    if (user.find(':') != std::string_view::npos) throw holds_password();
    address.user = decoded(user);
    text = text.substr(sign + 1);
  } else if (query.find('@') != std::string_view::npos && text.find(':') != std::string_view::npos && text.find('/') == std::string_view::npos) {
    throw holds_password();  // with a question mark in it
  }
  address.database = decoded(cut(text, '/'));
  for (bool first = true; !text.empty(); first = false) {
    auto host = text;
    text = cut(host, ',');
    if (dialect == Dialect::mysql && !first) throw wrong("mysql takes one host");
    add_host(host, address, first);
  }
  address.options = options_of(query, known);
  return address;
}

// DSN=shop;UID={a;b}: refuses a password, and quotes that don't close.
Address odbc(const std::string& words) {
  for (size_t at = 0; at < words.size();) {
    const auto equals = words.find('=', at);
    if (equals == std::string::npos) throw wrong("an odbc connection is made of NAME=value;NAME=value");
    auto name = words.substr(at, equals - at);
    name.erase(0, name.find_first_not_of(" \t\r\n"));
    while (name.ends_with(' ')) name.pop_back();
    if (is_password(name)) throw holds_password();
    const bool braced = equals + 1 < words.size() && words[equals + 1] == '{';
    auto end = braced ? words.find('}', equals) : equals;
    while (braced && end != std::string::npos && end + 1 < words.size() && words[end + 1] == '}') end = words.find('}', end + 2);
    if (end == std::string::npos) throw wrong("an odbc connection has a { without a }");
    end = words.find(';', end);
    at = end == std::string::npos ? words.size() : end + 1;
  }
  if (words.empty()) throw wrong("an odbc connection names no DSN and no driver");
  return {.dialect = Dialect::odbc, .words = words};
}

Address sqlite(std::string_view text) {
  Address address{.dialect = Dialect::sqlite};
  const auto query = cut(text, '?');
  address.path = std::string(text);
  address.options = options_of(query, kSqliteOptions);
  const auto mode = address.options.find("mode");
  const bool good = mode == address.options.end() || mode->second == "ro" || mode->second == "rw" || mode->second == "rwc";
  if (!good) throw wrong("sqlite's mode is none", "ro reads, rw writes too (the default), rwc also makes the file");
  if (address.path.empty() || address.path.find(":memory:") != std::string::npos) throw wrong("sqlite has no file", "write sqlite:shop.db");
  return address;
}

}  // namespace

Address read_address(const std::string& connection) {
  if (connection.find_first_of(std::string_view("\0\r\n", 3)) != std::string::npos) throw wrong("the connection is more than one line");
  const auto after = [&](std::string_view scheme) { return connection.starts_with(scheme) ? std::optional(connection.substr(scheme.size())) : std::nullopt; };
  for (const auto* scheme : {"postgresql://", "postgres://"}) {
    if (const auto rest = after(scheme)) return url(Dialect::postgres, *rest, kPostgresOptions);
  }
  for (const auto* scheme : {"mysql://", "mariadb://"}) {
    if (const auto rest = after(scheme)) return url(Dialect::mysql, *rest, kMysqlOptions);
  }
  if (const auto rest = after("sqlite:")) return sqlite(*rest);
  if (const auto rest = after("odbc:")) return odbc(*rest);
  throw wrong("the connection is of no kind that is known");
}

}  // namespace mr::database
