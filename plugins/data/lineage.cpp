#include "data/lineage.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mr::data {
namespace {

using nlohmann::json;

struct Unknown {};  // thrown: this plan holds what is not read here

void add(Sources& to, const Sources& from) { to.insert(from.begin(), from.end()); }

void add(Feeds& to, const Feeds& from) {
  add(to.direct, from.direct);
  add(to.condition, from.condition);
}

void add_all(Sources& to, const Feeds& from) {
  add(to, from.direct);
  add(to, from.condition);
}

void add_all(Sources& to, const std::vector<Feeds>& from) {
  for (const auto& one : from) add_all(to, one);
}

// Members of an expression that choose, and are no part of the value.
bool chooses(std::string_view member) {
  static constexpr std::array<std::string_view, 8> kMembers{"when_expr", "filter", "filter_expr", "order_bys", "orders", "arg_orders", "partitions", "start_expr"};
  return member == "end_expr" || std::find(kMembers.begin(), kMembers.end(), member) != kMembers.end();
}

// Functions in FROM that look at nothing but their constants.
bool makes_rows(std::string_view function) { return function == "range" || function == "generate_series" || function == "unnest" || function == "repeat"; }

const json& member(const json& of, const char* key) {
  static const json none;
  const auto found = of.find(key);
  return found == of.end() ? none : *found;
}

uint64_t number(const json& of, const char* key) {
  const auto& value = member(of, key);
  if (!value.is_number_integer()) throw Unknown{};
  return value.get<uint64_t>();
}

std::string text(const json& of, const char* key) {
  const auto& value = member(of, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

void collect(const json& expression, const std::vector<Feeds>& input, bool condition, Feeds& into) {
  if (expression.is_array()) {
    for (const auto& one : expression) collect(one, input, condition, into);
  }
  if (!expression.is_object()) return;
  const std::string kind = text(expression, "expression_class");
  if (kind == "BOUND_COLUMN_REF" || kind == "BOUND_SUBQUERY" || kind == "BOUND_LAMBDA_REF") throw Unknown{};
  if (kind == "BOUND_REF") {
    const uint64_t place = number(expression, "index");
    if (place >= input.size()) throw Unknown{};
    if (condition) add_all(into.condition, input[place]);
    else add(into, input[place]);
    return;
  }
  for (const auto& [name, value] : expression.items()) {
    if (name != "lambda_expr") collect(value, input, condition || chooses(name), into);  // what a lambda takes from outside is among the children
  }
}

Feeds feeds_of(const json& expression, const std::vector<Feeds>& input) {
  Feeds feeds;
  collect(expression, input, false, feeds);
  return feeds;
}

Sources sources_of(const json& expression, const std::vector<Feeds>& input) {
  Sources sources;
  add_all(sources, feeds_of(expression, input));
  return sources;
}

void append(std::vector<Feeds>& to, const std::vector<Feeds>& from) { to.insert(to.end(), from.begin(), from.end()); }

std::vector<Feeds> chosen(const std::vector<Feeds>& all, const json& places) {
  if (!places.is_array() || places.empty()) return all;
  std::vector<Feeds> some;
  for (const auto& place : places) some.push_back(all.at(place.get<size_t>()));
  return some;
}

class Reader {
 public:
  explicit Reader(const std::map<std::string, Lineage>& kept) : kept_(kept) {}

  Lineage read(const json& node) {
    const std::string type = text(node, "type");
    const auto found = kReaders.find(type);
    if (found == kReaders.end()) throw Unknown{};
    return (this->*found->second)(node);
  }

 private:
  using Read = Lineage (Reader::*)(const json& node);
  static const std::map<std::string, Read> kReaders;

  static const json& child(const json& node, size_t place = 0) { return member(node, "children").at(place); }

  // --- what brings rows

  Lineage table(const std::string& name, const json& names) const {
    if (const auto found = kept_.find(name); found != kept_.end()) return found->second;
    if (name.starts_with("main.")) throw Unknown{};
    Lineage lineage{.columns = {}, .rows = {{name, "*"}}};
    for (const auto& column : names) lineage.columns.push_back({.direct = {{name, column.get<std::string>()}}, .condition = {}});
    return lineage;
  }

  Lineage scan(const json& node) {
    Lineage lineage;
    const bool of_table = text(node, "name") == "seq_scan";
    const auto& data = member(node, "function_data");
    const Lineage whole = of_table ? table(text(data, "schema") + "." + text(data, "table"), member(node, "names")) : Lineage{};
    lineage.rows = whole.rows;
    const bool of_rows = !member(node, "children").empty();
    if (!of_table && !of_rows && !makes_rows(text(node, "name"))) throw Unknown{};
    Feeds each;
    if (of_rows) {  // all that is below it may be in all that it gives
      below(child(node), each.direct);
      add(lineage.rows, each.direct);
    }
    for (const auto& index : member(node, "column_indexes")) {
      const auto& place = member(index, "index");
      const bool real = of_table && place.is_number_integer() && place.get<uint64_t>() < whole.columns.size();  // else the row's own number
      lineage.columns.push_back(real ? whole.columns[place.get<size_t>()] : each);
    }
    lineage.columns = chosen(lineage.columns, member(node, "projection_ids"));
    for (size_t i = 0; i < member(node, "projected_input").size(); ++i) lineage.columns.push_back(each);
    return lineage;
  }

  // Everything that a part of a plan can know.
  void below(const json& node, Sources& into) {
    const std::string type = text(node, "type");
    if (type == "LOGICAL_GET" && member(node, "children").empty()) {
      const auto lineage = scan(node);
      add_all(into, lineage.columns);
      add(into, lineage.rows);
    }
    if (type == "LOGICAL_DELIM_GET" || type == "LOGICAL_CTE_REF") {
      const auto lineage = read(node);
      add_all(into, lineage.columns);
      add(into, lineage.rows);
    }
    if (type == "LOGICAL_DELIM_JOIN" || type == "LOGICAL_MATERIALIZED_CTE" || type == "LOGICAL_RECURSIVE_CTE") throw Unknown{};
    for (const auto& one : member(node, "children")) below(one, into);
  }

  Lineage values(const json& node) {
    const Lineage input = read(child(node));
    Lineage lineage{.columns = std::vector<Feeds>(member(node, "expr_types").size()), .rows = input.rows};
    for (const auto& row : member(node, "expressions")) {
      for (size_t i = 0; i < row.size(); ++i) add(lineage.columns.at(i), feeds_of(row[i], input.columns));
    }
    return lineage;
  }

  Lineage constants(const json& node) {
    for (const char* types : {"chunk_types", "return_types"}) {
      if (const auto found = node.find(types); found != node.end()) return {.columns = std::vector<Feeds>(found->size()), .rows = {}};
    }
    return {.columns = std::vector<Feeds>(1), .rows = {}};
  }

  // --- what changes rows one by one

  Lineage projection(const json& node) {
    const Lineage input = read(child(node));
    Lineage lineage{.columns = {}, .rows = input.rows};
    for (const auto& expression : member(node, "expressions")) lineage.columns.push_back(feeds_of(expression, input.columns));
    return lineage;
  }

  Lineage filter(const json& node) {
    Lineage lineage = read(child(node));
    add(lineage.rows, sources_of(member(node, "expressions"), lineage.columns));
    lineage.columns = chosen(lineage.columns, member(node, "projection_map"));
    return lineage;
  }

  Lineage window(const json& node) {
    Lineage lineage = read(child(node));
    const auto input = lineage.columns;
    for (const auto& expression : member(node, "expressions")) lineage.columns.push_back(feeds_of(expression, input));
    return lineage;
  }

  Lineage unnest(const json& node) {
    Lineage lineage = window(node);
    const auto first = lineage.columns.size() - member(node, "expressions").size();
    for (size_t i = first; i < lineage.columns.size(); ++i) add_all(lineage.rows, lineage.columns[i]);  // how long the lists are
    return lineage;
  }

  // --- what chooses, orders and groups

  Lineage order(const json& node) {
    if (!member(node, "projections").empty()) throw Unknown{};
    Lineage lineage = read(child(node));
    add(lineage.rows, sources_of(member(node, "orders"), lineage.columns));
    lineage.columns = chosen(lineage.columns, member(node, "projection_map"));
    return lineage;
  }

  Lineage limit(const json& node) {
    Lineage lineage = read(child(node));
    for (const char* part : {"limit_val", "offset_val"}) add(lineage.rows, sources_of(member(node, part), lineage.columns));
    return lineage;
  }

  Lineage sample(const json& node) { return read(child(node)); }

  Lineage distinct(const json& node) {
    Lineage lineage = read(child(node));
    for (const char* part : {"distinct_targets", "order_by"}) add(lineage.rows, sources_of(member(node, part), lineage.columns));
    return lineage;
  }

  Lineage aggregate(const json& node) {
    const Lineage input = read(child(node));
    Lineage lineage{.columns = {}, .rows = {}};
    const auto& groups = member(node, "groups");
    for (const auto& group : groups) lineage.columns.push_back(feeds_of(group, input.columns));
    add_all(lineage.rows, lineage.columns);
    for (const auto& expression : member(node, "expressions")) lineage.columns.push_back(feeds_of(expression, input.columns));
    lineage.columns.resize(lineage.columns.size() + member(node, "grouping_functions").size());
    // Without groups there is one row, whatever came; what came is in its values.
    if (!groups.empty()) add(lineage.rows, input.rows);
    else for (auto& column : lineage.columns) add(column.condition, input.rows);
    return lineage;
  }

  Lineage set_operation(const json& node) {
    const bool is_union = text(node, "type") == "LOGICAL_UNION";
    Lineage lineage = read(child(node));
    const auto& children = member(node, "children");
    for (size_t i = 1; i < children.size(); ++i) {
      const Lineage other = read(children[i]);
      if (other.columns.size() != lineage.columns.size()) throw Unknown{};
      add(lineage.rows, other.rows);
      if (!is_union) add_all(lineage.rows, other.columns);
      for (size_t c = 0; is_union && c < other.columns.size(); ++c) add(lineage.columns[c], other.columns[c]);
    }
    if (!is_union || !member(node, "setop_all").get<bool>()) add_all(lineage.rows, lineage.columns);
    return lineage;
  }

  // --- joins

  Sources conditions(const json& node, const Lineage& left, const Lineage& right) const {
    Sources sources;
    for (const auto& one : member(node, "conditions")) {
      if (!one.contains("left") || !one.contains("right")) throw Unknown{};
      add(sources, sources_of(one.at("left"), left.columns));
      add(sources, sources_of(one.at("right"), right.columns));
    }
    auto both = left.columns;
    append(both, right.columns);
    for (const char* part : {"condition", "predicate"}) add(sources, sources_of(member(node, part), both));
    return sources;
  }

  Lineage join(const json& node) {
    const Lineage left = read(child(node));
    const bool is_delim = text(node, "type") == "LOGICAL_DELIM_JOIN";
    if (is_delim) enter(node, left);
    Lineage right = read(child(node, 1));
    if (is_delim) outer_.pop_back();
    Sources conditions = this->conditions(node, left, right);
    const std::string how = text(node, "join_type");
    const auto lefts = chosen(left.columns, member(node, "left_projection_map")), rights = chosen(right.columns, member(node, "right_projection_map"));
    Lineage lineage{.columns = lefts, .rows = left.rows};
    if (how == "SINGLE" || how == "MARK") {  // each row of the left stays, once
      add(conditions, right.rows);
      if (how == "MARK") lineage.columns.push_back({.direct = {}, .condition = conditions});
      for (size_t i = 0; how == "SINGLE" && i < rights.size(); ++i) {
        lineage.columns.push_back(rights[i]);
        add(lineage.columns.back().condition, conditions);
      }
      return lineage;
    }
    add(lineage.rows, right.rows);
    add(lineage.rows, conditions);
    if (how == "SEMI" || how == "ANTI") return lineage;
    if (how != "INNER" && how != "LEFT" && how != "RIGHT" && how != "FULL" && how != "OUTER") throw Unknown{};
    append(lineage.columns, rights);
    return lineage;
  }

  Lineage cross(const json& node) {
    Lineage lineage = read(child(node));
    const Lineage right = read(child(node, 1));
    append(lineage.columns, right.columns);
    add(lineage.rows, right.rows);
    return lineage;
  }

  // A correlated subquery sees the different values of the outer query's columns.
  void enter(const json& node, const Lineage& left) {
    if (member(node, "delim_flipped").is_boolean() && member(node, "delim_flipped").get<bool>()) throw Unknown{};
    Lineage outer{.columns = {}, .rows = left.rows};
    for (const auto& column : member(node, "duplicate_eliminated_columns")) outer.columns.push_back(feeds_of(column, left.columns));
    add_all(outer.rows, outer.columns);
    outer_.push_back(std::move(outer));
  }

  Lineage outer(const json& node) {
    if (outer_.empty()) throw Unknown{};
    if (outer_.size() == 1 && outer_[0].columns.size() == member(node, "chunk_types").size()) return outer_[0];
    // Which of several it belongs to is not told: any.
    Lineage lineage{.columns = std::vector<Feeds>(member(node, "chunk_types").size()), .rows = {}};
    for (const auto& one : outer_) {
      add(lineage.rows, one.rows);
      for (auto& column : lineage.columns) {
        for (const auto& feeds : one.columns) add(column, feeds);
      }
    }
    return lineage;
  }

  // --- WITH

  Lineage with(const json& node) {
    named_[number(node, "table_index")] = read(child(node));
    return read(child(node, 1));
  }

  // Until a round brings nothing new: sources only grow, and there are so many.
  Lineage recursive(const json& node) {
    if (!member(node, "key_targets").empty()) throw Unknown{};
    Lineage all = read(child(node));
    for (size_t before = 0, now = 1; before != now;) {
      before = count(all);
      named_[number(node, "table_index")] = all;
      const Lineage round = read(child(node, 1));
      for (size_t i = 0; i < all.columns.size(); ++i) add(all.columns[i], round.columns.at(i));
      add(all.rows, round.rows);
      now = count(all);
    }
    if (!member(node, "union_all").get<bool>()) add_all(all.rows, all.columns);
    return all;
  }

  static size_t count(const Lineage& lineage) {
    size_t all = lineage.rows.size();
    for (const auto& column : lineage.columns) all += column.direct.size() + column.condition.size();
    return all;
  }

  Lineage named(const json& node) {
    const auto found = named_.find(number(node, "cte_index"));
    if (found == named_.end()) throw Unknown{};
    return found->second;
  }

  const std::map<std::string, Lineage>& kept_;
  std::vector<Lineage> outer_{};
  std::map<uint64_t, Lineage> named_{};
};

const std::map<std::string, Reader::Read> Reader::kReaders{
    {"LOGICAL_GET", &Reader::scan},
    {"LOGICAL_EXPRESSION_GET", &Reader::values},
    {"LOGICAL_DUMMY_SCAN", &Reader::constants},
    {"LOGICAL_CHUNK_GET", &Reader::constants},
    {"LOGICAL_EMPTY_RESULT", &Reader::constants},
    {"LOGICAL_PROJECTION", &Reader::projection},
    {"LOGICAL_FILTER", &Reader::filter},
    {"LOGICAL_WINDOW", &Reader::window},
    {"LOGICAL_UNNEST", &Reader::unnest},
    {"LOGICAL_ORDER_BY", &Reader::order},
    {"LOGICAL_LIMIT", &Reader::limit},
    {"LOGICAL_SAMPLE", &Reader::sample},
    {"LOGICAL_DISTINCT", &Reader::distinct},
    {"LOGICAL_AGGREGATE_AND_GROUP_BY", &Reader::aggregate},
    {"LOGICAL_UNION", &Reader::set_operation},
    {"LOGICAL_EXCEPT", &Reader::set_operation},
    {"LOGICAL_INTERSECT", &Reader::set_operation},
    {"LOGICAL_COMPARISON_JOIN", &Reader::join},
    {"LOGICAL_ANY_JOIN", &Reader::join},
    {"LOGICAL_ASOF_JOIN", &Reader::join},
    {"LOGICAL_DELIM_JOIN", &Reader::join},
    {"LOGICAL_CROSS_PRODUCT", &Reader::cross},
    {"LOGICAL_POSITIONAL_JOIN", &Reader::cross},
    {"LOGICAL_DELIM_GET", &Reader::outer},
    {"LOGICAL_MATERIALIZED_CTE", &Reader::with},
    {"LOGICAL_RECURSIVE_CTE", &Reader::recursive},
    {"LOGICAL_CTE_REF", &Reader::named},
};

json list_of(const Sources& sources, const std::string& dataset) {
  json list = json::array();
  for (const auto& [of, column] : sources) {
    if (of == dataset) list.push_back(column);
  }
  return list;
}

}  // namespace

std::optional<Lineage> read_lineage(const json& plan, const std::map<std::string, Lineage>& kept) {
  try {
    return Reader(kept).read(plan);
  } catch (const Unknown&) {
    return std::nullopt;
  } catch (const std::exception&) {  // not of the shape that this was written for
    return std::nullopt;
  }
}

json to_json(const Lineage& lineage, const std::vector<std::string>& names) {
  std::set<std::string> datasets;
  Sources all = lineage.rows;
  add_all(all, lineage.columns);
  for (const auto& [dataset, column] : all) datasets.insert(dataset);
  json inputs = json::object();
  for (const auto& dataset : datasets) {
    json columns = json::object();
    for (size_t i = 0; i < names.size() && i < lineage.columns.size(); ++i) {
      json direct = list_of(lineage.columns[i].direct, dataset), condition = list_of(lineage.columns[i].condition, dataset);
      if (!direct.empty() || !condition.empty()) columns[names[i]] = {{"direct", std::move(direct)}, {"condition", std::move(condition)}};
    }
    inputs[dataset] = {{"rows", list_of(lineage.rows, dataset)}, {"columns", std::move(columns)}};
  }
  return {{"kind", "columns"}, {"inputs", std::move(inputs)}};
}

}  // namespace mr::data
