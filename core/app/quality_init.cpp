#include "app/quality_init.hpp"

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

// What somebody has made of an earlier one is not written over.
Status check_place(const std::string& out) {
  if (out.empty() || !fs::exists(out)) return {};
  return Error{.code = "E9004",
               .what = quote(out) + " is there already",
               .where = "--out",
               .hint = "name another file, or remove it"};
}

void print_table(const Json& checks) {
  TextTable table{.columns = {"check", "column", "why"}};
  for (const auto& one : checks.items())
    table.rows.push_back({one["kind"].as_text(), one["column"].as_text(), one["reason"].as_text()});
  std::cout << table.to_string();
}

// Told beside a suite that stands alone on standard output.
void print_count(const Json& told) {
  std::cerr << told["checks"].size() << " checks for " << told["rows"].as_int() << " rows";
  if (told["left_out"].size() > 0)
    std::cerr << "; " << told["left_out"].size() << " left out, as they did not hold";
  std::cerr << '\n';
}

Status write_suite(const QualityInitWords& words, Output output) {
  if (auto free = check_place(words.out); !free) return free;
  auto schema = pairs_of(words.schema, "--schema");
  if (!schema) return schema.error();
  auto folder = WorkFolder::make(
      (fs::temp_directory_path() / ("millrace-init-" + std::to_string(::getpid()))).string());
  if (!folder) return folder.error();
  const std::string file =
      words.out.empty() ? folder->path() + "/suite" : fs::absolute(words.out).string();
  Json config = Json::object(
      {{"file", fs::absolute(words.data).string()}, {"format", words.format}, {"suite", file}});
  config.set("schema", std::move(*schema));
  const auto told = ask_plugin({"recipe", words.timeout, words.memory, {}, words.plugin_dirs},
                               "recipe.checks", std::move(config), Json::array(), folder->path());
  if (!told) return told.error();
  if (words.out.empty()) {
    auto text = read_text(file);
    if (!text) return text.error();
    std::cout << *text << std::flush;
  } else if (output.json) {
    std::cout << told->dump(2) << '\n';
  } else {
    print_table((*told)["checks"]);
  }
  print_count(*told);
  return {};
}

}  // namespace

int init_quality(const QualityInitWords& words, Output output) {
  const auto done = write_suite(words, output);
  return done ? 0 : report(done.error(), output);
}

}  // namespace millrace
