/* rows.h - what libmillrace-rows.so exports for the attempt program. Not for plugins: theirs is sdk/millrace_rows.h.
 *
 * Both come from one build. The number in the name grows when the function changes, so that a library that was left over from another
 * installation is refused.
 */
#ifndef MR_ROWS_LIBRARY_H
#define MR_ROWS_LIBRARY_H
#include "sdk/millrace_rows.h"

#ifdef __cplusplus
extern "C" {
#endif

/* mr_rows_1::open for the attempt that `host` serves. */
extern MR_EXPORT int millrace_rows_open_1(const mr_host* host, mr_text dataset, mr_text options_json, struct ArrowArrayStream* out);

#ifdef __cplusplus
}
#endif
#endif
