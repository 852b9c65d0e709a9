#include "parse/core_operators.hpp"

#include "base/invariant.hpp"

namespace millrace {
namespace {

struct CoreOperator {
  const char *type, *summary, *schema, *example;
};

constexpr CoreOperator kCore[]{
    {"core.noop", "Does nothing, at once: a meeting point for needs.", R"({"type": "object", "additionalProperties": false, "properties": {}})", R"({})"},
    {"core.set", "Keeps values for later tasks: its output is its config.", R"({"type": "object", "additionalProperties": true, "properties": {}})", R"({"limit": 100, "day": "{{ .run.logical_date }}"})"},
    {"core.fail", "Fails, with a message.",
     R"({"type": "object", "additionalProperties": false, "required": ["message"], "properties": {"message": {"type": "string", "minLength": 1, "description": "Why."}}})",
     R"({"message": "no orders have arrived"})"},
    {"core.wait", "Waits for a time, without a worker.",
     R"({"type": "object", "additionalProperties": false, "properties": {
        "for": {"type": "string", "format": "duration", "description": "How long: 90s, 15m, 2h, 1d."},
        "until": {"type": "string", "description": "Until this time, ISO 8601."}}})",
     R"({"for": "15m"})"},
    {"core.switch", "Lets the tasks of the first case that is true run, and skips those of the others.",
     R"({"type": "object", "additionalProperties": false, "required": ["cases"], "properties": {
        "cases": {"type": "array", "minItems": 1, "description": "Looked at in order.", "items": {"type": "object", "additionalProperties": false, "required": ["when", "then"], "properties": {
          "when": {"type": "boolean", "description": "An expression that gives true or false."},
          "then": {"type": "array", "items": {"type": "string"}, "description": "Tasks that need the switch."}}}},
        "else": {"type": "array", "items": {"type": "string"}, "description": "Tasks for when no case is true."}}})",
     R"({"cases": [{"when": "{{ .params.full }}", "then": ["load_all"]}], "else": ["load_new"]})"},
    {"core.approval", "Waits until a person approves or rejects; a rejection fails the task.",
     R"({"type": "object", "additionalProperties": false, "required": ["prompt"], "properties": {
        "prompt": {"type": "string", "minLength": 1, "description": "The question."},
        "form": {"type": "object", "additionalProperties": true, "description": "What to fill in: JSON Schemas by name.", "properties": {}},
        "deadline": {"type": "string", "format": "duration", "description": "Without an answer by then the task ends timed_out."}}})",
     R"({"prompt": "Publish?", "form": {"reason": {"type": "string"}}, "deadline": "4h"})"},
    {"core.callback", "Waits until another system says that it is done, with the token that it was given.",
     R"({"type": "object", "additionalProperties": false, "properties": {
        "notify": {"type": "object", "additionalProperties": false, "required": ["uses"], "description": "Hands over the token: an operator, with .token in its config.", "properties": {
          "uses": {"type": "string", "minLength": 1}, "with": {"type": "object", "additionalProperties": true, "properties": {}}}},
        "heartbeat": {"type": "string", "format": "duration", "description": "The other system says that it lives at least so often, or the task ends timed_out."},
        "deadline": {"type": "string", "format": "duration", "description": "Without a word by then the task ends timed_out."}}})",
     R"({"notify": {"uses": "http.request", "with": {"url": "https://partner.example.com/jobs", "method": "POST", "json": {"token": "{{ .token }}"}}}, "deadline": "2h"})"},
    {"core.sensor", "Waits until something is there: it looks now and then, and holds no worker between.",
     R"({"type": "object", "additionalProperties": false, "properties": {
        "dataset": {"type": "string", "description": "It has a snapshot."},
        "since": {"type": "string", "description": "With dataset: one that is newer than this time, ISO 8601."},
        "run": {"type": "object", "additionalProperties": false, "required": ["dag"], "description": "A run of another Dag has ended.", "properties": {
          "dag": {"type": "string", "minLength": 1},
          "logical_time": {"type": "string", "description": "Of that run; this run's when left out."},
          "state": {"type": "string", "default": "succeeded", "enum": ["succeeded", "failed", "cancelled"]}}},
        "file": {"type": "string", "minLength": 1, "description": "A finished file fits this pattern."},
        "settle": {"type": "string", "format": "duration", "description": "With file: it has not changed for so long."},
        "http": {"type": "object", "additionalProperties": true, "description": "The config of an http.request that gets an answer below 400.", "properties": {}},
        "sql": {"type": "string", "minLength": 1, "x-mr-language": "sql", "description": "A query over datasets whose first value is true, or above zero."},
        "poll": {"type": "object", "additionalProperties": false, "required": ["uses"], "description": "Any operator; with until.", "properties": {
          "uses": {"type": "string", "minLength": 1}, "with": {"type": "object", "additionalProperties": true, "properties": {}}}},
        "until": {"type": "string", "description": "One expression over .output, what the last look gave."},
        "every": {"type": "string", "format": "duration", "default": "30s", "description": "Between two looks."},
        "deadline": {"type": "string", "format": "duration", "description": "What is not there by then ends the task timed_out."}}})",
     R"({"dataset": "raw.orders", "since": "{{ .run.interval_start }}", "every": "1m", "deadline": "2h"})"},
    {"core.loop", "Runs another Dag again and again, until it is enough.",
     R"({"type": "object", "additionalProperties": false, "required": ["dag", "until"], "properties": {
        "dag": {"type": "string", "minLength": 1, "description": "Its name."},
        "params": {"type": "object", "additionalProperties": true, "description": "Its params; .index counts the rounds from 0, .output is the last round's.", "properties": {}},
        "until": {"type": "string", "description": "One expression over .output: {run, state, tasks} of the last round."},
        "max": {"type": "integer", "default": 100, "minimum": 1, "maximum": 1000000, "description": "Rounds; more fail the task."},
        "pause": {"type": "string", "format": "duration", "description": "Between two rounds."}}})",
     R"({"dag": "fetch_page", "params": {"page": "{{ .index }}"}, "until": "{{ .output.tasks.fetch.last }}", "max": 50})"},
    {"data.expire", "Gives up a dataset's old snapshots; their files can be deleted by data.gc.",
     R"({"type": "object", "additionalProperties": false, "required": ["dataset", "older_than"], "properties": {
        "dataset": {"type": "string", "minLength": 3, "description": "zone.name"},
        "older_than": {"type": "string", "format": "duration", "description": "Of the snapshots: 30d."},
        "keep_last": {"type": "integer", "default": 1, "minimum": 1, "maximum": 1000000, "description": "The newest ones stay, whatever their age; so does what an open run reads."}}})",
     R"({"dataset": "raw.orders", "older_than": "30d", "keep_last": 3})"},
    {"data.gc", "Deletes data files that no snapshot has: those of expired snapshots, and those that attempts left behind.",
     R"({"type": "object", "additionalProperties": false, "properties": {
        "grace": {"type": "string", "format": "duration", "default": "1h", "description": "Only files that nobody has needed for so long."}}})",
     R"({"grace": "6h"})"},
    {"data.restore", "Makes a dataset what it was at an earlier snapshot, as a new snapshot; positions of its sources stay.",
     R"({"type": "object", "additionalProperties": false, "required": ["dataset", "to"], "properties": {
        "dataset": {"type": "string", "minLength": 3, "description": "zone.name"},
        "to": {"type": "string", "minLength": 5, "description": "snapshot:42, time:2026-11-01T00:00:00Z or run:KEY."}}})",
     R"({"dataset": "raw.orders", "to": "snapshot:42"})"},
    {"data.drop", "Drops a dataset; data.restore brings it back until its snapshots expire.",
     R"({"type": "object", "additionalProperties": false, "required": ["dataset"], "properties": {
        "dataset": {"type": "string", "minLength": 3, "description": "zone.name"},
        "keep_positions": {"type": "boolean", "default": false, "description": "Else its sources are forgotten with it, and so are the rows of theirs that were set apart: all is loaded again."}}})",
     R"({"dataset": "raw.orders"})"},
    {"position.rewind", "Takes a source back to where a run left it, with the rows that were loaded since: they are loaded again.",
     R"({"type": "object", "additionalProperties": false, "required": ["source"], "properties": {
        "source": {"type": "string", "minLength": 3, "description": "operator:dataset, as `millrace positions list` shows it."},
        "to_run": {"type": "string", "description": "A run that moved it; to before the first one when left out."},
        "keep_rows": {"type": "boolean", "default": false, "description": "Only the positions: what is loaded again is then there twice."}}})",
     R"({"source": "ingest.files:raw.orders", "to_run": "load_orders-20261101T000000Z"})"},
    {"position.set", "Sets one position of a source.",
     R"({"type": "object", "additionalProperties": false, "required": ["source", "key", "value"], "properties": {
        "source": {"type": "string", "minLength": 3, "description": "operator:dataset, as `millrace positions list` shows it."},
        "key": {"type": "string", "description": "A file's path, a key column: what the source calls it."},
        "value": {"description": "As the source writes it; null: forgotten."}}})",
     R"({"source": "ingest.sql:raw.orders", "key": "id", "value": 1000})"},
    {"core.run", "Starts a run of another Dag, and waits for it.",
     R"({"type": "object", "additionalProperties": false, "required": ["dag"], "properties": {
        "dag": {"type": "string", "minLength": 1, "description": "Its name."},
        "params": {"type": "object", "additionalProperties": true, "description": "Its params.", "properties": {}},
        "wait": {"type": "boolean", "default": true, "description": "Whether to wait for its end, which becomes this task's."}}})",
     R"({"dag": "retail_report"})"}};

OperatorInfo info_of(const CoreOperator& core) {
  auto schema = Json::parse(core.schema);
  auto config = Json::parse(core.example);
  MR_INVARIANT(schema.ok() && config.ok(), "a core operator's schema and example are JSON");
  return {.type = core.type, .plugin = "core", .library = {}, .version = "1.0.0", .summary = core.summary, .traits = 0, .config_schema = std::move(*schema),
          .output_schema = Json::object(), .examples = Json::array({Json::object({{"title", core.summary}, {"config", std::move(*config)}})})};
}

}  // namespace

OperatorList with_core_operators(const OperatorList& plugins) {
  std::vector<OperatorInfo> all = plugins.all();
  for (const auto& core : kCore) all.push_back(info_of(core));
  return OperatorList(std::move(all));
}

}  // namespace millrace
