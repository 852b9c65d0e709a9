#include "app/recipe_words.hpp"

#include "app/plugin_call.hpp"
#include "app/recipe_trial.hpp"
#include "app/sql_words.hpp"
#include "app/table.hpp"
#include "base/secrets.hpp"
#include "base/text.hpp"
#include "worker/work_folder.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

Error wrong(std::string what, std::string where, std::string hint) {
  return {
      .code = "E9004", .what = std::move(what), .where = std::move(where), .hint = std::move(hint)};
}

// The values of secrets that steps name.
Result<Json> keys_of(const RecipeWords& words) {
  auto names = pairs_of(words.keys, "--key");
  if (!names) return names.error();
  Json keys = Json::object();
  const FolderSecrets secrets(words.secrets);
  for (const auto& [name, secret] : names->members()) {
    auto value = secrets.find(secret.as_text());
    if (!value)
      return wrong(
          "there is no secret " + quote(secret.as_text()), "--key",
          "put it into the environment (MILLRACE_SECRET_…), or into a file of " + words.secrets);
    keys.set(name, std::move(*value));
  }
  return keys;
}

Result<Json> config_of(const RecipeWords& words) {
  auto schema = pairs_of(words.schema, "--schema"),
       secondary = pairs_of(words.secondary, "--secondary"),
       params = pairs_of(words.params, "--param"), keys = keys_of(words);
  for (const auto* part : {&schema, &secondary, &params, &keys}) {
    if (!*part) return part->error();
  }
  Json config = Json::object({{"recipe", words.recipe}, {"data", words.data}});
  config.set("schema", std::move(*schema));
  config.set("secondary", std::move(*secondary));
  config.set("params", std::move(*params));
  config.set("keys", std::move(*keys));
  return config;
}

Result<WorkFolder> work_folder() {
  static std::atomic<int> number{0};  // several threads of a server
  return WorkFolder::make(
      (fs::temp_directory_path() /
       ("millrace-recipe-" + std::to_string(::getpid()) + "-" + std::to_string(++number)))
          .string());
}

// What an operator of the plugin says to this. `data`: of the catalog that the inputs are in.
Result<Json> ask(const RecipeWords& words, const WorkFolder& folder, const std::string& type,
                 Json config, const std::string& data = {}, Json inputs = Json::array()) {
  return ask_plugin({"recipe", words.timeout, words.memory, data, words.plugin_dirs}, type,
                           std::move(config), std::move(inputs), folder.path());
}

std::string counted(int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

void print_account(const Json& account, const std::string& out) {
  std::cerr << counted(account["recipe_rows_in"].as_int(), "row") << " in, "
            << account["recipe_rows_out"].as_int() << " out: " << out << '\n';
  TextTable table{.columns = {"step", "what", "count", "why"}};
  const auto add = [&](const Json& step, const std::string& what, std::string count) {
    table.rows.push_back(
        {std::to_string(step["step"].as_int()), what, std::move(count), step["why"].as_text()});
  };
  for (const auto& step : account["removed"].items())
    add(step, "rows removed", std::to_string(step["rows"].as_int()));
  for (const auto& step : account["reshaped"].items())
    add(step, "rows before and after",
        std::to_string(step["rows_before"].as_int()) + ", " +
            std::to_string(step["rows_after"].as_int()));
  for (const auto& step : account["cells_changed"].items())
    add(step, "cells changed", std::to_string(step["cells"].as_int()));
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [](const auto& a, const auto& b) { return std::stoi(a[0]) < std::stoi(b[0]); });
  if (!table.rows.empty()) std::cerr << table.to_string();
  for (const auto& note : account["notes"].items()) std::cerr << "note: " << note.as_text() << '\n';
}

// The answer of recipe.look, which is too large for an output: a text.
Result<std::string> look(const RecipeWords& words, const std::string& show) {
  auto config = config_of(words);
  auto folder = work_folder();
  if (!config) return config.error();
  if (!folder) return folder.error();
  const std::string file = folder->path() + "/answer";
  config->set("show", show);
  config->set("out", file);
  if (show == "steps") {
    config->set("step", words.step);
    config->set("rows", words.rows);
  }
  if (auto done = ask(words, *folder, "recipe.look", std::move(*config)); !done)
    return done.error();
  return read_text(file);
}

