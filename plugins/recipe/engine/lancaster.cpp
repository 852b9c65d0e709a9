// The Lancaster stemmer: rules by the word's last letters, tried in order, until one says stop or
// none fits.
#include "recipe/engine/stemmer.hpp"

#include <algorithm>
#include <cstdint>
#include <span>

namespace mr::recipe {
namespace {

constexpr uint8_t kAgain = 1;   // the rules are tried anew on what is left; else the stem is ready
constexpr uint8_t kIntact = 2;  // only while nothing has been taken from the word
constexpr size_t kLongestWord = 64;

// An ending that is the same on both sides is protected: it stays, and the stem is ready.
struct Rule {
  std::string_view from, to;
  uint8_t flags = 0;
};

// In the order of the paper. An ending that no word has, such as "j", is what another rule leaves.
constexpr Rule kRules[] = {{"ia", "", kIntact},
                           {"a", "", kIntact},
                           {"bb", "b"},
                           {"ytic", "ys"},
                           {"ic", "", kAgain},
                           {"nc", "nt", kAgain},
                           {"dd", "d"},
                           {"ied", "y", kAgain},
                           {"ceed", "cess"},
                           {"eed", "ee"},
                           {"ed", "", kAgain},
                           {"hood", "", kAgain},
                           {"e", "", kAgain},
                           {"lief", "liev"},
                           {"if", "", kAgain},
                           {"ing", "", kAgain},
                           {"iag", "y"},
                           {"ag", "", kAgain},
                           {"gg", "g"},
                           {"th", "", kIntact},
                           {"guish", "ct"},
                           {"ish", "", kAgain},
                           {"i", "", kIntact},
                           {"i", "y", kAgain},
                           {"ij", "id"},
                           {"fuj", "fus"},
                           {"uj", "ud"},
                           {"oj", "od"},
                           {"hej", "her"},
                           {"verj", "vert"},
                           {"misj", "mit"},
                           {"nj", "nd"},
                           {"j", "s"},
                           {"ifiabl", ""},
                           {"iabl", "y"},
                           {"abl", "", kAgain},
                           {"ibl", ""},
                           {"bil", "bl", kAgain},
                           {"cl", "c"},
                           {"iful", "y"},
                           {"ful", "", kAgain},
                           {"ul", ""},
                           {"ial", "", kAgain},
                           {"ual", "", kAgain},
                           {"al", "", kAgain},
                           {"ll", "l"},
                           {"ium", ""},
                           {"um", "", kIntact},
                           {"ism", "", kAgain},
                           {"mm", "m"},
                           {"sion", "j", kAgain},
                           {"xion", "ct"},
                           {"ion", "", kAgain},
                           {"ian", "", kAgain},
                           {"an", "", kAgain},
                           {"een", "een"},
                           {"en", "", kAgain},
                           {"nn", "n"},
                           {"ship", "", kAgain},
                           {"pp", "p"},
                           {"er", "", kAgain},
                           {"ear", "ear"},
                           {"ar", ""},
                           {"or", "", kAgain},
                           {"ur", "", kAgain},
                           {"rr", "r"},
                           {"tr", "t", kAgain},
                           {"ier", "y", kAgain},
                           {"ies", "y", kAgain},
                           {"sis", "s"},
                           {"is", "", kAgain},
                           {"ness", "", kAgain},
                           {"ss", "ss"},
                           {"ous", "", kAgain},
                           {"us", "", kIntact},
                           {"s", "", kIntact | kAgain},
                           {"s", "s"},
                           {"plicat", "ply"},
                           {"at", "", kAgain},
                           {"ment", "", kAgain},
                           {"ent", "", kAgain},
                           {"ant", "", kAgain},
                           {"ript", "rib"},
                           {"orpt", "orb"},
                           {"duct", "duc"},
                           {"sumpt", "sum"},
                           {"cept", "ceiv"},
                           {"olut", "olv"},
                           {"sist", "sist"},
                           {"ist", "", kAgain},
                           {"tt", "t"},
                           {"iqu", ""},
                           {"ogu", "og"},
                           {"siv", "j", kAgain},
                           {"eiv", "eiv"},
                           {"iv", "", kAgain},
                           {"bly", "bl", kAgain},
                           {"ily", "y", kAgain},
                           {"ply", "ply"},
                           {"ly", "", kAgain},
                           {"ogy", "og"},
                           {"phy", "ph"},
                           {"omy", "om"},
                           {"opy", "op"},
                           {"ity", "", kAgain},
                           {"ety", "", kAgain},
                           {"lty", "l"},
                           {"istry", ""},
                           {"ary", "", kAgain},
                           {"ory", "", kAgain},
                           {"ify", ""},
                           {"ncy", "nt", kAgain},
                           {"acy", "", kAgain},
                           {"iz", "", kAgain},
                           {"yz", "ys"}};

bool is_vowel(char c) {
  return std::string_view("aeiouy").find(c) != std::string_view::npos;
}

// What is left of the word's own letters is still a word: two letters when the first is a vowel,
// else three with a vowel behind the first.
bool acceptable(std::string_view left) {
  if (left.empty()) return false;
  if (is_vowel(left[0])) return left.size() >= 2;
  return left.size() >= 3 && (is_vowel(left[1]) || is_vowel(left[2]));
}

// How many of the ending's letters stay where they are.
size_t kept(const Rule& rule) {
  const auto shorter = std::min(rule.from.size(), rule.to.size());
  return static_cast<size_t>(std::mismatch(rule.from.begin(),
                                           rule.from.begin() + static_cast<std::ptrdiff_t>(shorter),
                                           rule.to.begin())
                                 .first -
                             rule.from.begin());
}

bool fits(const Rule& rule, std::string_view word, bool intact) {
  if (!word.ends_with(rule.from) || ((rule.flags & kIntact) != 0 && !intact)) return false;
  return rule.from == rule.to ||
         acceptable(word.substr(0, word.size() - rule.from.size() + kept(rule)));
}

}  // namespace

std::string lancaster_stem(std::string_view word) {
  const bool plain =
      std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  std::string stem(word);
  if (!plain || word.size() > kLongestWord) return stem;
  for (bool intact = true;; intact = false) {
    const Rule* rule = std::find_if(std::begin(kRules), std::end(kRules),
                                    [&](const Rule& one) { return fits(one, stem, intact); });
    if (rule == std::end(kRules)) return stem;
    stem.replace(stem.size() - rule->from.size(), rule->from.size(), rule->to);
    if ((rule->flags & kAgain) == 0) return stem;
  }
}

}  // namespace mr::recipe
