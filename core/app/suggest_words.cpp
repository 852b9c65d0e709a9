#include "app/suggest_words.hpp"

#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "app/plugin_call.hpp"
#include "app/table.hpp"
#include "worker/work_folder.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

void print_reasons(const Json& reasons) {
  TextTable table{.columns = {"step", "action", "column", "why"}};
  for (const auto& one : reasons.items()) table.rows.push_back({std::to_string(one["step"].as_int()), one["operation"].as_text(), one["column"].as_text(), one["reason"].as_text()});
  if (table.rows.empty()) std::cout << "nothing to propose\n";
  else std::cout << table.to_string();
}

Status propose(const SuggestWords& words, Output output) {
  auto folder = WorkFolder::make((fs::temp_directory_path() / ("millrace-suggest-" + std::to_string(::getpid()))).string());
  if (!folder) return folder.error();
  Json config = Json::object({{"file", fs::absolute(words.data).string()}});
  if (!words.out.empty()) config.set("recipe", fs::absolute(words.out).string());
  const auto done = ask_plugin({.plugin = "recipe", .timeout = words.timeout, .memory = words.memory, .plugin_dirs = words.plugin_dirs}, "recipe.suggest", std::move(config), Json::array(), folder->path());
  if (!done) return done.error();
  if (output.json) std::cout << Json::object({{"Steps", (*done)["steps"]}, {"Reasons", (*done)["reasons"]}}).dump(2) << '\n';
  else print_reasons((*done)["reasons"]);
  return {};
}

}  // namespace

int suggest_recipe(const SuggestWords& words, Output output) {
  const auto done = propose(words, output);
  return done ? 0 : report(done.error(), output);
}

}  // namespace millrace
