#include "app/plugin_template.hpp"

namespace millrace {
namespace {

constexpr std::string_view kCMake = R"(cmake_minimum_required(VERSION 3.25)
project(@NAME@ VERSION 1.0.0 LANGUAGES CXX)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

find_package(millrace-sdk 1 REQUIRED)
enable_testing()
mr_add_plugin(@NAME@ src/@NAME@.cpp)
mr_plugin_test(@NAME@ tests/@NAME@_test.cpp)
)";

constexpr std::string_view kSource = R"cpp(#include "millrace_plugin.hpp"

/// Greets someone, as often as asked.
struct Greet {
  static constexpr auto type = "@FAMILY@.greet", version = "1.0.0", summary = "Greets someone.";
  static constexpr unsigned traits = MR_IDEMPOTENT | MR_CANCELLABLE;
  static constexpr auto examples = R"([{"title": "Greet Ada", "config": {"name": "Ada"}}])";

  struct Config { std::string name{}; int times = 1; };
  static constexpr auto config = mr::fields(
      mr::field("name", &Config::name, "Who to greet.").needed(),
      mr::field("times", &Config::times, "How many times.").between(1, 100));

  void run(const Config& c, mr::Attempt& attempt) {
    if (c.name == "nobody") throw mr::FinalError("nobody is here", "name somebody");
    for (int i = 0; i < c.times; ++i) {
      attempt.stop_if_cancelled();
      attempt.info("hello " + c.name);
    }
    attempt.output("greeted", c.name);
  }
};

MR_PLUGIN("@NAME@", "1.0.0", "Apache-2.0", Greet)
)cpp";

constexpr std::string_view kTest = R"cpp(#include "sdk/millrace_testing.hpp"

#include <gtest/gtest.h>

namespace {

TEST(Greet, SaysHelloAsOftenAsAsked) {
  mr::testing::FakeHost host;
  const mr::testing::Library plugin(MR_TEST_PLUGIN);
  EXPECT_EQ(plugin.run("@FAMILY@.greet", {{"name", "Ada"}, {"times", 2}}, host), MR_SUCCEEDED);
  EXPECT_EQ(host.log(MR_INFO), "hello Ada\nhello Ada\n");
  EXPECT_EQ(host.output()["greeted"], "Ada");
}

TEST(Greet, FailsForGoodWhenNobodyIsThere) {
  mr::testing::FakeHost host;
  const mr::testing::Library plugin(MR_TEST_PLUGIN);
  EXPECT_EQ(plugin.run("@FAMILY@.greet", {{"name", "nobody"}}, host), MR_FAILED_FINAL);
  EXPECT_EQ(host.failure()["hint"], "name somebody");
}

}  // namespace
)cpp";

constexpr std::string_view kDag = R"(dag: @FAMILY@_hello
description: Greets, and says whom it has greeted.
tasks:
  greet:
    uses: @FAMILY@.greet
    with: {name: Ada, times: 2}
  tell:
    uses: core.set
    needs: [greet]
    with: {greeted: "{{ .tasks.greet.output.greeted }}"}
)";

constexpr std::string_view kReadme = R"(# @NAME@

Operators for Millrace: `@FAMILY@.greet` greets someone.

```
cmake -S . -B build && cmake --build build
ctest --test-dir build --output-on-failure
millrace run dags/@NAME@.yaml --plugin-dir build/plugins
```

It needs CMake 3.25, a C++20 compiler, nlohmann-json, GoogleTest, and the installed `millrace` with its package `millrace-sdk`
(`-DCMAKE_PREFIX_PATH=…` when it lies in a place of its own). `cmake --install build --prefix …` puts library and manifest where the
`millrace` of that prefix finds them; elsewhere `--plugin-dir` or `MR_PLUGIN_PATH` names their folder.

`millrace plugin check build/plugins/millrace-@NAME@.so` says whether the library keeps the contract, and
`millrace plugin docs` on it prints a page for each operator. How operators are written, and how they read the rows of datasets
(`mr::rows`) and write new ones (`mr::Staging`): README.md of the SDK, in `share/doc/millrace-sdk`.
)";

}  // namespace

const std::vector<TemplateFile>& plugin_template() {
  static const std::vector<TemplateFile> files{
      {"CMakeLists.txt", kCMake},
      {"src/@NAME@.cpp", kSource},
      {"tests/@NAME@_test.cpp", kTest},
      {"dags/@NAME@.yaml", kDag},
      {"README.md", kReadme},
      {".gitignore", "/build/\n"}};
  return files;
}

}  // namespace millrace
