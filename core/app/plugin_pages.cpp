// `millrace plugin docs` and `describe --write`: what a library says about itself, as Markdown and as its manifest.
#include <iostream>

#include "app/plugin_words.hpp"
#include "app/plugin_yaml.hpp"
#include "app/server.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "parse/core_operators.hpp"
#include "plugin/plugin_folder.hpp"
#include "sdk/millrace_plugin.h"
#include "sdk/millrace_traits.h"

namespace millrace {
namespace {

std::string cell(std::string text) {
  std::string safe;
  for (const char c : text) safe += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
  return safe;
}

// A whole number reads as one, also where the library wrote 1.0.
std::string code(const Json& value) {
  const bool whole = value.is_number() && value.as_real() == static_cast<double>(value.as_int());
  return "`" + (whole ? Json(value.as_int()) : value).dump() + "`";
}

std::string type_of(const Json& schema) {
  std::vector<std::string> words;
  if (const Json* choices = schema.find("oneOf")) {
    for (const auto& choice : choices->items()) words.push_back(type_of(choice));
    return join(words, " or ");
  }
  const Json& type = schema["type"];
  for (const auto& one : type.items()) words.push_back(one.as_text());
  const std::string name = type.is_text() ? type.as_text() : words.empty() ? "any" : join(words, " or ");
  return name == "array" && schema.contains("items") ? "array of " + type_of(schema["items"]) : name;
}

std::string limits_of(const Json& schema) {
  std::vector<std::string> parts;
  std::vector<std::string> choices;
  for (const auto& one : schema["enum"].items()) choices.push_back(code(one));
  if (!choices.empty()) parts.push_back("one of " + join(choices, ", "));
  const auto add = [&](const char* key, const std::string& words, const std::string& unit = "") {
    if (const Json* value = schema.find(key)) parts.push_back(words + " " + code(*value) + unit);
  };
  add("const", "always");
  add("minimum", "from");
  add("maximum", "to");
  add("minLength", "from", " characters");
  add("maxLength", "to", " characters");
  add("pattern", "matches");
  if (schema.contains("format")) parts.push_back("a " + schema["format"].as_text());
  if (schema["x-mr-secret"].as_bool()) parts.emplace_back("secret");
  if (schema["deprecated"].as_bool()) parts.emplace_back("deprecated");
  if (schema.contains("x-mr-dataset")) parts.push_back(schema["x-mr-dataset"].as_text() == "writes" ? "a dataset that it writes" : "a dataset that it reads");
  return join(parts, ", ");
}

bool is_required(const Json& schema, const std::string& key) {
  for (const auto& one : schema["required"].items()) {
    if (one.as_text() == key) return true;
  }
  return false;
}

// `given`: a config, which has defaults and limits; else an output.
std::string table_of(const Json& schema, bool given) {
  std::string rows;
  for (const auto& [key, field] : schema["properties"].members()) {
    rows += "| `" + key + "` | " + cell(type_of(field));
    if (given) {
      const Json* standard = field.find("default");
      rows += " | " + (is_required(schema, key) ? "required" : standard != nullptr ? cell(code(*standard)) : "") + " | " + cell(limits_of(field));
    }
    rows += " | " + cell(field["description"].as_text()) + " |\n";
  }
  if (rows.empty()) return {};
  return (given ? "| key | type | default | limits | meaning |\n|---|---|---|---|---|\n" : "| key | type | meaning |\n|---|---|---|\n") + rows;
}

std::string traits_of(uint32_t traits) {
  std::vector<std::string> words;
  if ((traits & MR_IDEMPOTENT) != 0) words.emplace_back("idempotent");
  if ((traits & MR_CANCELLABLE) != 0) words.emplace_back("can be cancelled");
  if ((traits & MR_NEEDS_PROCESS) != 0) words.emplace_back("needs a process of its own");
  if ((traits & MR_NOT_IN_WORKER) != 0) words.emplace_back("never in a thread");
  if ((traits & MR_EXPLAINS) != 0) words.emplace_back("says what it would run");
  return join(words, ", ");
}

std::string page_of(const OperatorInfo& info) {
  const std::string traits = traits_of(info.traits), outputs = table_of(info.output_schema, false), config = table_of(info.config_schema, true);
  std::string page = "# " + info.type + "\n\n" + info.summary + "\n\nPlugin `" + info.plugin + "`, version " + info.version + (traits.empty() ? "" : "; " + traits) + ".\n\n";
  page += config.empty() ? "It takes no config.\n" : "## Config\n\n" + config;
  if (!outputs.empty()) page += "\n## Outputs\n\n" + outputs;
  if (info.examples.size() > 0) page += "\n## Examples\n";
  for (const auto& example : info.examples.items()) {
    page += "\n" + example["title"].as_text() + "\n\n```yaml\n" + to_yaml(Json::object({{"uses", info.type}, {"with", example["config"]}})) + "```\n";
  }
  return page;
}

Result<std::vector<OperatorInfo>> operators_of(const std::string& library) {
  if (library == "core") {
    const auto core = with_core_operators({});
    return core.all();
  }
  auto manifest = describe(library, find_installation({}).attempt_program);
  if (!manifest) return manifest.error();
  return std::move(manifest->operators);
}

}  // namespace

int print_plugin_pages(const std::string& library, Output output) {
  const auto operators = operators_of(library);
  if (!operators) return report(operators.error(), output);
  Json pages = Json::array();
  std::string all;
  for (const auto& info : *operators) {
    const std::string page = page_of(info);
    all += (all.empty() ? "" : "\n") + page;
    pages.push(Json::object({{"type", info.type}, {"page", page}}));
  }
  std::cout << (output.json ? pages.dump(2) + "\n" : all);
  return 0;
}

int write_plugin_manifest(const std::string& library, Output output) {
  auto manifest = describe(library, find_installation({}).attempt_program);
  if (!manifest) return report(manifest.error(), output);
  const auto sha256 = sha256_hex_of_file(library);
  if (!sha256) return report(sha256.error(), output);
  manifest->sha256 = *sha256;
  const auto written = write_text(manifest_path(library), to_json(*manifest).dump(2) + "\n");
  return written ? 0 : report(written.error(), output);
}

}  // namespace millrace
