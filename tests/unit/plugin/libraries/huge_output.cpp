// An operator whose output is 4 GiB of text that nobody has to have in memory: the pages of a mapping that was never written.
#include <sys/mman.h>

#include "sdk/millrace_plugin.h"

namespace {

constexpr size_t kSize = size_t{4} << 30;
const mr_host* lent = nullptr;

void* create(const mr_operator*, mr_text, const mr_host* host) {
  lent = host;
  return &lent;
}

mr_outcome run(void*) {
  void* const nothing = ::mmap(nullptr, kSize, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (nothing == MAP_FAILED) return MR_FAILED_RETRY;
  const mr_text huge{static_cast<const char*>(nothing), kSize}, key{"key", 3};
  lent->log(lent->self, MR_INFO, huge);
  lent->progress(lent->self, 0, huge);
  const bool refused = lent->output(lent->self, key, huge) != 0 && lent->output(lent->self, huge, {"1", 1}) != 0;
  const bool small_taken = lent->output(lent->self, key, {"1", 1}) == 0;
  return refused && small_taken ? MR_FAILED_FINAL : MR_SUCCEEDED;
}

void destroy(void*) {}

const mr_operator one{sizeof(mr_operator), 0, "huge.output", "1.0.0", "Gives too much.", R"({"type": "object"})", R"({"type": "object"})", "[]", create, run, destroy};
const mr_operator* const operators[]{&one};
const mr_plugin plugin{MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), "huge", "1.0.0", "Apache-2.0", 1, operators, nullptr};

}  // namespace

extern "C" MR_EXPORT const mr_plugin* millrace_plugin_1(void) { return &plugin; }
