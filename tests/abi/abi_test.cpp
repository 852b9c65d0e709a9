// Plugins built from other minors of the contract run on this host, through the real attempt library's own door.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "plugin/library.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

using millrace::PluginLibrary;

std::string file(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST(Abi, EveryFieldLiesWhereItLayWhenItWasReleased) {
  FILE* pipe = ::popen(MR_TEST_OFFSETS, "r");
  ASSERT_NE(pipe, nullptr);
  std::string now;
  char buffer[256];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) now += buffer;
  ::pclose(pipe);
  EXPECT_EQ(now, file(std::string(MR_TEST_ABI) + "/offsets.golden"));
}

TEST(Abi, APluginInCFromTheFrozenHeaderOfOneZeroRuns) {
  const auto library = PluginLibrary::open(MR_TEST_ABI_1_0);
  ASSERT_TRUE(library.ok()) << to_string(library.error());
  const auto manifest = library->describe();
  ASSERT_TRUE(manifest.ok()) << to_string(manifest.error());
  EXPECT_EQ(manifest->abi_minor, 0);
  mr::testing::FakeHost host;
  host.facts = {{"task", "t"}};
  const auto* greet = library->find("c.greet");
  ASSERT_NE(greet, nullptr);
  EXPECT_EQ(mr::testing::run(*greet, {{"name", "Ada"}}, host), MR_SUCCEEDED);
  EXPECT_EQ(host.output(), (mr::Json{{"config", {{"name", "Ada"}}}, {"facts", {{"task", "t"}}}}));
  EXPECT_EQ(host.log(MR_INFO), "hello from C\n");
  EXPECT_EQ(host.progress(), 0.25);
}

TEST(Abi, ARefusalInCreateIsNoCrash) {
  const auto library = PluginLibrary::open(MR_TEST_ABI_1_0);
  ASSERT_TRUE(library.ok());
  mr::testing::FakeHost host;
  EXPECT_EQ(mr::testing::run(*library->find("c.greet"), {{"name", "Ada!"}}, host), MR_FAILED_FINAL);
  EXPECT_EQ(host.log(MR_ERROR), "no shouting\n");
}

TEST(Abi, APluginOfALaterMinorRunsAndFindsTheNewFieldAbsent) {
  const auto library = PluginLibrary::open(MR_TEST_ABI_1_1);
  ASSERT_TRUE(library.ok()) << to_string(library.error());
  EXPECT_EQ(library->table().abi_minor, 1);
  EXPECT_GT(library->table().size, sizeof(mr_plugin));
  const auto manifest = library->describe();
  ASSERT_TRUE(manifest.ok()) << to_string(manifest.error());
  mr::testing::FakeHost host;
  EXPECT_EQ(mr::testing::run(*library->find("future.nap"), mr::Json::object(), host), MR_SUCCEEDED);
  EXPECT_EQ(host.output()["host_has_sleep"], false);
}

TEST(Abi, TheSdkExportsOneSymbol) {
  const std::string command = "nm -D --defined-only '" + std::string(MR_TEST_SDK_PLUGIN) + "'";
  FILE* pipe = ::popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string symbols;
  char buffer[512];
  while (std::fgets(buffer, sizeof buffer, pipe) != nullptr) {
    const std::string line = buffer;
    symbols += line.substr(line.rfind(' ') + 1);
  }
  ::pclose(pipe);
  EXPECT_EQ(symbols, "millrace_plugin_1\n");
}

}  // namespace
