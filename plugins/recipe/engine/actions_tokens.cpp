// TOKENIZATION: a text as its words, put together again with a delimiter.
#include <algorithm>
#include <array>

#include "recipe/engine/actions.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

// Words of English that carry grammar rather than meaning.
constexpr std::string_view kStopWords[] = {
    "a", "about", "above", "after", "again", "against", "all", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before", "being", "below", "between", "both",
    "but", "by", "can", "cannot", "could", "did", "do", "does", "doing", "down", "during", "each", "few", "for", "from", "further", "had", "has", "have", "having", "he", "her", "here",
    "hers", "herself", "him", "himself", "his", "how", "i", "if", "in", "into", "is", "it", "its", "itself", "just", "me", "more", "most", "my", "myself", "no", "nor", "not", "now",
    "of", "off", "on", "once", "only", "or", "other", "our", "ours", "ourselves", "out", "over", "own", "same", "she", "should", "so", "some", "such", "than", "that", "the", "their",
    "theirs", "them", "themselves", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until", "up", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "whom", "why", "will", "with", "would", "you", "your", "yours", "yourself", "yourselves"};

// In this order: whole words before the endings that they share. \1 is what stands before, in its own case.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kContractions{{
    {R"((?i)\b(wo)n['’]t\b)", "will not"}, {R"((?i)\b(sha)n['’]t\b)", "shall not"}, {R"((?i)\b(can)['’]t\b)", R"(\1 not)"}, {R"((?i)\b(ai)n['’]t\b)", "is not"},
    {R"((?i)\b(let)['’]s\b)", R"(\1 us)"}, {R"((?i)\b(it|he|she|that|this|what|who|where|when|how|why|there|here)['’]s\b)", R"(\1 is)"}, {R"((?i)(\pL)n['’]t\b)", R"(\1 not)"},
    {R"((?i)(\pL)['’]re\b)", R"(\1 are)"}, {R"((?i)(\pL)['’]ve\b)", R"(\1 have)"}, {R"((?i)(\pL)['’]ll\b)", R"(\1 will)"}, {R"((?i)(\pL)['’]d\b)", R"(\1 would)"},
    {R"((?i)\b(i)['’]m\b)", R"(\1 am)"}}};

// Letters, digits and marks of any script, with apostrophes inside.
constexpr auto kWord = R"([\pL\pN\pM_]+(?:['’][\pL\pN\pM_]+)*)";

bool enabled(const Builder& b, const std::string& name, const std::string& value) {
  if (!b.has(name) || b.param(name) == "NONE" || b.param(name) == "DISABLED") return false;
  if (b.param(name) != value) b.wrong(name, value);
  return true;
}

std::string expanded(std::string text) {
  for (const auto& [pattern, words] : kContractions) text = "regexp_replace(" + text + ", " + literal(pattern) + ", " + literal(words) + ", 'g')";
  return text;
}

// A list of the words to leave out, in lower case; empty when there are none.
std::string stop_words(const Builder& b) {
  std::string list;
  const auto add = [&](std::string_view word) { list += (list.empty() ? "[" : ", ") + literal(word); };
  if (enabled(b, "stopWordRemovalMode", "DEFAULT")) std::for_each(std::begin(kStopWords), std::end(kStopWords), add);
  if (b.has("customStopWords")) {
    for (const std::string& word : b.list("customStopWords")) list += (list.empty() ? "[lower(" : ", lower(") + literal(word) + ")";
  }
  return list.empty() ? list : list + "]";
}

// The function of the stemmer; empty: none.
std::string stemmer(const Builder& b) {
  const std::string mode = b.param_or("stemmingMode", "NONE");
  if (mode == "PORTER") return "mr_porter_stem";
  if (mode == "LANCASTER") return "mr_lancaster_stem";
  if (mode != "NONE" && mode != "DISABLED") b.wrong("stemmingMode", "PORTER or LANCASTER");
  return {};
}

// What a word is: what the pattern finds, or runs of letters and digits.
std::string word_pattern(Builder& b) {
  if (!b.has("tokenizerPattern")) return literal(kWord);
  if (b.param("tokenizerPattern").empty()) b.wrong("tokenizerPattern", "a regular expression that is not empty");
  return b.regex("tokenizerPattern", b.param("tokenizerPattern"));
}

void tokenization(Builder& b) {
  const Column& source = b.source();
  const std::string text = enabled(b, "expandContractions", "ENABLED") ? expanded(b.text(source)) : b.text(source);
  std::string words = "regexp_extract_all(" + text + ", " + word_pattern(b) + ")";
  if (b.has("tokenizerPattern")) words = "list_filter(" + words + ", lambda w: w <> '')";  // a pattern may match nothing
  if (const std::string stops = stop_words(b); !stops.empty()) words = "list_filter(" + words + ", lambda w: NOT list_contains(" + stops + ", lower(w)))";
  if (const std::string function = stemmer(b); !function.empty()) {
    b.need_stemmer();
    words = "list_transform(" + words + ", lambda w: " + function + "(lower(w)))";
  }
  b.add_target("array_to_string(" + words + ", " + literal(b.param_or("delimiter", " ")) + ")", "VARCHAR");
}

constexpr Action kActions[] = {{"TOKENIZATION", false, tokenization}};

}  // namespace

std::span<const Action> token_actions() { return kActions; }

}  // namespace mr::recipe
