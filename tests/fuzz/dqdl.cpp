// Any bytes as a DQDL ruleset: rules with their places, or a refusal that says where; never a
// crash. Its filters as Spark SQL, too.
#include "base/invariant.hpp"
#include "quality/dqdl/document.hpp"
#include "quality/dqdl/history.hpp"
#include "quality/dqdl/spark_sql.hpp"
#include "quality/engine/check.hpp"

namespace {

namespace dqdl = mr::quality::dqdl;

void look_at(const dqdl::Rule& rule) {
  MR_INVARIANT(!rule.text.empty() && !rule.place.empty(), "a rule knows its text and its place");
  MR_INVARIANT((rule.kind == dqdl::Rule::Kind::single) == rule.parts.empty(),
               "a rule is of a type or of parts");
  for (const dqdl::Rule& part : rule.parts) look_at(part);
  dqdl::engine_sql(rule.where);
  if (!rule.condition) return;
  for (const dqdl::Operand& operand : rule.condition->operands)
    dqdl::value_of(operand.number, {{1, {}}, {2, {}}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  dqdl::engine_sql(text);
  try {
    const auto document = dqdl::parse(text, "ruleset");
    MR_INVARIANT(!document.rules.empty() || !document.analyzers.empty(),
                 "a ruleset has something in it");
    for (const dqdl::Rule& rule : document.rules) look_at(rule);
  } catch (const mr::quality::QualityError& error) {
    MR_INVARIANT(!error.code.empty() && error.where.starts_with("ruleset:"),
                 "a refusal says where");
  }
  return 0;
}
