// Steps of a recipe that a table could do with: what its profile shows, as actions of DataBrew, each with its reason.
//
// One thread. First what is in texts (blanks at the ends, words that stand for nothing, spellings, numbers, booleans and dates), then, of the
// table after those steps, rows that repeat, outliers, columns without values and personal data. Nothing is proposed that most values
// don't speak for; nothing is deleted but rows that repeat and columns without values. Values of rows stand in no reason.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::recipe {

struct Suggestion {
  std::string operation{}, column{};  // no column: of rows
  std::map<std::string, std::string> parameters{};
  std::vector<std::string> only{};    // the step is for these values of the column alone; none: for all
  std::string reason{};
};

std::vector<Suggestion> suggest(mr::data::Session& session, const std::string& relation);

// As a recipe file has them: [{"Action": {…}, "ConditionExpressions": […]}].
nlohmann::ordered_json steps_of(const std::vector<Suggestion>& suggestions);

}  // namespace mr::recipe
