// Personal data in columns: which entity types of a profile a column holds, in how many rows, and how sure that is.
//
// Values; one thread. A cell speaks for a type by its checksum, its form, or a name that people have; a form that many other things have too
// (nine digits) counts for little unless the column's name says what it is. Values never leave the session: only counts do.
// Sources: ISO 13616 (IBAN), ISO/IEC 7812 (Luhn), the check digits of the National Provider Identifier and of the Drug Enforcement
// Administration's numbers, and the forms that the United States' agencies publish of their numbers.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/session.hpp"

namespace mr::recipe {

// Names of a configuration in the order of the reference, USA_ALL put in. E6060 for one that is unknown.
std::vector<std::string> entity_types(const std::vector<std::string>& names);
std::vector<std::string> all_entity_types();

struct FoundEntity {
  std::string type{};
  int64_t rows = 0;
  double hit_ratio = 0;    // of the values that aren't missing
  double confidence = 0;   // 0 to 1; reported from a half
  std::vector<std::string> evidence{};  // "checksum", "form", "known names", "column name"
};

struct FoundEntities {
  int64_t rows = 0;  // with any of them
  std::vector<FoundEntity> types{};  // the most confident first
};

// `text` is SQL of type VARCHAR over the relation. One scan of the column.
FoundEntities find_entities(mr::data::Session& session, const std::string& relation, const std::string& column, const std::string& text, const std::vector<std::string>& types);

}  // namespace mr::recipe
