// Small tables of public facts that semantic types need.
//
// Pure values; any thread. Sources: states and ZIP prefixes - United States Postal Service, Publication 28 and labeling list L002;
// regions - United States Census Bureau; time zones - IANA time zone database; area codes - North American Numbering Plan
// Administrator; countries - ISO 3166-1; currencies - ISO 4217.
#pragma once
#include <span>
#include <string_view>

namespace mr::recipe {

struct State {
  std::string_view code, name, zone, region;  // zone: of most of it; empty for the armed forces
};

struct ZipRange {
  std::string_view first, last, state;  // of the first three digits
};

struct ZoneOfPrefixes {
  std::string_view zone, prefixes;  // with blanks between
};

struct Country {
  std::string_view name, alpha2, alpha3;
};

std::span<const State> states();
std::span<const ZipRange> zip_ranges();
std::span<const ZoneOfPrefixes> zip_zones();        // of the first three digits, where it isn't the state's
std::span<const ZoneOfPrefixes> area_code_zones();  // where a code lies in two, that of most of its people
std::span<const Country> countries();
std::span<const std::string_view> other_country_names();
std::string_view currency_codes();   // with blanks between

}  // namespace mr::recipe
