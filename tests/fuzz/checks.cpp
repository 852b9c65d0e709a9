// Any bytes as checks of the dialects that are trees: short ones, data contracts, rulesets of
// DataBrew, checkpoints; over a table without rows. Checks, each with a name, or a refusal in words
// of ours; never a crash, and no SQL that breaks what it is put into.
#include "base/invariant.hpp"
#include "quality/engine/dialects.hpp"
#include "quality/engine/tree.hpp"
#include "quality/gx_checkpoint/checkpoint.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using mr::quality::QualityError;

constexpr auto kTable =
    "CREATE TEMP TABLE input (t VARCHAR, n INTEGER, x DOUBLE, m DECIMAL(18,4), b BOOLEAN, d DATE, "
    "\"at\" TIMESTAMP, \"list\" INTEGER[], s STRUCT(a INTEGER, \"b c\" VARCHAR))";

void judge(mr::data::Session& session, const std::string& text, const std::string& name) {
  mr::quality::dqdl::World world;
  world.now = "2026-01-31 12:00:00";
  world.sources["other"] = {"input", session.describe("input")};
  const mr::quality::Target target{session, "input", session.describe("input")};
  mr::quality::Measures measures;
  const std::string object;
  const auto checks = read_checks({text, name, object, world}, target, measures);
  measures.compute(session, "input");
  for (const auto& check : checks) {
    MR_INVARIANT(!check.name.empty(), "a check without a name");
    check.judge(measures);
    if (!check.failing.empty())
      session.describe("SELECT 1 AS one FROM input WHERE " + measures.filled(check.failing));
  }
}

template <class Act>
void refused_in_words(Act&& act) {
  try {
    act();
  } catch (const QualityError& error) {
    MR_INVARIANT(!error.code.empty() && !error.what_happened.empty(), "a refusal without words");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const mr::data::Session database{mr::data::SessionOptions{}};
  if (size > 4096) return 0;
  const std::string text(reinterpret_cast<const char*>(data), size);
  refused_in_words([&] {
    mr::quality::checkpoint::read(mr::quality::read_tree(text, "checkpoint"), "checkpoint");
  });
  auto session = database.another();
  session.run(kTable);
  refused_in_words([&] { judge(session, text, "checks"); });
  refused_in_words([&] { judge(session, text, "checks.yaml"); });
  return 0;
}
