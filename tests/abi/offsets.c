/* Prints where every field of the contract lies. offsets.golden is its output for 1.0 on 64-bit machines: lines may be added, never changed. */
#include <stdio.h>

#include "millrace_attempt.h"
#include "millrace_checkpoint.h"
#include "millrace_plugin.h"
#include "millrace_rows.h"

#define FIELD(type, field) printf(#type "." #field " %zu %zu\n", offsetof(type, field), sizeof(((type*)0)->field))
#define VALUE(name) printf(#name " %ld\n", (long)(name))

int main(void) {
  FIELD(mr_text, data);
  FIELD(mr_text, size);
  FIELD(mr_host, size);
  FIELD(mr_host, self);
  FIELD(mr_host, log);
  FIELD(mr_host, cancelled);
  FIELD(mr_host, progress);
  FIELD(mr_host, output);
  FIELD(mr_host, extension);
  FIELD(mr_operator, size);
  FIELD(mr_operator, traits);
  FIELD(mr_operator, type);
  FIELD(mr_operator, version);
  FIELD(mr_operator, summary);
  FIELD(mr_operator, config_schema);
  FIELD(mr_operator, output_schema);
  FIELD(mr_operator, examples);
  FIELD(mr_operator, create);
  FIELD(mr_operator, run);
  FIELD(mr_operator, destroy);
  FIELD(mr_plugin, magic);
  FIELD(mr_plugin, abi_major);
  FIELD(mr_plugin, abi_minor);
  FIELD(mr_plugin, size);
  FIELD(mr_plugin, name);
  FIELD(mr_plugin, version);
  FIELD(mr_plugin, license);
  FIELD(mr_plugin, operator_count);
  FIELD(mr_plugin, operators);
  FIELD(mr_plugin, extension);
  FIELD(mr_attempt_1, size);
  FIELD(mr_attempt_1, self);
  FIELD(mr_attempt_1, facts);
  FIELD(mr_attempt_1, commit);
  FIELD(mr_attempt_1, fail);
  VALUE(MR_MAGIC);
  VALUE(MR_DEBUG);
  VALUE(MR_INFO);
  VALUE(MR_WARN);
  VALUE(MR_ERROR);
  VALUE(MR_UNSET);
  VALUE(MR_SUCCEEDED);
  VALUE(MR_FAILED_RETRY);
  VALUE(MR_FAILED_FINAL);
  VALUE(MR_CANCELLED);
  VALUE(MR_SKIPPED);
  VALUE(MR_IDEMPOTENT);
  VALUE(MR_CANCELLABLE);
  VALUE(MR_NEEDS_PROCESS);
  FIELD(mr_checkpoint_1, size);
  FIELD(mr_checkpoint_1, self);
  FIELD(mr_checkpoint_1, save);
  FIELD(mr_rows_1, size);
  FIELD(mr_rows_1, self);
  FIELD(mr_rows_1, open);
  FIELD(struct ArrowSchema, format);
  FIELD(struct ArrowSchema, name);
  FIELD(struct ArrowSchema, metadata);
  FIELD(struct ArrowSchema, flags);
  FIELD(struct ArrowSchema, n_children);
  FIELD(struct ArrowSchema, children);
  FIELD(struct ArrowSchema, dictionary);
  FIELD(struct ArrowSchema, release);
  FIELD(struct ArrowSchema, private_data);
  FIELD(struct ArrowArray, length);
  FIELD(struct ArrowArray, null_count);
  FIELD(struct ArrowArray, offset);
  FIELD(struct ArrowArray, n_buffers);
  FIELD(struct ArrowArray, n_children);
  FIELD(struct ArrowArray, buffers);
  FIELD(struct ArrowArray, children);
  FIELD(struct ArrowArray, dictionary);
  FIELD(struct ArrowArray, release);
  FIELD(struct ArrowArray, private_data);
  FIELD(struct ArrowArrayStream, get_schema);
  FIELD(struct ArrowArrayStream, get_next);
  FIELD(struct ArrowArrayStream, get_last_error);
  FIELD(struct ArrowArrayStream, release);
  FIELD(struct ArrowArrayStream, private_data);
  VALUE(ARROW_FLAG_DICTIONARY_ORDERED);
  VALUE(ARROW_FLAG_NULLABLE);
  VALUE(ARROW_FLAG_MAP_KEYS_SORTED);
  return 0;
}
