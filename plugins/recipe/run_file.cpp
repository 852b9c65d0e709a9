#include "recipe/run_file.hpp"

#include "data/publish.hpp"
#include "recipe/account.hpp"
#include "recipe/source.hpp"

#include "common/draft.hpp"

#include <filesystem>

namespace mr::recipe {
namespace {

Files files_of(const RunFile::Config& c, const mr::Attempt& attempt) {
  Files files{.data = attempt.path(c.data), .types = c.schema};
  for (const auto& [name, path] : c.secondary) files.secondary[name] = attempt.path(path);
  return files;
}

struct Ran {
  Account account{};
  Plan plan{};
};

Ran run_once(const RunFile::Config& c, mr::Attempt& attempt, const Recipe& recipe,
             mr::files::Draft& draft, bool whole) {
  const mr::data::Facts facts{attempt.facts()};
  Files files = files_of(c, attempt);
  files.whole = whole;
  auto paths = paths_of(files);
  mr::data::Session session = mr::data::open_session(facts, mr::data::extensions_for_files(paths));
  const mr::data::Watch watch(session, attempt);
  World world;
  world.session = &session;
  world.secondary = open_files(session, files);
  world.secrets = secrets_among(c.keys);
  world.seed = attempt.fact("run") + "/" + attempt.fact("task");
  world.count_cells = c.count_cells;
  paths.push_back(draft.name());
  mr::data::confine(session, facts, paths);
  Ran ran;
  ran.plan = compile(recipe, session.describe(kData), kData, "_mr_out", world);
  ran.account = mr::recipe::run(session, recipe, ran.plan, world.secrets);
  attempt.stop_if_cancelled();
  mr::data::write_file(session, "SELECT * FROM " + ran.plan.result, c.out, draft.name());
  return ran;
}

// The first rows give types that a later one may not fit; all rows are asked then.
Ran run_until_types_fit(const RunFile::Config& c, mr::Attempt& attempt, const Recipe& recipe,
                        mr::files::Draft& draft) {
  try {
    return run_once(c, attempt, recipe, draft, false);
  } catch (const mr::data::SqlError& error) {
    if (error.code != "E5005") throw;
    attempt.info("types by all rows: those of the first ones don't fit all");
    return run_once(c, attempt, recipe, draft, true);
  }
}

void apply(const RunFile::Config& c, mr::Attempt& attempt) {
  const Recipe recipe = recipe_of(attempt, c.recipe, c.steps, c.params);
  const std::string out = mr::files::absolute(attempt, c.out);
  mr::data::check_writable(out);
  mr::files::check_place(out, true);
  mr::files::Draft draft(out);
  const Ran ran = run_until_types_fit(c, attempt, recipe, draft);
  draft.keep(0644);
  for (const std::string& note : ran.plan.notes) attempt.warn(note);
  attempt.output("path", out);
  attempt.output("bytes", std::filesystem::file_size(out));
  attempt.output("steps", recipe.steps.size());
  attempt.output("scans", ran.plan.scans);
  attempt.output("notes", ran.plan.notes);
  const mr::Json account = account_json(recipe, ran.account);
  for (const auto& [key, value] : account.items()) attempt.output(key, value);
}

}  // namespace

void RunFile::run(const Config& c, mr::Attempt& attempt) {
  as_failure(shown_name(c.recipe), [&] { apply(c, attempt); });
}

}  // namespace mr::recipe
