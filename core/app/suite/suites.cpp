#include "app/suite/suites.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <set>

#include "app/local.hpp"
#include "app/server.hpp"
#include "app/suite/play.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "parse/dag_reader.hpp"
#include "worker/child_evaluator.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

struct TestResult {
  std::string suite{}, name{}, where{};
  Millis took{};
  std::vector<std::string> differences{};
};

// However it was reached: relative to here where that is shorter.
std::string one_name(const fs::path& path) {
  std::error_code failed;
  const auto whole = fs::weakly_canonical(path, failed), near = fs::relative(whole, failed);
  return failed || near.empty() || near.string().starts_with("..") ? whole.string() : near.string();
}

// *.test.yaml below the paths, and what Dags there name as their tests; each once.
std::set<std::string> find_suites(const std::vector<std::string>& paths, const OperatorList& operators, std::vector<Error>& errors) {
  std::set<std::string> files;
  for (const auto& path : paths) {
    std::error_code failed;
    if (fs::is_regular_file(path, failed) && path.ends_with(".test.yaml")) {
      files.insert(one_name(path));
      continue;
    }
    const auto folder = read_dags(path, operators);
    errors.insert(errors.end(), folder.errors.begin(), folder.errors.end());
    for (const auto& dag : folder.dags) {
      for (const auto& suite : dag.tests) files.insert(one_name(fs::path(dag.file).parent_path() / suite));
    }
    for (fs::recursive_directory_iterator at(path, failed), end; !failed && at != end; at.increment(failed)) {
      if (at->path().string().ends_with(".test.yaml")) files.insert(one_name(at->path()));
    }
  }
  return files;
}

void play_suite(const Suite& suite, const OperatorList& operators, Evaluator& evaluator, std::vector<TestResult>& results) {
  const auto folder = fs::path(suite.dag_file).parent_path();
  const auto around = read_dags(folder.empty() ? "." : folder.string(), operators);
  const auto tested = std::find_if(around.dags.begin(), around.dags.end(), [&](const Dag& dag) { return one_name(dag.file) == one_name(suite.dag_file); });
  for (const auto& test : suite.cases) {
    TestResult result{.suite = suite.file, .name = test.name, .where = test.mark.to_string()};
    if (tested == around.dags.end()) {
      result.differences = {"the Dag has mistakes, or its folder has: run `millrace validate` on it"};
    } else {
      auto played = play_case(test, tested->name, around.dags, around.pools, operators, evaluator);
      result.took = played.took;
      result.differences = std::move(played.differences);
    }
    results.push_back(std::move(result));
  }
}

std::string xml(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<') safe += "&lt;";
    else if (c == '>') safe += "&gt;";
    else if (c == '&') safe += "&amp;";
    else if (c == '"') safe += "&quot;";
    else safe += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? ' ' : c;
  }
  return safe;
}

// The form that CI systems read (JUnit's); times are those of the test's clock.
std::string junit(const std::vector<TestResult>& results, const std::vector<Error>& mistakes) {
  const auto failed = std::count_if(results.begin(), results.end(), [](const TestResult& one) { return !one.differences.empty(); });
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"" + std::to_string(results.size() + mistakes.size()) + "\" failures=\"" + std::to_string(failed) + "\" errors=\"" + std::to_string(mistakes.size()) + "\">\n";
  if (!mistakes.empty()) text += "  <testsuite name=\"what could not be read\">\n";
  for (const auto& one : mistakes) text += "    <testcase classname=\"mistakes\" name=\"" + xml(one.where) + "\"><error message=\"" + xml(one.code + " " + one.what) + "\">" + xml(to_string(one)) + "</error></testcase>\n";
  if (!mistakes.empty()) text += "  </testsuite>\n";
  for (size_t i = 0; i < results.size();) {
    const std::string& suite = results[i].suite;
    text += "  <testsuite name=\"" + xml(suite) + "\">\n";
    for (; i < results.size() && results[i].suite == suite; ++i) {
      const auto& one = results[i];
      text += "    <testcase classname=\"" + xml(suite) + "\" name=\"" + xml(one.name) + "\" time=\"" + std::to_string(one.took.count() / 1000) + "\"";
      text += one.differences.empty() ? "/>\n" : "><failure message=\"" + xml(one.differences.front()) + "\">" + xml(one.where + "\n" + join(one.differences, "\n")) + "</failure></testcase>\n";
    }
    text += "  </testsuite>\n";
  }
  return text + "</testsuites>\n";
}

Json to_json(const TestResult& one) {
  Json differences = Json::array();
  for (const auto& difference : one.differences) differences.push(difference);
  return Json::object({{"suite", one.suite}, {"name", one.name}, {"where", one.where}, {"passed", one.differences.empty()}, {"took", to_text(one.took)}, {"differences", std::move(differences)}});
}

}  // namespace

int run_suites(const SuiteWords& words, Output output) {
  log::set_level(log::Level::error);
  const auto operators = installed_operators(words.plugin_dirs);
  std::vector<Error> errors;
  std::vector<TestResult> results;
  ChildEvaluator evaluator(find_installation(words.plugin_dirs).attempt_program);
  for (const auto& file : find_suites(words.paths, operators, errors)) {
    const Suite suite = read_suite(file, operators);
    errors.insert(errors.end(), suite.errors.begin(), suite.errors.end());
    if (suite.errors.empty()) play_suite(suite, operators, evaluator, results);
  }
  const auto failed = std::count_if(results.begin(), results.end(), [](const TestResult& one) { return !one.differences.empty(); });
  for (const auto& error : errors) std::cerr << to_string(error) << '\n';
  if (output.json) {
    Json list = Json::array();
    for (const auto& one : results) list.push(to_json(one));
    std::cout << Json::object({{"tests", std::move(list)}, {"mistakes", static_cast<int64_t>(errors.size())}}).dump(2) << '\n';
  } else {
    for (const auto& one : results) {
      std::cout << (one.differences.empty() ? "passed  " : "FAILED  ") << one.name << "  (" << one.where << ")\n";
      for (const auto& difference : one.differences) std::cout << "        " << difference << '\n';
    }
    std::cout << results.size() - static_cast<size_t>(failed) << " passed, " << failed << " failed" << (errors.empty() ? "" : ", " + std::to_string(errors.size()) + (errors.size() == 1 ? " mistake" : " mistakes")) << '\n';
  }
  if (!words.junit.empty()) {
    if (auto written = write_text(words.junit, junit(results, errors)); !written) return report(written.error(), output);
  }
  if (results.empty() && errors.empty()) return report({.code = "E0001", .what = "no suite was found", .where = join(words.paths, ", "), .hint = "suites end in .test.yaml, or are named by a Dag's key 'tests'"}, output);
  return failed == 0 && errors.empty() ? 0 : 1;
}

}  // namespace millrace
