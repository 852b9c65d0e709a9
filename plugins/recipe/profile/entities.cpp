#include "recipe/profile/entities.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

#include "recipe/engine/recipe.hpp"
#include "recipe/engine/semantic_types.hpp"
#include "recipe/profile/given_names.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// Of a trimmed text `v`, its digits `d`, and `u` in capital letters without blanks and hyphens. A strong test speaks for itself, a weak one needs more.
struct Test {
  std::string_view name, words;  // words of column names, with _ around whole ones
  std::string strong{}, weak{};  // SQL; empty: there is none
  double strong_weight = 0, weak_weight = 0;
  double chance = 0;             // share of other values that pass the strong test, too
  std::string_view evidence = "form";
};

std::string whole(const char* text, const std::string& pattern) { return std::string("regexp_full_match(") + text + ", " + literal(pattern) + ")"; }

// A regular expression is asked only where a cheap look allows it.
std::string when(const std::string& cheap, const std::string& test) { return "CASE WHEN " + cheap + " THEN " + test + " ELSE false END"; }

std::string inside(const char* entity) { return "regexp_matches(v, " + literal(*entity_pattern(entity)) + ")"; }

std::string card() { return when("length(d) BETWEEN 13 AND 19 AND left(d, 1) IN ('2', '3', '4', '5', '6')", is_of_type(SemanticType::credit_card, "v")); }

// The country and two check digits go to the end, letters become 10 to 35, and the rest by 97 is 1.
std::string iban() {
  const std::string turned = "string_split(substr(u, 5) || left(u, 4), '')";
  const std::string values = "list_transform(" + turned + ", lambda c: CASE WHEN c BETWEEN '0' AND '9' THEN CAST(c AS INTEGER) ELSE ascii(c) - 55 END)";
  return when("length(u) BETWEEN 15 AND 34 AND " + whole("u", "[A-Z]{2}\\d{2}[A-Z0-9]{11,30}"), "list_reduce(" + values + ", lambda rest, digit: (rest * CASE WHEN digit > 9 THEN 100 ELSE 10 END + digit) % 97) % 97 = 1");
}

std::string dea() {
  const auto digit = [](int at) { return "CAST(substr(d, " + std::to_string(at) + ", 1) AS INTEGER)"; };
  const std::string sum = digit(1) + " + " + digit(3) + " + " + digit(5) + " + 2 * (" + digit(2) + " + " + digit(4) + " + " + digit(6) + ")";
  return when("length(u) = 9 AND " + whole("u", "[A-Z][A-Z]\\d{7}"), "(" + sum + ") % 10 = " + digit(7));
}

std::string npi() { return when("length(v) = 10 AND " + whole("v", "[12]\\d{9}"), is_of_type(SemanticType::credit_card, "('80840' || v)")); }

std::string known_name() { return when("length(v) BETWEEN 2 AND 60", "contains(" + literal(given_names()) + ", ' ' || lower(regexp_extract(v, '^\\p{L}+')) || ' ') AND " + whole("v", "\\p{L}+([ '’.\\-]+\\p{L}+){0,4}\\.?")); }

std::string date_text() {
  return when("length(v) BETWEEN 8 AND 30 AND " + whole("v", "\\d{4}[\\-/.]\\d{1,2}[\\-/.]\\d{1,2}([T ].*)?|\\d{1,2}[\\-/.]\\d{1,2}[\\-/.]\\d{4}([T ].*)?|.*\\p{L}{3}.*\\d{4}.*"), is_of_type(SemanticType::date_time, "v"));
}

