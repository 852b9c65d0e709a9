// Any bytes as a rule: read into a program that a stack can run, or refused with a reason.
#include "base/invariant.hpp"
#include "parse/rule_text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::RuleStep;
  const auto steps = millrace::read_rule(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!steps.ok()) {
    MR_INVARIANT(steps.error().code == "E1014" && !steps.error().what.empty(), "a refusal says why");
    return 0;
  }
  int depth = 0;
  for (const auto& step : *steps) {
    if (step.kind == RuleStep::Kind::is) ++depth;
    else if (step.kind != RuleStep::Kind::no) --depth;
    MR_INVARIANT(depth >= 1, "no step takes what is not there");
  }
  MR_INVARIANT(depth == 1, "a rule gives one answer");
  return 0;
}
