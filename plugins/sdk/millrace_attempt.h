/* millrace_attempt.h - extension "millrace.attempt/1": facts about the attempt, and its data commit.
 *
 * facts(self): a JSON object that lives until run() returns:
 *   {"run": "retail_daily@2026-11-01", "dag": "retail_daily", "task": "orders", "attempt": 1,
 *    "logical_time": "2026-11-01T00:00:00Z" | null,
 *    "env": {"TZ": "UTC"},              env of the Dag, and of the task on top: for the environment of commands
 *    "folder": "/…/dags/retail",        relative paths in the config start here
 *    "work_folder": "/…",               private to the attempt, removed after it
 *    "data_root": "/…/data",            files of datasets lie under it
 *    "cpu": 1.0, "memory_bytes": 1073741824,
 *    "inputs":  [{"dataset": "raw.orders", "snapshot": 41,      pinned: the same at every retry; snapshot 0: no such dataset yet
 *                 "columns": [{"name": "id", "type": "BIGINT", "nullable": true}],
 *                 "files": [{"path": "raw/orders/x.parquet", "rows": 10, "bytes": 900, "partition": {}}]}],
 *    "outputs": [ … the same shape: the datasets that the task writes, as they are now … ],
 *    "positions": [{"source": "ingest.files:raw.orders", "key": "orders/1.csv", "value": {…}}],
 *    "checks": [{"suite": "suites/orders.json"} | {"rules": "Rules = [ … ]"}, each perhaps with "on_fail": fail | warn | quarantine,
 *                "by_row": true, "approximate": true],
 *    "history": [{"dataset": "raw.orders", "results": [        what the task's checks measured on earlier snapshots, the newest first, at most 100
 *                 {"snapshot": 40, "time": "2026-10-31T00:00:00Z", "metrics": {"Dataset.*.RowCount": 10}}]}],
 *    "checkpoint": null | what an earlier attempt of the task has saved (millrace_checkpoint.h)}
 *
 * commit(self, json): what becomes visible if, and only if, this attempt succeeds while its lease is current:
 *   {"snapshots": [{"dataset": "raw.orders", "operation": append | replace | overwrite_partitions | delete | rewrite,
 *                   "read": 41,         the snapshot of this dataset that was looked at, if any
 *                   "columns": […], "files": […],            paths relative to data_root, already synced to disk; each with "stats": {"id": {"min", "max", "nulls"}}
 *                   "clears": [{"day": "2026-11-01"}],       partitions that overwrite_partitions ends without new files; by some keys: all with those
 *                   "by_partition": true,                    of what is there, only the partitions that it writes matter to it
 *                   "ends": ["raw/orders/x.parquet"],        files whose rows those of a rewrite hold: as many, and the same
 *                   "summary": {"rows_in": 10, "rows_out": 9, "rows_rejected": 1, "bytes": 900},
 *                   "checks": […], "metrics": {"Dataset.*.RowCount": 9},      what checks found and measured, for "history"
 *                   "lineage": {"kind": "columns", "inputs": {"raw.orders": {       which of its columns feed
 *                       "rows": ["*", "status"],                                    every column: they decide which rows there are
 *                       "columns": {"total": {"direct": ["price"], "condition": []}}}}}   this one: its value, or the choice of it
 *                     | {"kind": "all"}   or not there: any column may feed any; "*" is how many rows there are
 *                  }],
 *    "positions": [{"source", "key", "expected": null | the value seen in facts, "value": …}],
 *    "checked": [{"dataset": "raw.orders", "snapshot": 41, "checks": […], "metrics": {…}}]}   what was found on a snapshot of "inputs"
 *   A later call adds to an earlier one. 0 = accepted, else the JSON is wrong (a log line says how).
 *
 * fail(self, json): says more about the failure that run() is about to return:
 *   {"class": "transient" | "timeout" | "resource" | "data" | "config" | own, "code": "E5…", "what", "where", "hint",
 *    "retry_after_ms": 30000}   when it may be tried again; not there, or 0: as the task's retry rule says
 */
#ifndef MR_ATTEMPT_H
#define MR_ATTEMPT_H
#include "millrace_plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MR_ATTEMPT_1 "millrace.attempt/1"

typedef struct mr_attempt_1 {
  uint32_t size;
  void* self;
  mr_text (*facts)(void* self);
  int (*commit)(void* self, mr_text json);
  void (*fail)(void* self, mr_text json);
} mr_attempt_1;

#ifdef __cplusplus
}
#endif
#endif
