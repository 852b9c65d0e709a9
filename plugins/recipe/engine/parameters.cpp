// How a step's parameters are read: all of them are texts that hold something.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

#include "recipe/engine/builder.hpp"

namespace mr::recipe {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(c < 128 ? std::tolower(c) : c); });
  return text;
}

}  // namespace

void Builder::wrong(const std::string& name, const std::string& expected) const {
  throw RecipeError("E6005", "parameter '" + name + "' must be " + expected, place(*step_));
}

bool Builder::has(const std::string& name) const {
  read_.insert(name);
  return step_->parameters.contains(name);
}

std::vector<std::string> Builder::unread() const {
  static const std::set<std::string_view> kBookkeeping{"functionStepType", "mappingOption", "isText", "duplicateRowsCount", "orderByColumn", "targetIndex", "secondInputLocation", "secondaryInputs",
                                                       "secondInput", "stopWordsMode", "udfLang", "sampleSize", "sampleType", "stepCount", "stepIndex", "viewFrame", "hiddenColumns", "columnDataType", "delimiter"};
  std::vector<std::string> names;
  for (const auto& [name, value] : step_->parameters) {
    if (!read_.contains(name) && !kBookkeeping.contains(name)) names.push_back(name);
  }
  return names;
}

const std::string& Builder::param(const std::string& name) const {
  read_.insert(name);
  const auto found = step_->parameters.find(name);
  if (found == step_->parameters.end()) throw RecipeError("E6005", "parameter '" + name + "' is missing", place(*step_));
  return found->second;
}

std::string Builder::param_or(const std::string& name, std::string fallback) const { return has(name) ? param(name) : std::move(fallback); }

bool Builder::flag(const std::string& name) const {
  if (!has(name)) return false;
  const std::string text = lower(param(name));
  if (text != "true" && text != "false") wrong(name, "true or false");
  return text == "true";
}

int64_t Builder::whole(const std::string& name, int64_t low, int64_t high) const {
  const std::string& text = param(name);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < low || value > high) {
    wrong(name, "a whole number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

std::string Builder::regex(const std::string& parameter, const std::string& pattern) {
  patterns_.push_back({place(*step_), parameter, pattern, {}, {}});
  return mr::data::literal(pattern);
}

bool Builder::fits(const std::string& parameter, const std::string& name) const {
  // Asked of DuckDB, so that there is one dialect; without data, of an empty database.
  std::optional<mr::data::Session> own;
  if (world_.session == nullptr) own.emplace(mr::data::SessionOptions{});
  mr::data::Session& session = own ? *own : *world_.session;
  try {
    return session.query("SELECT regexp_full_match(" + mr::data::literal(name) + ", " + mr::data::literal(param(parameter)) + ")").rows.at(0).at(0) == "true";
  } catch (const mr::data::SqlError&) {
    wrong(parameter, "a regular expression that is supported");
  }
}

void Builder::check(const std::string& parameter, const std::string& holds, const std::string& expected) {
  patterns_.push_back({place(*step_), parameter, {}, holds, expected});
}

std::vector<std::string> Builder::list(const std::string& name) const {
  const auto tree = nlohmann::json::parse(param(name), nullptr, false);
  if (!tree.is_array()) wrong(name, "a JSON list of texts");
  std::vector<std::string> texts;
  for (const auto& entry : tree) texts.push_back(entry.is_string() ? entry.get<std::string>() : entry.dump());
  return texts;
}

}  // namespace mr::recipe
