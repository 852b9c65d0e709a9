// Checks a YAML tree against a JSON Schema in the profile of plugin-abi.md section 7, with places and suggestions.
//
// Pure; any thread. A string that is one whole {{ expression }} fits every schema: its type shows only in the run; a text with
// expressions in it fits every schema of a string. Collects the datasets named by x-mr-dataset and x-mr-language on its way.
#pragma once
#include <string>
#include <vector>

#include "parse/yaml_tree.hpp"

namespace millrace {

struct DatasetUse {
  std::string dataset{};
  Place place{};
  bool writes = false;
  bool replaces = false;  // in a mode (the key beside it) that is neither append nor overwrite_partitions
  bool from_sql = false;
};

struct SchemaReport {
  std::vector<Mistake> mistakes{};
  std::vector<DatasetUse> datasets{};
};

// `path` names the value in messages: "with".
void check_schema(const YamlNode& node, const Json& schema, const std::string& path, SchemaReport& report);

// The zone.name references of a SQL text outside of strings, comments and expressions; zones are landing, raw, clean, mart, quarantine.
std::vector<std::string> datasets_in_sql(std::string_view sql);
bool is_dataset_name(std::string_view text);

}  // namespace millrace
