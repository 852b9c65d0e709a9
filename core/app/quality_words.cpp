#include "app/quality_words.hpp"

#include "app/plugin_call.hpp"
#include "app/table.hpp"
#include "base/text.hpp"
#include "worker/work_folder.hpp"

#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace millrace {
namespace {

namespace fs = std::filesystem;

Json list_of(const std::vector<std::string>& names) {
  Json list = Json::array();
  for (const auto& name : names) list.push(name);
  return list;
}

Result<Json> config_of(const QualityWords& words, const std::string& act, const std::string& out) {
  auto schema = pairs_of(words.schema, "--schema"),
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
  auto sources = pairs_of(words.sources, "--source");
  if (!sources) return sources.error();
  config.set("sources", std::move(*sources));
  config.set("history", list_of(words.history));
  config.set("by_row", words.by_row);
  config.set("approximate", words.approximate);
  if (!words.rows.empty()) config.set("rows", fs::absolute(words.rows).string());
  if (!words.object.empty()) config.set("object", words.object);
  if (!words.result_format.empty()) config.set("result_format", words.result_format);
  if (!words.junit.empty()) config.set("junit", fs::absolute(words.junit).string());
  if (!words.docs.empty()) config.set("docs", fs::absolute(words.docs).string());
  return config;
}

Result<Json> checkpoint_config(const QualityWords& words, const std::string& out) {
  auto schema = pairs_of(words.schema, "--schema"), batches = pairs_of(words.batches, "--batch"),
       params = pairs_of(words.params, "--param", true);
  for (const auto* pairs : {&schema, &batches, &params}) {
    if (!*pairs) return pairs->error();
  }
  Json config = Json::object({{"checkpoint", words.checkpoint}, {"data", words.data}, {"out", out}});
  config.set("schema", std::move(*schema));
  config.set("batches", std::move(*batches));
  config.set("parameters", std::move(*params));
  config.set("index_columns", list_of(words.index_columns));
  if (!words.result_format.empty()) config.set("result_format", words.result_format);
  if (!words.junit.empty()) config.set("junit", fs::absolute(words.junit).string());
  return config;
}

Error unclear(std::string what, std::string hint) {
  return {.code = "E9004", .what = std::move(what), .where = {}, .hint = std::move(hint)};
}

// A checkpoint names its suites and batches; without one a suite and a file are needed.
Status require_words(const QualityWords& words) {
  const bool checkpoint = !words.checkpoint.empty();
  if (checkpoint && !words.suite.empty())
    return unclear("a checkpoint has suites of its own", "leave --suite out");
  if (!checkpoint && (words.suite.empty() || words.data.empty()))
    return unclear("--data and --suite are needed", "or --checkpoint, which names both");
  if (!checkpoint && !words.batches.empty())
    return unclear("--batch is of checkpoints", "name the file by --data");
  return {};
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
  const bool checkpoint = !words.checkpoint.empty();
  auto config = checkpoint ? checkpoint_config(words, file) : config_of(words, act, file);
  if (!config) return config.error();
  auto told = ask_plugin({"quality", words.timeout, words.memory, {}, words.plugin_dirs},
                         checkpoint ? "quality.checkpoint" : "quality.validate",
                         std::move(*config), Json::array(), folder->path());
  if (!told) return told.error();
  auto text = read_text(file);
  if (!text) return text.error();
  return Answer{std::move(*told), std::move(*text)};
}

std::string observed_of(const Json& found) {
  for (const char* key : {"observed", "unexpected_count", "reason"}) {
    if (found.contains(key)) return found[key].is_text() ? found[key].as_text() : found[key].dump();
  }
  return {};
}

}  // namespace

int check_quality(const QualityWords& words, Output output) {
  if (const auto good = require_words(words); !good) return report(good.error(), output);
  const auto answer = ask(words, "check");
  if (!answer) return report(answer.error(), output);
  const Json& told = answer->told;
  std::cout << answer->text << std::flush;
  for (const auto& line : told["said"].items()) std::cerr << line.as_text() << '\n';
  if (told.contains("validations")) std::cerr << told["validations"].as_int() << " validations, ";
  std::cerr << told["evaluated"].as_int() << " checks, " << told["failed"].as_int() << " failed, "
            << told["measures"].as_int() << " measures, " << told["scans"].as_int() << " scans\n";
  if (!words.docs.empty()) std::cerr << "data docs: " << told["page"].as_text() << '\n';
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

int show_found(Client& client, const FoundWords& words, Output output) {
  const auto page = client.checks(words.dataset, words.check, words.limit);
  if (!page) return report(page.error(), output);
  if (output.json) {
    std::cout << page->dump(2) << '\n';
    return 0;
  }
  TextTable table{.columns = {"snapshot", "time", "rules of", "check", "found", "observed"},
                  .rows = {}};
  for (const auto& found : (*page)["items"].items()) {
    const bool good = found["success"].as_bool();
    table.rows.push_back({found["snapshot"].dump(), found["time"].as_text(),
                          found["rules_of"].as_text(), found["check"].as_text(),
                          good ? "passed" : "failed", observed_of(found)});
  }
  std::cout << table.to_string();
  if ((*page)["next"].is_text()) std::cout << "and more: --limit shows up to 1000\n";
  return 0;
}

}  // namespace millrace