Result<Json> look_at(const RecipeWords& words, const std::string& show) {
  const auto answer = look(words, show);
  return answer ? Json::parse(*answer) : answer.error();
}

void print_statements(const Json& told) {
  std::vector<std::string> assumed;
  for (const auto& column : told["assumed"].items()) assumed.push_back(column["name"].as_text());
  std::cout << "-- " << counted(told["steps"].as_int(), "step") << ", "
            << counted(told["scans"].as_int(), "scan") << '\n';
  if (!assumed.empty())
    std::cout << "-- without --data these columns are taken to be there, as texts: "
              << join(assumed, ", ") << '\n';
  for (const auto& note : told["notes"].items()) std::cout << "-- note: " << note.as_text() << '\n';
  for (const auto& statement : told["statements"].items())
    std::cout << statement["sql"].as_text() << ";\n";
}

// What the new file's name says; without one, the form that the recipe does not have.
std::string form_for(const RecipeWords& words) {
  if (!words.to.empty()) return words.to;
  const auto is_yaml = [](const std::string& file) {
    return file.ends_with(".yaml") || file.ends_with(".yml");
  };
  return words.out == "-"     ? (is_yaml(words.recipe) ? "json" : "yaml")
         : is_yaml(words.out) ? "yaml"
                              : "json";
}

}  // namespace

int run_recipe(const RecipeWords& words, Output output) {
  auto config = config_of(words);
  auto folder = work_folder();
  if (!config) return report(config.error(), output);
  if (!folder) return report(folder.error(), output);
  config->set("out", words.out);
  const auto account = ask(words, *folder, "recipe.run", std::move(*config));
  if (!account) return report(account.error(), output);
  if (output.json)
    std::cerr << account->dump() << '\n';
  else
    print_account(*account, words.out);
  return 0;
}

int explain_recipe(const RecipeWords& words, Output output) {
  const auto told = look_at(words, "statements");
  if (!told) return report(told.error(), output);
  if (output.json)
    std::cout << told->dump(2) << '\n';
  else
    print_statements(*told);
  return 0;
}

int try_recipe(const RecipeWords& words, Output output) {
  const auto told = look_at(words, "steps");
  if (!told) return report(told.error(), output);
  if (output.json)
    std::cout << told->dump() << '\n';
  else
    std::cout << trial_text(*told);
  const auto& error = (*told)["error"];
  if (error.is_null()) return 0;
  return report({.code = error["code"].as_text(),
                 .what = error["what"].as_text(),
                 .where = error["where"].as_text(),
                 .hint = error["hint"].as_text()},
                output);
}

Result<Json> try_on_dataset(const RecipeWords& words, const std::string& home,
                            const TrialRequest& request) {
  auto datasets = request.secondary;
  datasets.push_back(request.dataset);
  auto inputs = inputs_of(home, datasets);
  auto folder = work_folder();
  if (!inputs) return inputs.error();
  if (!folder) return folder.error();
  const std::string file = folder->path() + "/answer";
  Json others = Json::array();
  for (const auto& name : request.secondary) others.push(name);
  Json config = Json::object({{"show", "steps"},
                              {"out", file},
                              {"steps", request.recipe},
                              {"input", request.dataset},
                              {"secondary_datasets", std::move(others)},
                              {"params", request.params},
                              {"step", request.step},
                              {"rows", request.rows}});
  if (auto done = ask(words, *folder, "recipe.look", std::move(config),
                      fs::absolute(home).string() + "/data", std::move(*inputs));
      !done)
    return done.error();
  const auto answer = read_text(file);
  return answer ? Json::parse(*answer) : answer.error();
}

int convert_recipe(const RecipeWords& words, Output output) {
  const auto text = look(words, form_for(words));
  if (!text) return report(text.error(), output);
  if (words.out == "-") {
    std::cout << *text;
    return 0;
  }
  const auto written = write_text(words.out, *text);
  return written ? 0 : report(written.error(), output);
}

}  // namespace millrace
