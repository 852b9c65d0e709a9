// Any bytes as a cron expression: read or refused with a reason, and a next time that is not before it was asked for.
#include "base/cron.hpp"
#include "base/invariant.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto cron = millrace::cron_from(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!cron.ok()) {
    MR_INVARIANT(cron.error().code == "E1040" && !cron.error().what.empty(), "a refusal says why");
    return 0;
  }
  constexpr int64_t kFrom = 1'772'000'000;
  const auto next = millrace::next_local(*cron, kFrom);
  MR_INVARIANT(!next || (*next >= kFrom && millrace::next_local(*cron, *next) == next), "the next time is selected, and not in the past");
  return 0;
}
