#include "app/plugin_call.hpp"

#include <algorithm>
#include <filesystem>
#include <thread>

#include "app/server.hpp"
#include "base/text.hpp"
#include "plugin/plugin_folder.hpp"
#include "worker/one_shot.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

Error wrong(std::string what, std::string where, std::string hint) { return {.code = "E9004", .what = std::move(what), .where = std::move(where), .hint = std::move(hint)}; }

Json facts_for(const PluginCall& call, Json inputs, const std::string& folder, int64_t memory) {
  const int cores = call.cpu > 0 ? call.cpu : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return Json::object({{"run", call.plugin}, {"dag", "millrace"}, {"task", call.plugin}, {"attempt", 1}, {"logical_time", Json()}, {"folder", fs::current_path().string()}, {"work_folder", folder},
                       {"data_root", call.data_root}, {"cpu", cores}, {"memory_bytes", memory}, {"inputs", std::move(inputs)}, {"outputs", Json::array()},
                       {"positions", Json::array()}, {"checks", Json::array()}, {"checkpoint", Json()}});
}

}  // namespace

Result<Json> ask_plugin(const PluginCall& call, const std::string& operator_type, Json config, Json inputs, const std::string& folder) {
  const auto limit = duration_from_text(call.timeout);
  const auto memory = bytes_from_text(call.memory);
  if (!limit || *limit <= Millis{0}) return wrong(quote(call.timeout) + " is no duration", "--timeout", "write 30s or 5m");
  if (!memory) return wrong(quote(call.memory) + " is no size", "--memory", "write 512MiB or 4GiB");
  const auto installed = find_installation(call.plugin_dirs);
  const std::string library = library_of(installed.plugin_dirs, installed.attempt_program, operator_type);
  if (library.empty()) return Error{.code = "E3007", .what = "the plugin `" + call.plugin + "` is not installed", .where = {}, .hint = "`millrace plugin list` shows those that are"};
  OneShot what{.program = installed.attempt_program, .library = library, .operator_type = operator_type, .work_folder = folder, .limit = *limit};
  what.config = std::move(config);
  what.facts = facts_for(call, std::move(inputs), folder, *memory);
  return run_once(what);
}

Result<Json> pairs_of(const std::vector<std::string>& pairs, const std::string& option, bool as_json) {
  Json object = Json::object();
  for (const auto& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) return wrong(quote(pair) + " has no name", option, "write NAME=VALUE");
    const std::string text = pair.substr(equals + 1);
    auto value = as_json ? Json::parse(text) : Result<Json>(Json(text));
    object.set(pair.substr(0, equals), value ? std::move(*value) : Json(text));
  }
  return object;
}

}  // namespace millrace
