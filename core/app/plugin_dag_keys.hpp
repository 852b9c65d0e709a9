// The schema of what a Dag file may hold, without operators: the part that core/parse reads by hand. tests/kit asks the reader
// itself for the keys of each map, and compares.
#pragma once

namespace millrace {

// Operators are added to $defs.uses and $defs.operator.
inline constexpr const char* kDagKeysSchema = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "A Dag of Millrace",
  "type": "object",
  "required": ["dag", "tasks"],
  "additionalProperties": false,
  "dependentRequired": {"on_late": ["deadline"]},
  "properties": {
    "dag": {"type": "string", "pattern": "^[a-z][a-z0-9_.-]{0,63}$", "description": "Its name, unique in the folder."},
    "description": {"$ref": "#/$defs/text", "description": "What it is for."},
    "owner": {"$ref": "#/$defs/text", "description": "Who answers for it."},
    "labels": {"$ref": "#/$defs/scalars", "description": "Anything to find it by."},
    "env": {"$ref": "#/$defs/scalars", "description": "Environment of every task."},
    "vars": {"type": "object", "additionalProperties": {"$ref": "#/$defs/constant"}, "description": "Values that expressions read as .vars."},
    "timeout": {"$ref": "#/$defs/duration", "description": "Of a run."},
    "keep_runs": {"$ref": "#/$defs/duration", "description": "How long all of an ended run is kept."},
    "tests": {"anyOf": [{"$ref": "#/$defs/text"}, {"$ref": "#/$defs/texts"}], "description": "Suites of offline tests, from the folder of this file."},
    "concurrency": {
      "type": "object", "additionalProperties": false, "description": "How much of it is at work at once.",
      "properties": {
        "runs": {"type": "integer", "minimum": 1, "maximum": 10000},
        "tasks": {"type": "integer", "minimum": 1, "maximum": 100000},
        "tasks_of_all_runs": {"type": "integer", "minimum": 1, "maximum": 1000000},
        "on_overlap": {"enum": ["queue", "skip", "cancel_running"]}}},
    "schedule": {
      "description": "When runs start: a cron text, a map, or a list of these.",
      "anyOf": [{"$ref": "#/$defs/schedule"}, {"type": "array", "items": {"$ref": "#/$defs/schedule"}}]},
    "deadline": {"$ref": "#/$defs/deadline"},
    "triggers": {"type": "array", "items": {"$ref": "#/$defs/trigger"}, "description": "What else starts runs."},
    "params": {
      "type": "object", "description": "What a run may be given: JSON Schemas by name.",
      "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"}, "additionalProperties": {"$ref": "#/$defs/param"}},
    "defaults": {
      "type": "object", "additionalProperties": false, "description": "What every task starts from.",
      "properties": {"retry": {"$ref": "#/$defs/retry"}, "timeout": {"$ref": "#/$defs/timeout"}, "runs_on": {"$ref": "#/$defs/runs_on"}}},
    "tasks": {
      "type": "object", "minProperties": 1, "description": "By name.",
      "propertyNames": {"pattern": "^[a-z][a-z0-9_-]{0,63}$"}, "additionalProperties": {"$ref": "#/$defs/task"}},
    "on_failure": {"$ref": "#/$defs/hooks", "description": "Operators for when the run has failed."},
    "on_success": {"$ref": "#/$defs/hooks", "description": "Operators for when the run has succeeded."},
    "finally": {"$ref": "#/$defs/hooks", "description": "Operators for the end of the run, whatever it is."},
    "on_late": {"$ref": "#/$defs/hooks", "description": "Operators for when the deadline will be, or is missed."}},
  "$defs": {
    "text": {"type": "string", "not": {"pattern": "\\{\\{"}},
    "texts": {"type": "array", "items": {"$ref": "#/$defs/text"}},
    "names": {"type": "array", "items": {"$ref": "#/$defs/text"}, "uniqueItems": true},
    "expression": {"type": "string", "pattern": "^\\{\\{[\\s\\S]*\\}\\}$", "description": "One {{ expression }}."},
    "templated": {"type": "string", "pattern": "\\{\\{", "description": "A text with {{ expressions }}."},
    "constant": {
      "if": {"type": "string"}, "then": {"not": {"pattern": "\\{\\{"}},
      "items": {"$ref": "#/$defs/constant"}, "additionalProperties": {"$ref": "#/$defs/constant"}},
    "scalars": {"type": "object", "additionalProperties": {"anyOf": [{"$ref": "#/$defs/text"}, {"type": ["number", "boolean", "null"]}]}},
    "duration": {
      "type": "string", "pattern": "^([0-9]+\\.?[0-9]*|\\.[0-9]+)(ms|s|m|h|d)$", "not": {"pattern": "^[0.]+[a-z]"}, "examples": ["90s", "15m", "2h", "1d"]},
    "dataset": {"type": "string", "pattern": "^[a-z][a-z0-9_]*\\.[a-z0-9_]+$", "maxLength": 128, "examples": ["raw.orders"]},
    "datasets": {"anyOf": [{"$ref": "#/$defs/dataset"}, {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/dataset"}}]},
    "schedule": {
      "anyOf": [{"$ref": "#/$defs/text"}, {
        "type": "object", "additionalProperties": false,
        "oneOf": [{"required": ["cron"]}, {"required": ["every"]}, {"required": ["at"]}],
        "properties": {
          "cron": {"$ref": "#/$defs/text", "description": "5 fields, or 6 with seconds; @daily and its like."},
          "every": {"$ref": "#/$defs/duration"},
          "at": {"type": "string", "description": "Once: ISO 8601 with its zone."},
          "timezone": {"$ref": "#/$defs/text", "examples": ["Europe/Berlin"]},
          "on_gap": {"enum": ["skip", "run_after", "run_before"], "description": "A time that the clock jumps over."},
          "on_overlap": {"enum": ["auto", "first", "last", "both"], "description": "A time that the clock shows twice."},
          "catchup": {
            "description": "What becomes of missed times.",
            "anyOf": [{"enum": ["none", "latest", "all"]},
                      {"type": "object", "additionalProperties": false, "properties": {"window": {"$ref": "#/$defs/duration"}}}]},
          "late_limit": {"$ref": "#/$defs/duration", "description": "A time that is missed by more is skipped."},
          "except": {"type": "array", "items": {"anyOf": [{"const": "weekends"}, {
            "type": "object", "additionalProperties": false, "required": ["dates"],
            "properties": {"dates": {"type": ["string", "array"], "items": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
                                     "description": "Dates, or the path of a file with a date a line."}}}]}}}}]},
    "deadline": {
      "type": "object", "additionalProperties": false, "description": "By when a run has to be through.",
      "oneOf": [{"required": ["at"]}, {"required": ["within"]}], "dependentRequired": {"timezone": ["at"]},
      "properties": {
        "at": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["07:00"]},
        "within": {"$ref": "#/$defs/duration"},
        "timezone": {"$ref": "#/$defs/text"},
        "warn": {"enum": ["predicted", "missed"], "description": "Before it is late, or after."}}},
    "trigger": {
      "type": "object", "additionalProperties": false,
      "oneOf": [{"required": ["dataset"]}, {"required": ["any"]}, {"required": ["all"]}, {"required": ["file"]}, {"required": ["webhook"]}, {"required": ["run"]}],
      "dependentRequired": {"settle": ["file"], "marker": ["file"], "on": ["run"]},
      "dependentSchemas": {"debounce": {"properties": {"webhook": false, "run": false}}},
      "properties": {
        "dataset": {"$ref": "#/$defs/datasets", "description": "A new snapshot starts a run."},
        "any": {"$ref": "#/$defs/datasets", "description": "A new snapshot of any of them."},
        "all": {"$ref": "#/$defs/datasets", "description": "New snapshots of all of them."},
        "file": {"$ref": "#/$defs/text", "description": "A finished file fits this pattern."},
        "webhook": {"type": "object", "additionalProperties": false, "required": ["token"],
                    "properties": {"token": {"type": "string", "description": "!secret and the secret's name."}}},
        "run": {"$ref": "#/$defs/text", "description": "A run of this Dag has ended."},
        "on": {"enum": ["succeeded", "failed", "ended"]},
        "debounce": {"$ref": "#/$defs/duration"},
        "settle": {"$ref": "#/$defs/duration"},
        "marker": {"$ref": "#/$defs/text"},
        "params": {"type": "object", "description": "The run's params, by paths of .trigger."}}},
    "param": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "type": {"enum": ["string", "number", "integer", "boolean", "array", "object"]},
        "properties": true, "required": true, "additionalProperties": true, "items": true, "enum": true, "const": true, "default": true, "minimum": true, "maximum": true,
        "minLength": true, "maxLength": true, "pattern": true, "format": true, "description": true, "title": true, "examples": true, "deprecated": true}},
    "retry": {
      "description": "How often and when a failed attempt is repeated: a rule, or a list of them.",
      "anyOf": [{"$ref": "#/$defs/retry_rule"}, {"type": "array", "minItems": 1, "maxItems": 4, "items": {"$ref": "#/$defs/retry_rule"}}]},
    "retry_rule": {
      "type": "object", "additionalProperties": false,
      "properties": {
        "attempts": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "With the first."},
        "delay": {"$ref": "#/$defs/duration"},
        "backoff": {"type": "number", "minimum": 1},
        "max_delay": {"$ref": "#/$defs/duration"},
        "jitter": {"enum": ["none", "full"]},
        "on": {"$ref": "#/$defs/texts", "description": "Error classes: transient, timeout, lost, resource, data, config, or an operator's own."},
        "exit_codes": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 255}},
        "max_total": {"$ref": "#/$defs/duration"}}},
    "timeout": {
      "description": "Of an attempt, or by name.",
      "anyOf": [{"$ref": "#/$defs/duration"}, {
        "type": "object", "additionalProperties": false,
        "properties": {"attempt": {"$ref": "#/$defs/duration"}, "queue": {"$ref": "#/$defs/duration"}, "total": {"$ref": "#/$defs/duration"}, "heartbeat": {"$ref": "#/$defs/duration"}}}]},
    "runs_on": {
      "type": "object", "additionalProperties": false, "description": "What a worker must have.",
      "properties": {
        "labels": {"$ref": "#/$defs/texts"},
        "cpu": {"type": "number", "minimum": 0},
        "memory": {"type": "string", "pattern": "^[0-9]+(KiB|MiB|GiB|TiB)$", "examples": ["512MiB", "1GiB"]},
        "resources": {"type": "object", "propertyNames": {"pattern": "^[a-z][a-z0-9_-]{0,63}$"}, "additionalProperties": {"type": "number", "minimum": 0}, "description": "Shares of things that a worker has by name.", "examples": [{"gpu": 0.5}]}}},
    "check": {
      "type": "object", "additionalProperties": false, "oneOf": [{"required": ["suite"]}, {"required": ["rules"]}],
      "properties": {
        "suite": {"$ref": "#/$defs/text", "description": "A file of checks, from the folder of this file: a suite of Great Expectations, DQDL, a ruleset of DataBrew, a data contract, short checks."},
        "rules": {"type": "string", "minLength": 1, "description": "DQDL, or another text of checks."},
        "object": {"$ref": "#/$defs/text", "description": "Of a data contract with several objects, the one that the rows are."},
        "on_fail": {"enum": ["fail", "warn", "quarantine"]},
        "by_row": {"type": "boolean", "description": "Parts of a composite rule are combined for each row."},
        "approximate": {"type": "boolean", "description": "Counts of distinct values and quantiles may be estimates."}}},
    "hooks": {"type": "array", "items": {
      "required": ["uses"], "additionalProperties": false, "$ref": "#/$defs/operator",
      "properties": {"uses": true, "with": true, "env": {"$ref": "#/$defs/scalars"}, "retry": {"$ref": "#/$defs/retry"}, "timeout": {"$ref": "#/$defs/timeout"}}}},
    "task": {
      "required": ["uses"], "additionalProperties": false, "$ref": "#/$defs/operator",
      "dependentRequired": {"max_parallel": ["foreach"], "tolerate": ["foreach"]},
      "dependentSchemas": {"teardown_for": {"properties": {"rule": false}}},
      "properties": {
        "uses": true, "with": true,
        "needs": {"$ref": "#/$defs/names", "description": "Tasks that come first."},
        "if": {"$ref": "#/$defs/expression", "description": "Skipped unless this is true."},
        "rule": {"description": "What must have become of the needs.",
                 "anyOf": [{"enum": ["all_succeeded", "all_done", "any_succeeded", "any_failed", "none_failed", "none_skipped", "always"]},
                           {"allOf": [{"$ref": "#/$defs/text"}, {"pattern": "\\."}]}]},
        "foreach": {"description": "One run of the task for each item.", "anyOf": [{"type": "array"}, {"type": "integer"}, {"$ref": "#/$defs/expression"}, {"$ref": "#/$defs/rows"}]},
        "max_parallel": {"type": "integer", "minimum": 1, "maximum": 100000},
        "tolerate": {"type": "object", "additionalProperties": false, "required": ["failures"],
                     "properties": {"failures": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]"}], "description": "A count, or a share such as 5%."}}},
        "setup_for": {"$ref": "#/$defs/names"},
        "teardown_for": {"$ref": "#/$defs/names"},
        "group": {"$ref": "#/$defs/text"},
        "retry": {"$ref": "#/$defs/retry"},
        "timeout": {"$ref": "#/$defs/timeout"},
        "runs_on": {"$ref": "#/$defs/runs_on"},
        "priority": {"type": "integer", "minimum": -1000000, "maximum": 1000000},
        "checks": {"type": "array", "items": {"$ref": "#/$defs/check"}, "description": "Rows become visible only if these hold."},
        "env": {"$ref": "#/$defs/scalars"},
        "description": {"$ref": "#/$defs/text"},
        "pool": {"anyOf": [{"$ref": "#/$defs/text"}, {
          "type": "object", "additionalProperties": false, "required": ["name"],
          "properties": {"name": {"$ref": "#/$defs/text"}, "weight": {"type": "integer", "minimum": 1, "maximum": 100000}}}]}}},
    "use": {"required": ["uses"], "additionalProperties": false, "$ref": "#/$defs/operator", "properties": {"uses": true, "with": true}},
    "rows": {"type": "object"},
    "uses": {"type": "string"},
    "operator": {"type": "object", "properties": {"uses": {"$ref": "#/$defs/uses"}, "with": {"type": "object"}}}}
})json";

}  // namespace millrace
