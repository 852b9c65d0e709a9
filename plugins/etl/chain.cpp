#include "etl/chain.hpp"

#include <algorithm>
#include <set>

#include "etl/struct_type.hpp"

namespace mr::etl {
namespace {

using mr::data::ident;
using mr::data::literal;

// "E5050 … in step 'totals'": the same failure, and where.
template <class F>
auto in_step(const std::string& step, F act) {
  try {
    return act();
  } catch (mr::Failure& failure) {
    failure.where = "step " + step + (failure.where.empty() ? "" : ", " + failure.where);
    throw;
  }
}

std::string quoted(const std::string& dataset) {
  const auto dot = dataset.find('.');
  return ident(dataset.substr(0, dot)) + "." + ident(dataset.substr(dot + 1));
}

}  // namespace

Errors errors_from(const json& config) {
  Errors errors{.apart = config.value("to", "fail") == "quarantine"};
  const auto limit = config.find("limit");
  if (limit == config.end() || limit->is_null()) return errors;
  if (limit->is_number()) {
    errors.limit = limit->get<double>();
    return errors;
  }
  const auto text = limit->get<std::string>();
  errors.percent = !text.empty() && text.back() == '%';
  char* end = nullptr;
  errors.limit = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || std::string(end) != (errors.percent ? "%" : "") || errors.limit < 0) wrong("'" + text + "' is no limit", "errors.limit", "write a number of rows, or a share such as 1%");
  return errors;
}

Chain::Chain(mr::data::Session& session, std::string now, Errors errors) : session_(session), now_(std::move(now)), errors_(errors) {}

size_t Chain::place(const std::string& name) const {
  const auto found = places_.find(name);
  if (found != places_.end()) return found->second;
  std::string there;
  for (const auto& [known, at] : places_) there += (there.empty() ? "" : ", ") + known;
  throw mr::Failure("config", "E5050", "there is no '" + name + "' to read from", "", "there are " + there + "; steps see inputs and the steps before them");
}

const Columns& Chain::columns(const std::string& name) const { return nodes_[place(name)].columns; }

void Chain::put(const std::string& name, std::string body, std::vector<size_t> reads) {
  if (name.empty() || places_.contains(name)) throw mr::Failure("config", "E5050", "the name '" + name + "' is there twice, or empty", "", "give steps and inputs different names");
  for (const size_t read : reads) ++nodes_[read].readers;
  places_[name] = nodes_.size();
  nodes_.push_back({.name = name, .body = std::move(body), .columns = {}, .reads = std::move(reads)});
  nodes_.back().columns = session_.describe(select(name));
}

void Chain::add_dataset(const std::string& name, const std::string& dataset) { put(name, "SELECT * FROM " + quoted(dataset), {}); }

// What is read once is a part of its reader's plan, so that filters and columns go down to the files.
std::string Chain::select(const std::string& name) const {
  std::set<size_t> needed{place(name)};
  for (size_t at = *needed.begin() + 1; at-- > 0;) {
    if (needed.contains(at)) needed.insert(nodes_[at].reads.begin(), nodes_[at].reads.end());
  }
  const auto& last = nodes_[place(name)];
  needed.erase(place(name));
  if (needed.empty()) return last.body;
  std::string text = "WITH ";
  for (const size_t at : needed) text += (at == *needed.begin() ? "" : ", ") + ident(nodes_[at].name) + (nodes_[at].readers > 1 && !nodes_[at].reads.empty() ? " AS MATERIALIZED (" : " AS NOT MATERIALIZED (") + nodes_[at].body + ")";
  return text + " " + last.body;
}

std::string Chain::keep(const std::string& select) {
  const std::string table = "_kept_" + std::to_string(statements_.size() + 1);
  statements_.push_back("CREATE TEMP TABLE " + table + " AS " + select);
  session_.run(statements_.back());
  return table;
}

Given Chain::given(Step& step, const json& with) {
  const Node& of = nodes_[step.of];
  return {.with = with, .input = {ident(of.name), of.columns}, .now = now_,
          .other = [this, &step](const std::string& name) -> Relation {
            step.reads.push_back(place(name));
            return {ident(name), nodes_[place(name)].columns};
          },
          .look = [this, &of](const std::string& list) {
            return session_.query("SELECT " + list + " FROM (" + select(of.name) + ") AS l");
          },
          .value = [this, &step](const std::string& expression) {
            if (!errors_.apart) return expression;
            step.tried.push_back(expression);
            return "l.\"__v" + std::to_string(step.tried.size()) + "\".v";
          }};
}

// An expression that gives NULL is fine, and one that fails is not: so its value is wrapped before it is tried.
std::string Chain::attempt(Step& step) {
  const std::string name = ident(nodes_[step.of].name);
  if (step.tried.empty()) return name;
  std::string list = "*", good;
  for (size_t i = 0; i < step.tried.size(); ++i) {
    const std::string column = "\"__v" + std::to_string(i + 1) + "\"";
    list += ", TRY(struct_pack(v := " + step.tried[i] + ")) AS " + column;
    good += (good.empty() ? "" : " AND ") + column + " IS NOT NULL";
  }
  const std::string of = nodes_[step.of].name;
  const std::string table = keep("SELECT " + list + " FROM (" + select(of) + ") AS l");
  set_apart(step, table);
  step.of = nodes_.size();
  put(step.name + " tried", "SELECT * FROM " + table + " WHERE " + good, {});
  return ident(nodes_[step.of].name);
}

