#include "ingest/sql.hpp"

#include <algorithm>
#include <cmath>

#include "common/waiting.hpp"
#include "data/publish.hpp"
#include "data/session.hpp"
#include "ingest/loaded.hpp"
#include "ingest/sql_connect.hpp"
#include "ingest/sql_source.hpp"

namespace mr::ingest {
namespace {

using database::Value;
using mr::data::ident;
using mr::data::literal;
using nlohmann::json;

constexpr int64_t kMostParts = 64;

mr::Failure wrong(const std::string& what, const std::string& field, const std::string& hint) { return {"config", "E5077", what, "with." + field, hint}; }

struct Split {
  std::string column{};
  int64_t parts = 1;
};

Split split_of(const json& told) {
  if (told.is_null()) return {};
  const bool good = told.is_object() && told.size() == 2 && told.contains("column") && told["column"].is_string() && told.contains("parts") && told["parts"].is_number_integer();
  if (!good || told["parts"] < 1 || told["parts"] > kMostParts) throw wrong("`split` is no {column, parts}", "split", "write {column: id, parts: 4}, with 1 to 64 parts");
  return {told["column"], told["parts"]};
}

void check(const Sql::Config& c) {
  if (c.table.empty() == c.query.empty()) throw wrong("either a table or a query is wanted", "table", "write table: orders, or query: select …");
  if (c.query.empty() && !c.params.is_null()) throw wrong("`params` are the values of a query", "params", "leave them out, or write a query");
  if (c.key.empty() && (!c.lag.is_null() || !c.primary_key.empty())) throw wrong("`lag` and `primary_key` go with `key`", "key", "name the growing column");
  if (!c.primary_key.empty() && c.lag.is_null()) throw wrong("`primary_key` is for the overlap that `lag` reads again", "lag", "say how far: 10m for times, 1000 for numbers");
}

database::Values params_of(const json& params) {
  database::Values values;
  if (params.is_null()) return values;
  if (!params.is_object()) throw wrong("`params` is no map", "params", "write {since: 2026-11-01}");
  for (const auto& [name, value] : params.items()) values[name] = database::value_of(value, "config.params." + name);
  return values;
}

class Ingestion {
 public:
  Ingestion(const Sql::Config& c, mr::Attempt& attempt)
      : c_(c), attempt_(attempt), facts_{attempt.facts()}, session_(mr::data::open_session(facts_)), source_(opening_of(facts_, c.connection, c.password, attempt), asked(c), attempt) {
    output_ = output_of(facts_, c.into);
    missing_ = missing_columns();
    seen_ = position_of(facts_, name_, c.key);
  }

  void run() {
    const mr::data::Watch watch(session_, attempt_);
    const Rows rows = c_.key.empty() ? Rows{} : new_rows();
    const auto pieces = pieces_of(rows);
    copy(pieces);
    mr::data::PublishOptions publish;
    publish.into = c_.into;
    publish.mode = c_.key.empty() ? c_.mode : "append";
    if (greatest_) publish.positions.push_back({{"source", name_}, {"key", c_.key}, {"expected", seen_}, {"value", *greatest_}});
    publish.is_table = true;
    make_rows();
    mr::data::confine(session_, facts_);
    mr::data::publish(session_, facts_, attempt_, "_rows", publish);
    attempt_.output("rows_known", known_);
    attempt_.output("consistent", consistent_);
    attempt_.output("connections", pieces.size());
    if (!c_.key.empty()) attempt_.output("position", greatest_ ? *greatest_ : seen_.is_string() ? seen_.get<std::string>() : "");
  }

 private:
  static Asked asked(const Sql::Config& c) {
    check(c);
    return {.table = c.table, .query = c.query, .params = params_of(c.params), .schema = c.schema, .timeout = std::chrono::ceil<std::chrono::milliseconds>(mr::waiting::duration(c.timeout, "timeout"))};
  }

  // Columns of the dataset that the source has not: most likely somebody dropped or renamed one.
  std::vector<std::string> missing_columns() const {
    std::vector<std::string> missing;
    std::string names;
    for (const auto& known : output_.at("columns")) {
      const std::string name = known.at("name");
      const bool there = std::any_of(source_.columns().begin(), source_.columns().end(), [&](const SourceColumn& one) { return one.name == name; });
      if (there) continue;
      names += (names.empty() ? "" : ", ") + name;
      missing.push_back(name);
    }
    if (missing.empty() || c_.missing_columns == "null") return missing;
    throw mr::Failure("data", "E5074", "the source lacks columns that " + c_.into + " has: " + names, c_.table.empty() ? "with.query" : "with.table",
                      "were they dropped or renamed? With missing_columns: null they are loaded without values; nothing was published");
  }

