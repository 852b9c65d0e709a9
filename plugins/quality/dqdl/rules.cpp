#include "quality/dqdl/rules.hpp"

#include "quality/dqdl/rule_types.hpp"
#include "quality/engine/check.hpp"

#include <algorithm>
#include <cctype>

namespace mr::quality::dqdl {
namespace {

constexpr size_t kMostLabels = 10, kLongestKey = 128, kLongestValue = 256;

bool has_key(const Pairs& pairs, const std::string& key) {
  return std::any_of(pairs.begin(), pairs.end(),
                     [&](const auto& pair) { return pair.first == key; });
}

// The defaults, with the rule's own over them.
Pairs labels_of(const Cursor& cursor, size_t begin, const Pairs& defaults, Pairs own) {
  for (const auto& label : defaults) {
    if (!has_key(own, label.first)) own.push_back(label);
  }
  if (own.size() > kMostLabels) cursor.fail_at(begin, "more than 10 labels");
  return own;
}

class Reader {
 public:
  Reader(Cursor& cursor, const Preamble& preamble) : cursor_(cursor), preamble_(preamble) {}

  Rule any() { return joined(Rule::Kind::any, "or", &Reader::all); }

  std::vector<std::string> parameters() {
    std::vector<std::string> found;
    while (starts_parameter()) found.push_back(parameter());
    return found;
  }

  std::string type_name() {
    const Token& token = cursor_.peek();
    if (token.kind != Token::Kind::word ||
        std::isupper(static_cast<unsigned char>(token.text.front())) == 0 ||
        Cursor::is_reserved(token.text))
      cursor_.fail("expected a rule");
    if (rule_type(token.text) == nullptr)
      throw QualityError("E7003", "rule type " + token.text + " is not known",
                         cursor_.place(token.begin), "README.md of the plugin quality lists them");
    return cursor_.take().text;
  }

  // Of the type's forms the one that takes so many parameters.
  const Form& form_of(const RuleType& type, size_t parameters, size_t begin) const {
    for (const Form& form : type.forms) {
      if (parameters >= form.least && parameters <= form.most) return form;
    }
    wrong(begin, type,
          "takes " + counts_of(type) + " parameters, not " + std::to_string(parameters));
  }

  [[noreturn]] void wrong(size_t begin, const RuleType& type, const std::string& what) const {
    throw QualityError("E7005", std::string(type.name) + ": " + what, cursor_.place(begin));
  }

 private:
  static std::string counts_of(const RuleType& type) {
    const size_t least = type.forms.front().least, most = type.forms.back().most;
    if (least == most) return std::to_string(least);
    return std::to_string(least) + (most > 3 ? " or more" : " to " + std::to_string(most));
  }

  Rule all() { return joined(Rule::Kind::all, "and", &Reader::one); }

  Rule joined(Rule::Kind kind, const std::string& by, Rule (Reader::*part)()) {
    const size_t begin = cursor_.begin();
    Rule first = (this->*part)();
    if (!cursor_.keyword(by)) return first;
    Rule rule;
    rule.kind = kind;
    rule.parts.push_back(std::move(first));
    do rule.parts.push_back((this->*part)());
    while (cursor_.keyword(by));
    return placed(std::move(rule), begin);
  }

  Rule placed(Rule rule, size_t begin) const {
    rule.text = cursor_.since(begin);
    rule.place = cursor_.place(begin);
    return rule;
  }

  Rule one() {
    const Cursor::Deeper deeper(cursor_);
    const size_t begin = cursor_.begin();
    if (!cursor_.symbol("(")) return single();
    Rule rule = any();
    cursor_.expect(")");
    rule = placed(std::move(rule), begin);
    if (cursor_.at_word("labels")) rule.labels = labels(rule.labels);
    return rule;
  }

  bool is_text_or_constant() const {
    return cursor_.peek().kind == Token::Kind::quoted || cursor_.at_symbol("$");
  }

  // "of" and "and" before a parameter are noise; but "and" before a bracket or a type of rule joins
  // rules.
  bool starts_parameter() const {
    const Token& token = cursor_.peek();
    if (is_text_or_constant()) return true;
    if (token.kind != Token::Kind::word) return false;
    if (token.text == "of" || token.text == "OF") return true;
    if (token.text != "and" && token.text != "AND") return !Cursor::is_reserved(token.text);
    const Token& after = cursor_.peek(1);
    return after.kind == Token::Kind::quoted ||
           (after.kind == Token::Kind::word && !Cursor::is_reserved(after.text) &&
            rule_type(after.text) == nullptr);
  }

  std::string parameter() {
    if (!cursor_.keyword("of")) cursor_.keyword("and");
    if (cursor_.at_symbol("$")) return read_text_constant(cursor_, preamble_.constants);
    const Token& token = cursor_.peek();
    const bool name = token.kind == Token::Kind::word && !Cursor::is_reserved(token.text);
    if (!name && token.kind != Token::Kind::quoted) cursor_.fail("expected a parameter");
    return cursor_.take().text;
  }

  Rule single() {
    const size_t begin = cursor_.begin();
    Rule rule;
    rule.type = type_name();
    const RuleType& type = *rule_type(rule.type);
    if (type.only_analyzer) wrong(begin, type, "is an analyzer, and no rule");
    rule.parameters = parameters();
    const Form& form = form_of(type, rule.parameters.size(), begin);
    if (starts_condition(cursor_))
      rule.condition = condition(type, form);
    else if (!form.bare)
      cursor_.fail(rule.type + " needs a condition");
    if (cursor_.at_word("where")) rule.where = where(type);
    rule.labels = cursor_.at_word("labels") ? labels(preamble_.labels) : preamble_.labels;
    while (cursor_.word("with")) tag(rule, type);
    return placed(std::move(rule), begin);
  }

