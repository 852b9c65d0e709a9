// The words of a DQDL text, with their places.
//
// Pure. Errors: QualityError E7004 with file:line:column.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace mr::quality::dqdl {

struct Token {
  enum class Kind : unsigned char {
    word = 1,
    quoted,
    whole,
    decimal,
    symbol,
    end
  } kind = Kind::end;
  std::string text{};  // of a quoted one without its quotes and the backslash before a quote; other
                       // backslashes stay
  size_t begin = 0, end = 0;
};

// The places of a text: where a mistake is.
class Source {
 public:
  Source(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {}

  std::string_view text() const { return text_; }

  std::string place(size_t at) const;  // lines and columns (bytes) from 1
  [[noreturn]] void fail(size_t at, const std::string& what) const;

 private:
  std::string_view text_;
  std::string name_;
};

std::vector<Token> tokens_of(const Source& source);  // the last one is the end

// A text without its escapes: \\ is one backslash. Patterns and SQL keep theirs.
std::string without_escapes(const std::string& text);

}  // namespace mr::quality::dqdl
