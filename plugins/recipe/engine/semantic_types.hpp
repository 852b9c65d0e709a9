// Semantic types of texts: what they look like whole and inside longer texts, and the details that can be read from them.
//
// Pure; any thread. One place for detection, validity, filters and details, so that they never disagree. `text` is SQL of type VARCHAR.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mr::recipe {

enum class SemanticType : unsigned char {
  ssn = 1, phone, email, credit_card, gender, ip_address, url, zip_code, country, currency, state, city, region, date_time
};

std::optional<SemanticType> semantic_type(std::string_view spelling);  // without regard to case, blanks and underscores
std::string_view name(SemanticType type);                              // "Zip Code"
std::string semantic_type_names();                                     // for messages

std::string is_of_type(SemanticType type, const std::string& text);    // SQL boolean about the whole text; NULL for NULL

// A detail as text, NULL where the value has none: AREA_CODE of a phone number. Absent: the type has no such detail.
std::optional<std::string> detail_of(SemanticType type, std::string_view detail, const std::string& text);
std::string detail_names(SemanticType type);  // for messages; empty: none

// Personal data inside longer texts, by the names of entityTypeFilter; absent: no pattern finds it, or no such name.
std::optional<std::string> entity_pattern(std::string_view entity);
std::string entity_names();

inline constexpr std::string_view kIpV4 = R"(((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d))";

}  // namespace mr::recipe
