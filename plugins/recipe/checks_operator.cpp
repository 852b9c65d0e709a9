#include "recipe/checks_operator.hpp"

#include "recipe/engine/recipe.hpp"
#include "recipe/looked_at.hpp"
#include "recipe/profile/checks.hpp"

#include "common/draft.hpp"

#include <filesystem>

namespace mr::recipe {
namespace {

mr::Json told_of(const std::vector<ProposedCheck>& checks) {
  mr::Json list = mr::Json::array();
  for (const ProposedCheck& one : checks)
    list.push_back({{"kind", name(one.kind)}, {"column", one.column}, {"reason", one.reason}});
  return list;
}

void run_checks(const RecipeChecks::Config& c, mr::Attempt& attempt) {
  const mr::data::Facts facts{attempt.facts()};
  LookedAt data = open_looked_at(facts, attempt, c.input, c.file, c.schema);
  const mr::data::Watch watch(data.session, attempt);
  const CheckFormat format = c.format == "gx" ? CheckFormat::gx : CheckFormat::dqdl;
  auto checks = propose_checks(data.session, data.relation);
  attempt.stop_if_cancelled();
  const auto left_out = take_out_what_fails(data.session, data.relation, format, checks);
  const std::string of = c.input.empty() ? std::filesystem::path(c.file).stem().string() : c.input;
  write_text(attempt, c.suite, checks_text(checks, format, of));
  attempt.output("rows", data.session.query("SELECT count(*) FROM " + data.relation).integer(0, 0));
  attempt.output("suite", mr::files::absolute(attempt, c.suite));
  attempt.output("checks", told_of(checks));
  attempt.output("left_out", told_of(left_out));
}

}  // namespace

void RecipeChecks::run(const Config& c, mr::Attempt& attempt) const {
  try {
    run_checks(c, attempt);
  } catch (const RecipeError& error) {
    throw mr::Failure("config", error.code, error.problem, error.where, error.hint);
  }
}

}  // namespace mr::recipe