std::vector<Test> tests() {
  const std::string nine = when("length(v) = 9", whole("v", "\\d{9}"));
  return {
      {"USA_SSN", "_ssn_ social_sec", when("length(v) = 11", whole("v", "\\d{3}-\\d{2}-\\d{4}") + " AND " + is_of_type(SemanticType::ssn, "v")), when("length(v) BETWEEN 9 AND 11", is_of_type(SemanticType::ssn, "v")), 0.85, 0.3},
      {"EMAIL", "mail", when("contains(v, '@')", inside("EMAIL")), "", 0.98, 0},
      {"USA_ITIN", "_itin_ taxpayer_id", when("length(v) = 11", whole("v", "9\\d{2}-[5-9]\\d-\\d{4}")), when("length(v) = 9", whole("v", "9\\d{2}[5-9]\\d{5}")), 0.8, 0.2},
      {"USA_PASSPORT_NUMBER", "passport", "", when("length(v) = 9", whole("v", "[A-Z]?\\d{8,9}")), 0, 0.2},
      {"PHONE_NUMBER", "phone _tel_ mobile _cell_ _fax_", when("length(d) BETWEEN 7 AND 15 AND length(v) > length(d)", whole("v", "(\\+?1[ .\\-]?)?(\\([2-9]\\d{2}\\) ?|[2-9]\\d{2}[ .\\-])[2-9]\\d{2}[ .\\-]\\d{4}|\\+.*") + " AND " + is_of_type(SemanticType::phone, "v")),
       when("length(d) BETWEEN 9 AND 11", whole("v", "1?[2-9]\\d{2}[2-9]\\d{6}|9\\d{8}")), 0.9, 0.25},
      {"USA_DRIVING_LICENSE", "driving_lic driver_lic drivers_lic _dl_ license_n licence_n", "", when("length(u) BETWEEN 7 AND 13", whole("u", "[A-Z]{1,2}\\d{6,12}")), 0, 0.2},
      {"BANK_ACCOUNT", "iban bank account_n _acct_ account_id", iban(), when("length(v) BETWEEN 8 AND 17", whole("v", "\\d{8,17}")), 0.97, 0.15, 0.01, "checksum"},
      {"CREDIT_CARD", "card _pan_ _cc_", card(), "", 0.9, 0, 0.1, "checksum"},
      {"IP_ADDRESS", "_ip_ ip_addr", when("contains(v, '.') OR contains(v, ':')", is_of_type(SemanticType::ip_address, "v")), "", 0.9, 0},
      {"MAC_ADDRESS", "_mac_ mac_addr", when("length(v) = 17", whole("v", "([0-9A-Fa-f]{2}[:\\-]){5}[0-9A-Fa-f]{2}")), "", 0.95, 0},
      {"USA_DEA_NUMBER", "_dea_", dea(), "", 0.85, 0, 0.1, "checksum"},
      {"USA_HCPCS_CODE", "hcpcs", "", when("length(v) = 5", whole("v", "[A-VY]\\d{4}")), 0, 0.3},
      {"USA_NATIONAL_PROVIDER_IDENTIFIER", "_npi_ provider_id", npi(), "", 0.85, 0, 0.1, "checksum"},
      {"USA_NATIONAL_DRUG_CODE", "_ndc_ drug_code", when("length(d) BETWEEN 10 AND 11", whole("v", "\\d{4,5}-\\d{3,4}-\\d{1,2}")), "", 0.7, 0},
      {"USA_HEALTH_INSURANCE_CLAIM_NUMBER", "hicn claim_n", when("length(d) BETWEEN 9 AND 10", whole("v", "\\d{3}-\\d{2}-\\d{4}-?[A-Z][A-Z0-9]?")), when("length(d) BETWEEN 9 AND 10", whole("v", "\\d{9}[A-Z][A-Z0-9]?")), 0.7, 0.3},
      {"USA_MEDICARE_BENEFICIARY_IDENTIFIER", "_mbi_ medicare", when("length(u) = 11", whole("u", "[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d[AC-HJKMNP-RT-Y]{2}\\d{2}")), "", 0.9, 0},
      {"USA_CPT_CODE", "_cpt_ procedure_code", "", when("length(v) = 5", whole("v", "\\d{4}[0-9FTU]")), 0, 0.1},
      {"PERSON_NAME", "first_name last_name surname given_name full_name person customer_name contact_name family_name employee_name patient _name_", known_name(),
       when("length(v) BETWEEN 4 AND 60", whole("v", "\\p{Lu}[\\p{L}'’.\\-]+( \\p{Lu}[\\p{L}'’.\\-]*){1,3}")), 0.8, 0.2, 0.05, "known names"},
      {"DATE", "date _dob_ birth _day_", date_text(), "", 0.9, 0}};
}

constexpr double kReported = 0.5, kOfName = 0.6;

// "customerEmail 2" as "_customer_email_2_".
std::string words_of(const std::string& column) {
  std::string out = "_";
  for (size_t at = 0; at < column.size(); ++at) {
    const auto c = static_cast<unsigned char>(column[at]);
    if (std::isalnum(c) == 0 && c < 0x80) {
      if (out.back() != '_') out += '_';
      continue;
    }
    const bool hump = std::isupper(c) != 0 && at > 0 && std::islower(static_cast<unsigned char>(column[at - 1])) != 0;
    if (hump && out.back() != '_') out += '_';
    out += static_cast<char>(std::tolower(c));
  }
  return out.back() == '_' ? out : out + "_";
}

bool is_named(const Test& test, const std::string& words) {
  for (size_t at = 0; at < test.words.size();) {
    const size_t end = std::min(test.words.find(' ', at), test.words.size());
    if (words.find(test.words.substr(at, end - at)) != std::string::npos) return true;
    at = end + 1;
  }
  return false;
}

