// `millrace plugin new`: the folder of a plugin that builds, is tested and runs before its first line is changed.
#include <algorithm>
#include <filesystem>
#include <iostream>

#include "app/plugin_template.hpp"
#include "app/plugin_words.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

bool is_name(const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 40 && name[0] >= 'a' && name[0] <= 'z' && name.back() != '-' && std::all_of(name.begin(), name.end(), fits);
}

std::string replaced(std::string text, const std::string& word, const std::string& by) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) text.replace(at, word.size(), by);
  return text;
}

// NAME is the plugin's, FAMILY that of its operators: my-plugin, my_plugin.
std::string filled(std::string_view text, const std::string& name) {
  std::string family = name;
  std::replace(family.begin(), family.end(), '-', '_');
  return replaced(replaced(std::string(text), "@NAME@", name), "@FAMILY@", family);
}

Error not_written(const std::string& what, const fs::path& where, const std::string& hint) { return {.code = "E9330", .what = what, .where = where.string(), .hint = hint}; }

Status make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder.parent_path(), failed);
  if (failed) return not_written("can't make the folder: " + failed.message(), folder.parent_path(), "name another one by --into");
  if (fs::create_directory(folder, failed)) return {};  // makes it, or finds it: it is never filled twice
  return failed ? not_written("can't make the folder: " + failed.message(), folder, "name another one by --into") : not_written("the folder is there already", folder, "take another name, or move the folder away");
}

}  // namespace

int new_plugin(const std::string& name, const std::string& into, Output output) {
  if (!is_name(name)) return report({.code = "E9004", .what = quote(name) + " is not a plugin's name", .where = {}, .hint = "up to 40 of a-z, 0-9 and -, starting with a letter, for example my-plugin"}, output);
  const fs::path folder = (fs::absolute(into) / name).lexically_normal();
  if (const auto made = make_folder(folder); !made) return report(made.error(), output);
  Json files = Json::array();
  for (const auto& file : plugin_template()) {
    const fs::path path = folder / filled(file.path, name);
    std::error_code failed;
    fs::create_directories(path.parent_path(), failed);
    if (const auto written = write_text(path.string(), filled(file.text, name)); !written) return report(not_written(written.error().what, path, "free some room, or name another folder by --into"), output);
    files.push(path.lexically_relative(folder).string());
  }
  if (output.json) std::cout << Json::object({{"folder", folder.string()}, {"files", std::move(files)}}).dump(2) << '\n';
  else std::cout << folder.string() << " is ready; its README.md has the three commands\n";
  return 0;
}

}  // namespace millrace
