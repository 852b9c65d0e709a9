#include "recipe/engine/semantic_types.hpp"

#include <array>

#include "data/session.hpp"
#include "recipe/engine/actions.hpp"
#include "recipe/engine/dialling.hpp"
#include "recipe/engine/reference_data.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

std::string folded(std::string_view spelling) {
  std::string key;
  for (const char c : spelling) {
    if (c != ' ' && c != '_' && c != '-') key += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return key;
}

struct Spelling {
  std::string_view folded, name;
  SemanticType type;
};

// The first of a type is its name.
constexpr Spelling kSpellings[] = {
    {"ssn", "SSN", SemanticType::ssn}, {"phone", "Phone Number", SemanticType::phone}, {"phonenumber", "", SemanticType::phone},
    {"email", "Email", SemanticType::email}, {"emailaddress", "", SemanticType::email}, {"creditcard", "Credit Card", SemanticType::credit_card},
    {"creditcardnumber", "", SemanticType::credit_card}, {"gender", "Gender", SemanticType::gender}, {"ipaddress", "IP Address", SemanticType::ip_address},
    {"ip", "", SemanticType::ip_address}, {"url", "URL", SemanticType::url}, {"zipcode", "Zip Code", SemanticType::zip_code}, {"zip", "", SemanticType::zip_code},
    {"country", "Country", SemanticType::country}, {"currency", "Currency", SemanticType::currency}, {"state", "State", SemanticType::state},
    {"city", "City", SemanticType::city}, {"region", "Region", SemanticType::region}, {"datetime", "Date Time", SemanticType::date_time},
    {"date", "", SemanticType::date_time}, {"timestamp", "", SemanticType::date_time}, {"date/timestamp", "", SemanticType::date_time}};

std::string whole(const std::string& text, const std::string& pattern) { return "regexp_full_match(" + text + ", " + literal(pattern) + ")"; }
std::string found(const std::string& text, const std::string& pattern) { return "regexp_matches(" + text + ", " + literal(pattern) + ")"; }
std::string digits(const std::string& text) { return "regexp_replace(" + text + ", '[^0-9]', '', 'g')"; }

// IPv6 in every form of RFC 4291: eight groups, one run of them left out, the last two as IPv4.
std::string ip_v6() {
  const std::string h = "[0-9A-Fa-f]{1,4}", v4(kIpV4);
  std::string pattern = "(" + h + ":){7}" + h + "|(" + h + ":){1,7}:|:(:" + h + "){1,7}|::";
  for (int left = 1; left <= 6; ++left) pattern += "|(" + h + ":){" + std::to_string(left) + "}(:" + h + "){1," + std::to_string(7 - left) + "}";
  pattern += "|(" + h + ":){6}" + v4 + "|::(" + h + ":){0,5}" + v4;
  for (int left = 1; left <= 5; ++left) pattern += "|(" + h + ":){" + std::to_string(left) + "}(:" + h + "){0," + std::to_string(5 - left) + "}:" + v4;
  return pattern;
}

constexpr std::string_view kPhone = R"((\+?1[ .\-]?)?(\(\d{3}\)|\d{3})[ .\-]?\d{3}[ .\-]?\d{4}( ?(x|ext\.?) ?\d{1,6})?)";
constexpr std::string_view kForeignPhone = R"(\+\d{1,3}([ .\-/]?\(?\d{1,5}\)?){2,6})";
constexpr std::string_view kEmail = R"([A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*@([A-Za-z0-9]([A-Za-z0-9\-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,})";
constexpr std::string_view kUrl =
    R"((?i)(https?|ftps?)://([^\s/?#@]+@)?(([\p{L}\p{N}_]([\p{L}\p{N}_\-]*[\p{L}\p{N}])?\.)*[\p{L}\p{N}]([\p{L}\p{N}\-]*[\p{L}\p{N}])?\.?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?([/?#]\S*)?)";
constexpr std::string_view kCard = R"(\d([ \-]?\d){11,18})";
// Of places: letters of any script, and what stands between them. A list of places would call small ones wrong.
constexpr std::string_view kPlace = R"([\p{L}\p{M}]([\p{L}\p{M} .'’\-/()]*[\p{L}\p{M}.)])?)";

std::string is_phone(const std::string& text) {
  return "(" + whole(text, std::string(kPhone)) + " OR (" + whole(text, std::string(kForeignPhone)) + " AND length(" + digits(text) + ") BETWEEN 7 AND 15 AND " +
         found(digits(text), "^(" + dialling_codes() + ")") + "))";
}

// No number was ever given out with these parts all zero, or an area of 666 or from 900.
std::string is_ssn(const std::string& text) {
  return "(" + whole(text, R"(\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}|\d{9})") + " AND NOT " + found(digits(text), "^(000|666|9)|^...00|0000$") + ")";
}

std::string luhn(const std::string& text) {
  return "list_sum(list_transform(string_split(reverse(" + digits(text) + "), ''), lambda digit, place: CASE WHEN place % 2 = 1 THEN CAST(digit AS INTEGER) ELSE "
         "[0, 2, 4, 6, 8, 1, 3, 5, 7, 9][CAST(digit AS INTEGER) + 1] END)) % 10 = 0";
}

std::string is_card(const std::string& text) {
  return "CASE WHEN " + whole(text, std::string(kCard)) + " AND NOT " + whole(digits(text), "0+") + " THEN " + luhn(text) + " WHEN " + text + " IS NOT NULL THEN false END";
}

template <class List, class Name>
std::string names_in_sql(const List& list, Name name) {
  std::string sql;
  for (const auto& entry : list) {
    for (const std::string_view each : name(entry)) sql += (sql.empty() ? "upper(" : ", upper(") + literal(each) + ")";
  }
  return sql;
}

std::string is_country(const std::string& text) {
  return "(upper(" + text + ") IN (" + names_in_sql(countries(), [](const Country& c) { return std::array{c.name, c.alpha2, c.alpha3}; }) + ", " +
         names_in_sql(other_country_names(), [](std::string_view n) { return std::array{n}; }) + "))";
}

std::string is_state(const std::string& text) {
  return "(upper(" + text + ") IN (" + names_in_sql(states(), [](const State& s) { return std::array{s.code, s.name}; }) + "))";
}

std::string in_words(std::string_view words, const std::string& text) {
  return "(" + whole(text, R"(\S+)") + " AND contains(" + literal(" " + std::string(words) + " ") + ", ' ' || upper(" + text + ") || ' '))";
}

// A code, or an amount with a sign or a code at one end.
std::string is_currency(const std::string& text) {
  const std::string amount = R"([+\-]?(\d{1,3}([,.' ]\d{3})+|\d+)([.,]\d{1,4})?)";
  const std::string code = "regexp_extract(" + text + ", '[A-Za-z]{3}')";
  return "(" + in_words(currency_codes(), text) + " OR " + whole(text, R"([+\-(]?\p{Sc} ?)" + amount + R"(\)?|)" + amount + R"( ?\p{Sc})") + " OR (" +
         whole(text, "([A-Za-z]{3} ?" + amount + "|" + amount + " ?[A-Za-z]{3})") + " AND " + in_words(currency_codes(), code) + "))";
}

std::string host(const std::string& text) { return "regexp_extract(" + text + R"(, '^[A-Za-z]+://(?:[^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)', 1))"; }

// The digits of a North American number without the 1 in front; empty for others.
std::string national(const std::string& text) {
  return "CASE WHEN " + whole(text, std::string(kPhone)) + " THEN regexp_extract(regexp_replace(" + text + ", '( ?(x|ext\\.?) ?\\d{1,6})$', ''), '(\\d{3})[^0-9]*\\d{3}[^0-9]*\\d{4}$', 1) END";
}

std::string zone_of_prefix(std::span<const ZoneOfPrefixes> zones, const std::string& prefix, const std::string& otherwise) {
  std::string sql = "CASE";
  for (const auto& [zone, prefixes] : zones) {
    std::string list;
    for (size_t at = 0; at < prefixes.size(); at += 4) list += (at == 0 ? "'" : ", '") + std::string(prefixes.substr(at, 3)) + "'";
    sql += " WHEN " + prefix + " IN (" + list + ") THEN " + literal(zone);
  }
  return sql + (otherwise.empty() ? "" : " ELSE " + otherwise) + " END";
}

std::string state_of_zip(const std::string& prefix) {
  std::string sql = "CASE";
  for (const ZipRange& range : zip_ranges()) sql += " WHEN " + prefix + " BETWEEN " + literal(range.first) + " AND " + literal(range.last) + " THEN " + literal(range.state);
  return sql + " END";
}

std::string of_state(const std::string& state, std::string_view State::*what) {
  std::string sql = "CASE " + state;
  for (const State& each : states()) {
    if (!(each.*what).empty()) sql += " WHEN " + literal(each.code) + " THEN " + literal(each.*what);
  }
  return sql + " END";
}

std::string code_of_state(const std::string& text) {
  std::string sql = "CASE upper(" + text + ")";
  for (const State& each : states()) sql += " WHEN " + literal(each.code) + " THEN " + literal(each.code) + " WHEN upper(" + literal(each.name) + ") THEN " + literal(each.code);
  return sql + " END";
}

std::string of_valid(SemanticType type, const std::string& text, const std::string& value) { return "CASE WHEN " + is_of_type(type, text) + " THEN " + value + " END"; }

// Issuers' ranges as the networks publish them; longer prefixes first where they overlap.
std::string network(const std::string& number) {
  return "CASE WHEN " + found(number, "^4") + " THEN 'Visa' WHEN " + found(number, "^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)") + " THEN 'Mastercard' WHEN " +
         found(number, "^3[47]") + " THEN 'American Express' WHEN " + found(number, "^(6011|64[4-9]|65)") + " THEN 'Discover' WHEN " + found(number, "^(30[0-5]|36|3[89])") +
         " THEN 'Diners Club' WHEN " + found(number, "^35(2[89]|[3-8])") + " THEN 'JCB' WHEN " + found(number, "^62") + " THEN 'UnionPay' WHEN " +
         found(number, "^(50|5[6-9]|6)") + " THEN 'Maestro' ELSE 'Other' END";
}

using Detail = std::string (*)(const std::string& text);

std::string phone_area(const std::string& text) { return national(text); }
std::string phone_zone(const std::string& text) { return zone_of_prefix(area_code_zones(), national(text), ""); }
std::string phone_country(const std::string& text) {
  return of_valid(SemanticType::phone, text, "CASE WHEN " + whole(text, std::string(kPhone)) + " THEN '1' ELSE regexp_extract(" + digits(text) + ", " +
                                                 literal("^(" + dialling_codes() + ")") + ") END");
}

std::string zip_state(const std::string& text) { return of_valid(SemanticType::zip_code, text, state_of_zip("left(" + text + ", 3)")); }
std::string zip_zone(const std::string& text) {
  return of_valid(SemanticType::zip_code, text, zone_of_prefix(zip_zones(), "left(" + text + ", 3)", of_state(state_of_zip("left(" + text + ", 3)"), &State::zone)));
}
std::string zip_region(const std::string& text) { return of_valid(SemanticType::zip_code, text, of_state(state_of_zip("left(" + text + ", 3)"), &State::region)); }
std::string zip_country(const std::string& text) { return "CASE WHEN " + zip_state(text) + " IS NOT NULL THEN 'United States' END"; }

std::string card_length(const std::string& text) { return of_valid(SemanticType::credit_card, text, "CAST(length(" + digits(text) + ") AS VARCHAR)"); }
std::string card_network(const std::string& text) { return of_valid(SemanticType::credit_card, text, network(digits(text))); }
std::string url_protocol(const std::string& text) { return of_valid(SemanticType::url, text, "lower(regexp_extract(" + text + ", '^[A-Za-z]+'))"); }
std::string url_domain(const std::string& text) { return of_valid(SemanticType::url, text, "lower(" + host(text) + ")"); }
std::string url_tld(const std::string& text) { return of_valid(SemanticType::url, text, "nullif(lower(regexp_extract(" + host(text) + ", '\\.(\\p{L}[\\p{L}\\p{N}\\-]*)\\.?$', 1)), '')"); }
std::string state_zone(const std::string& text) { return of_state(code_of_state(text), &State::zone); }

std::string calendar(const std::string& text, const std::string& part) { return "CAST(" + part + "(" + time_of_text(text) + ") AS VARCHAR)"; }
std::string day(const std::string& text) { return calendar(text, "day"); }
std::string month(const std::string& text) { return calendar(text, "month"); }
std::string month_name(const std::string& text) { return calendar(text, "monthname"); }
std::string week(const std::string& text) { return calendar(text, "week"); }
std::string quarter(const std::string& text) { return calendar(text, "quarter"); }
std::string year(const std::string& text) { return calendar(text, "year"); }

struct DetailEntry {
  SemanticType type;
  std::string_view name;
  Detail sql;
};

constexpr DetailEntry kDetails[] = {
    {SemanticType::phone, "AREA_CODE", phone_area}, {SemanticType::phone, "TIME_ZONE", phone_zone}, {SemanticType::phone, "COUNTRY_CODE", phone_country},
    {SemanticType::zip_code, "TIME_ZONE", zip_zone}, {SemanticType::zip_code, "COUNTRY", zip_country}, {SemanticType::zip_code, "STATE", zip_state},
    {SemanticType::zip_code, "REGION", zip_region}, {SemanticType::date_time, "DAY", day}, {SemanticType::date_time, "MONTH", month},
    {SemanticType::date_time, "MONTH_NAME", month_name}, {SemanticType::date_time, "WEEK", week}, {SemanticType::date_time, "QUARTER", quarter},
    {SemanticType::date_time, "YEAR", year}, {SemanticType::state, "TIME_ZONE", state_zone}, {SemanticType::credit_card, "LENGTH", card_length},
    {SemanticType::credit_card, "NETWORK", card_network}, {SemanticType::url, "PROTOCOL", url_protocol}, {SemanticType::url, "TLD", url_tld},
    {SemanticType::url, "DOMAIN", url_domain}};

struct Entity {
  std::string_view name, pattern;
};

constexpr Entity kEntities[] = {
    {"USA_SSN", R"(\b\d{3}[\- ]?\d{2}[\- ]?\d{4}\b)"},
    {"EMAIL", R"([A-Za-z0-9._%+\-']+@[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*\.[A-Za-z]{2,})"},
    {"USA_ITIN", R"(\b9\d{2}[\- ]?[5-9]\d[\- ]?\d{4}\b)"},
    {"USA_PASSPORT_NUMBER", R"(\b(?:[A-Z]\d{8}|\d{9})\b)"},
    {"PHONE_NUMBER", R"((?:\+?1[ .\-]?)?(?:\(\d{3}\)|\b\d{3})[ .\-]?\d{3}[ .\-]?\d{4}\b|\+\d{1,3}(?:[ .\-/]?\(?\d{1,5}\)?){2,6})"},
    {"USA_DRIVING_LICENSE", R"(\b[A-Z]{1,2}[\- ]?\d{3}[\- ]?\d{3,4}[\- ]?\d{0,7}\b)"},
    {"BANK_ACCOUNT", R"(\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b|\b\d{8,17}\b)"},
    {"CREDIT_CARD", R"(\b\d(?:[ \-]?\d){11,18}\b)"},
    {"IP_ADDRESS", R"(\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b|(?:[0-9A-Fa-f]{1,4}:){2,7}(?::?[0-9A-Fa-f]{1,4})+|(?:[0-9A-Fa-f]{1,4}:)*:[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*)"},
    {"MAC_ADDRESS", R"(\b(?:[0-9A-Fa-f]{2}[:\-]){5}[0-9A-Fa-f]{2}\b)"},
    {"USA_DEA_NUMBER", R"(\b[A-Z][A-Z9]\d{7}\b)"},
    {"USA_HCPCS_CODE", R"(\b[A-VY]\d{4}\b)"},
    {"USA_NATIONAL_PROVIDER_IDENTIFIER", R"(\b[12]\d{9}\b)"},
    {"USA_NATIONAL_DRUG_CODE", R"(\b\d{4,5}-\d{3,4}-\d{1,2}\b)"},
    {"USA_HEALTH_INSURANCE_CLAIM_NUMBER", R"(\b\d{3}-?\d{2}-?\d{4}-?[A-Z][A-Z0-9]?\b)"},
    {"USA_MEDICARE_BENEFICIARY_IDENTIFIER", R"(\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}\b)"},
    {"USA_CPT_CODE", R"(\b\d{4}[0-9FTU]\b)"},
    {"DATE", R"(\b\d{4}[\-/.]\d{1,2}[\-/.]\d{1,2}\b|\b\d{1,2}[\-/.]\d{1,2}[\-/.](?:\d{4}|\d{2})\b|\b\d{1,2}\.? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?,? \d{4}\b|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.? \d{1,2},? \d{4}\b)"}};

}  // namespace

