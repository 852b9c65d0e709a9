// Any bytes as JSON: what is read survives being written and read again.
#include <cstddef>
#include <cstdint>

#include "base/invariant.hpp"
#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = millrace::Json::parse({reinterpret_cast<const char*>(data), size});
  if (!read.ok()) return 0;
  const auto again = millrace::Json::parse(read->dump());
  MR_INVARIANT(again.ok() && *again == *read, "JSON survives its text");
  return 0;
}
