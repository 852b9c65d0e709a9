#include "recipe/engine/stemmer.hpp"

#include <duckdb.h>

#include <algorithm>
#include <array>
#include <span>

#include "recipe/engine/recipe.hpp"

namespace mr::recipe {
namespace {

constexpr size_t kLongestWord = 64;

struct Suffix {
  std::string_view from, to;
};

// The paper writes words as [C](VC)^m[V]; its rules ask for the measure m of the stem that a suffix would leave.
class Stemmer {
 public:
  explicit Stemmer(std::string_view word) : word_(word) {}

  std::string run() {
    plurals();
    past_and_progressive();
    final_y();
    double_suffixes();
    simple_suffixes();
    bare_suffixes();
    final_e();
    return std::move(word_);
  }

 private:
  bool consonant(size_t i) const {
    if (word_[i] == 'y') return i == 0 || !consonant(i - 1);
    return std::string_view("aeiou").find(word_[i]) == std::string_view::npos;
  }

  int measure(size_t length) const {
    int m = 0;
    for (size_t i = 1; i < length; ++i) m += !consonant(i - 1) && consonant(i) ? 1 : 0;
    return m;
  }

  bool has_vowel(size_t length) const {
    for (size_t i = 0; i < length; ++i) {
      if (!consonant(i)) return true;
    }
    return false;
  }

  bool ends(std::string_view suffix) const { return word_.size() >= suffix.size() && std::string_view(word_).ends_with(suffix); }
  size_t without(std::string_view suffix) const { return word_.size() - suffix.size(); }
  void replace(std::string_view suffix, std::string_view by) { word_.replace(without(suffix), suffix.size(), by); }

  bool double_consonant() const {
    const size_t n = word_.size();
    return n >= 2 && word_[n - 1] == word_[n - 2] && consonant(n - 1);
  }

  // *o of the paper: consonant, vowel, consonant at the end, the last not w, x or y.
  bool short_syllable(size_t length) const {
    if (length < 3 || !consonant(length - 3) || consonant(length - 2) || !consonant(length - 1)) return false;
    return std::string_view("wxy").find(word_[length - 1]) == std::string_view::npos;
  }

  // Step 1a.
  void plurals() {
    if (ends("sses")) replace("sses", "ss");
    else if (ends("ies")) replace("ies", "i");
    else if (ends("s") && !ends("ss")) replace("s", "");
  }

  // Step 1b.
  void past_and_progressive() {
    if (ends("eed")) {
      if (measure(without("eed")) > 0) replace("eed", "ee");
      return;
    }
    const std::string_view suffix = ends("ed") ? "ed" : ends("ing") ? "ing" : "";
    if (suffix.empty() || !has_vowel(without(suffix))) return;
    replace(suffix, "");
    if (ends("at") || ends("bl") || ends("iz")) word_ += 'e';
    else if (double_consonant() && !ends("l") && !ends("s") && !ends("z")) word_.pop_back();
    else if (measure(word_.size()) == 1 && short_syllable(word_.size())) word_ += 'e';
  }

  // Step 1c.
  void final_y() {
    if (ends("y") && has_vowel(without("y"))) replace("y", "i");
  }

  // The longest suffix of a step decides, whether its condition holds or not.
  void first_of(std::span<const Suffix> suffixes, int least) {
    const Suffix* longest = nullptr;
    for (const Suffix& suffix : suffixes) {
      if (ends(suffix.from) && (longest == nullptr || suffix.from.size() > longest->from.size())) longest = &suffix;
    }
    if (longest != nullptr && measure(without(longest->from)) > least) replace(longest->from, longest->to);
  }

  // Step 2.
  void double_suffixes() {
    static constexpr std::array<Suffix, 20> kSuffixes{{{"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"}, {"abli", "able"}, {"alli", "al"},
        {"entli", "ent"}, {"eli", "e"}, {"ousli", "ous"}, {"ization", "ize"}, {"ation", "ate"}, {"ator", "ate"}, {"alism", "al"}, {"iveness", "ive"}, {"fulness", "ful"},
        {"ousness", "ous"}, {"aliti", "al"}, {"iviti", "ive"}, {"biliti", "ble"}}};
    first_of(kSuffixes, 0);
  }

  // Step 3.
  void simple_suffixes() {
    static constexpr std::array<Suffix, 7> kSuffixes{{{"icate", "ic"}, {"ative", ""}, {"alize", "al"}, {"iciti", "ic"}, {"ical", "ic"}, {"ful", ""}, {"ness", ""}}};
    first_of(kSuffixes, 0);
  }

  // Step 4. "ion" goes only behind s or t.
  void bare_suffixes() {
    static constexpr std::array<Suffix, 18> kSuffixes{{{"al", ""}, {"ance", ""}, {"ence", ""}, {"er", ""}, {"ic", ""}, {"able", ""}, {"ible", ""}, {"ant", ""}, {"ement", ""},
        {"ment", ""}, {"ent", ""}, {"ou", ""}, {"ism", ""}, {"ate", ""}, {"iti", ""}, {"ous", ""}, {"ive", ""}, {"ize", ""}}};
    if (ends("sion") || ends("tion")) {
      if (measure(without("ion")) > 1) replace("ion", "");
      return;
    }
    first_of(kSuffixes, 1);
  }

  // Steps 5a and 5b.
  void final_e() {
    if (ends("e")) {
      const size_t length = without("e");
      if (measure(length) > 1 || (measure(length) == 1 && !short_syllable(length))) word_.pop_back();
    }
    if (measure(word_.size()) > 1 && double_consonant() && ends("l")) word_.pop_back();
  }

  std::string word_;
};

using Stem = std::string (*)(std::string_view word);

template <Stem stem_of>
void stem_chunk(duckdb_function_info, duckdb_data_chunk input, duckdb_vector output) {
  const idx_t rows = duckdb_data_chunk_get_size(input);
  duckdb_vector words = duckdb_data_chunk_get_vector(input, 0);
  uint64_t* valid = duckdb_vector_get_validity(words);
  auto* values = static_cast<duckdb_string_t*>(duckdb_vector_get_data(words));
  for (idx_t row = 0; row < rows; ++row) {
    if (valid != nullptr && !duckdb_validity_row_is_valid(valid, row)) {
      duckdb_vector_ensure_validity_writable(output);
      duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
      continue;
    }
    const std::string stem = stem_of({duckdb_string_t_data(&values[row]), duckdb_string_t_length(values[row])});
    duckdb_vector_assign_string_element_len(output, row, stem.data(), stem.size());
  }
}

}  // namespace

std::string porter_stem(std::string_view word) {
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  // Words of one or two letters stay, as in the author's own program; what is longer than any word is none.
  if (!plain || word.size() <= 2 || word.size() > kLongestWord) return std::string(word);
  return Stemmer(word).run();
}

namespace {

void register_stemmer(duckdb_connection connection, const char* name, duckdb_scalar_function_t stem) {
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name);
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, text);
  duckdb_scalar_function_set_function(function, stem);
  const duckdb_state state = duckdb_register_scalar_function(connection, function);
  duckdb_destroy_scalar_function(&function);
  duckdb_destroy_logical_type(&text);
  if (state == DuckDBError) throw RecipeError("E6008", "the stemmer can't be registered with DuckDB");
}

}  // namespace

void register_stemmers(duckdb_connection connection) {
  register_stemmer(connection, "mr_porter_stem", stem_chunk<porter_stem>);
  register_stemmer(connection, "mr_lancaster_stem", stem_chunk<lancaster_stem>);
}

}  // namespace mr::recipe