std::optional<SemanticType> semantic_type(std::string_view spelling) {
  const std::string key = folded(spelling);
  for (const Spelling& each : kSpellings) {
    if (each.folded == key) return each.type;
  }
  return std::nullopt;
}

std::string_view name(SemanticType type) {
  for (const Spelling& each : kSpellings) {
    if (each.type == type) return each.name;
  }
  return {};
}

std::string semantic_type_names() {
  std::string names;
  for (const Spelling& each : kSpellings) {
    if (!each.name.empty()) names += (names.empty() ? "" : ", ") + std::string(each.name);
  }
  return names;
}

std::string is_of_type(SemanticType type, const std::string& text) {
  switch (type) {
    case SemanticType::ssn: return is_ssn(text);
    case SemanticType::phone: return is_phone(text);
    case SemanticType::email: return whole(text, std::string(kEmail));
    case SemanticType::credit_card: return is_card(text);
    case SemanticType::gender: return whole(text, "(?i)m|f|x|male|female|man|woman|non-?binary|diverse");
    case SemanticType::ip_address: return whole(text, std::string(kIpV4) + "|" + ip_v6());
    case SemanticType::url: return whole(text, std::string(kUrl));
    case SemanticType::zip_code: return whole(text, R"(\d{5}(-\d{4})?)");
    case SemanticType::country: return is_country(text);
    case SemanticType::currency: return is_currency(text);
    case SemanticType::state: return is_state(text);
    case SemanticType::city:
    case SemanticType::region: return whole(text, std::string(kPlace));
    case SemanticType::date_time: return "CASE WHEN " + text + " IS NOT NULL THEN " + time_of_text(text) + " IS NOT NULL END";
  }
  return "false";
}

std::optional<std::string> detail_of(SemanticType type, std::string_view detail, const std::string& text) {
  for (const DetailEntry& each : kDetails) {
    if (each.type == type && folded(each.name) == folded(detail)) return each.sql(text);
  }
  return std::nullopt;
}

std::string detail_names(SemanticType type) {
  std::string names;
  for (const DetailEntry& each : kDetails) {
    if (each.type == type) names += (names.empty() ? "" : ", ") + std::string(each.name);
  }
  return names;
}

std::optional<std::string> entity_pattern(std::string_view entity) {
  std::string pattern;
  for (const Entity& each : kEntities) {
    if (each.name == entity || (entity == "USA_ALL" && each.name != "DATE")) pattern += (pattern.empty() ? "" : "|") + std::string(each.pattern);
  }
  return pattern.empty() ? std::nullopt : std::optional(pattern);
}

std::string entity_names() {
  std::string names = "USA_ALL";
  for (const Entity& each : kEntities) names += ", " + std::string(each.name);
  return names;
}

}  // namespace mr::recipe
