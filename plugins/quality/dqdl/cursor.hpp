// Where a reader stands among the words of a DQDL text.
//
// One thread. Errors: QualityError E7004 at the word that is not as it should be.
#pragma once
#include "quality/dqdl/lexer.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mr::quality::dqdl {

class Cursor {
 public:
  explicit Cursor(const Source& source) : source_(source), tokens_(tokens_of(source)) {}

  const Token& peek(size_t ahead = 0) const;
  const Token& take();
  [[noreturn]] void fail(const std::string& what) const;  // ", found 'word'" is added

  [[noreturn]] void fail_at(size_t begin, const std::string& what) const {
    source_.fail(begin, what);
  }

  bool at_symbol(std::string_view text) const {
    return peek().kind == Token::Kind::symbol && peek().text == text;
  }

  bool at_word(std::string_view text) const {
    return peek().kind == Token::Kind::word && peek().text == text;
  }

  bool symbol(std::string_view text);  // takes it when it is there
  bool word(std::string_view text);
  bool keyword(std::string_view lower);  // all lower or all upper case
  void expect(std::string_view text);    // a symbol
  std::string quoted(const std::string& what);

  size_t begin() const { return peek().begin; }

  std::string place(size_t begin) const { return source_.place(begin); }

  std::string since(size_t begin) const;  // the text from there to the last word taken

  // A word that is the language's own can't be a name: quote it.
  static bool is_reserved(std::string_view word);

  // One level deeper while it lives; deeper than 100 is refused, so that no text exhausts the
  // stack.
  class Deeper {
   public:
    explicit Deeper(Cursor& cursor);

    ~Deeper() { --cursor_.depth_; }

    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    Cursor& cursor_;
  };

 private:
  const Source& source_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace mr::quality::dqdl
