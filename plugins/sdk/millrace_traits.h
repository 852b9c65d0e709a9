/* millrace_traits.h - traits that came after mr_trait of millrace_plugin.h. Bits of mr_operator.traits, like those; a host that does not
 * know one passes over it.
 *
 * MR_NOT_IN_WORKER: may share a process with other attempts, one after the other, but not the worker's own process, where attempts of
 * several operators run at once, in threads (`millrace worker --isolation thread`). For operators that start programs, which have to end
 * with the attempt also when the worker is killed; and for those that change what all threads of a process share: its environment, its
 * folder, its signals, its locale. MR_NEEDS_PROCESS says more than this.
 *
 * MR_EXPLAINS: where the facts have "explain": true, an attempt writes nothing, and its output says what it would run:
 * {"statements": [{"sql": "…", "into": "mart.t", "mode": "replace", "columns": [{"name", "type", "nullable"}]}]}; those that
 * write no dataset have their sql alone. Its inputs have columns and no rows. Asked for by `millrace explain-plan`. */
#ifndef MR_TRAITS_H
#define MR_TRAITS_H
#include "millrace_plugin.h"

#define MR_NOT_IN_WORKER 8u /* 1 << 3: the bit after MR_NEEDS_PROCESS */
#define MR_EXPLAINS 16u

#endif
