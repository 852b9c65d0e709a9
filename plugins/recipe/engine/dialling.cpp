#include "recipe/engine/dialling.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace mr::recipe {

namespace {

struct NumberingPlan {
  std::string_view alpha2, alpha3, code, trunk;  // trunk: what stands before a national number, and is left out behind the country code
  int low, high;                                 // digits of a national number
};

constexpr NumberingPlan kPlans[] = {
    {"US", "USA", "1", "1", 10, 10}, {"CA", "CAN", "1", "1", 10, 10}, {"AG", "ATG", "1", "1", 10, 10}, {"AI", "AIA", "1", "1", 10, 10},
    {"AS", "ASM", "1", "1", 10, 10}, {"BB", "BRB", "1", "1", 10, 10}, {"BM", "BMU", "1", "1", 10, 10}, {"BS", "BHS", "1", "1", 10, 10},
    {"DM", "DMA", "1", "1", 10, 10}, {"DO", "DOM", "1", "1", 10, 10}, {"GD", "GRD", "1", "1", 10, 10}, {"GU", "GUM", "1", "1", 10, 10},
    {"JM", "JAM", "1", "1", 10, 10}, {"KN", "KNA", "1", "1", 10, 10}, {"KY", "CYM", "1", "1", 10, 10}, {"LC", "LCA", "1", "1", 10, 10},
    {"MP", "MNP", "1", "1", 10, 10}, {"MS", "MSR", "1", "1", 10, 10}, {"PR", "PRI", "1", "1", 10, 10}, {"SX", "SXM", "1", "1", 10, 10},
    {"TC", "TCA", "1", "1", 10, 10}, {"TT", "TTO", "1", "1", 10, 10}, {"VC", "VCT", "1", "1", 10, 10}, {"VG", "VGB", "1", "1", 10, 10},
    {"VI", "VIR", "1", "1", 10, 10}, {"RU", "RUS", "7", "8", 10, 10}, {"KZ", "KAZ", "7", "8", 10, 10}, {"EG", "EGY", "20", "0", 8, 10},
    {"ZA", "ZAF", "27", "0", 9, 9}, {"GR", "GRC", "30", "", 10, 10}, {"NL", "NLD", "31", "0", 9, 9}, {"BE", "BEL", "32", "0", 8, 9},
    {"FR", "FRA", "33", "0", 9, 9}, {"ES", "ESP", "34", "", 9, 9}, {"HU", "HUN", "36", "06", 8, 9}, {"IT", "ITA", "39", "", 6, 11},
    {"VA", "VAT", "39", "", 6, 11}, {"RO", "ROU", "40", "0", 9, 9}, {"CH", "CHE", "41", "0", 9, 9}, {"AT", "AUT", "43", "0", 4, 13},
    {"GB", "GBR", "44", "0", 9, 10}, {"GG", "GGY", "44", "0", 10, 10}, {"IM", "IMN", "44", "0", 10, 10}, {"JE", "JEY", "44", "0", 10, 10},
    {"DK", "DNK", "45", "", 8, 8}, {"SE", "SWE", "46", "0", 7, 10}, {"NO", "NOR", "47", "", 8, 8}, {"SJ", "SJM", "47", "", 8, 8},
    {"PL", "POL", "48", "", 9, 9}, {"DE", "DEU", "49", "0", 5, 13}, {"PE", "PER", "51", "0", 8, 9}, {"MX", "MEX", "52", "", 10, 10},
    {"CU", "CUB", "53", "0", 6, 8}, {"AR", "ARG", "54", "0", 10, 11}, {"BR", "BRA", "55", "0", 10, 11}, {"CL", "CHL", "56", "", 9, 9},
    {"CO", "COL", "57", "0", 8, 10}, {"VE", "VEN", "58", "0", 10, 10}, {"MY", "MYS", "60", "0", 8, 10}, {"AU", "AUS", "61", "0", 9, 9},
    {"CC", "CCK", "61", "0", 9, 9}, {"CX", "CXR", "61", "0", 9, 9}, {"ID", "IDN", "62", "0", 7, 12}, {"PH", "PHL", "63", "0", 8, 10},
    {"NZ", "NZL", "64", "0", 8, 10}, {"SG", "SGP", "65", "", 8, 8}, {"TH", "THA", "66", "0", 8, 9}, {"JP", "JPN", "81", "0", 9, 10},
    {"KR", "KOR", "82", "0", 8, 10}, {"VN", "VNM", "84", "0", 9, 10}, {"CN", "CHN", "86", "0", 10, 11}, {"TR", "TUR", "90", "0", 10, 10},
    {"IN", "IND", "91", "0", 10, 10}, {"PK", "PAK", "92", "0", 9, 10}, {"AF", "AFG", "93", "0", 9, 9}, {"LK", "LKA", "94", "0", 9, 9},
    {"MM", "MMR", "95", "0", 7, 10}, {"IR", "IRN", "98", "0", 10, 10}, {"SS", "SSD", "211", "0", 9, 9}, {"MA", "MAR", "212", "0", 9, 9},
    {"EH", "ESH", "212", "0", 9, 9}, {"DZ", "DZA", "213", "0", 8, 9}, {"TN", "TUN", "216", "", 8, 8}, {"LY", "LBY", "218", "0", 8, 9},
    {"GM", "GMB", "220", "", 7, 7}, {"SN", "SEN", "221", "", 9, 9}, {"MR", "MRT", "222", "", 8, 8}, {"ML", "MLI", "223", "", 8, 8},
    {"GN", "GIN", "224", "", 8, 9}, {"CI", "CIV", "225", "", 10, 10}, {"BF", "BFA", "226", "", 8, 8}, {"NE", "NER", "227", "", 8, 8},
    {"TG", "TGO", "228", "", 8, 8}, {"BJ", "BEN", "229", "", 8, 10}, {"MU", "MUS", "230", "", 7, 8}, {"LR", "LBR", "231", "0", 7, 9},
    {"SL", "SLE", "232", "0", 8, 8}, {"GH", "GHA", "233", "0", 9, 9}, {"NG", "NGA", "234", "0", 8, 10}, {"TD", "TCD", "235", "", 8, 8},
    {"CF", "CAF", "236", "", 8, 8}, {"CM", "CMR", "237", "", 9, 9}, {"CV", "CPV", "238", "", 7, 7}, {"ST", "STP", "239", "", 7, 7},
    {"GQ", "GNQ", "240", "", 9, 9}, {"GA", "GAB", "241", "0", 7, 8}, {"CG", "COG", "242", "", 9, 9}, {"CD", "COD", "243", "0", 7, 9},
    {"AO", "AGO", "244", "", 9, 9}, {"GW", "GNB", "245", "", 7, 9}, {"IO", "IOT", "246", "", 7, 7}, {"AC", "ASC", "247", "", 4, 6}, {"SC", "SYC", "248", "", 7, 7},
    {"SD", "SDN", "249", "0", 9, 9}, {"RW", "RWA", "250", "0", 9, 9}, {"ET", "ETH", "251", "0", 9, 9}, {"SO", "SOM", "252", "0", 7, 9},
    {"DJ", "DJI", "253", "", 8, 8}, {"KE", "KEN", "254", "0", 9, 9}, {"TZ", "TZA", "255", "0", 9, 9}, {"UG", "UGA", "256", "0", 9, 9},
    {"BI", "BDI", "257", "", 8, 8}, {"MZ", "MOZ", "258", "", 8, 9}, {"ZM", "ZMB", "260", "0", 9, 9}, {"MG", "MDG", "261", "0", 9, 9},
    {"RE", "REU", "262", "0", 9, 9}, {"YT", "MYT", "262", "0", 9, 9}, {"ZW", "ZWE", "263", "0", 8, 10}, {"NA", "NAM", "264", "0", 8, 9},
    {"MW", "MWI", "265", "0", 7, 9}, {"LS", "LSO", "266", "", 8, 8}, {"BW", "BWA", "267", "", 7, 8}, {"SZ", "SWZ", "268", "", 8, 8},
    {"KM", "COM", "269", "", 7, 7}, {"SH", "SHN", "290", "", 4, 5}, {"ER", "ERI", "291", "0", 7, 7}, {"AW", "ABW", "297", "", 7, 7},
    {"FO", "FRO", "298", "", 6, 6}, {"GL", "GRL", "299", "", 6, 6}, {"GI", "GIB", "350", "", 8, 8}, {"PT", "PRT", "351", "", 9, 9},
    {"LU", "LUX", "352", "", 4, 11}, {"IE", "IRL", "353", "0", 7, 10}, {"IS", "ISL", "354", "", 7, 9}, {"AL", "ALB", "355", "0", 8, 9},
    {"MT", "MLT", "356", "", 8, 8}, {"CY", "CYP", "357", "", 8, 8}, {"FI", "FIN", "358", "0", 5, 12}, {"AX", "ALA", "358", "0", 5, 12},
    {"BG", "BGR", "359", "0", 7, 9}, {"LT", "LTU", "370", "8", 8, 8}, {"LV", "LVA", "371", "", 8, 8}, {"EE", "EST", "372", "", 7, 8},
    {"MD", "MDA", "373", "0", 8, 8}, {"AM", "ARM", "374", "0", 8, 8}, {"BY", "BLR", "375", "8", 9, 9}, {"AD", "AND", "376", "", 6, 9},
    {"MC", "MCO", "377", "0", 8, 9}, {"SM", "SMR", "378", "", 6, 10}, {"UA", "UKR", "380", "0", 9, 9}, {"RS", "SRB", "381", "0", 8, 9},
    {"ME", "MNE", "382", "0", 8, 8}, {"XK", "XKX", "383", "0", 8, 9}, {"HR", "HRV", "385", "0", 8, 9}, {"SI", "SVN", "386", "0", 8, 8},
    {"BA", "BIH", "387", "0", 8, 9}, {"MK", "MKD", "389", "0", 8, 8}, {"CZ", "CZE", "420", "", 9, 9}, {"SK", "SVK", "421", "0", 9, 9},
    {"LI", "LIE", "423", "", 7, 9}, {"FK", "FLK", "500", "", 5, 5}, {"BZ", "BLZ", "501", "", 7, 7}, {"GT", "GTM", "502", "", 8, 8},
    {"SV", "SLV", "503", "", 8, 8}, {"HN", "HND", "504", "", 8, 8}, {"NI", "NIC", "505", "", 8, 8}, {"CR", "CRI", "506", "", 8, 8},
    {"PA", "PAN", "507", "", 7, 8}, {"PM", "SPM", "508", "0", 6, 9}, {"HT", "HTI", "509", "", 8, 8}, {"GP", "GLP", "590", "0", 9, 9},
    {"BL", "BLM", "590", "0", 9, 9}, {"MF", "MAF", "590", "0", 9, 9}, {"BO", "BOL", "591", "0", 8, 8}, {"GY", "GUY", "592", "", 7, 7},
    {"EC", "ECU", "593", "0", 8, 9}, {"GF", "GUF", "594", "0", 9, 9}, {"PY", "PRY", "595", "0", 7, 9}, {"MQ", "MTQ", "596", "0", 9, 9},
    {"SR", "SUR", "597", "", 6, 7}, {"UY", "URY", "598", "0", 7, 8}, {"CW", "CUW", "599", "", 7, 8}, {"BQ", "BES", "599", "", 7, 7},
    {"TL", "TLS", "670", "", 7, 8}, {"NF", "NFK", "672", "", 6, 6}, {"BN", "BRN", "673", "", 7, 7}, {"NR", "NRU", "674", "", 7, 7},
    {"PG", "PNG", "675", "", 7, 8}, {"TO", "TON", "676", "", 5, 7}, {"SB", "SLB", "677", "", 5, 7}, {"VU", "VUT", "678", "", 5, 7},
    {"FJ", "FJI", "679", "", 7, 7}, {"PW", "PLW", "680", "", 7, 7}, {"WF", "WLF", "681", "", 6, 6}, {"CK", "COK", "682", "", 5, 5},
    {"NU", "NIU", "683", "", 4, 7}, {"WS", "WSM", "685", "", 5, 7}, {"KI", "KIR", "686", "", 5, 8}, {"NC", "NCL", "687", "", 6, 6},
    {"TV", "TUV", "688", "", 5, 7}, {"PF", "PYF", "689", "", 6, 8}, {"TK", "TKL", "690", "", 4, 7}, {"FM", "FSM", "691", "", 7, 7},
    {"MH", "MHL", "692", "1", 7, 7}, {"KP", "PRK", "850", "0", 8, 10}, {"HK", "HKG", "852", "", 8, 8}, {"MO", "MAC", "853", "", 8, 8},
    {"KH", "KHM", "855", "0", 8, 9}, {"LA", "LAO", "856", "0", 8, 10}, {"BD", "BGD", "880", "0", 8, 10}, {"TW", "TWN", "886", "0", 8, 9},
    {"MV", "MDV", "960", "", 7, 7}, {"LB", "LBN", "961", "0", 7, 8}, {"JO", "JOR", "962", "0", 8, 9}, {"SY", "SYR", "963", "0", 8, 9},
    {"IQ", "IRQ", "964", "0", 8, 10}, {"KW", "KWT", "965", "", 8, 8}, {"SA", "SAU", "966", "0", 9, 9}, {"YE", "YEM", "967", "0", 7, 9},
    {"OM", "OMN", "968", "", 8, 8}, {"PS", "PSE", "970", "0", 8, 9}, {"AE", "ARE", "971", "0", 8, 9}, {"IL", "ISR", "972", "0", 8, 9},
    {"BH", "BHR", "973", "", 8, 8}, {"QA", "QAT", "974", "", 7, 8}, {"BT", "BTN", "975", "", 7, 8}, {"MN", "MNG", "976", "0", 8, 8},
    {"NP", "NPL", "977", "0", 8, 10}, {"TJ", "TJK", "992", "", 9, 9}, {"TM", "TKM", "993", "8", 8, 8}, {"AZ", "AZE", "994", "0", 9, 9},
    {"GE", "GEO", "995", "0", 9, 9}, {"KG", "KGZ", "996", "0", 9, 9}, {"UZ", "UZB", "998", "", 9, 9},
};

// Country codes of services and networks, and the one that the Vatican has and does not use.
constexpr std::string_view kOfNoCountry = "379|800|808|870|878|881|882|883|979";

std::string_view abroad(const NumberingPlan& plan) { return plan.code == "1" ? "011" : plan.code == "61" ? "0011" : "00"; }

const NumberingPlan* plan_of(std::string_view region) {
  const auto found = std::find_if(std::begin(kPlans), std::end(kPlans), [&](const NumberingPlan& plan) { return plan.alpha2 == region || plan.alpha3 == region; });
  return found == std::end(kPlans) ? nullptr : found;
}

// A pattern of all complete numbers, country code first.
std::string every_number() {
  std::map<std::string_view, std::pair<int, int>> lengths;
  for (const NumberingPlan& plan : kPlans) {
    auto [at, added] = lengths.try_emplace(plan.code, plan.low, plan.high);
    at->second = {std::min(at->second.first, plan.low), std::max(at->second.second, plan.high)};
  }
  std::string pattern = "1[2-9]\\d\\d[2-9]\\d{6}";
  for (const auto& [code, span] : lengths) {
    if (code != "1") pattern += "|" + std::string(code) + "\\d{" + std::to_string(span.first) + "," + std::to_string(span.second) + "}";
  }
  return pattern;
}

// Country codes whose people write a 0 that is not dialled from abroad.
std::string codes_with_zero() {
  std::string codes;
  for (const NumberingPlan& plan : kPlans) {
    if (plan.trunk == "0") codes += (codes.empty() ? "" : "|") + std::string(plan.code);
  }
  return codes;
}

// "+DIGITS" where the digits, country code first, are a complete number; else NULL.
std::string complete(const std::string& digits) {
  const std::string bare = "regexp_replace(" + digits + ", '^(" + codes_with_zero() + ")0', '\\1')";
  return "list_transform([" + bare + "], lambda n: CASE WHEN regexp_full_match(n, '" + every_number() + "') THEN '+' || n END)[1]";
}

std::string digits_of(const std::string& text) { return "regexp_replace(" + text + ", '\\(0\\)|[^0-9]', '', 'g')"; }

// The digits of a number as people of the region write them, country code first. r.d are its digits, r.plan is the plan.
std::string with_code() {
  const std::string dialled = "CASE WHEN r.plan.trunk <> '' AND starts_with(r.d, r.plan.trunk) THEN substr(r.d, length(r.plan.trunk) + 1) ELSE r.d END";
  return "CASE WHEN starts_with(r.d, r.plan.abroad) THEN substr(r.d, length(r.plan.abroad) + 1) ELSE r.plan.code || " + dialled + " END";
}

std::string plan_sql(const NumberingPlan& plan) {
  return "{'code': '" + std::string(plan.code) + "', 'trunk': '" + std::string(plan.trunk) + "', 'abroad': '" + std::string(abroad(plan)) + "'}";
}

// Digits with the marks that people put between them; a text with letters, such as an extension, is left alone.
std::string looks_like(const std::string& text, const char* before) {
  return "regexp_full_match(" + text + ", '\\s*" + std::string(before) + "[0-9(][0-9 ()./\\x{A0}\\x{2010}-\\x{2015}-]*\\s*')";
}

}  // namespace

