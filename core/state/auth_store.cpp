#include "state/auth_store.hpp"

#include <sys/stat.h>

#include "base/text.hpp"

namespace millrace {
namespace {

int64_t ms(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint time_of(int64_t at) { return TimePoint{Millis{at}}; }
std::optional<TimePoint> time_in(const Statement& row, int column) { return row.is_null(column) ? std::nullopt : std::optional(time_of(row.integer(column))); }

Error no_such(const std::string& what, const std::string& name) {
  return {.code = "E8028", .what = "no " + what + " " + quote(name), .where = {}, .hint = "`millrace " + what + "s list` shows the names"};
}

Error taken(const std::string& what, const std::string& name) {
  return {.code = "E8029", .what = "there is a " + what + " " + quote(name) + " already", .where = {}, .hint = "choose another name"};
}

const std::string kToken = "SELECT id, name, hash, scopes, made_by, created, ends, revoked FROM service_token ";

auth::Token token_from(const Statement& row) {
  auth::Token token{.id = row.text(0), .name = row.text(1), .hash = row.text(2), .made_by = row.text(4), .scopes = {}, .created = time_of(row.integer(5)), .ends = time_in(row, 6), .revoked = time_in(row, 7)};
  for (const auto& text : split(row.text(3), ' ')) {
    if (auto scope = auth::grant_from(text)) token.scopes.push_back(*std::move(scope));
  }
  return token;
}

std::string scopes_text(const std::vector<auth::Grant>& scopes) {
  std::vector<std::string> texts;
  for (const auto& scope : scopes) texts.push_back(auth::to_text(scope));
  return join(texts, " ");
}

// For LIKE … ESCAPE '\': the text anywhere, and as it is.
std::string anywhere(const std::string& text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace

Result<std::unique_ptr<AuthStore>> AuthStore::open(const std::string& file) {
  auto db = Database::open(file, Database::Access::read_write);
  if (!db) return db.error();
  db->execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;");
  {
    auto tables = db->prepare("SELECT 1 FROM audit LIMIT 1");
    tables.step();
  }
  if (auto failed = db->take_error(); !failed) return Error{.code = "E2012", .what = "the file is no store of this version", .where = file, .hint = "start the server on it once"};
  for (const char* part : {"", "-wal", "-shm"}) ::chmod((file + part).c_str(), 0600);
  return std::unique_ptr<AuthStore>(new AuthStore(*std::move(db)));
}

template <class F>
Status AuthStore::write(F act) {
  const std::lock_guard hold(turn_);
  db_.execute("BEGIN IMMEDIATE");
  Status status = db_.failed() ? Status{} : act();
  if (status && !db_.failed()) db_.execute("COMMIT");
  if (auto failed = db_.take_error(); !failed) status = failed;
  if (!status) {
    db_.execute("ROLLBACK");
    (void)db_.take_error();
  }
  return status;
}

template <class F>
auto AuthStore::read(F act) -> Result<decltype(act())> {
  const std::lock_guard hold(turn_);
  auto found = act();
  if (auto failed = db_.take_error(); !failed) return failed.error();
  return found;
}

Result<bool> AuthStore::knows_nobody() {
  return read([&] {
    auto any = db_.prepare("SELECT 1 FROM user UNION ALL SELECT 1 FROM service_token LIMIT 1");
    return !any.step();
  });
}

std::vector<auth::Grant> AuthStore::grants_of(const std::string& user) {
  std::vector<auth::Grant> grants;
  auto rows = db_.prepare("SELECT role, label FROM user_grant WHERE user = ? ORDER BY label, role");
  rows.bind(user);
  while (rows.step()) {
    if (const auto role = auth::role_from(rows.text(0))) grants.push_back({.role = *role, .label = rows.text(1)});
  }
  return grants;
}

Result<std::vector<auth::User>> AuthStore::users() {
  return read([&] {
    std::vector<auth::User> found;
    {
      auto rows = db_.prepare("SELECT name, password, created FROM user ORDER BY name");
      while (rows.step()) found.push_back({.name = rows.text(0), .password = rows.text(1), .created = time_of(rows.integer(2)), .grants = {}});
    }
    for (auto& user : found) user.grants = grants_of(user.name);
    return found;
  });
}

Result<std::optional<auth::User>> AuthStore::user(const std::string& name) {
  return read([&]() -> std::optional<auth::User> {
    auto row = db_.prepare("SELECT password, created FROM user WHERE name = ?");
    row.bind(name);
    if (!row.step()) return std::nullopt;
    return auth::User{.name = name, .password = row.text(0), .created = time_of(row.integer(1)), .grants = grants_of(name)};
  });
}

Status AuthStore::add_user(const auth::User& user) {
  return write([&]() -> Status {
    db_.prepare("INSERT OR IGNORE INTO user (name, password, created) VALUES (?, ?, ?)").bind(user.name).bind(user.password).bind(ms(user.created)).run();
    if (!db_.failed() && db_.changes() == 0) return taken("user", user.name);
    for (const auto& grant : user.grants) db_.prepare("INSERT OR IGNORE INTO user_grant (user, role, label) VALUES (?, ?, ?)").bind(user.name).bind(auth::name(grant.role)).bind(grant.label).run();
    return {};
  });
}

// A user, or a token that is good, who may let others in. Tokens count: the first one is all that there is at the beginning.
Status AuthStore::keep_an_admin(TimePoint now) {
  auto any = db_.prepare("SELECT 1 FROM user_grant WHERE role = 'admin' UNION ALL SELECT 1 FROM service_token WHERE revoked IS NULL AND (ends IS NULL OR ends > ?) AND ' ' || scopes || ' ' LIKE '% admin %' LIMIT 1");
  any.bind(ms(now));
  if (any.step() || db_.failed()) return {};
  return Error{.code = "E8032", .what = "nobody would be left who may let others in", .where = {}, .hint = "make another admin first"};
}

Status AuthStore::remove_user(const std::string& name, TimePoint now) {
  return write([&]() -> Status {
    db_.prepare("DELETE FROM session WHERE who = ?").bind("user:" + name).run();
    db_.prepare("DELETE FROM user_grant WHERE user = ?").bind(name).run();
    db_.prepare("DELETE FROM user WHERE name = ?").bind(name).run();
    if (!db_.failed() && db_.changes() == 0) return no_such("user", name);
    return keep_an_admin(now);
  });
}

Status AuthStore::set_password(const std::string& name, const std::string& hash, bool ends_sessions) {
  return write([&]() -> Status {
    db_.prepare("UPDATE user SET password = ? WHERE name = ?").bind(hash).bind(name).run();
    if (!db_.failed() && db_.changes() == 0) return no_such("user", name);
    if (ends_sessions) db_.prepare("DELETE FROM session WHERE who = ?").bind("user:" + name).run();
    return {};
  });
}

Status AuthStore::grant(const std::string& name, const auth::Grant& grant) {
  return write([&]() -> Status {
    {
      auto row = db_.prepare("SELECT 1 FROM user WHERE name = ?");
      row.bind(name);
      if (!row.step()) return no_such("user", name);
    }
    db_.prepare("INSERT OR IGNORE INTO user_grant (user, role, label) VALUES (?, ?, ?)").bind(name).bind(auth::name(grant.role)).bind(grant.label).run();
    return {};
  });
}

Status AuthStore::revoke(const std::string& name, const auth::Grant& grant, TimePoint now) {
  return write([&]() -> Status {
    db_.prepare("DELETE FROM user_grant WHERE user = ? AND role = ? AND label = ?").bind(name).bind(auth::name(grant.role)).bind(grant.label).run();
    if (!db_.failed() && db_.changes() == 0) return Error{.code = "E8028", .what = quote(name) + " has no such grant", .where = {}, .hint = "`millrace users list` shows them"};
    return keep_an_admin(now);
  });
}

Result<std::vector<auth::Token>> AuthStore::tokens() {
  return read([&] {
    std::vector<auth::Token> found;
    auto rows = db_.prepare(kToken + "ORDER BY name, created, id");
    while (rows.step()) found.push_back(token_from(rows));
    return found;
  });
}

Result<std::optional<auth::Token>> AuthStore::token(const std::string& id) {
  return read([&]() -> std::optional<auth::Token> {
    auto row = db_.prepare(kToken + "WHERE id = ?");
    row.bind(id);
    return row.step() ? std::optional(token_from(row)) : std::nullopt;
  });
}

Status AuthStore::add_token(const auth::Token& token) {
  return write([&]() -> Status {
    auto row = db_.prepare("INSERT OR IGNORE INTO service_token (id, name, hash, scopes, made_by, created, ends) VALUES (?, ?, ?, ?, ?, ?, ?)");
    row.bind(token.id).bind(token.name).bind(token.hash).bind(scopes_text(token.scopes)).bind(token.made_by).bind(ms(token.created));
    token.ends ? row.bind(ms(*token.ends)) : row.bind_null();
    row.run();
    if (!db_.failed() && db_.changes() == 0) return taken("token", token.name);
    return {};
  });
}

Status AuthStore::revoke_token(const std::string& name, TimePoint now) {
  return write([&]() -> Status {
    db_.prepare("DELETE FROM session WHERE who = 'token:' || (SELECT id FROM service_token WHERE name = ? AND revoked IS NULL)").bind(name).run();
    db_.prepare("UPDATE service_token SET revoked = ? WHERE name = ? AND revoked IS NULL").bind(ms(now)).bind(name).run();
    if (!db_.failed() && db_.changes() == 0) return no_such("token", name);
    return keep_an_admin(now);
  });
}

Result<std::optional<auth::Session>> AuthStore::session(const std::string& id) {
  return read([&]() -> std::optional<auth::Session> {
    auto row = db_.prepare("SELECT hash, who, created, seen, ends FROM session WHERE id = ?");
    row.bind(id);
    if (!row.step()) return std::nullopt;
    return auth::Session{.id = id, .hash = row.text(0), .who = row.text(1), .created = time_of(row.integer(2)), .seen = time_of(row.integer(3)), .ends = time_of(row.integer(4))};
  });
}

Status AuthStore::add_session(const auth::Session& session, TimePoint forget_before) {
  return write([&]() -> Status {
    db_.prepare("DELETE FROM session WHERE seen < ? OR ends < ?").bind(ms(forget_before)).bind(ms(session.created)).run();
    db_.prepare("INSERT INTO session (id, hash, who, created, seen, ends) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(session.id).bind(session.hash).bind(session.who).bind(ms(session.created)).bind(ms(session.seen)).bind(ms(session.ends)).run();
    return {};
  });
}

Status AuthStore::touch_session(const std::string& id, TimePoint now) {
  return write([&]() -> Status {
    db_.prepare("UPDATE session SET seen = ? WHERE id = ?").bind(ms(now)).bind(id).run();
    return {};
  });
}

Status AuthStore::remove_session(const std::string& id) {
  return write([&]() -> Status {
    db_.prepare("DELETE FROM session WHERE id = ?").bind(id).run();
    return {};
  });
}

Status AuthStore::record(auth::AuditEntry entry) {
  return write([&]() -> Status {
    {
      auto last = db_.prepare("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1");
      const bool any = last.step();
      entry.number = any ? last.integer(0) + 1 : 1;
      entry.before = any ? last.text(1) : "";
    }
    entry.hash = auth::hash_of(entry);
    db_.prepare("INSERT INTO audit (number, time, who, source, verb, target, outcome, request, before, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(entry.number).bind(ms(entry.time)).bind(entry.who).bind(entry.from).bind(entry.verb).bind(entry.target).bind(entry.outcome).bind(entry.request).bind(entry.before).bind(entry.hash).run();
    return {};
  });
}

Result<std::vector<auth::AuditEntry>> AuthStore::audit(const AuditFilter& filter) {
  std::string sql = "SELECT number, time, who, source, verb, target, outcome, request, before, hash FROM audit WHERE ";
  sql += filter.newest_first && filter.after > 0 ? "number < ?" : "number > ?";
  if (!filter.who.empty()) sql += " AND who = ?";
  if (!filter.verb.empty()) sql += " AND (verb = ? OR substr(verb, 1, length(?)) = ?)";
  if (!filter.text.empty()) sql += " AND (target LIKE ? ESCAPE '\\' OR outcome LIKE ? ESCAPE '\\' OR request LIKE ? ESCAPE '\\')";
  sql += filter.newest_first ? " ORDER BY number DESC LIMIT ?" : " ORDER BY number LIMIT ?";
  const std::string text = anywhere(filter.text);
  return read([&] {
    std::vector<auth::AuditEntry> found;
    auto rows = db_.prepare(sql);
    rows.bind(filter.after);
    if (!filter.who.empty()) rows.bind(filter.who);
    if (!filter.verb.empty()) {
      const std::string group = filter.verb.ends_with('.') ? filter.verb : filter.verb + ".";
      rows.bind(filter.verb).bind(std::string(group)).bind(std::string(group));
    }
    if (!filter.text.empty()) rows.bind(text).bind(text).bind(text);
    rows.bind(filter.limit);
    while (rows.step()) {
      found.push_back({.number = rows.integer(0), .time = time_of(rows.integer(1)), .who = rows.text(2), .from = rows.text(3), .verb = rows.text(4), .target = rows.text(5), .outcome = rows.text(6),
                       .request = rows.text(7), .before = rows.text(8), .hash = rows.text(9)});
    }
    return found;
  });
}

}  // namespace millrace