void Chain::set_apart(const Step& step, const std::string& table) {
  std::string bad, reason, columns;
  for (size_t i = 0; i < step.tried.size(); ++i) {
    const std::string failed = "\"__v" + std::to_string(i + 1) + "\" IS NULL";
    bad += (bad.empty() ? "" : " OR ") + failed;
    reason += " WHEN " + failed + " THEN " + literal("step " + step.name + ": " + step.tried[i].substr(0, 200) + " failed");
  }
  for (const auto& column : nodes_[step.of].columns) columns += "CAST(" + ident(column.name) + " AS VARCHAR) AS " + ident(column.name) + ", ";
  const auto counts = session_.query("SELECT count(*), count(*) FILTER (WHERE " + bad + ") FROM " + table);
  const int64_t all = counts.integer(0, 0), rows = counts.integer(0, 1);
  const double limit = errors_.percent ? errors_.limit * static_cast<double>(all) / 100 : errors_.limit;
  if (errors_.limit >= 0 && static_cast<double>(rows) > limit) {
    throw mr::Failure("data", "E5052", "in step '" + step.name + "' " + std::to_string(rows) + " of " + std::to_string(all) + " rows failed, more than errors.limit allows", "step " + step.name, "mend the data or the expression, or raise the limit; nothing was published");
  }
  if (rows == 0) return;
  rejects_.push_back({step.name, rows});
  apart_.push_back("SELECT " + columns + "CASE" + reason + " END AS _reason FROM " + table + " WHERE " + bad);
}

std::string Chain::rejected() const {
  std::string text;
  for (const auto& part : apart_) text += (text.empty() ? "" : " UNION ALL BY NAME ") + part;
  return text;
}

void Chain::add(const std::string& name, const std::string& transform, const json& with, const std::string& of) {
  in_step(name, [&] {
    Step step{.name = name, .of = place(of)};
    if (transform == "route") return add_route(step, with);
    if (transform == "relationalize") {
      const auto table = keep("SELECT row_number() OVER () AS " + ident(with.value("id", "_id")) + ", * FROM (" + select(of) + ")");
      return add_tables(name, table, session_.describe("SELECT * FROM " + table), with);
    }
    const Transform* known = find_transform(transform);
    if (known == nullptr) wrong("there is no transform '" + transform + "'", "", "`millrace plugin list` shows them as etl.*");
    const Made made = known->make(given(step, with));
    const std::string from = attempt(step);
    step.reads.push_back(step.of);
    put(name, "SELECT " + made.list + " FROM " + from + " AS l" + made.tail, step.reads);
  });
}

// A row goes to each route whose condition is true, and to the default when none is.
void Chain::add_route(const Step& step, const json& with) {
  const std::string table = keep(select(nodes_[step.of].name));
  std::string none;
  for (const auto& route : with.at("routes")) {
    const std::string condition = expression_of(route.at("where").get<std::string>(), "where");
    put(route.at("as").get<std::string>(), "SELECT * FROM " + table + " AS l WHERE " + condition, {});
    none += (none.empty() ? "" : " AND ") + ("NOT coalesce(" + condition + ", false)");
  }
  if (with.contains("default")) put(with.at("default").get<std::string>(), "SELECT * FROM " + table + " AS l WHERE " + none, {});
}

// Structs become columns; each list becomes a table of its own, with the id of the row that it was in and the place in the list.
void Chain::add_tables(const std::string& name, const std::string& table, const Columns& columns, const json& with) {
  const std::string id = with.value("id", "_id"), separator = with.value("separator", "_");
  std::vector<std::pair<std::string, std::string>> plain;
  std::vector<std::pair<mr::data::ColumnInfo, std::string>> lists, open;
  for (const auto& column : columns) open.emplace_back(column, "l." + ident(column.name));
  for (size_t i = 0; i < open.size(); ++i) {
    const auto [column, value] = open[i];
    const auto parts = fields_of(column.type);
    for (const auto& part : parts) open.push_back({{column.name + separator + part.name, part.type}, value + "." + ident(part.name)});
    if (column.type.ends_with("]")) lists.emplace_back(column, value);
    else if (parts.empty()) plain.emplace_back(column.name, value);
  }
  put(name, "SELECT " + with_columns({}, plain) + " FROM " + table + " AS l", {});
  for (const auto& [column, value] : lists) {
    const std::string item = "SELECT row_number() OVER () AS " + ident(id) + ", * FROM (SELECT l." + ident(id) + " AS " + ident("parent" + id) + ", unnest(range(1, len(" + value + ") + 1)) AS \"index\", unnest(" + value + ") AS " + ident(column.name) +
                             " FROM " + table + " AS l)";
    const std::string child = keep(item);
    add_tables(name + "_" + column.name, child, session_.describe("SELECT * FROM " + child), with);
  }
}

}  // namespace mr::etl
