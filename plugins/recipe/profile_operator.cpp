#include "recipe/profile_operator.hpp"

#include <fstream>
#include <sstream>

#include "common/draft.hpp"
#include "data/publish.hpp"
#include "recipe/engine/recipe.hpp"
#include "recipe/looked_at.hpp"
#include "recipe/profile/page.hpp"
#include "recipe/profile/report.hpp"

namespace mr::recipe {
namespace {

std::string text_of_file(const std::string& path, const std::string& shown) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw RecipeError("E6060", "configuration '" + shown + "' can't be read", {}, "relative paths start at the folder of the Dag");
  return text.str();
}

Configuration configuration_of(const RecipeProfile::Config& c, const mr::Attempt& attempt) {
  Configuration out;
  if (c.configuration.is_string() && !c.configuration.empty()) {
    const std::string path = c.configuration.get<std::string>();
    if (!path.empty()) out = read_configuration(text_of_file(attempt.path(path), path), path);
  } else if (!c.configuration.is_null()) {
    out = read_configuration(c.configuration.dump(), "configuration");
  }
  if (c.entities && !out.entities) out.entities = EntityBlock{.types = all_entity_types(), .allowed = Statistics{}.set()};
  return out;
}

ReportOrigin origin_of(const RecipeProfile::Config& c, const mr::Attempt& attempt, const std::string& started) {
  return {.job_name = attempt.fact("dag") + "." + attempt.fact("task"), .run_id = "db_" + attempt.fact("run"), .location = c.report.empty() ? "" : mr::files::absolute(attempt, c.report), .started_on = started,
          .written_on = mr::data::now_text()};
}

mr::Json entities_of(const Profile& profile) {
  mr::Json out = mr::Json::array();
  for (const auto& one : profile.profiles) {
    if (!one.entities) continue;
    for (const auto& found : one.entities->types) out.push_back({{"column", profile.columns[one.column].name}, {"entity", found.type}, {"rows", found.rows}, {"confidence", found.confidence}});
  }
  return out;
}

void tell(const Profile& profile, const mr::Attempt& attempt) {
  attempt.output("rows", profile.rows);
  attempt.output("columns", profile.profiles.size());
  attempt.output("scans", profile.scans);
  if (profile.duplicate_rows) attempt.output("duplicate_rows", *profile.duplicate_rows);
  attempt.output("entities", entities_of(profile));
}

void run_profile(const RecipeProfile::Config& c, mr::Attempt& attempt) {
  const std::string started = mr::data::now_text();
  const Configuration configuration = configuration_of(c, attempt);
  const mr::data::Facts facts{attempt.facts()};
  LookedAt data = open_looked_at(facts, attempt, c.input, c.file);
  const mr::data::Watch watch(data.session, attempt);
  const Profile found = profile(data.session, data.relation, configuration, c.all_types);
  attempt.stop_if_cancelled();
  const auto report = report_of(found, origin_of(c, attempt, started));
  if (!c.report.empty()) write_text(attempt, c.report, report.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  if (!c.html.empty()) write_text(attempt, c.html, profile_page(report, c.input.empty() ? c.file : c.input));
  tell(found, attempt);
  for (const auto& [key, place] : {std::pair{"report", &c.report}, std::pair{"html", &c.html}}) {
    if (!place->empty()) attempt.output(key, mr::files::absolute(attempt, *place));
  }
}

}  // namespace

void RecipeProfile::run(const Config& c, mr::Attempt& attempt) const {
  try {
    run_profile(c, attempt);
  } catch (const RecipeError& error) {
    throw mr::Failure("config", error.code, error.problem, error.where, error.hint);
  }
}

}  // namespace mr::recipe
