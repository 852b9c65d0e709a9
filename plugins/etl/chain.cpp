#include "etl/chain.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "data/publish.hpp"
#include "etl/struct_type.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;
using mr::data::literal;

// "E5050 … in step 'totals'": the same failure, and where. Lines are those of the whole statement, which nobody wrote.
template <class F>
auto in_step(const std::string& step, F act) {
  try {
    return act();
  } catch (mr::Failure& failure) {
    failure.where = "step " + step + (failure.where.empty() || failure.where.starts_with("line ") ? "" : ", " + failure.where);
    throw;
  }
}

// At most so many bytes, and no sign cut in two.
std::string begin_of(const std::string& text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most) + "…";
}

// How names of columns may begin that none of these has.
std::string unused(const Columns& columns, std::string begin) {
  while (std::any_of(columns.begin(), columns.end(), [&](const auto& column) { return lower(column.name).starts_with(begin); })) begin += "_";
  return begin;
}

}  // namespace

Errors errors_from(const json& config) {
  Errors errors{.apart = config.value("to", "fail") == "quarantine"};
  const auto limit = config.find("limit");
  if (limit == config.end() || limit->is_null()) return errors;
  const auto text = limit->is_string() ? limit->get<std::string>() : limit->dump();
  errors.percent = text.ends_with("%");
  char* end = nullptr;
  errors.limit = std::strtod(text.c_str(), &end);
  const bool whole = end != text.c_str() && std::string(end) == (errors.percent ? "%" : "");
  if (!whole || !std::isfinite(*errors.limit) || *errors.limit < 0) wrong("'" + text + "' is no limit", "errors.limit", "write a number of rows, or a share such as 1%");
  return errors;
}

Chain::Chain(mr::data::Session& session, std::string now, Errors errors, std::set<std::string> kept) : session_(session), now_(std::move(now)), errors_(errors), kept_(std::move(kept)) {}

size_t Chain::place(const std::string& name) const {
  const auto found = places_.find(name);
  if (found != places_.end()) return found->second;
  std::string there;
  for (const auto& [known, at] : places_) there += (there.empty() ? "" : ", ") + known;
  throw mr::Failure("config", "E5050", "there is no '" + name + "' to read from", "", "there are " + there + "; steps see inputs and the steps before them");
}

// SQL does not tell names apart by their case.
size_t Chain::put(const std::string& name, std::string body, std::vector<size_t> reads) {
  const bool taken = std::any_of(places_.begin(), places_.end(), [&](const auto& known) { return lower(known.first) == lower(name); });
  if (name.empty() || taken) throw mr::Failure("config", "E5050", "the name '" + name + "' is there twice, or empty", "", "give steps and inputs different names; their case does not count");
  const size_t at = places_[name] = nodes_.size();
  const bool keeps = kept_.contains(name) && !reads.empty();
  nodes_.push_back({.name = name, .body = std::move(body), .transform = {}, .columns = {}, .reads = std::move(reads)});
  nodes_.back().columns = session_.describe(select(name));
  if (keeps) keep(at);
  return at;
}

void Chain::put_step(const Step& step, const std::string& name, std::string body, std::vector<size_t> reads) {
  Node& node = nodes_[put(name, std::move(body), std::move(reads))];
  node.transform = step.transform;
  node.of = step.of;
}

void Chain::add_dataset(const std::string& name, const std::string& dataset, int64_t rows) { nodes_[put(name, "SELECT * FROM " + mr::data::relation_of(dataset), {})].rows = rows; }

// All of it is one plan, so that filters and columns go down to the files.
std::string Chain::select(const std::string& name) const {
  const size_t last = place(name);
  std::set<size_t> needed{nodes_[last].reads.begin(), nodes_[last].reads.end()};
  for (size_t at = last; at-- > 0;) {
    if (needed.contains(at)) needed.insert(nodes_[at].reads.begin(), nodes_[at].reads.end());
  }
  std::string with;
  for (const size_t at : needed) with += (with.empty() ? "WITH " : ", ") + ident(nodes_[at].name) + " AS NOT MATERIALIZED (" + nodes_[at].body + ")";
  return with + (with.empty() ? "" : " ") + nodes_[last].body;
}

Chain::Table Chain::table(const std::string& select) {
  const std::string name = "temp.main._kept_" + std::to_string(statements_.size() + 1);  // in full, as a step may have any name
  statements_.push_back("CREATE TEMP TABLE " + name + " AS " + select);
  tables_.emplace_back(name, select);
  return {name, session_.query(statements_.back()).integer(0, 0)};
}

