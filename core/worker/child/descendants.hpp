// Ends what was started below this process, even when it starts more of itself faster than one look can kill: first all of it stands
// still (SIGSTOP), so that nothing grows while it is killed, then all of it ends (SIGKILL).
//
// Any thread, one at a time. Touches nothing but descendants of this process; a process number that is used anew meanwhile is not
// mistaken for one. Errors: none; who has ended by itself is what was wanted.
#pragma once
#include <sys/types.h>

#include <functional>

namespace millrace {

struct Relative {
  pid_t pid = 0, session = 0;
  bool zombie = false;
};

// Asked of children of this process. What is below a spared one is spared, too; a zombie that is not spared is reaped.
using Spared = std::function<bool(const Relative&)>;

// One round, of some 20 ms at most if they are few. True: some are dying still, or were too quick; ask again soon.
bool end_descendants(const Spared& spared);

}  // namespace millrace
