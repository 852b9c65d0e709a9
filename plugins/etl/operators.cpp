// etl.<transform>, each a task of its own, and etl.flow, many of them as one task. All of them come from the table of transforms.
#include <array>
#include <memory>
#include <optional>

#include "data/publish.hpp"
#include "etl/chain.hpp"
#include "sdk/millrace_plugin.hpp"

namespace {

using mr::data::Facts;
using mr::etl::Chain;
using mr::etl::json;

constexpr const char* kWrite = R"({
  "mode": {"type": "string", "enum": ["replace", "append", "overwrite_partitions", "merge", "scd2"], "default": "replace", "description": "What happens to the rows that are there. merge: a row takes the place of that with its keys; scd2: it begins a new version of it."},
  "keys": {"type": "array", "items": {"type": "string"}, "description": "With merge and scd2: columns by which a row is found again."},
  "newest_by": {"type": "array", "items": {"type": "string"}, "description": "With merge and scd2: of several rows with a key, the greatest by these columns counts."},
  "close_missing": {"type": "boolean", "default": false, "description": "With scd2: a key that does not come any more ends."},
  "partition_by": {"type": "array", "items": {"type": "string"}, "description": "Columns whose values name the partitions."},
  "sort_by": {"type": "array", "items": {"type": "string"}, "description": "Columns that rows are sorted by within a file."}})";
constexpr const char* kErrors = R"({"type": "object", "additionalProperties": false, "description": "Of rows on which an expression or a cast fails.", "properties": {
  "to": {"type": "string", "enum": ["fail", "quarantine"], "default": "fail", "description": "quarantine sets them apart, each with its step and the reason."},
  "limit": {"type": ["integer", "string"], "description": "More of them in a step fail the task: 100, or 1%."}}})";
constexpr const char* kRoute = R"({"type": "object", "additionalProperties": false, "required": ["routes"], "description": "Sends each row on every way whose condition is true.", "properties": {
  "routes": {"type": "array", "items": {"type": "object", "additionalProperties": false, "required": ["where", "as"], "properties": {"where": {"type": "string", "description": "A SQL expression."}, "as": {"type": "string", "description": "The way's name."}}}},
  "default": {"type": "string", "description": "The way of rows for which no condition is true."}}})";
constexpr const char* kRelationalize = R"({"type": "object", "additionalProperties": false, "description": "Makes tables of nested rows: structs become columns, and each list a table <name>_<column> with the id of its row.", "properties": {
  "id": {"type": "string", "default": "_id", "description": "The column that numbers rows."}, "separator": {"type": "string", "default": "_", "description": "Between the names of column and field."}}})";

json dataset_field(const char* kind, const char* help) { return {{"type", "string"}, {"description", help}, {"x-mr-dataset", kind}}; }

json task_schema(const mr::etl::Transform& transform) {
  json schema = schema_of(transform);
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  auto& properties = schema["properties"];
  properties["input"] = dataset_field("reads", "The dataset to read.");
  properties["into"] = dataset_field("writes", "The dataset to write.");
  properties.update(json::parse(kWrite));
  properties["errors"] = json::parse(kErrors);
  schema["required"].push_back("input");
  schema["required"].push_back("into");
  return schema;
}

// Within a flow other relations are named, and the names of datasets stand in `inputs` alone.
json step_schema() {
  json steps = {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
  auto& properties = steps["properties"];
  for (const auto& transform : mr::etl::transforms()) {
    json schema = schema_of(transform);
    for (auto& field : schema["properties"]) field.erase("x-mr-dataset");
    properties[std::string(transform.name)] = std::move(schema);
  }
  properties["route"] = json::parse(kRoute);
  properties["relationalize"] = json::parse(kRelationalize);
  properties["as"] = {{"type", "string"}, {"description", "A name for later steps and for outputs."}};
  properties["of"] = {{"type", "string"}, {"description", "What it reads: an input or a step's name; the step before when left out."}};
  return steps;
}

json flow_schema() {
  json output = {{"type", "object"}, {"additionalProperties", false}, {"required", {"from", "into"}}, {"properties", json::parse(kWrite)}};
  output["properties"]["from"] = {{"type", "string"}, {"description", "A step's name."}};
  output["properties"]["into"] = dataset_field("writes", "The dataset to write.");
  json properties = json::parse(kWrite);
  properties["inputs"] = {{"type", "object"}, {"description", "Datasets by the names that steps use."}, {"additionalProperties", dataset_field("reads", "zone.name")}};
  properties["steps"] = {{"type", "array"}, {"description", "One transform each."}, {"items", step_schema()}};
  properties["into"] = dataset_field("writes", "The dataset for the last step's rows.");
  properties["outputs"] = {{"type", "array"}, {"description", "Other steps' rows, and their datasets."}, {"items", output}};
  properties["errors"] = json::parse(kErrors);
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"type", "object"}, {"additionalProperties", false}, {"properties", properties}, {"required", {"inputs", "steps"}}};
}

