// Personal data made unreadable.
#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

void no_entities(Builder& b) {
  if (b.has("entityTypeFilter")) b.wrong("entityTypeFilter", "absent: finding entities inside texts is not supported");
}

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return out;
}

void mask_custom(Builder& b) {
  no_entities(b);
  const std::string& symbol = b.param("maskSymbol");
  const std::string& value = b.param("customValue");
  const std::string pattern = b.flag("regex") ? value : quoted_regex(value);
  b.regex("customValue", pattern);
  for (const size_t index : b.sources()) {
    // One symbol per masked character: each match is replaced by as many symbols as it is long.
    const std::string text = b.text(b.at(index));
    const std::string matches = "regexp_extract_all(" + text + ", " + literal(pattern) + ")";
    const std::string rest = "regexp_split_to_array(" + text + ", " + literal(pattern) + ")";
    const std::string joined = "list_aggregate(list_transform(list_zip(" + rest + ", " + matches + "), lambda z: coalesce(z[1], '') || repeat(" + literal(symbol) +
                               ", coalesce(length(z[2]), 0))), 'string_agg', '')";
    b.set(b.at(index), b.flag("regex") || value.size() > 1 ? "CASE WHEN " + text + " = '' THEN '' ELSE " + joined + " END"
                                                           : "regexp_replace(" + text + ", " + literal(pattern) + ", " + literal(escaped(symbol)) + ", 'g')", "VARCHAR");
  }
}

void hash(Builder& b) {
  no_entities(b);
  const std::string algorithm = b.param_or("algorithm", "HMAC_SHA256");
  const std::string function = algorithm == "MD5" ? "md5" : algorithm == "SHA1" ? "sha1" : algorithm == "SHA256" ? "sha256" : "";
  if (function.empty()) b.wrong("algorithm", "MD5, SHA1 or SHA256; " + algorithm + " is not supported");
  for (const size_t index : b.sources()) b.set(b.at(index), function + "(" + b.text(b.at(index)) + ")", "VARCHAR");
}

constexpr Action kActions[] = {{"MASK_CUSTOM", false, mask_custom}, {"CRYPTOGRAPHIC_HASH", false, hash}};

}  // namespace

std::span<const Action> privacy_actions() { return kActions; }

}  // namespace mr::recipe