std::string Chain::keep(size_t at, const std::string& more) {
  Node& node = nodes_[at];
  const auto [name, rows] = table("SELECT " + more + (more.empty() ? "" : ", ") + row_of(node.columns) + " FROM (" + select(node.name) + ") AS l");
  node.rows = rows;
  if (node.reads.empty()) return name;
  node.body = "SELECT " + row_of(node.columns, "") + " FROM " + name;
  node.reads.clear();
  return name;
}

std::string Chain::type_of(const std::string& type, const std::string& where) {
  try {
    (void)expression_of(type, where);
    return session_.describe("SELECT CAST(NULL AS " + type + ") AS t").front().type;
  } catch (const mr::Failure&) {
    wrong("'" + type + "' is no type", where, "write BIGINT, DECIMAL(18,2), DATE, VARCHAR[], STRUCT(a BIGINT, b VARCHAR) …");
  }
}

Given Chain::given(Step& step, const json& with) {
  const Node& of = nodes_[step.of];
  return {.with = with, .input = {ident(of.name), of.columns}, .now = now_,
          .other = [this, &step](const std::string& name) -> Relation {
            step.reads.push_back(place(name));
            return {ident(name), nodes_[place(name)].columns};
          },
          .look = [this, at = step.of](const std::string& list) {
            if (!nodes_[at].reads.empty()) keep(at);
            return session_.query("SELECT " + list + " FROM (" + select(nodes_[at].name) + ") AS l");
          },
          .value = [this, &step](const std::string& expression) {
            if (!errors_.apart) return expression;
            step.tried.push_back(expression);
            return "l." + ident(step.values + std::to_string(step.tried.size())) + ".v";
          },
          .type = [this](const std::string& type, const std::string& where) { return type_of(type, where); }};
}

// An expression that gives NULL is fine, and one that fails is not: so its value is wrapped before it is tried.
std::string Chain::attempt(Step& step) {
  if (step.tried.empty()) return ident(nodes_[step.of].name);
  std::string list, good;
  for (size_t i = 0; i < step.tried.size(); ++i) {
    const std::string column = ident(step.values + std::to_string(i + 1));
    list += (list.empty() ? "" : ", ") + ("TRY(struct_pack(v := " + step.tried[i] + ")) AS ") + column;
    good += (good.empty() ? "" : " AND ") + column + " IS NOT NULL";
  }
  const std::string table = keep(step.of, list);
  const int64_t rejected = set_apart(step, table);
  const size_t of = step.of;
  step.of = put(step.name + " tried", "SELECT * FROM " + table + " WHERE " + good, {});
  nodes_[step.of].of = of;
  nodes_[step.of].rows = *nodes_[of].rows - rejected;
  return ident(nodes_[step.of].name);
}

int64_t Chain::set_apart(const Step& step, const std::string& table) {
  std::string bad, reason, columns;
  for (size_t i = 0; i < step.tried.size(); ++i) {
    const std::string failed = ident(step.values + std::to_string(i + 1)) + " IS NULL";
    bad += (bad.empty() ? "" : " OR ") + failed;
    reason += " WHEN " + failed + " THEN " + literal("step " + step.name + ": " + begin_of(step.tried[i], 200) + " failed");
  }
  for (const auto& column : nodes_[step.of].columns) columns += "CAST(" + ident(column.name) + " AS VARCHAR) AS " + ident(column.name) + ", ";
  const int64_t all = *nodes_[step.of].rows, rows = session_.query("SELECT count(*) FROM " + table + " WHERE " + bad).integer(0, 0);
  const double limit = errors_.limit.value_or(0) * (errors_.percent ? static_cast<double>(all) / 100 : 1);
  if (errors_.limit && static_cast<double>(rows) > limit) {
    throw mr::Failure("data", "E5052", "in step '" + step.name + "' " + std::to_string(rows) + " of " + std::to_string(all) + " rows failed, more than errors.limit allows", "step " + step.name, "mend the data or the expression, or raise the limit; nothing was published");
  }
  if (rows > 0) rejects_.push_back({step.name, rows});
  apart_.push_back("SELECT " + columns + "CASE" + reason + " END AS _reason FROM " + table + " WHERE " + bad);
  return rows;
}

std::string Chain::rejected() const {
  std::string text;
  for (const auto& part : apart_) text += (text.empty() ? "" : " UNION ALL BY NAME ") + part;
  return text;
}

void Chain::add(const std::string& name, const std::string& transform, const json& with, const std::string& of) {
  in_step(name, [&] {
    Step step{.name = name, .transform = transform, .of = place(of)};
    if (transform == "route") return add_route(step, with);
    if (transform == "relationalize") return add_tables(step, with);
    const Transform* known = find_transform(transform);
    if (known == nullptr) wrong("there is no transform '" + transform + "'", "", "`millrace plugin list` shows them as etl.*");
    step.values = unused(nodes_[step.of].columns, "__v");
    const Made made = known->make(given(step, with));
    const std::string from = attempt(step);
    step.reads.push_back(step.of);
    put_step(step, name, "SELECT " + made.list + " FROM " + from + " AS l" + made.tail, step.reads);
  });
}