  Condition condition(const RuleType& type, const Form& form) {
    const size_t begin = cursor_.begin();
    if (form.kinds.empty()) wrong(begin, type, "takes no condition");
    Condition read = read_condition(cursor_, preamble_.constants);
    const auto takes = [&](Condition::Kind kind) {
      return std::find(form.kinds.begin(), form.kinds.end(), kind) != form.kinds.end();
    };
    if (takes(Condition::Kind::size) && read.kind == Condition::Kind::number)
      return bytes(std::move(read), begin, type);
    if (!takes(read.kind)) wrong(begin, type, "takes no condition of this kind");
    return read;
  }

  // Whole numbers without a unit are bytes.
  Condition bytes(Condition condition, size_t begin, const RuleType& type) const {
    condition.kind = Condition::Kind::size;
    for (Operand& operand : condition.operands) {
      const bool whole =
          operand.kind == Operand::Kind::number && operand.number.kind == Number::Kind::literal &&
          operand.number.text.find('.') == std::string::npos && operand.number.value < 9e18;
      if (!whole) wrong(begin, type, "takes whole numbers with B, KB, MB, GB or TB");
      operand = {Operand::Kind::size, {}, {}, static_cast<int64_t>(operand.number.value)};
    }
    return condition;
  }

  std::string where(const RuleType& type) {
    const size_t begin = cursor_.begin();
    cursor_.take();
    if (!type.where) wrong(begin, type, "takes no where");
    std::string predicate = cursor_.quoted("a predicate");
    if (predicate.empty()) cursor_.fail_at(begin, "the predicate after where is empty");
    return predicate;
  }

  Pairs labels(const Pairs& defaults) {
    const size_t begin = cursor_.begin();
    cursor_.take();
    cursor_.expect("=");
    return labels_of(cursor_, begin, defaults, read_labels(cursor_));
  }

  void tag(Rule& rule, const RuleType& type) {
    const size_t begin = cursor_.begin();
    const Token& name = cursor_.peek();
    if (name.kind != Token::Kind::word || Cursor::is_reserved(name.text))
      cursor_.fail("expected the name of a tag");
    std::string key = cursor_.take().text;
    if (key == "threshold") return threshold(rule, type, begin);
    if (!cursor_.at_symbol("=")) cursor_.fail("a tag takes '=' only");
    rule.tags.emplace_back(std::move(key), tag_value(begin));
  }

  void threshold(Rule& rule, const RuleType& type, size_t begin) {
    if (!type.threshold) wrong(begin, type, "takes no threshold");
    if (rule.threshold) cursor_.fail_at(begin, "a second threshold");
    rule.threshold = read_condition(cursor_, preamble_.constants);
    if (rule.threshold->kind != Condition::Kind::number)
      cursor_.fail_at(begin, "a threshold is a number");
  }

  // A text, a number as it stands, or a list of texts with commas between.
  std::string tag_value(size_t begin) {
    cursor_.expect("=");
    if (cursor_.symbol("[")) {
      std::string list = cursor_.quoted("a text");
      while (cursor_.symbol(",")) list += "," + cursor_.quoted("a text");
      cursor_.expect("]");
      return list;
    }
    if (is_text_or_constant())
      return cursor_.at_symbol("$") ? read_text_constant(cursor_, preamble_.constants)
                                    : without_escapes(cursor_.take().text);
    const size_t value = cursor_.begin();
    const bool minus = cursor_.symbol("-");
    const Token::Kind kind = cursor_.peek().kind;
    if (kind != Token::Kind::whole && kind != Token::Kind::decimal)
      cursor_.fail_at(minus ? value : begin, "a tag is a text or a number");
    cursor_.take();
    return cursor_.since(value);
  }

  Cursor& cursor_;
  const Preamble& preamble_;
};

}  // namespace

const std::string* Rule::tag(const std::string& name) const {
  for (auto pair = tags.rbegin(); pair != tags.rend(); ++pair) {
    if (pair->first == name) return &pair->second;
  }
  return nullptr;
}

Rule read_rule(Cursor& cursor, const Preamble& preamble) {
  return Reader(cursor, preamble).any();
}

Analyzer read_analyzer(Cursor& cursor, const Preamble& preamble) {
  Reader reader(cursor, preamble);
  const size_t begin = cursor.begin();
  Analyzer analyzer{reader.type_name(), {}, {}, cursor.place(begin)};
  const RuleType& type = *rule_type(analyzer.type);
  if (!type.analyzer)
    reader.wrong(begin, type, "is no analyzer: it measures nothing that can be kept");
  analyzer.parameters = reader.parameters();
  reader.form_of(type, analyzer.parameters.size(), begin);
  analyzer.text = cursor.since(begin);
  return analyzer;
}

Pairs read_labels(Cursor& cursor) {
  Pairs labels;
  cursor.expect("[");
  do {
    const size_t begin = cursor.begin();
    std::string key = cursor.quoted("the key of a label");
    cursor.expect("=");
    std::string value = cursor.quoted("the value of a label");
    if (key.empty() || value.empty()) cursor.fail_at(begin, "a label has a key and a value");
    if (key.size() > kLongestKey || value.size() > kLongestValue)
      cursor.fail_at(begin, "a label has up to 128 characters before its '=' and 256 after it");
    if (has_key(labels, key)) cursor.fail_at(begin, "a second label of the key '" + key + "'");
    labels.emplace_back(std::move(key), std::move(value));
  } while (cursor.symbol(","));
  cursor.expect("]");
  if (labels.size() > kMostLabels) cursor.fail("more than 10 labels");
  return labels;
}

}  // namespace mr::quality::dqdl
