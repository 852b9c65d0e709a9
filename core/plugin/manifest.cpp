#include "plugin/manifest.hpp"

#include "base/text.hpp"

namespace millrace {
namespace {

Error wrong(const std::string& library, const std::string& what) {
  return {.code = "E4002", .what = "the manifest " + what, .where = library, .hint = "delete the .json beside the library; it is made again"};
}

}  // namespace

Json to_json(const Manifest& manifest) {
  Json operators = Json::array();
  for (const auto& info : manifest.operators) {
    operators.push(Json::object({{"type", info.type}, {"version", info.version}, {"summary", info.summary}, {"traits", static_cast<int64_t>(info.traits)},
                                 {"config_schema", info.config_schema}, {"output_schema", info.output_schema}, {"examples", info.examples}}));
  }
  return Json::object({{"name", manifest.name}, {"version", manifest.version}, {"license", manifest.license},
                       {"abi", Json::object({{"major", manifest.abi_major}, {"minor", manifest.abi_minor}})},
                       {"sha256", manifest.sha256}, {"operators", std::move(operators)}});
}

std::string manifest_path(const std::string& library) {
  return (library.ends_with(".so") ? library.substr(0, library.size() - 3) : library) + ".json";
}

Result<Manifest> manifest_from(const Json& json, const std::string& library) {
  Manifest manifest{.name = json["name"].as_text(), .version = json["version"].as_text(), .license = json["license"].as_text(),
                    .abi_major = static_cast<int>(json["abi"]["major"].as_int()), .abi_minor = static_cast<int>(json["abi"]["minor"].as_int()),
                    .sha256 = json["sha256"].as_text(), .operators = {}};
  if (manifest.name.empty()) return wrong(library, "has no name");
  for (const auto& item : json["operators"].items()) {
    OperatorInfo info{.type = item["type"].as_text(), .plugin = manifest.name, .library = library, .version = item["version"].as_text(),
                      .summary = item["summary"].as_text(), .traits = static_cast<uint32_t>(item["traits"].as_int()),
                      .config_schema = item["config_schema"], .output_schema = item["output_schema"], .examples = item["examples"]};
    if (info.type.empty() || !info.config_schema.is_object()) return wrong(library, "has an operator without type or config schema");
    manifest.operators.push_back(std::move(info));
  }
  if (manifest.operators.empty()) return wrong(library, "lists no operator");
  return manifest;
}

}  // namespace millrace
