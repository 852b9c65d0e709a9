/* Prints where every field of the contract lies. offsets.golden is its output for 1.0 on 64-bit machines: lines may be added, never changed. */
#include <stdio.h>

#include "millrace_attempt.h"
#include "millrace_plugin.h"

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
  return 0;
}
