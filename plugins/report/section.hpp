// What the config of report.html says of each section.
//
// Values. Reading one throws mr::Failure (E9310) that names the section.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sdk/millrace_plugin.hpp"

namespace mr::report {

struct SectionWish {
  std::string title{}, as = "table", note{}, text{}, sql{}, unit{};
  std::optional<int64_t> rows{}, bins{};
};

struct Wishes {
  std::vector<SectionWish> list{};
};

void from_json(const Json& json, Wishes& out);
void to_json(Json& json, const Wishes& wishes);  // of the default only, which is empty
Json schema_of_sections();

Failure wrong(const std::string& what, const std::string& where, const std::string& hint);  // E9310

}  // namespace mr::report

namespace mr {
template <>
inline Json type_schema<report::Wishes>() {
  return report::schema_of_sections();
}
}  // namespace mr