// A row goes to each route whose condition is true, and to the default when none is. The conditions are worked out once, whatever is in them.
void Chain::add_route(const Step& step, const json& with) {
  const Columns columns = nodes_[step.of].columns;
  const std::string begin = unused(columns, "__r");
  std::string list, none;
  const auto& routes = with.at("routes");
  for (size_t i = 0; i < routes.size(); ++i) {
    const std::string column = ident(begin + std::to_string(i));
    list += (list.empty() ? "" : ", ") + ("coalesce(" + expression_of(routes[i].at("where").get<std::string>(), "where") + ", false) AS ") + column;
    none += (none.empty() ? "NOT " : " AND NOT ") + column;
  }
  if (list.empty()) wrong("there are no routes", "routes", "write - {where: …, as: NAME}");
  const std::string from = "SELECT " + row_of(columns, "") + " FROM " + keep(step.of, list) + " WHERE ";
  for (size_t i = 0; i < routes.size(); ++i) put_step(step, routes[i].at("as").get<std::string>(), from + ident(begin + std::to_string(i)));
  if (with.contains("default")) put_step(step, with.at("default").get<std::string>(), from + none);
}

void Chain::add_tables(const Step& step, const json& with) {
  const std::string id = with.value("id", "_id");
  if (has_column(nodes_[step.of].columns, id)) throw mr::Failure("config", "E5050", "column '" + id + "' is there already", "id", "give the column that numbers rows another name");
  const std::string root = keep(step.of, "row_number() OVER () AS " + ident(id));
  add_table(step, step.name, {root, *nodes_[step.of].rows}, with);
}

// Structs become columns; each list becomes a table of its own, with the id of the row that it was in and the place in the list.
void Chain::add_table(const Step& step, const std::string& name, const Table& from, const json& with) {
  const std::string id = with.value("id", "_id"), separator = with.value("separator", "_");
  std::vector<std::pair<std::string, std::string>> plain;
  std::vector<std::pair<mr::data::ColumnInfo, std::string>> lists, open;
  for (const auto& column : session_.describe("SELECT * FROM " + from.name)) open.emplace_back(column, "l." + ident(column.name));
  for (size_t i = 0; i < open.size(); ++i) {
    const auto [column, value] = open[i];
    const auto parts = fields_of(column.type);
    for (const auto& part : parts) open.push_back({{column.name + separator + part.name, part.type}, value + "." + ident(part.name)});
    if (column.type.ends_with("]")) lists.emplace_back(column, value);
    else if (parts.empty()) plain.emplace_back(column.name, value);
  }
  put_step(step, name, "SELECT " + with_columns({}, plain) + " FROM " + from.name + " AS l");
  nodes_.back().rows = from.rows;
  for (const auto& [column, value] : lists) {
    const std::string item = "SELECT row_number() OVER () AS " + ident(id) + ", * FROM (SELECT l." + ident(id) + " AS " + ident("parent" + id) + ", unnest(range(1, len(" + value + ") + 1)) AS \"index\", unnest(" + value + ") AS " + ident(column.name) +
                             " FROM " + from.name + " AS l)";
    add_table(step, name + "_" + column.name, table(item), with);
  }
}

void Chain::counted(const std::string& name, int64_t rows) { nodes_[place(name)].rows = rows; }

std::vector<std::string> Chain::names() const {
  std::vector<std::string> list;
  for (const auto& node : nodes_) list.push_back(node.name);
  return list;
}

// What is known of one side of a transform that keeps all rows is known of the other.
std::vector<Counts> Chain::counts() const {
  std::vector<std::optional<int64_t>> rows;
  for (const auto& node : nodes_) rows.push_back(node.rows);
  const auto same = [&](size_t at) {
    const Transform* known = find_transform(nodes_[at].transform);
    if (known == nullptr || !known->keeps_rows) return;
    auto& in = rows[*nodes_[at].of];
    if (in) rows[at] = in;
    else in = rows[at];
  };
  for (size_t at = rows.size(); at-- > 0;) same(at);
  for (size_t at = 0; at < rows.size(); ++at) same(at);
  std::vector<Counts> list;
  for (size_t at = 0; at < rows.size(); ++at) {
    if (nodes_[at].transform.empty()) continue;
    size_t of = *nodes_[at].of;
    if (nodes_[of].transform.empty()) of = nodes_[of].of.value_or(of);  // with the rows that were set apart
    list.push_back({nodes_[at].name, nodes_[at].transform, rows[of], rows[at]});
  }
  return list;
}

}  // namespace mr::etl
