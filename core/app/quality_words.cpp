#include "app/quality_words.hpp"

#include "app/server.hpp"
#include "base/text.hpp"
#include "plugin/plugin_folder.hpp"
#include "worker/one_shot.hpp"
#include "worker/work_folder.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

Error wrong(std::string what, std::string where, std::string hint) {
  return {
      .code = "E9004", .what = std::move(what), .where = std::move(where), .hint = std::move(hint)};
}

// {"NAME": VALUE}; values as texts, or as the JSON that they are.
Result<Json> pairs_of(const std::vector<std::string>& pairs, const std::string& option,
                      bool as_json) {
  Json object = Json::object();
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0)
      return wrong(quote(pair) + " has no name", option, "write NAME=VALUE");
    const std::string text = pair.substr(equals + 1);
    auto value = as_json ? Json::parse(text) : Result<Json>(Json(text));
    object.set(pair.substr(0, equals), value ? std::move(*value) : Json(text));
  }
  return object;
}

Json list_of(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const auto& name : names) list.push(name);
  return list;
}

Result<Json> config_of(const QualityWords& words, const std::string& act, const std::string& out) {
  auto schema = pairs_of(words.schema, "--schema", false),
       params = pairs_of(words.params, "--param", true);
  if (!schema) return schema.error();
  if (!params) return params.error();
  Json config = Json::object({{"data", words.data},
                              {"suite", words.suite},
                              {"shape", words.shape},
                              {"act", act},
                              {"out", out}});
  config.set("schema", std::move(*schema));
  config.set("parameters", std::move(*params));
  config.set("index_columns", list_of(words.index_columns));
  if (!words.result_format.empty()) config.set("result_format", words.result_format);
  if (!words.junit.empty()) config.set("junit", fs::absolute(words.junit).string());
  return config;
}

Result<OneShot> one_shot_for(const QualityWords& words, const std::string& folder, Json config) {
  const auto limit = duration_from_text(words.timeout);
  const auto memory = bytes_from_text(words.memory);
  if (!limit || *limit <= Millis{0})
    return wrong(quote(words.timeout) + " is no duration", "--timeout", "write 30s or 5m");
  if (!memory)
    return wrong(quote(words.memory) + " is no size", "--memory", "write 512MiB or 4GiB");
  const auto installed = find_installation(words.plugin_dirs);
  const auto plugins = scan_plugins(installed.plugin_dirs, installed.attempt_program);
  const auto* info = plugins.operators.find("quality.validate");
  if (info == nullptr)
    return Error{.code = "E3007",
                 .what = "the plugin `quality` is not installed",
                 .where = {},
                 .hint = "`millrace plugin list` shows those that are"};
  OneShot what{.program = installed.attempt_program,
               .library = info->library,
               .operator_type = "quality.validate",
               .work_folder = folder,
               .limit = *limit};
  what.config = std::move(config);
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  what.facts = Json::object({{"run", "quality"},
                             {"dag", "quality"},
                             {"task", "quality"},
                             {"attempt", 1},
                             {"logical_time", Json()},
                             {"folder", fs::current_path().string()},
                             {"work_folder", folder},
                             {"data_root", ""},
                             {"cpu", cores},
                             {"memory_bytes", *memory},
                             {"inputs", Json::array()},
                             {"outputs", Json::array()},
                             {"positions", Json::array()},
                             {"checks", Json::array()},
                             {"checkpoint", Json()}});
  return what;
}

struct Answer {
  Json told{};         // by the operator
  std::string text{};  // of its file
};

Result<Answer> ask(const QualityWords& words, const std::string& act) {
  auto folder = WorkFolder::make(
      (fs::temp_directory_path() / ("millrace-quality-" + std::to_string(::getpid()))).string());
  if (!folder) return folder.error();
  const std::string file = folder->path() + "/answer.json";
  auto config = config_of(words, act, file);
  if (!config) return config.error();
  auto what = one_shot_for(words, folder->path(), std::move(*config));
  if (!what) return what.error();
  auto told = run_once(*what);
  if (!told) return told.error();
  auto text = read_text(file);
  if (!text) return text.error();
  return Answer{std::move(*told), std::move(*text)};
}

}  // namespace

int check_quality(const QualityWords& words, Output output) {
  const auto answer = ask(words, "check");
  if (!answer) return report(answer.error(), output);
  const Json& told = answer->told;
  std::cout << answer->text << std::flush;
  std::cerr << told["evaluated"].as_int() << " checks, " << told["failed"].as_int() << " failed, "
            << told["measures"].as_int() << " measures, " << told["scans"].as_int() << " scans\n";
  return told["success"].as_bool() ? 0 : 1;
}

int plan_quality(const QualityWords& words, Output output) {
  const auto answer = ask(words, "plan");
  if (!answer) return report(answer.error(), output);
  const auto plan = Json::parse(answer->text);
  if (output.json || !plan) {
    std::cout << answer->text << std::flush;
    return 0;
  }
  std::cout << (*plan)["checks"].as_int() << " checks, " << (*plan)["measures"].as_int()
            << " measures, " << (*plan)["scans"].items().size()
            << " scans, and one more for the rows of checks that fail\n";
  for (const auto& scan : (*plan)["scans"].items()) {
    std::string keys;
    for (const auto& key : scan["keys"].items())
      keys += (keys.empty() ? " by " : ", ") + key.as_text();
    std::cout << "  " << scan["reads"].as_text() << keys << ": " << scan["measures"].as_int()
              << " measures"
              << (scan["filter"].as_text().empty() ? "" : " where " + scan["filter"].as_text())
              << '\n';
  }
  return 0;
}

}  // namespace millrace