struct Hits {
  int64_t strong = 0, any = 0;
};

FoundEntity judged(const Test& test, const Hits& hits, int64_t values, bool named) {
  const double strong = static_cast<double>(hits.strong) / static_cast<double>(values), any = static_cast<double>(hits.any) / static_cast<double>(values);
  FoundEntity found{.type = std::string(test.name), .rows = hits.any, .hit_ratio = any};
  const double by_form = hits.strong == 0 ? 0 : test.strong_weight * (test.chance == 0 ? 1 : std::max(0.0, (strong - test.chance) / (1 - test.chance)));
  const double alone = 1 - (1 - by_form) * (1 - test.weak_weight * any);
  found.confidence = named ? alone + (1 - alone) * kOfName * any : alone;
  if (hits.strong > 0) found.evidence.emplace_back(test.evidence);
  else if (hits.any > 0) found.evidence.emplace_back("form");
  if (named) found.evidence.emplace_back("column name");
  return found;
}

// Bit 2i: the strong test of type i holds; bit 2i + 1: the weak one.
std::string mask_of(const std::vector<Test>& asked) {
  std::string mask = "0";
  for (size_t at = 0; at < asked.size(); ++at) {
    const auto bit = [&](const std::string& test, size_t place) {
      if (!test.empty()) mask += " + CASE WHEN " + test + " THEN " + std::to_string(uint64_t{1} << place) + " ELSE 0 END";
    };
    bit(asked[at].strong, 2 * at);
    bit(asked[at].weak, 2 * at + 1);
  }
  return mask;
}

}  // namespace

std::vector<std::string> all_entity_types() {
  std::vector<std::string> all;
  for (const Test& test : tests()) all.emplace_back(test.name);
  return all;
}

std::vector<std::string> entity_types(const std::vector<std::string>& names) {
  const auto all = all_entity_types();
  const auto wanted = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  std::vector<std::string> out;
  for (const std::string& one : all) {
    if (wanted(one) || (wanted("USA_ALL") && one != "PERSON_NAME" && one != "DATE")) out.push_back(one);
  }
  std::string known = "USA_ALL";
  for (const std::string& one : all) known += ", " + one;
  for (const std::string& one : names) {
    if (one != "USA_ALL" && std::find(all.begin(), all.end(), one) == all.end()) throw RecipeError("E6060", "unknown entity type '" + one + "'", "EntityDetectorConfiguration.EntityTypes", known);
  }
  return out;
}

FoundEntities find_entities(mr::data::Session& session, const std::string& relation, const std::string& column, const std::string& text, const std::vector<std::string>& types) {
  std::vector<Test> asked = tests();
  std::erase_if(asked, [&](const Test& test) { return std::find(types.begin(), types.end(), test.name) == types.end(); });
  const std::string values = "SELECT trim(" + text + ") AS v, count(*) AS n FROM " + relation + " WHERE " + text + " IS NOT NULL GROUP BY 1";
  const std::string parts = "SELECT n, v, regexp_replace(v, '[^0-9]', '', 'g') AS d, upper(regexp_replace(v, '[ \\-]', '', 'g')) AS u FROM (" + values + ") WHERE v <> ''";
  const auto counted = session.query("SELECT CAST(" + mask_of(asked) + " AS BIGINT) AS mask, CAST(sum(n) AS BIGINT) FROM (" + parts + ") GROUP BY mask");
  std::vector<Hits> hits(asked.size());
  int64_t all = 0;
  for (size_t row = 0; row < counted.rows.size(); ++row) {
    const auto mask = static_cast<uint64_t>(counted.integer(row, 0));
    const int64_t rows = counted.integer(row, 1);
    all += rows;
    for (size_t at = 0; at < asked.size(); ++at) {
      if ((mask >> (2 * at) & 1) != 0) hits[at].strong += rows;
      if ((mask >> (2 * at) & 3) != 0) hits[at].any += rows;
    }
  }
  FoundEntities found;
  uint64_t reported = 0;
  const std::string words = words_of(column);
  for (size_t at = 0; at < asked.size(); ++at) {
    if (hits[at].any == 0) continue;
    FoundEntity one = judged(asked[at], hits[at], all, is_named(asked[at], words));
    if (one.confidence < kReported) continue;
    reported |= uint64_t{3} << (2 * at);
    found.types.push_back(std::move(one));
  }
  for (size_t row = 0; row < counted.rows.size(); ++row) {
    if ((static_cast<uint64_t>(counted.integer(row, 0)) & reported) != 0) found.rows += counted.integer(row, 1);
  }
  std::stable_sort(found.types.begin(), found.types.end(), [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
  return found;
}

}  // namespace mr::recipe
