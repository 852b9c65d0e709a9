#include "plugin/plugin_folder.hpp"

#include <sys/wait.h>

#include <cstring>
#include <filesystem>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "plugin/child_words.hpp"
#include "plugin/profile.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;
// The manifest beside the library, if it is of just this library.
std::optional<Manifest> kept_manifest(const std::string& library, const std::string& sha256) {
  auto text = read_text(manifest_path(library));
  if (!text) return std::nullopt;
  auto json = Json::parse(*text);
  if (!json || (*json)["sha256"].as_text() != sha256) return std::nullopt;
  auto manifest = manifest_from(*json, library);
  if (!manifest) return std::nullopt;
  return std::move(*manifest);
}

Result<Manifest> manifest_of(const std::string& library, const std::string& attempt_program) {
  auto sha256 = sha256_hex_of_file(library);
  if (!sha256) return sha256.error();
  if (auto kept = kept_manifest(library, *sha256)) return std::move(*kept);
  auto manifest = describe(library, attempt_program);
  if (!manifest) return manifest;
  manifest->sha256 = *sha256;
  // A folder that can't be written is fine: the library is described again next time.
  (void)write_text(manifest_path(library), to_json(*manifest).dump(2) + "\n").ok();
  return manifest;
}

std::vector<std::string> libraries_in(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const auto name = at->path().filename().string();
    if (name.starts_with("millrace-") && name.ends_with(".so")) found.push_back(at->path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool is_described(const std::string& library) {
  std::error_code failed;
  const auto made = fs::last_write_time(library, failed);
  return !failed && fs::last_write_time(manifest_path(library), failed) >= made && !failed;
}

bool offers(const std::string& library, const std::string& operator_type) {
  const auto text = read_text(manifest_path(library));
  if (!text || text->find('"' + operator_type + '"') == std::string::npos) return false;
  const auto json = Json::parse(*text);
  if (!json) return false;
  const auto manifest = manifest_from(*json, library);
  return manifest && std::any_of(manifest->operators.begin(), manifest->operators.end(), [&](const OperatorInfo& info) {
    return info.type == operator_type && check_profile(info.config_schema, "config").empty();
  });
}

}  // namespace

Result<Manifest> describe(const std::string& library, const std::string& attempt_program, Millis limit) {
  std::error_code failed;
  if (!fs::exists(library, failed)) return Error{.code = "E4003", .what = "there is no such plugin library", .where = library, .hint = "check the path"};
  auto said = listen_to({attempt_program, "--describe", library}, limit);
  if (!said) return said.error();
  if (!said->in_time) return Error{.code = "E4001", .what = "the library did not describe itself within " + to_text(limit), .where = library, .hint = "loading a plugin must do nothing but register"};
  if (WIFSIGNALED(said->status)) {
    return Error{.code = "E4001", .what = "the library crashed while it was opened: " + std::string(strsignal(WTERMSIG(said->status))), .where = library,
                 .hint = "run `millrace plugin describe` on it under a debugger"};
  }
  auto json = Json::parse(said->text);
  if (!json) return Error{.code = "E4001", .what = "the library did not describe itself", .where = library, .hint = "run `millrace plugin describe` on it"};
  if (const auto* error = json->find("error")) {
    return Error{.code = (*error)["code"].as_text(), .what = (*error)["what"].as_text(), .where = (*error)["where"].as_text(), .hint = (*error)["hint"].as_text()};
  }
  return manifest_from(*json, library);
}

std::string library_of(const std::vector<std::string>& folders, const std::string& attempt_program,
                       const std::string& operator_type) {
  std::set<std::string> names;
  bool sure = true;
  for (const auto& folder : folders) {
    for (const auto& library : libraries_in(folder)) {
      if (!names.insert(fs::path(library).filename().string()).second) continue;
      sure = sure && is_described(library);
      if (sure && offers(library, operator_type)) return library;
    }
  }
  const auto found = scan_plugins(folders, attempt_program);
  const auto* info = found.operators.find(operator_type);
  return info == nullptr ? std::string() : info->library;
}

PluginFolder scan_plugins(const std::vector<std::string>& folders, const std::string& attempt_program) {
  PluginFolder result;
  std::vector<OperatorInfo> operators;
  std::set<std::string> names, types;
  for (const auto& folder : folders) {
    for (const auto& library : libraries_in(folder)) {
      if (!names.insert(fs::path(library).filename().string()).second) {
        result.shadowed.push_back(library);
        continue;
      }
      auto manifest = manifest_of(library, attempt_program);
      if (!manifest) {
        result.refused.push_back(manifest.error());
        continue;
      }
      for (auto& info : manifest->operators) {
        if (auto outside = check_profile(info.config_schema, "config"); !outside.empty()) {
          const auto& first = outside.front();
          result.refused.push_back({.code = first.code, .what = "operator " + quote(info.type) + ", " + first.where + ": " + first.what, .where = library, .hint = first.hint.empty() ? "plugins/sdk/README.md lists the profile" : first.hint});
          continue;
        }
        if (types.insert(info.type).second) operators.push_back(std::move(info));
        else result.refused.push_back({.code = "E4007", .what = "operator " + quote(info.type) + " is offered by an earlier plugin already", .where = library, .hint = "remove one of the two"});
      }
    }
  }
  result.operators = OperatorList(std::move(operators));
  return result;
}

}  // namespace millrace