  // --- which rows ----------------------------------------------------------------------------------------------------------

  // Those above the position, less the lag, and up to the greatest value that is there now.
  Rows new_rows() {
    const auto& key = source_.column(c_.key, "with.key");
    for (const auto& one : c_.primary_key) source_.column(one, "with.primary_key");
    const auto name = source_.quoted_name(c_.key);
    Rows rows;
    if (seen_.is_string()) {
      after_ = c_.lag.is_null() ? seen_.get<std::string>() : before(seen_.get<std::string>(), key.type);
      rows = rows.with(name + " > :millrace_after", "millrace_after", bound(*after_, key.type));
    } else if (!c_.lag.is_null()) {
      before("", key.type);  // only to complain, on the first run already
    }
    const auto found = source_.range(c_.key, rows);
    if (!found) return seen_.is_string() ? rows.with("1 = 0") : rows;
    greatest_ = text_of(found->second);
    if (seen_.is_string() && !c_.lag.is_null() && !is_above(*greatest_, seen_.get<std::string>(), key.type)) greatest_ = seen_.get<std::string>();
    const auto most = std::string(seen_.is_string() ? "" : "(") + name + " <= :millrace_most" + (seen_.is_string() ? "" : " OR " + name + " IS NULL)");
    return rows.with(most, "millrace_most", found->second);
  }

  std::string value_of(const std::string& select) { return session_.query("SELECT CAST(" + select + " AS VARCHAR)").rows[0][0].value_or(""); }

  bool is_above(const std::string& one, const std::string& other, const std::string& type) {
    return value_of("CAST(" + literal(one) + " AS " + type + ") > CAST(" + literal(other) + " AS " + type + ")") == "true";
  }

  // The position less the lag, in letters that the database takes for a value of the column.
  std::string before(const std::string& seen, const std::string& type) {
    if (is_integer(type)) {
      if (!c_.lag.is_number_integer() || c_.lag < 0) throw wrong("the lag of a column of whole numbers is no whole number", "lag", "write lag: 1000");
      return seen.empty() ? "" : value_of("CAST(" + literal(seen) + " AS HUGEINT) - " + c_.lag.dump());
    }
    if (!is_moment(type)) throw wrong("a column of type " + type + " has no lag", "lag", "whole numbers, dates and times have; name such a `key`");
    if (!c_.lag.is_string()) throw wrong("the lag of a column of times is no duration", "lag", "write lag: 10m");
    const auto microseconds = std::llround(mr::waiting::duration(c_.lag.get<std::string>(), "lag").count() * 1e6);
    if (seen.empty()) return "";
    auto text = value_of("CAST(" + literal(seen) + " AS " + type + ") - to_microseconds(" + std::to_string(microseconds) + ")");
    // SQLite compares times as texts.
    if (source_.dialect() == database::Dialect::sqlite && seen.size() > 10 && text.size() > 10) text[10] = seen[10];
    return text;
  }

  // --- in which pieces ---------------------------------------------------------------------------------------------------

  std::vector<Rows> pieces_of(const Rows& rows) {
    const auto split = split_of(c_.split);
    if (split.column.empty()) return {rows};
    const auto& column = source_.column(split.column, "with.split");
    if (source_.dialect() == database::Dialect::sqlite) throw wrong("SQLite is read by one connection", "split", "leave it out");
    if (!is_integer(column.type) && !is_moment(column.type)) throw wrong("column " + column.name + " of type " + column.type + " can't be split into ranges", "split", "take one of whole numbers, dates or times");
    const auto range = split.parts == 1 ? std::nullopt : source_.range(split.column, rows);
    if (!range) return {rows};
    const auto edges = edges_of(column.type, text_of(range->first), text_of(range->second), split.parts);
    std::vector<Rows> pieces;
    for (size_t i = 0; i <= edges.size(); ++i) pieces.push_back(part_of(rows, source_.quoted_name(split.column), edges, i));
    return pieces;
  }

