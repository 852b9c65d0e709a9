#include "recipe/engine/character_set.hpp"

#include <algorithm>

#include "recipe/engine/utf8.hpp"

namespace mr::recipe {

// Reads the inside of a class from left to right; whatever it doesn't know ends it.
class ClassReader {
 public:
  explicit ClassReader(std::string_view pattern) : rest_(pattern) {}

  std::optional<CharacterSet> read() {
    if (rest_.starts_with('\\')) return read_escape() && rest_.empty() ? std::optional(set_) : std::nullopt;
    if (!take('[')) return std::nullopt;
    const bool negated = take('^');
    do {  // in front, ] stands for itself
      if (!read_item()) return std::nullopt;
    } while (!take(']'));
    if (!rest_.empty()) return std::nullopt;
    set_.negated_ = negated;
    if (negated) set_.ascii_.flip();
    return set_;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool read_item() {
    if (rest_.empty() || rest_.starts_with("[:")) return false;
    if (rest_.starts_with('\\') && rest_.size() > 1 && std::string_view("dswp").find(rest_[1]) != std::string_view::npos) return read_escape();
    const auto first = read_character();
    if (!first) return false;
    auto last = first;
    if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
      rest_.remove_prefix(1);
      last = read_character();
    }
    if (!last || *last < *first) return false;
    set_.add(*first, *last);
    return true;
  }

  // One of the classes that have a letter.
  bool read_escape() {
    const auto is = [&](std::string_view name) {
      if (!rest_.starts_with(name)) return false;
      rest_.remove_prefix(name.size());
      return true;
    };
    if (is("\\d")) return add({{'0', '9'}});
    if (is("\\s")) return add({{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}});
    if (is("\\w")) return add({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}});
    // Separators of Unicode: the blanks, the ends of lines and of paragraphs.
    if (is("\\p{Z}")) return add({{' ', ' '}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}});
    return false;
  }

  bool add(std::initializer_list<std::pair<char32_t, char32_t>> ranges) {
    for (const auto& [first, last] : ranges) set_.add(first, last);
    return true;
  }

  std::optional<char32_t> read_character() {
    if (rest_.empty()) return std::nullopt;
    if (!take('\\')) return next_character(rest_);
    if (rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    static constexpr std::string_view kLetters = "tnrfva", kMeant = "\t\n\r\f\v\a";
    if (const size_t at = kLetters.find(c); at != std::string_view::npos) return static_cast<char32_t>(kMeant[at]);
    if (c == 'x') return read_code();
    const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (word || static_cast<unsigned char>(c) >= 128) return std::nullopt;
    return static_cast<char32_t>(c);
  }

  // {0B}: the rest of \x{0B}.
  std::optional<char32_t> read_code() {
    if (!take('{')) return std::nullopt;
    char32_t code = 0;
    size_t digits = 0;
    for (; !rest_.empty() && rest_.front() != '}'; rest_.remove_prefix(1), ++digits) {
      const char c = rest_.front();
      const size_t digit = std::string_view("0123456789abcdef").find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
      if (digit == std::string_view::npos || digits == 6) return std::nullopt;
      code = code * 16 + static_cast<char32_t>(digit);
    }
    if (!take('}') || digits == 0 || code > 0x10FFFF) return std::nullopt;
    return code;
  }

  std::string_view rest_;
  CharacterSet set_{};
};

std::optional<CharacterSet> CharacterSet::of(std::string_view pattern) { return ClassReader(pattern).read(); }

void CharacterSet::add(char32_t first, char32_t last) {
  for (char32_t c = first; c <= last && c < 128; ++c) ascii_.set(c);
  if (last >= 128) beyond_.emplace_back(std::max<char32_t>(first, 128), last);
}

bool CharacterSet::has_beyond(char32_t c) const {
  const bool found = std::any_of(beyond_.begin(), beyond_.end(), [&](const auto& range) { return range.first <= c && c <= range.second; });
  return found != negated_;
}

}  // namespace mr::recipe
