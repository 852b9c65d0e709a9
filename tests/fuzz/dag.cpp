// Any bytes as a Dag's file: either a Dag or at least one error, never both, never a crash.
#include <cstddef>
#include <cstdint>

#include "base/invariant.hpp"
#include "parse/dag_reader.hpp"

namespace {

millrace::OperatorList operators() {
  const auto schema = millrace::Json::parse(R"({"type": "object", "properties": {"sql": {"type": "string", "x-mr-language": "sql"},
    "into": {"type": "string", "x-mr-dataset": "writes"}, "mode": {"enum": ["a", "b"]}, "n": {"type": "integer", "minimum": 1}}})");
  millrace::OperatorInfo info;
  info.type = "sql.query";
  info.config_schema = schema.value_or({});
  return millrace::OperatorList({info});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const millrace::OperatorList known = operators();
  const auto parsed = millrace::parse_dag({reinterpret_cast<const char*>(data), size}, "fuzz.yaml", known);
  MR_INVARIANT(parsed.dag.has_value() == parsed.errors.empty(), "a Dag or errors");
  return 0;
}
