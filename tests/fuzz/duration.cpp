// Any bytes as a duration: what is read survives being written and read again.
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "base/invariant.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = millrace::duration_from_text({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) return 0;
  const auto again = millrace::duration_from_text(millrace::to_text(*read));
  MR_INVARIANT(again.ok() && *again == *read, "a duration survives its text");
  return 0;
}
