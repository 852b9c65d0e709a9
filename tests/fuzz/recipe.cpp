// Any bytes as a recipe over a small table without rows: refused in the recipe's own words, or SQL
// that DuckDB takes.
#include "base/invariant.hpp"
#include "recipe/engine/compile.hpp"

#include <string_view>

namespace {

using mr::recipe::RecipeError;

constexpr auto kTable =
    "CREATE TEMP TABLE input (t VARCHAR, u VARCHAR, n INTEGER, l BIGINT, x DOUBLE, m "
    "DECIMAL(18,4), b BOOLEAN, d DATE, \"at\" TIMESTAMP, \"list\" INTEGER[], \"map\" MAP(VARCHAR, INTEGER), "
    "\"struct\" STRUCT(a INTEGER, \"b c\" VARCHAR))";

std::optional<std::string> secret(const std::string&) {
  return "c2VjcmV0IG9mIHRoaXJ0eS10d28gYnl0ZXMgb3Igc28=";
}

void run(mr::data::Session& session, std::string_view text) {
  mr::recipe::World world;
  world.session = &session;
  world.secrets = secret;
  world.count_cells = text.size() % 2 == 0;
  world.keep_removed = text.size() % 3 == 0;
  world.secondary["zones"] = {"(SELECT 1 AS id, 'north' AS zone)",
                              {{"id", "INTEGER"}, {"zone", "VARCHAR"}}};
  const auto recipe = mr::recipe::read_recipe(text, "recipe");
  const auto plan =
      mr::recipe::compile(recipe, session.describe("input"), "input", "_mr_out", world);
  const auto account = mr::recipe::run(session, recipe, plan, world.secrets);
  MR_INVARIANT(account.rows_in == 0, "rows from nowhere");
  session.query("SELECT * FROM _mr_out");
  if (const auto removed = mr::recipe::removed_rows(recipe, plan); !removed.empty())
    session.describe(removed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const mr::data::Session database{mr::data::SessionOptions{}};
  if (size > 4096) return 0;
  auto session = database.another();
  session.run(kTable);
  try {
    run(session, {reinterpret_cast<const char*>(data), size});
  } catch (const RecipeError& error) {
    MR_INVARIANT(!error.code.empty() && !error.problem.empty(), "a refusal without words");
  } catch (const mr::data::SqlError& error) {
    MR_INVARIANT(error.error_class == "resource",
                 error.what());  // else SQL that DuckDB does not take
  }
  return 0;
}
