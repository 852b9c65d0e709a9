#include "quality/dqdl/spark_sql.hpp"

#include "data/session.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

namespace mr::quality::dqdl {
namespace {

struct Word {
  enum class Kind : unsigned char { space = 1, name, quoted_name, text, other } kind = Kind::other;
  std::string text{};  // without quotes
};

bool is_wordy(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string lower(std::string_view text) {
  std::string changed(text);
  std::transform(changed.begin(), changed.end(), changed.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return changed;
}

// Up to the closing quote; a doubled one stands for itself, and in a text so does what follows a
// backslash.
std::optional<Word> quoted(std::string_view sql, size_t& at) {
  const char quote = sql[at++];
  Word word{quote == '`' ? Word::Kind::quoted_name : Word::Kind::text, {}};
  for (; at < sql.size(); ++at) {
    const char next = at + 1 < sql.size() ? sql[at + 1] : '\0';
    if (sql[at] == quote && next != quote) {
      ++at;
      return word;
    }
    const bool escaped =
        sql[at] == quote || (quote != '`' && sql[at] == '\\' && (next == quote || next == '\\'));
    if (escaped) ++at;
    word.text += sql[at];
  }
  return std::nullopt;
}

Word run(std::string_view sql, size_t& at) {
  const size_t begin = at;
  if (std::isspace(static_cast<unsigned char>(sql[at])) != 0) {
    while (at < sql.size() && std::isspace(static_cast<unsigned char>(sql[at])) != 0) ++at;
    return {Word::Kind::space, " "};
  }
  if (is_wordy(sql[at])) {
    while (at < sql.size() && is_wordy(sql[at])) ++at;
    return {Word::Kind::name, std::string(sql.substr(begin, at - begin))};
  }
  at += sql.substr(at, 3) == "<=>" ? 3 : sql.substr(at, 2) == "==" ? 2 : 1;
  return {Word::Kind::other, std::string(sql.substr(begin, at - begin))};
}

std::optional<std::vector<Word>> words_of(std::string_view sql) {
  std::vector<Word> words;
  int depth = 0;
  for (size_t at = 0; at < sql.size();) {
    const std::string_view two = sql.substr(at, 2);
    if (sql[at] == ';' || two == "--" || two == "/*") return std::nullopt;
    if (sql[at] == '(') ++depth;
    if (sql[at] == ')' && --depth < 0) return std::nullopt;
    if (sql[at] == '\'' || sql[at] == '"' || sql[at] == '`') {
      auto word = quoted(sql, at);
      if (!word) return std::nullopt;
      words.push_back(*std::move(word));
    } else {
      words.push_back(run(sql, at));
    }
  }
  if (depth != 0) return std::nullopt;
  return words;
}

struct Spelling {
  std::string_view spark, engine;
};

// Where the name alone is another one.
constexpr std::array<Spelling, 10> kFunctions{{{"nvl", "ifnull"},
                                               {"size", "len"},
                                               {"to_date", "_mr_to_date"},
                                               {"isnull", "_mr_is_null"},
                                               {"isnotnull", "_mr_is_not_null"},
                                               {"date_add", "_mr_date_add"},
                                               {"date_sub", "_mr_date_sub"},
                                               {"datediff", "_mr_date_diff"},
                                               {"rlike", "regexp_matches"},
                                               {"char_length", "length"}}};

constexpr std::array<Spelling, 4> kTypes{
    {{"string", "VARCHAR"}, {"long", "BIGINT"}, {"short", "SMALLINT"}, {"byte", "TINYINT"}}};

std::string_view spelt(const auto& table, const std::string& name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Spelling& one) { return one.spark == name; });
  return found == table.end() ? std::string_view() : found->engine;
}

class Writer {
 public:
  explicit Writer(const std::vector<Word>& words) : words_(words) {}

  std::string sql() {
    for (at_ = 0; at_ < words_.size(); ++at_) word(words_[at_]);
    return sql_;
  }

 private:
  const Word* near(int step) const {
    for (auto i = static_cast<std::ptrdiff_t>(at_) + step;
         i >= 0 && i < static_cast<std::ptrdiff_t>(words_.size()); i += step) {
      if (words_[static_cast<size_t>(i)].kind != Word::Kind::space)
        return &words_[static_cast<size_t>(i)];
    }
    return nullptr;
  }

  bool follows(std::string_view text, int step) const {
    const Word* word = near(step);
    return word != nullptr && word->kind != Word::Kind::text && lower(word->text) == text;
  }

  void word(const Word& one) {
    switch (one.kind) {
      case Word::Kind::space:
        sql_ += ' ';
        return;
      case Word::Kind::quoted_name:
        sql_ += mr::data::ident(one.text);
        return;
      case Word::Kind::text:
        sql_ += mr::data::literal(one.text);
        return;
      case Word::Kind::other:
        sql_ += one.text == "==" ? "=" : one.text == "<=>" ? " IS NOT DISTINCT FROM " : one.text;
        return;
      case Word::Kind::name:
        name(one.text);
        return;
    }
  }

  void name(const std::string& text) {
    const std::string small = lower(text);
    const bool call = follows("(", 1);
    if (small == "primary")
      sql_ += "\"primary\"";  // a reserved word elsewhere
    else if (call && !spelt(kFunctions, small).empty())
      sql_ += spelt(kFunctions, small);
    else if (!call && (small == "rlike" || small == "regexp"))
      pattern();
    else if (follows("as", -1) && !spelt(kTypes, small).empty())
      sql_ += spelt(kTypes, small);
    else
      sql_ += text;
  }

  // x RLIKE p: found anywhere. The engine's operator for this is not of SQL's words; SIMILAR TO
  // takes the whole text.
  void pattern() {
    const Word* after = near(1);
    if (after == nullptr || after->kind != Word::Kind::text) {
      sql_ += "SIMILAR TO";  // refused by the engine unless it is one
      return;
    }
    sql_ += "SIMILAR TO " + mr::data::literal("(?s:.*)(?:" + after->text + ")(?s:.*)");
    while (words_[at_].kind != Word::Kind::text) ++at_;
  }

  const std::vector<Word>& words_;
  size_t at_ = 0;
  std::string sql_{};
};

}  // namespace

std::optional<std::string> engine_sql(std::string_view spark) {
  const auto words = words_of(spark);
  if (!words) return std::nullopt;
  return Writer(*words).sql();
}

}  // namespace mr::quality::dqdl
