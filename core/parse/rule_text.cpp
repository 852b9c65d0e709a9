#include "parse/rule_text.hpp"

#include "base/text.hpp"

namespace millrace {
namespace {

constexpr int kDeepest = 50;

// One method per level of precedence; each appends what it read.
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  Result<std::vector<NamedRuleStep>> all() {
    const bool read = any(0);
    skip();
    if (read && at_ < text_.size()) fail("expected && or ||");
    if (!error_.empty()) {
      return Error{.code = "E1014", .what = error_ + " at character " + std::to_string(at_ + 1) + " of the rule " + quote(text_), .where = {},
                   .hint = "write for example: load.succeeded && !check.failed"};
    }
    return std::move(steps_);
  }

 private:
  bool fail(std::string what) {
    if (error_.empty()) error_ = std::move(what);
    return false;
  }

  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }

  bool take(std::string_view token) {
    skip();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  bool any(int depth) {
    if (!all_of(depth)) return false;
    while (take("||")) {
      if (!all_of(depth)) return false;
      steps_.push_back({RuleStep::Kind::any, {}, {}});
    }
    return true;
  }

  bool all_of(int depth) {
    if (!one(depth)) return false;
    while (take("&&")) {
      if (!one(depth)) return false;
      steps_.push_back({RuleStep::Kind::all, {}, {}});
    }
    return true;
  }

  bool one(int depth) {
    if (depth > kDeepest) return fail("too many parentheses or !");
    if (take("!")) {
      if (!one(depth + 1)) return false;
      steps_.push_back({RuleStep::Kind::no, {}, {}});
      return true;
    }
    if (take("(")) return any(depth + 1) && (take(")") || fail("expected )"));
    return state();
  }

  bool state() {
    const std::string need = word();
    if (need.empty()) return fail("expected the name of a task");
    if (!take(".")) return fail("expected a dot and a state after " + quote(need));
    const std::string name = word();
    const auto state = task_state_from(name);
    if (!state || !is_final(*state)) {
      return fail(quote(name) + " is no final state; known are succeeded, failed, timed_out, skipped, upstream_failed, cancelled");
    }
    steps_.push_back({RuleStep::Kind::is, need, *state});
    return true;
  }

  std::string word() {
    skip();
    const size_t begin = at_;
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    while (at_ < text_.size() && fits(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string error_{};
  std::vector<NamedRuleStep> steps_{};
};

}  // namespace

Result<std::vector<NamedRuleStep>> read_rule(std::string_view text) { return RuleReader(text).all(); }

}  // namespace millrace