std::string dialling_codes() {
  std::set<std::string_view> known;
  for (const NumberingPlan& plan : kPlans) known.insert(plan.code);
  std::string codes(kOfNoCountry);
  for (const std::string_view code : known) codes += "|" + std::string(code);
  return codes;
}

bool is_dialling_region(std::string_view region) { return plan_of(region) != nullptr; }

std::string dialling_plan(std::string_view region) { return plan_sql(*plan_of(region)); }

std::string dialling_plan_of(const std::string& sql) {
  std::string names, plans;
  for (const NumberingPlan& plan : kPlans) {
    for (const std::string_view name : {plan.alpha2, plan.alpha3}) {
      names += (names.empty() ? "'" : ", '") + std::string(name) + "'";
      plans += (plans.empty() ? "" : ", ") + plan_sql(plan);
    }
  }
  return "map([" + names + "], [" + plans + "])[upper(trim(" + sql + "))]";
}

std::string international_number(const std::string& text, const std::string& plan) {
  std::string sql = "CASE WHEN " + looks_like(text, "\\+") + " THEN " + complete(digits_of(text));
  if (!plan.empty()) {
    // A number with the country code but without + is tried last.
    const std::string national = "coalesce(" + complete(with_code()) + ", CASE WHEN starts_with(r.d, r.plan.code) THEN " + complete("r.d") + " END)";
    sql += " WHEN " + looks_like(text, "") + " THEN list_transform([{'d': " + digits_of(text) + ", 'plan': " + plan + "}], lambda r: " + national + ")[1]";
  }
  return "coalesce(" + sql + " END, " + text + ")";
}

}  // namespace mr::recipe
