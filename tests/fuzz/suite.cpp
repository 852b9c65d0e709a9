// Any bytes as a suite: a suite whose every test expects something, or errors; never a crash. The Dag that it is about is not there.
#include <cstddef>
#include <cstdint>

#include "base/invariant.hpp"
#include "parse/suite_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const millrace::OperatorList none;
  const auto suite = millrace::read_suite_text({reinterpret_cast<const char*>(data), size}, "/nowhere/at/all/fuzz.test.yaml", none);
  MR_INVARIANT(!suite.errors.empty(), "a suite of no Dag is a mistake");
  for (const auto& error : suite.errors) MR_INVARIANT(!error.code.empty() && !error.what.empty(), "a mistake without words");
  return 0;
}
