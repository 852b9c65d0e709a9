// Every operator that we ship explains itself, and its examples fit its own schema: people copy them.
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "parse/schema_check.hpp"
#include "plugin/plugin_folder.hpp"

namespace millrace {
namespace {

PluginFolder shipped() { return scan_plugins({MR_TEST_PLUGINS}, MR_TEST_ATTEMPT); }

TEST(Shipped, PluginsAreAllAccepted) {
  const auto found = shipped();
  EXPECT_GE(found.operators.all().size(), 8u);
  for (const auto& error : found.refused) ADD_FAILURE() << to_string(error);
}

TEST(Shipped, FieldsAreAllExplained) {
  const auto plugins = shipped();
  for (const auto& info : plugins.operators.all()) {
    EXPECT_TRUE(info.summary.ends_with('.')) << info.type;
    for (const auto& [name, field] : info.config_schema["properties"].members()) {
      EXPECT_FALSE(field["description"].as_text().empty()) << info.type << " " << name;
    }
  }
}

TEST(Shipped, ExamplesFitTheirSchema) {
  const auto plugins = shipped();
  for (const auto& info : plugins.operators.all()) {
    for (const auto& example : info.examples.items()) {
      EXPECT_FALSE(example["title"].as_text().empty()) << info.type;
      const auto tree = read_yaml(example["config"].dump());  // JSON is YAML too
      ASSERT_TRUE(tree.whole) << info.type;
      SchemaReport report;
      check_schema(tree.root, info.config_schema, "with", report);
      for (const auto& mistake : report.mistakes) ADD_FAILURE() << info.type << ", '" << example["title"].as_text() << "': " << mistake.what;
    }
  }
}

}  // namespace
}  // namespace millrace
