#include "database/once.hpp"

#include <algorithm>

namespace mr::database {
namespace {

constexpr size_t kMostName = 255;

bool is_table(const std::string& name) {
  const auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  return !name.empty() && std::all_of(name.begin(), name.end(), good) && !(name[0] >= '0' && name[0] <= '9') && name.front() != '.' && name.back() != '.';
}

Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E4124", what, field, hint}; }

}  // namespace

Marks::Marks(Connection& connection, Dialect dialect, Mark mark) : connection_(connection), dialect_(dialect), mark_(std::move(mark)) {
  if (!is_table(mark_.table)) throw wrong("`once_table` is no name of a table", "config.once_table", "letters, digits and _, perhaps with a schema in front");
  if (mark_.run.empty() || mark_.task.empty()) throw wrong("this host does not say which run and task it is about", "config.once", "`once` needs both");
  if (std::max({mark_.run.size(), mark_.task.size(), mark_.key.size()}) > kMostName) throw wrong("the run, the task or the key has more than 255 letters", "config.once_key", "take a shorter one");
}

void Marks::run(const std::string& sql, Values values, const TakeRow& take) {
  const auto step = step_of(sql, values, dialect_);
  connection_.run(step.statement.text, step.values, take);
}

Values Marks::names() const { return {{"run", mark_.run}, {"task", mark_.task}, {"once_key", mark_.key}}; }

std::optional<Json> Marks::look() {
  std::optional<Json> found;
  run("SELECT report FROM " + mark_.table + " WHERE run = :run AND task = :task AND once_key = :once_key", names(), [&](Row&& row) {
    const auto* text = std::get_if<std::string>(&row.at(0));
    found = text == nullptr ? Json() : Json::parse(*text, nullptr, false);
    return false;
  });
  if (found && !found->is_object()) throw wrong("the mark in " + mark_.table + " holds no report", "config.once_table", "was it written by hand? delete it, or mend it");
  return found;
}

void Marks::make_table() {
  // Other databases than these three have no IF NOT EXISTS; who loses the race finds the table.
  const std::string unless = dialect_ == Dialect::odbc ? "" : "IF NOT EXISTS ";
  const std::string text = dialect_ == Dialect::mysql ? "LONGTEXT" : "TEXT", engine = dialect_ == Dialect::mysql ? " ENGINE = InnoDB" : "";
  const std::string name = dialect_ == Dialect::mysql ? "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" : "VARCHAR(255)";  // MySQL takes A for a otherwise
  run("CREATE TABLE " + unless + mark_.table + " (run " + name + " NOT NULL, task " + name + " NOT NULL, once_key " + name + " NOT NULL, report " + text + ", PRIMARY KEY (run, task, once_key))" + engine);
}

std::optional<Json> Marks::find() {
  const auto in_one = [&](const auto& act) {
    connection_.begin({});
    try {
      act();
      connection_.commit();
    } catch (...) {
      connection_.rollback();
      throw;
    }
  };
  std::optional<Json> found;
  try {
    in_one([&] { found = look(); });
    return found;
  } catch (const Problem& problem) {
    if (problem.kind != Kind::refused) throw;  // there is no table
  }
  std::optional<Problem> failed;
  try {
    if (dialect_ == Dialect::mysql) make_table();  // MySQL's own commit would be taken for a mistake
    else in_one([&] { make_table(); });
  } catch (const Problem& problem) {
    failed = problem;  // another has made it meanwhile, or we may not
  }
  try {
    in_one([&] { found = look(); });
  } catch (const Problem&) {
    if (failed) throw *failed;
    throw;
  }
  return found;
}

bool Marks::leave() {
  try {
    run("INSERT INTO " + mark_.table + " (run, task, once_key, report) VALUES (:run, :task, :once_key, NULL)", names());
    return true;
  } catch (const Problem& problem) {
    if (problem.kind == Kind::data) return false;
    throw;
  }
}

void Marks::tell(const Json& report) {
  auto values = names();
  values["report"] = report.dump(-1, ' ', false, Json::error_handler_t::replace);
  run("UPDATE " + mark_.table + " SET report = :report WHERE run = :run AND task = :task AND once_key = :once_key", values);
}

}  // namespace mr::database
