// Any bytes as a text with expressions: plain paths resolve or fail; what has refused words never compiles.
#include "parse/expression.hpp"

// jq 1.6 forgets a few bytes when a program with a broken string is refused.
extern "C" const char* __lsan_default_suppressions() { return "leak:libjq"; }

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  static const auto document = millrace::Json::parse(R"({"params": {"day": "2026-11-01", "list": [1, 2]}})").value_or({});
  static_cast<void>(millrace::resolve_paths(millrace::Json(text), document));
  const auto uses = millrace::find_expressions(millrace::Json(text));
  if (!uses.ok()) return 0;
  // Compiles, but doesn't run: a program may run for ever.
  for (const auto& use : *uses) static_cast<void>(millrace::check_expression(use.text));
  return 0;
}