  // Values that part the range evenly, each once.
  std::vector<Value> edges_of(const std::string& type, const std::string& least, const std::string& greatest, int64_t parts) {
    const auto number = [&](const std::string& text) {
      const auto value = "CAST(" + literal(text) + " AS " + type + ")";
      return "CAST(" + (is_integer(type) ? value : "epoch_us(" + value + ")") + " AS HUGEINT)";
    };
    const std::string at = number(least) + " + (" + number(greatest) + " - " + number(least) + ") * i // " + std::to_string(parts);
    const std::string value = is_integer(type) ? at : "CAST(make_timestamp(CAST(" + at + " AS BIGINT)) AS " + (type == "DATE" ? "DATE" : "TIMESTAMP") + ")";
    const auto found = session_.query("SELECT DISTINCT CAST(" + value + " AS VARCHAR), " + at + " AS n FROM range(1, " + std::to_string(parts) + ") t(i) WHERE " + at + " > " + number(least) + " ORDER BY n");
    std::vector<Value> edges;
    const std::string zone = type.starts_with("TIMESTAMP W") || type == "TIMESTAMPTZ" ? "+00" : "";
    for (const auto& row : found.rows) {
      const auto text = row[0].value_or("") + (source_.dialect() == database::Dialect::postgres ? zone : "");
      if (edges.empty() || text_of(edges.back()) != text) edges.push_back(bound(text, type));
    }
    return edges;
  }

  // --- the rows ------------------------------------------------------------------------------------------------------------

  void copy(const std::vector<Rows>& pieces) {
    std::string list;
    std::vector<mr::data::CellKind> kinds;
    const auto& columns = source_.columns();
    for (const auto& column : columns) {
      kinds.push_back(kind_of(column));
      list += (list.empty() ? "" : ", ") + ident(column.name) + " " + mr::data::type_of(kinds.back());
    }
    session_.run("CREATE TEMP TABLE _copied (" + list + ")");
    mr::data::Appender appender(session_, "_copied", kinds);
    consistent_ = source_.read(pieces, [&](database::Row&& row) {
      for (size_t c = 0; c < columns.size(); ++c) put(appender, c, row[c], columns[c]);
      appender.end_row();
    });
    appender.finish();
    if (!consistent_ && pieces.size() > 1) attempt_.warn("this database gives several connections no common state: what changes meanwhile may be in one piece and not in another");
  }

  // With their types, without those of the overlap that the dataset has.
  void make_rows() {
    std::string list;
    for (const auto& column : source_.columns()) list += (list.empty() ? "" : ", ") + typed(column);
    for (const auto& name : missing_) list += ", CAST(NULL AS " + type_in_catalog(name) + ") AS " + ident(name);
    session_.run("CREATE TEMP VIEW _typed AS SELECT " + list + " FROM _copied");
    const auto loaded = after_ && !c_.lag.is_null() ? overlap() : std::string();
    session_.run("CREATE TEMP TABLE _rows AS SELECT * FROM _typed" + loaded);
    known_ = session_.query("SELECT (SELECT count(*) FROM _copied) - (SELECT count(*) FROM _rows)").integer(0, 0);
    session_.run("DROP VIEW _typed; DROP TABLE _copied");
  }

  std::string type_in_catalog(const std::string& name) const {
    for (const auto& known : output_.at("columns")) {
      if (known.at("name") == name) return known.at("type");
    }
    return "VARCHAR";
  }

  std::string overlap() const {
    auto names = c_.primary_key;
    names.push_back(c_.key);
    const auto loaded = is_loaded(facts_, output_, names, "_typed", "loaded." + ident(c_.key) + " > CAST(" + literal(*after_) + " AS " + source_.column(c_.key, "with.key").type + ")");
    return loaded.empty() ? "" : " WHERE NOT " + loaded;
  }

  const Sql::Config& c_;
  mr::Attempt& attempt_;
  const mr::data::Facts facts_;
  const std::string name_ = "ingest.sql:" + c_.into;
  mr::data::Session session_;
  SqlSource source_;
  json output_{}, seen_{};
  std::vector<std::string> missing_{};
  std::optional<std::string> after_{}, greatest_{};
  int64_t known_ = 0;
  bool consistent_ = false;
};

}  // namespace

void Sql::run(const Config& c, mr::Attempt& attempt) {
  try {
    Ingestion(c, attempt).run();
  } catch (const database::Problem& problem) {
    attempt.info("nothing was published");
    throw;
  }
}

}  // namespace mr::ingest
