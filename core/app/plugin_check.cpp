// `millrace plugin check`: this program once more, as a throw-away child, opens the library and says what it finds, line by line.
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "app/plugin_contract.hpp"
#include "app/plugin_exports.hpp"
#include "app/plugin_words.hpp"
#include "app/server.hpp"
#include "base/text.hpp"
#include "plugin/child_words.hpp"

namespace millrace {
namespace {

constexpr Millis kSilence{5'000};  // as for describing: a step of a well-behaved library takes microseconds
constexpr std::string_view kEntry = "millrace_plugin_1";

// The child's side of the pipe. What the library prints goes elsewhere.
class Speaker {
 public:
  Speaker() : to_(::dup(STDOUT_FILENO)) { ::dup2(STDERR_FILENO, STDOUT_FILENO); }
  void say(const Json& json) const {
    const std::string line = json.dump() + "\n";
    for (size_t at = 0; at < line.size();) {
      const ssize_t n = ::write(to_, line.data() + at, line.size() - at);
      if (n <= 0) ::_exit(1);  // nobody listens any more
      at += static_cast<size_t>(n);
    }
  }
  void step(const std::string& what) const { say(Json::object({{"step", what}})); }
  void find(const Finding& finding) const { say(Json::object({{"finding", to_json(finding)}})); }

 private:
  int to_;
};

const mr_plugin* table_in(const std::string& library, const Speaker& speaker) {
  const auto fail = [&](std::string code, std::string what, std::string hint) {
    speaker.find({.error = {.code = std::move(code), .what = std::move(what), .where = {}, .hint = std::move(hint)}});
    return nullptr;
  };
  speaker.step("loading");
  void* opened = ::dlopen(std::filesystem::absolute(library).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) return fail("E4003", std::string("it can't be opened: ") + ::dlerror(), "is it a shared library for this machine, with all that it links?");
  const auto entry = reinterpret_cast<decltype(&millrace_plugin_1)>(::dlsym(opened, kEntry.data()));
  if (entry == nullptr) return fail("E4004", "it does not export " + std::string(kEntry), "build it with mr_add_plugin and MR_PLUGIN");
  speaker.step(std::string(kEntry) + "()");
  const mr_plugin* table = entry();
  if (table == nullptr) return fail("E4004", std::string(kEntry) + " gave no table", "return the address of a constant mr_plugin");
  if (table->magic != MR_MAGIC) return fail("E4004", "its table lacks the magic number", "write MR_MAGIC, or use MR_PLUGIN");
  if (table->abi_major != MR_ABI_MAJOR) {
    return fail("E4005", "built for major " + std::to_string(table->abi_major) + " of the contract, and this is " + std::to_string(MR_ABI_MAJOR), "build it again with this SDK");
  }
  return table;
}

void look_at_file(const std::string& library, const Speaker& speaker) {
  const auto advise = [&](std::string code, std::string what, std::string hint) { speaker.find({.warning = true, .error = {.code = std::move(code), .what = std::move(what), .where = {}, .hint = std::move(hint)}}); };
  const auto name = std::filesystem::path(library).filename().string();
  if (!name.starts_with("millrace-") || !name.ends_with(".so")) advise("E4018", quote(name) + " would not be found in a plugin folder", "name the file millrace-<name>.so");
  auto symbols = exported_symbols(library);
  if (!symbols) return;  // the loader has said so
  std::erase(*symbols, kEntry);
  if (symbols->empty()) return;
  advise("E4017", "it exports " + std::to_string(symbols->size()) + " symbols beside the entry, such as " + quote(symbols->front()), "other libraries could meet them: link it with the SDK's exports.map, as mr_add_plugin does");
}

struct Verdict {
  std::vector<Finding> findings{};
  int operators = 0, created = 0, with_expressions = 0;
  long count(bool warning) const {
    return std::count_if(findings.begin(), findings.end(), [&](const Finding& one) { return one.warning == warning; });
  }
};

std::string way_of(const ChildWords& words) {
  if (!words.in_time) return "said nothing for " + to_text(kSilence);
  if (WIFSIGNALED(words.status)) return "crashed (" + std::string(::strsignal(WTERMSIG(words.status))) + ")";
  return WEXITSTATUS(words.status) == 0 ? "ended the process" : "ended the process with exit code " + std::to_string(WEXITSTATUS(words.status));
}

Verdict verdict_of(const ChildWords& words) {
  Verdict verdict;
  std::string step = "the start of the check";
  bool through = false;
  for (const auto& line : split(words.text, '\n')) {
    const auto said = Json::parse(line);
    if (!said) continue;
    if (const Json* finding = said->find("finding")) verdict.findings.push_back(finding_from(*finding));
    if (const Json* next = said->find("step")) step = next->as_text();
    if (const Json* counts = said->find("through")) {
      through = true;
      verdict.operators = static_cast<int>((*counts)["operators"].as_int());
      verdict.created = static_cast<int>((*counts)["created"].as_int());
      verdict.with_expressions = static_cast<int>((*counts)["with_expressions"].as_int());
    }
  }
  if (!through) {
    verdict.findings.push_back({.error = {.code = "E4001", .what = "the library " + way_of(words) + " in " + step, .where = {}, .hint = "loading a plugin must do nothing but register; a debugger on `millrace plugin check --inside` shows the place"}});
  }
  return verdict;
}

void print(const std::string& library, const Verdict& verdict, Output output) {
  if (output.json) {
    Json findings = Json::array();
    for (const auto& finding : verdict.findings) findings.push(to_json(finding));
    std::cout << Json::object({{"library", library}, {"operators", verdict.operators}, {"created", verdict.created}, {"with_expressions", verdict.with_expressions}, {"findings", std::move(findings)}}).dump(2) << '\n';
    return;
  }
  for (const auto& finding : verdict.findings) std::cerr << (finding.warning ? "warning: " : "error: ") << to_string(finding.error) << '\n';
  std::cout << verdict.operators << " operators, " << verdict.created << " made from their examples";
  if (verdict.with_expressions > 0) std::cout << " (" << verdict.with_expressions << " examples hold expressions, and were only read)";
  std::cout << ", " << verdict.count(false) << " errors, " << verdict.count(true) << " warnings\n";
}

}  // namespace

int check_plugin_inside(const std::string& library) {
  const Speaker speaker;
  look_at_file(library, speaker);
  ContractReport found;
  if (const mr_plugin* table = table_in(library, speaker)) {
    found.step = [&](const std::string& what) { speaker.step(what); };
    found.find = [&](const Finding& finding) { speaker.find(finding); };
    examine_contract(*table, found);
  }
  speaker.say(Json::object({{"through", Json::object({{"operators", found.operators}, {"created", found.created}, {"with_expressions", found.with_expressions}})}}));
  ::_exit(0);  // what the library would do at the end of a process is not asked
}

int check_plugin(const std::string& library, Output output) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(library, ignored)) return report({.code = "E4003", .what = "there is no such plugin library", .where = library, .hint = "check the path"}, output);
  const auto words = listen_to({find_installation({}).program, "plugin", "check", "--inside", library}, kSilence);
  if (!words) return report(words.error(), output);
  const auto verdict = verdict_of(*words);
  print(library, verdict, output);
  return verdict.count(false) == 0 ? 0 : 1;
}

}  // namespace millrace