std::string began(const Facts& facts) {
  const json logical = facts.json.value("logical_time", json());
  return logical.is_string() ? logical.get<std::string>() : mr::data::now_text();
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

// The rows set apart go to the quarantine of one dataset: that of `into`.
std::string quarantine(mr::data::Session& session, const Chain& chain, const std::string& into, const mr::Attempt& attempt) {
  const auto rejected = chain.rejected();
  if (rejected.empty()) return {};
  session.run("CREATE OR REPLACE TEMP TABLE _apart AS SELECT *, " + mr::data::literal(into) + " AS _source, " + mr::data::literal(attempt.fact("run")) + " AS _run, " + mr::data::literal(attempt.fact("task")) + " AS _task FROM (" + rejected + ")");
  return "_apart";
}

mr::data::Published publish(mr::data::Session& session, const Facts& facts, mr::Attempt& attempt, const Chain& chain, const std::string& from, const json& config, bool with_rejects) {
  auto options = options_of(config);
  options.sql = chain.select(from);
  session.check_select(options.sql);
  if (with_rejects) options.quarantine_from = quarantine(session, chain, options.into, attempt);
  return mr::data::publish(session, facts, attempt, "(" + options.sql + ")", options);
}

void tell_rejects(mr::Attempt& attempt, const Chain& chain) {
  json list = json::array();
  for (const auto& one : chain.rejects()) list.push_back({{"step", one.step}, {"rows", one.rows}});
  if (!list.empty()) attempt.output("rejected_by_step", list);
}

// The config's dataset names stand for themselves.
void run_task(const mr::etl::Transform& transform, const json& config, mr::Attempt& attempt) {
  const Facts facts{attempt.facts()};
  auto session = mr::data::open_confined_session(facts);
  const mr::data::Watch watch(session, attempt);
  Chain chain(session, began(facts), mr::etl::errors_from(config.value("errors", json::object())));
  for (const auto& input : facts.json.value("inputs", json::array())) chain.add_dataset(input.at("dataset"), input.at("dataset"));
  json with = json::object();
  const auto known = json::parse(transform.properties);
  for (const auto& [name, value] : config.items()) {
    if (known.contains(name)) with[name] = value;
  }
  chain.add("rows", std::string(transform.name), with, config.at("input"));
  publish(session, facts, attempt, chain, "rows", config, true);
  tell_rejects(attempt, chain);
}

// One statement of a step: its transform, with its config.
std::pair<std::string, json> transform_of(const json& step) {
  std::pair<std::string, json> found;
  for (const auto& [name, value] : step.items()) {
    if (name == "as" || name == "of") continue;
    if (!found.first.empty()) mr::etl::wrong("a step has two transforms, " + found.first + " and " + name, "steps", "give each a step of its own");
    found = {name, value};
  }
  if (found.first.empty()) mr::etl::wrong("a step has no transform", "steps", "write - filter: {where: …}");
  return found;
}

void run_flow(const json& config, mr::Attempt& attempt) {
  const Facts facts{attempt.facts()};
  auto session = mr::data::open_confined_session(facts);
  const mr::data::Watch watch(session, attempt);
  Chain chain(session, began(facts), mr::etl::errors_from(config.value("errors", json::object())));
  std::string last;
  for (const auto& [name, dataset] : config.at("inputs").items()) chain.add_dataset(last = name, dataset);
  if (config.at("inputs").size() > 1) last.clear();
  const auto& steps = config.at("steps");
  for (size_t i = 0; i < steps.size(); ++i) {
    attempt.stop_if_cancelled();
    attempt.progress(static_cast<double>(i) / static_cast<double>(steps.size() + 1), "step " + std::to_string(i + 1));
    const auto [transform, with] = transform_of(steps[i]);
    const std::string name = steps[i].value("as", "step " + std::to_string(i + 1)), of = steps[i].value("of", last);
    if (of.empty()) mr::etl::wrong("the first step does not say which input it reads", "steps", "there are several: write of: NAME");
    chain.add(name, transform, with, of);
    last = name;
  }
  json outputs = config.value("outputs", json::array());
  if (config.contains("into")) {
    json main = config;
    main["from"] = last;
    outputs.insert(outputs.begin(), main);
  }
  if (outputs.empty()) mr::etl::wrong("the flow writes nothing", "into", "name a dataset by into, or several by outputs");
  json told = json::array();
  for (size_t i = 0; i < outputs.size(); ++i) {
    const auto published = publish(session, facts, attempt, chain, outputs[i].at("from"), outputs[i], i == 0);
    told.push_back({{"dataset", outputs[i].at("into")}, {"rows_in", published.rows_in}, {"rows_out", published.rows_out}, {"rows_rejected", published.rows_rejected}});
  }
  attempt.output("outputs", told);
  tell_rejects(attempt, chain);
}

// --- the table of operators -------------------------------------------------------------------------------------------------

struct Text {
  std::string type{}, summary{}, schema{}, examples{};
};

struct Instance {
  const mr::etl::Transform* transform = nullptr;  // nullptr: the flow
  json config{};
  const mr_host* host = nullptr;
};

void* create(const mr_operator* self, mr_text config, const mr_host* host) {
  const mr::Attempt attempt(*host);
  Instance* made = nullptr;
  const auto outcome = mr::guarded(attempt, [&] {
    auto parsed = json::parse(config.data, config.data + config.size, nullptr, false);
    if (!parsed.is_object()) throw mr::FinalError("the config is no JSON object");
    made = new Instance{mr::etl::find_transform(std::string_view(self->type).substr(4)), std::move(parsed), host};
  });
  return outcome == MR_SUCCEEDED ? made : nullptr;
}

mr_outcome run(void* raw) {
  const auto& instance = *static_cast<Instance*>(raw);
  mr::Attempt attempt(*instance.host);
  return mr::guarded(attempt, [&] {
    try {
      instance.transform != nullptr ? run_task(*instance.transform, instance.config, attempt) : run_flow(instance.config, attempt);
    } catch (const json::exception& problem) {
      throw mr::FinalError(std::string("the config is not of its schema: ") + problem.what());
    }
  });
}

void destroy(void* raw) { delete static_cast<Instance*>(raw); }

std::vector<Text> make_texts() {
  std::vector<Text> texts;
  for (const auto& transform : mr::etl::transforms()) {
    json config = json::parse(transform.example);
    config["input"] = "raw.orders";
    config["into"] = "clean.orders";
    const std::string summary(transform.summary);
    texts.push_back({"etl." + std::string(transform.name), summary, task_schema(transform).dump(), json::array({{{"title", summary}, {"config", config}}}).dump()});
  }
  const char* example = R"([{"title": "Orders with their customers, the newest of each", "config": {
    "inputs": {"orders": "raw.orders", "customers": "clean.customers"},
    "steps": [{"filter": {"where": "quantity > 0"}, "of": "orders"}, {"derive": {"columns": {"total": "quantity * price"}}},
              {"deduplicate": {"by": ["id"], "order_by": ["day desc"]}}, {"lookup": {"right": "customers", "on": ["customer"], "take": {"customer_name": "name"}}}],
    "into": "mart.orders", "mode": "merge", "keys": ["id"], "newest_by": ["day"], "errors": {"to": "quarantine", "limit": "1%"}}}])";
  texts.push_back({"etl.flow", "Transforms one after the other, as few SQL statements as possible.", flow_schema().dump(), example});
  return texts;
}

}  // namespace

extern "C" const mr_plugin* millrace_plugin_1(void) {
  static const auto texts = make_texts();
  static const auto tables = [] {
    std::vector<mr_operator> made;
    for (const auto& one : texts) {
      made.push_back({.size = sizeof(mr_operator), .traits = MR_IDEMPOTENT | MR_CANCELLABLE, .type = one.type.c_str(), .version = "1.0.0", .summary = one.summary.c_str(), .config_schema = one.schema.c_str(),
                      .output_schema = "{\"type\":\"object\"}", .examples = one.examples.c_str(), .create = create, .run = run, .destroy = destroy});
    }
    return made;
  }();
  static const auto list = [] {
    std::vector<const mr_operator*> pointers;
    for (const auto& table : tables) pointers.push_back(&table);
    return pointers;
  }();
  static const mr_plugin plugin{MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), "etl", "1.0.0", "Apache-2.0", list.size(), list.data(), nullptr};
  return &plugin;
}
