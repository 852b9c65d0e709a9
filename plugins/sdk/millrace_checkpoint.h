/* millrace_checkpoint.h - extension "millrace.checkpoint/1": a small state that the task's next attempt gets back.
 *
 * save(self, json): any JSON of at most 64 KiB; a later one takes the place of an earlier one. 0 = accepted, else it is no JSON or too
 *   large (a log line says how). What was saved is durable a moment later, and at the latest when the attempt's end is: the state of an
 *   attempt whose lease has ended is refused.
 * The next attempt finds it in its facts (millrace_attempt.h) under "checkpoint"; null: nothing was saved. It is forgotten when the task
 * is cleared, sent back or marked by hand; a retry, by the policy or by hand, goes on from it.
 * Any thread.
 */
#ifndef MR_CHECKPOINT_H
#define MR_CHECKPOINT_H
#include "millrace_plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MR_CHECKPOINT_1 "millrace.checkpoint/1"

typedef struct mr_checkpoint_1 {
  uint32_t size;
  void* self;
  int (*save)(void* self, mr_text json);
} mr_checkpoint_1;

#ifdef __cplusplus
}
#endif
#endif
