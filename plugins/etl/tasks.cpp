#include "etl/tasks.hpp"

#include "data/explain.hpp"
#include "data/publish.hpp"
#include "etl/chain.hpp"

namespace mr::etl {
namespace {

using mr::data::Facts;

struct Output {
  std::string from{};  // a step
  json config{};       // into, mode …
  std::string where{}; // of it in the config, where it is one of a list
};
using Outputs = std::vector<Output>;

std::string began(const Facts& facts) {
  const json logical = facts.json.value("logical_time", json());
  return logical.is_string() ? logical.get<std::string>() : mr::data::now_text();
}

void add_input(Chain& chain, const Facts& facts, const std::string& name, const std::string& dataset) {
  int64_t rows = 0;
  for (const auto& input : facts.json.value("inputs", json::array())) {
    for (const auto& file : input.at("dataset") == dataset ? input.at("files") : json::array()) rows += file.value("rows", int64_t{0});
  }
  chain.add_dataset(name, dataset, rows);
}

// One transform; the config's dataset names stand for themselves.
Outputs add_transform(Chain& chain, const Facts& facts, const Transform& transform, const json& config) {
  for (const auto& input : facts.json.value("inputs", json::array())) add_input(chain, facts, input.at("dataset"), input.at("dataset"));
  json with = json::object();
  const auto known = json::parse(transform.properties);
  for (const auto& [name, value] : config.items()) {
    if (known.contains(name)) with[name] = value;
  }
  chain.add("rows", std::string(transform.name), with, config.at("input"));
  return {{"rows", config}};
}

json into(const json& config, const std::string& dataset) {
  json output = config;
  output["into"] = dataset;
  return output;
}

Outputs add_routes(Chain& chain, const Facts& facts, const json& config) {
  Outputs outputs;
  json with = {{"routes", json::array()}};
  for (const auto& route : config.at("routes")) {
    outputs.push_back({"route " + std::to_string(outputs.size() + 1), into(config, route.at("into"))});
    with["routes"].push_back({{"where", route.at("where")}, {"as", outputs.back().from}});
  }
  if (config.contains("default")) outputs.push_back({with["default"] = "default", into(config, config.at("default"))});
  add_input(chain, facts, "input", config.at("input"));
  chain.add("route", "route", with, "input");
  return outputs;
}

// A list without a dataset is a mistake, as its rows would be lost.
Outputs add_tables(Chain& chain, const Facts& facts, const json& config) {
  json with = json::object();
  for (const char* key : {"id", "separator"}) {
    if (config.contains(key)) with[key] = config.at(key);
  }
  add_input(chain, facts, "input", config.at("input"));
  chain.add("rows", "relationalize", with, "input");
  Outputs outputs{{"rows", config}};
  const json tables = config.value("tables", json::object());
  for (const auto& [list, dataset] : tables.items()) outputs.push_back({"rows_" + list, into(config, dataset)});
  for (const auto& name : chain.names()) {
    const std::string list = name.starts_with("rows_") ? name.substr(5) : "";
    if (!list.empty() && !tables.contains(list)) throw mr::Failure("config", "E5110", "the list '" + list + "' has no dataset", "tables", "name one for it, or leave the column out before by etl.flow");
  }
  return outputs;
}

// One statement of a step: its transform, with its config.
std::pair<std::string, json> transform_of(const json& step) {
  std::pair<std::string, json> found;
  for (const auto& [name, value] : step.items()) {
    if (name == "as" || name == "of") continue;
    if (!found.first.empty()) wrong("a step has two transforms, " + found.first + " and " + name, "steps", "give each a step of its own");
    found = {name, value};
  }
  if (found.first.empty()) wrong("a step has no transform", "steps", "write - filter: {where: …}");
  return found;
}

struct FlowStep {
  std::string name{}, transform{}, of{};
  json with{};
};

std::vector<FlowStep> steps_of(const json& config) {
  std::vector<FlowStep> steps;
  std::string last = config.at("inputs").size() == 1 ? config.at("inputs").begin().key() : "";
  for (const auto& step : config.at("steps")) {
    auto [transform, with] = transform_of(step);
    steps.push_back({step.value("as", "step " + std::to_string(steps.size() + 1)), std::move(transform), step.value("of", last), std::move(with)});
    if (steps.back().of.empty()) wrong("the first step does not say which input it reads", "steps", "there are several: write of: NAME");
    last = steps.back().name;
  }
  return steps;
}

Outputs outputs_of(const json& config, const std::string& last) {
  Outputs outputs;
  if (config.contains("into")) outputs.push_back({last, config});
  size_t listed = 0;
  for (const auto& one : config.value("outputs", json::array())) outputs.push_back({one.at("from"), one, "output " + std::to_string(++listed)});
  if (outputs.empty()) wrong("the flow writes nothing", "into", "name a dataset by into, or several by outputs");
  return outputs;
}

// Steps that are read more than once, or all when they are counted.
std::set<std::string> kept_of(const json& config) {
  std::map<std::string, int> readers;
  const auto steps = steps_of(config);
  for (const auto& step : steps) {
    ++readers[step.of];
    for (const char* key : {"right", "with"}) {
      const json other = step.with.is_object() ? step.with.value(key, json()) : json();
      for (const auto& name : other.is_array() ? other : json::array({other})) readers[name.is_string() ? name.get<std::string>() : ""] += 1;
    }
  }
  for (const auto& output : outputs_of(config, steps.empty() ? "" : steps.back().name)) ++readers[output.from];
  std::set<std::string> kept;
  for (const auto& step : steps) {
    if (readers[step.name] > 1 || config.value("count_rows", false)) kept.insert(step.name);
  }
  return kept;
}

Outputs add_flow(Chain& chain, const Facts& facts, const json& config, const mr::Attempt& attempt) {
  for (const auto& [name, dataset] : config.at("inputs").items()) add_input(chain, facts, name, dataset);
  const auto steps = steps_of(config);
  for (size_t i = 0; i < steps.size(); ++i) {
    attempt.stop_if_cancelled();
    attempt.progress(static_cast<double>(i) / static_cast<double>(steps.size() + 1), "step " + std::to_string(i + 1));
    chain.add(steps[i].name, steps[i].transform, steps[i].with, steps[i].of);
  }
  return outputs_of(config, steps.empty() ? config.at("inputs").begin().key() : steps.back().name);
}

Outputs add_all(Chain& chain, const Facts& facts, const std::string& type, const json& config, const mr::Attempt& attempt) {
  if (type == "flow") return add_flow(chain, facts, config, attempt);
  if (type == "route") return add_routes(chain, facts, config);
  if (type == "relationalize") return add_tables(chain, facts, config);
  return add_transform(chain, facts, *find_transform(type), config);
}

mr::data::PublishOptions options_of(const json& config) {
  mr::data::PublishOptions options;
  options.into = config.at("into");
  options.mode = config.value("mode", "replace");
  options.partition_by = config.value("partition_by", options.partition_by);
  options.sort_by = config.value("sort_by", options.sort_by);
  options.keys = config.value("keys", options.keys);
  options.newest_by = config.value("newest_by", options.newest_by);
  options.close_missing = config.value("close_missing", false);
  return options;
}

// The rows set apart go to the quarantine of one dataset: that of the first output.
std::string quarantine(mr::data::Session& session, const Chain& chain, const std::string& into, const Facts& facts) {
  const auto rejected = chain.rejected();
  if (rejected.empty()) return {};
  session.run("CREATE OR REPLACE TEMP TABLE _apart AS SELECT *, " + mr::data::origin_columns(facts, into) + " FROM (" + rejected + ")");
  return "_apart";
}

json publish(mr::data::Session& session, const Facts& facts, mr::Attempt& attempt, Chain& chain, const Output& output, bool with_rejects) {
  auto options = options_of(output.config);
  options.sql = chain.select(output.from);
  options.tables = chain.tables();
  session.check_select(options.sql);
  if (with_rejects) options.quarantine_from = quarantine(session, chain, options.into, facts);
  const auto published = mr::data::publish(session, facts, attempt, "(" + options.sql + ")", options);
  int64_t rows = published.rows_in;
  for (const auto& one : chain.rejects()) rows -= with_rejects ? one.rows : 0;
  chain.counted(output.from, rows);
  return {{"dataset", options.into}, {"rows_in", published.rows_in}, {"rows_out", published.rows_out}, {"rows_rejected", published.rows_rejected}};
}

// "with.keys" of one of several.
template <class F>
json in_output(const Output& output, F act) {
  try {
    return act();
  } catch (mr::Failure& failure) {
    if (!output.where.empty()) failure.where = output.where + ", " + failure.where.substr(failure.where.starts_with("with.") ? 5 : 0);
    throw;
  }
}

// Kept tables first, as the others read them.
json plan_of(mr::data::Session& session, const Facts& facts, const Chain& chain, const Outputs& outputs) {
  json statements = json::array();
  for (const auto& sql : chain.statements()) statements.push_back({{"sql", sql}});
  for (const auto& output : outputs) statements.push_back(in_output(output, [&] { return mr::data::statement_for(session, facts, options_of(output.config), chain.select(output.from)); }));
  return statements;
}

void tell(mr::Attempt& attempt, const Chain& chain) {
  json rejects = json::array(), steps = json::array();
  for (const auto& one : chain.rejects()) rejects.push_back({{"step", one.step}, {"rows", one.rows}});
  if (!rejects.empty()) attempt.output("rejected_by_step", rejects);
  for (const auto& one : chain.counts()) {
    json step = {{"step", one.step}, {"transform", one.transform}};
    if (one.rows_in) step["rows_in"] = *one.rows_in;
    if (one.rows_out) step["rows_out"] = *one.rows_out;
    steps.push_back(std::move(step));
  }
  attempt.output("steps", steps);
}

}  // namespace

void run_task(const std::string& type, const json& config, mr::Attempt& attempt) {
  const Facts facts{attempt.facts()};
  auto session = mr::data::open_confined_session(facts);
  const mr::data::Watch watch(session, attempt);
  Chain chain(session, began(facts), errors_from(config.value("errors", json::object())), type == "flow" ? kept_of(config) : std::set<std::string>());
  const auto outputs = add_all(chain, facts, type, config, attempt);
  if (mr::data::is_to_explain(facts)) return attempt.output("statements", plan_of(session, facts, chain, outputs));
  json told = json::array();
  for (size_t i = 0; i < outputs.size(); ++i) told.push_back(publish(session, facts, attempt, chain, outputs[i], i == 0));
  attempt.output("outputs", told);
  tell(attempt, chain);
}

}  // namespace mr::etl
