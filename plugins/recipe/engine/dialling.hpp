// Phone numbers in the international form of E.164, by the numbering plans' country codes, trunk prefixes and lengths.
//
// Pure; any thread. What a plan says of single ranges is not known here: a number of the right length is a number (for North America also
// its form). Facts: ITU-T E.164, list of assigned country codes, and the national plans.
#pragma once
#include <string>
#include <string_view>

namespace mr::recipe {

std::string dialling_codes();  // a regular expression of all country codes, and of those that belong to no country
bool is_dialling_region(std::string_view region);  // two or three capital letters of ISO 3166-1

// The numbering plan of a region, as SQL: of one that is known, or of the region that an expression names (NULL where it is unknown).
std::string dialling_plan(std::string_view region);
std::string dialling_plan_of(const std::string& sql);

// SQL: the text as +CCNNN, or as it was where it is no number. Without a plan only numbers that begin with + change.
std::string international_number(const std::string& text, const std::string& plan);

}  // namespace mr::recipe
