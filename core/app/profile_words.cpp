#include "app/profile_words.hpp"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/plugin_call.hpp"
#include "app/table.hpp"
#include "base/text.hpp"
#include "model/dataset_ref.hpp"
#include "state/catalog_table.hpp"
#include "worker/work_folder.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

Error wrong(std::string what, std::string where, std::string hint) { return {.code = "E9004", .what = std::move(what), .where = std::move(where), .hint = std::move(hint)}; }

// The dataset as it is now, or was at the time that its reference names.
Result<Json> inputs_of(const ProfileWords& words) {
  if (words.dataset.empty()) return Json::array();
  const std::string file = words.home + "/millrace.db";
  if (!fs::exists(file)) return Error{.code = "E0001", .what = "there is no store", .where = file, .hint = "name the home of a server by --home"};
  auto db = Database::open(file, Database::Access::read_only);
  if (!db) return db.error();
  auto view = read_reference(*db, words.dataset);
  if (!view) return view.error();
  if (view->snapshot.value == 0) return Error{.code = "E8004", .what = "there is no dataset " + quote(words.dataset), .where = {}, .hint = "`millrace datasets list` shows those that are"};
  return Json::array({to_json(*view)});
}

Result<Json> config_of(const ProfileWords& words, const std::string& folder) {
  if (words.data.empty() == words.dataset.empty()) return wrong("either --data or --dataset is needed", {}, "millrace profile --data orders.csv");
  Json config = Json::object({{"report", folder + "/report.json"}, {"entities", words.entities}, {"all_types", words.all_types}});
  if (words.data.empty()) config.set("input", dataset_of(words.dataset));
  else config.set("file", fs::absolute(words.data).string());
  if (!words.config.empty()) config.set("configuration", fs::absolute(words.config).string());
  if (!words.html.empty()) config.set("html", fs::absolute(words.html).string());
  return config;
}

// A cell of the table: a number with the digits that people read, a text that is not too long.
std::string shown(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_text()) return value.as_text().size() <= 24 ? value.as_text() : valid_utf8(value.as_text().substr(0, 23)) + "…";
  if (!value.is_number() || value.is_int()) return value.dump();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value.as_real());
  return text.data();
}

std::string entities_of(const Json& column) {
  std::string names;
  const Json& types = column["entity"]["entityTypes"];
  for (const auto& one : types.items()) names += (names.empty() ? "" : ", ") + one["entityType"].as_text();
  return names;
}

std::string most_common(const Json& column) {
  const Json& values = column["mostCommonValues"];
  return values.size() == 0 ? "-" : shown(values.at(0)["value"]) + " (" + std::to_string(values.at(0)["count"].as_int()) + ")";
}

void print_table(const Json& report, bool entities) {
  TextTable table{.columns = {"column", "type", "missing", "distinct", "min", "mean", "max", "most common"}};
  if (entities) table.columns.emplace_back("personal data");
  const Json& columns = report["columns"];
  for (const auto& column : columns.items()) {
    std::vector<std::string> cells{column["name"].as_text(), column["type"].as_text()};
    for (const char* key : {"missingValuesCount", "distinctValuesCount", "min", "mean", "max"}) cells.push_back(shown(column[key]));
    cells.push_back(most_common(column));
    if (entities) cells.push_back(entities_of(column));
    table.rows.push_back(std::move(cells));
  }
  std::cout << table.to_string() << report["sampleSize"].as_int() << " rows";
  if (report.contains("duplicateRowsCount")) std::cout << ", " << report["duplicateRowsCount"].as_int() << " of them repeat an earlier one";
  std::cout << "; min, mean and max of texts are of their lengths\n";
  std::string skipped;
  const Json& others = report["skippedColumns"];
  for (const auto& one : others.items()) skipped += (skipped.empty() ? "" : ", ") + one["name"].as_text();
  if (!skipped.empty()) std::cout << "not profiled, unless by --all-types: " << skipped << '\n';
}

Status tell(const ProfileWords& words, Output output) {
  auto folder = WorkFolder::make((fs::temp_directory_path() / ("millrace-profile-" + std::to_string(::getpid()))).string());
  if (!folder) return folder.error();
  auto config = config_of(words, folder->path());
  if (!config) return config.error();
  auto inputs = inputs_of(words);
  if (!inputs) return inputs.error();
  const auto done = ask_plugin({"recipe", words.timeout, words.memory, fs::absolute(words.home).string() + "/data", words.plugin_dirs}, "recipe.profile", std::move(*config), std::move(*inputs), folder->path());
  if (!done) return done.error();
  std::ifstream file(folder->path() + "/report.json", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (output.json) {
    std::cout << text.str();
    return {};
  }
  if (!words.html.empty()) {
    std::cout << "profile of " << (*done)["rows"].as_int() << " rows and " << (*done)["columns"].as_int() << " columns: " << words.html << '\n';
    return {};
  }
  auto report = Json::parse(text.str());
  if (!report) return report.error();
  const Json& entities = (*done)["entities"];
  print_table(*report, words.entities || entities.size() > 0);
  return {};
}

}  // namespace

int show_profile(const ProfileWords& words, Output output) {
  const auto done = tell(words, output);
  return done ? 0 : report(done.error(), output);
}

}  // namespace millrace
