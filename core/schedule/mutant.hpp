// Planted bugs, so that the simulation can prove that it would notice them. In product builds MR_MUTANT(n) is the constant
// false and leaves no trace; only tests/sim compiles this floor and the engine with MR_MUTANTS.
#pragma once

#ifdef MR_MUTANTS
namespace millrace {
inline int active_mutant = 0;  // 0: none; set by the simulation before it starts a world
inline int mutant_calls = 0;   // the memory that a decision must not have
}
#define MR_MUTANT(number) (::millrace::active_mutant == (number))
#else
#define MR_MUTANT(number) false
#endif
