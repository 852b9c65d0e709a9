#include "flow.hpp"

#include "base/text.hpp"

namespace millrace::story {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<Json> all() {
    auto value = this->value();
    skip();
    if (value.ok() && !rest_.empty()) return wrong("unexpected " + quote(rest_));
    return value;
  }

 private:
  static Error wrong(std::string what) { return {.code = {}, .what = std::move(what), .where = {}, .hint = {}}; }
  void skip() { while (!rest_.empty() && rest_.front() == ' ') rest_.remove_prefix(1); }

  bool take(char wanted) {
    skip();
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string word(std::string_view stops) {
    const size_t end = std::min(rest_.find_first_of(stops), rest_.size());
    const std::string found(trim(rest_.substr(0, end)));
    rest_.remove_prefix(end);
    return found;
  }

  Result<Json> value() {
    if (take('{')) return object();
    if (take('[')) return list();
    skip();
    return Json(word(",]}"));
  }

  Result<Json> object() {
    Json made = Json::object();
    while (!take('}')) {
      skip();
      const std::string key = word(":,}");
      if (!take(':')) return wrong("expected ':' after " + quote(key));
      auto value = this->value();
      if (!value) return value;
      made.set(key, std::move(*value));
      if (!take(',') && (rest_.empty() || rest_.front() != '}')) return wrong("expected ',' or '}' at " + quote(rest_));
    }
    return made;
  }

  Result<Json> list() {
    Json made = Json::array();
    while (!take(']')) {
      auto value = this->value();
      if (!value) return value;
      made.push(std::move(*value));
      if (!take(',') && (rest_.empty() || rest_.front() != ']')) return wrong("expected ',' or ']' at " + quote(rest_));
    }
    return made;
  }

  std::string_view rest_;
};

}  // namespace

Result<Json> read_flow(std::string_view text) { return Reader(text).all(); }

}  // namespace millrace::story
