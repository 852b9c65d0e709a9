#include "app/local.hpp"

#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "app/demo_data.hpp"
#include "app/server.hpp"
#include "app/table.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "plugin/plugin_folder.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

PluginFolder installed_plugins(const std::vector<std::string>& plugin_dirs) {
  const auto installation = find_installation(plugin_dirs);
  auto folder = scan_plugins(installation.plugin_dirs, installation.attempt_program);
  if (!folder.operators.all().empty()) folder.operators = with_core_operators(folder.operators);
  return folder;
}

Json operator_json(const OperatorInfo& info) {
  return Json::object({{"type", info.type}, {"version", info.version}, {"summary", info.summary}, {"traits", int64_t{info.traits}}, {"config_schema", info.config_schema},
                       {"output_schema", info.output_schema}, {"examples", info.examples}});
}

// A temporary home that is gone afterwards.
class TemporaryHome {
 public:
  TemporaryHome() {
    std::string pattern = (fs::temp_directory_path() / "millrace-run-XXXXXX").string();
    if (const char* made = ::mkdtemp(pattern.data())) path_ = made;
  }
  ~TemporaryHome() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryHome(const TemporaryHome&) = delete;
  TemporaryHome& operator=(const TemporaryHome&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_{};
};

}  // namespace

OperatorList installed_operators(const std::vector<std::string>& plugin_dirs) { return installed_plugins(plugin_dirs).operators; }

int validate_dags(const std::string& path, const std::vector<std::string>& plugin_dirs, Output output) {
  const auto plugins = installed_plugins(plugin_dirs);
  auto folder = read_dags(path, plugins.operators);
  // Other YAML files may lie beside Dags; where there is no Dag at all, one of them is meant to be.
  for (const auto& file : folder.dags.empty() && folder.errors.empty() ? folder.others : std::vector<std::string>{}) {
    folder.errors.push_back({.code = "E1006", .what = "the file is no Dag: it has no line that begins with 'dag:'", .where = file + ":1:1", .hint = "name the Dag in the first line, such as dag: sales"});
  }
  if (output.json) {
    Json errors = Json::array(), dags = Json::array();
    for (const auto& error : folder.errors) {
      errors.push(Json::object({{"code", error.code}, {"what", error.what}, {"where", error.where}, {"hint", error.hint}}));
    }
    for (const auto& dag : folder.dags) dags.push(Json::object({{"name", dag.name}, {"version", dag.version}, {"tasks", static_cast<int64_t>(dag.tasks.size())}}));
    std::cout << Json::object({{"dags", std::move(dags)}, {"errors", std::move(errors)}}).dump(2) << '\n';
    return folder.errors.empty() ? 0 : 1;
  }
  for (const auto& error : folder.errors) std::cerr << to_string(error) << '\n';
  std::cout << folder.dags.size() << " Dags are right, " << folder.errors.size() << " mistakes\n";
  return folder.errors.empty() ? 0 : 1;
}

int run_file(const RunWords& words, Output output) {
  const TemporaryHome temporary;
  log::set_level(log::Level::warn);
  const auto plugins = installed_plugins(words.plugin_dirs);
  const auto folder = read_dags(words.file, plugins.operators);
  if (folder.dags.size() != 1) {
    for (const auto& error : folder.errors) std::cerr << to_string(error) << '\n';
    if (folder.errors.empty()) return report({.code = "E0001", .what = quote(words.file) + " holds no Dag", .where = {}, .hint = "name a file with a key 'dag'"}, output);
    return 1;
  }
  auto server = Server::open({.home = words.home.empty() ? temporary.path() : words.home, .dags = words.file, .http_port = 0, .rpc_port = 0,
                              .slots = words.slots, .isolation = words.isolation, .trusted_plugins = words.trusted_plugins, .plugin_dirs = words.plugin_dirs, .page = false, .quiet = true});
  if (!server) return report(server.error(), output);
  Client client((*server)->rpc_address());
  const int code = start_run(client, folder.dags.front().name, words.params, {}, {}, true, output);
  (*server)->stop();
  return code;
}

int explain_code(const std::string& code, Output output) {
  const auto* info = find_code(code);
  if (info == nullptr) return report({.code = "E9004", .what = "no error has the code " + quote(code), .where = {}, .hint = "codes look like E2001"}, output);
  if (output.json) {
    std::cout << Json::object({{"code", info->code}, {"title", info->title}, {"cause", info->cause}, {"remedy", info->remedy}}).dump(2) << '\n';
  } else {
    std::cout << info->code << "  " << info->title << "\n  cause:   " << info->cause << "\n  remedy:  " << info->remedy << '\n';
  }
  return 0;
}

int list_plugins(const std::vector<std::string>& plugin_dirs, Output output) {
  const auto plugins = installed_plugins(plugin_dirs);
  if (output.json) {
    Json operators = Json::array(), refused = Json::array();
    for (const auto& info : plugins.operators.all()) {
      operators.push(Json::object({{"type", info.type}, {"plugin", info.plugin}, {"version", info.version}, {"summary", info.summary}}));
    }
    for (const auto& error : plugins.refused) refused.push(to_string(error));
    std::cout << Json::object({{"operators", std::move(operators)}, {"refused", std::move(refused)}}).dump(2) << '\n';
    return plugins.refused.empty() ? 0 : 1;
  }
  TextTable table{.columns = {"operator", "version", "plugin", "summary"}};
  for (const auto& info : plugins.operators.all()) table.rows.push_back({info.type, info.version, info.plugin, info.summary});
  std::cout << table.to_string();
  for (const auto& error : plugins.refused) std::cerr << "refused: " << to_string(error) << '\n';
  return plugins.refused.empty() ? 0 : 1;
}

int describe_plugin(const std::string& library, Output output) {
  if (library == "core") {  // what the scheduler does itself, in the shape of a manifest
    Json operators = Json::array();
    const auto core = with_core_operators({});
    for (const auto& info : core.all()) operators.push(operator_json(info));
    std::cout << Json::object({{"name", "core"}, {"operators", std::move(operators)}}).dump(2) << '\n';
    return 0;
  }
  const auto manifest = describe(library, find_installation({}).attempt_program);
  if (!manifest) return report(manifest.error(), output);
  std::cout << to_json(*manifest).dump(2) << '\n';
  return 0;
}

int make_demo_files(const DemoWords& words, Output output) {
  auto day = from_iso(words.first_day);
  if (!day) return report(day.error(), output);
  const auto made = make_demo_data({.folder = words.folder, .first_day = words.first_day, .days = words.days, .scale = words.scale, .seed = words.seed});
  return made ? 0 : report(made.error(), output);
}

}  // namespace millrace
