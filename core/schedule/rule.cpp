#include "schedule/rule.hpp"

#include "base/invariant.hpp"
#include "schedule/mutant.hpp"

namespace millrace {

Ruling ruling(Rule rule, NeedTally tally) {
  const bool all_final = tally.unmet == 0 || (MR_MUTANT(3) && tally.unmet == 1);
  const bool bad = tally.broken > 0 && !MR_MUTANT(7);
  const int32_t succeeded = tally.needs - tally.unmet - tally.broken - tally.skipped;
  const Ruling once_final = all_final ? Ruling::run : Ruling::wait;
  switch (rule) {
    case Rule::all_succeeded:
      if (bad) return Ruling::upstream_failed;
      return all_final && tally.skipped > 0 && !MR_MUTANT(41) ? Ruling::skip : once_final;
    case Rule::none_failed: return bad ? Ruling::upstream_failed : once_final;
    case Rule::none_skipped: return tally.skipped > 0 ? Ruling::skip : once_final;
    case Rule::any_succeeded:
      if (succeeded > 0) return Ruling::run;
      if (!all_final) return Ruling::wait;
      return bad ? Ruling::upstream_failed : Ruling::skip;
    case Rule::any_failed:
      if (bad) return Ruling::run;
      return all_final ? Ruling::skip : Ruling::wait;
    case Rule::all_done:
    case Rule::always:
    case Rule::expression: return once_final;
  }
  broken_invariant("a rule outside its list", __FILE__, __LINE__);
}

}  // namespace millrace
