// The functions for texts give what the expressions give that they stand for, which DuckDB evaluates here beside them.
#include "recipe/engine/text_functions.hpp"

#include <gtest/gtest.h>

#include <random>

#include "data/session.hpp"
#include "recipe/engine/actions.hpp"
#include "recipe/engine/character_set.hpp"
#include "recipe/engine/text_pieces.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

struct Room {
  Room() { register_text_functions(session); }

  // How many of the texts give something else by the one than by the other; and one of them.
  std::string differences(const std::string& ours, const std::string& theirs) {
    const auto found = session.query("SELECT t, " + ours + ", " + theirs + " FROM texts WHERE (" + ours + ") IS DISTINCT FROM (" + theirs + ")");
    if (found.rows.empty()) return "";
    return std::to_string(found.rows.size()) + ", as of '" + found.rows[0][0].value_or("NULL") + "': '" + found.rows[0][1].value_or("NULL") + "', '" + found.rows[0][2].value_or("NULL") + "'";
  }

  void put(const std::vector<std::string>& texts) {
    std::string values = "(NULL)";
    for (const auto& text : texts) values += ", (" + literal(text) + ")";
    session.run("CREATE OR REPLACE TEMP TABLE texts AS SELECT CAST(t AS VARCHAR) AS t FROM (VALUES " + values + ") v(t)");
  }

  mr::data::Session session{{}};
};

// Texts of a few characters in which sets, their neighbours and characters of every length come together.
std::vector<std::string> random_texts(unsigned seed) {
  static const std::vector<std::string> kPieces{"a", "Z", "m", "0", "9", "-", "]", "[", "\\", "^", "_", ".", "'", " ", "  ", "\t", "\n", "\v", "\r", "\f", "\x1F", "é", "É", "ß", "ñ",
                                                "\u00A0", "\u0085", "\u2003", "\u3000", "\u200B", "שלום", "🦊", "e\u0301", "word", "WORD"};
  std::mt19937 random(seed);
  std::vector<std::string> texts{""};
  for (int i = 0; i < 600; ++i) {
    std::string text;
    for (auto left = random() % 9; left > 0; --left) text += kPieces[random() % kPieces.size()];
    texts.push_back(text);
  }
  return texts;
}

const std::vector<std::string> kSets{"[0-9]", "[^0-9]", "[a-mA-M]", "[\\s]", "\\d", "\\w", "[^\\w]", "[\\]\\[^-]", "[]a]", "[^]a]", "[a-]", "[é-ñ]", "[^é🦊]", "[\\x{0B}\\x{85}]", "[.'_\\\\]", std::string(kBlank)};

TEST(RecipeTextFunctions, sets_are_replaced_as_the_pattern_would) {
  Room room;
  room.put(random_texts(1));
  for (const auto& set : kSets) {
    ASSERT_TRUE(CharacterSet::of(set)) << set;
    for (const std::string by : {"", "x", "é-"}) {
      const std::string rest = ", " + literal(set) + ", " + literal(by) + ")";
      EXPECT_EQ(room.differences("mr_replace_set(t" + rest, "regexp_replace(t, " + literal(set) + ", " + literal(by) + ", 'g')"), "") << set;
      EXPECT_EQ(room.differences("mr_replace_runs(t" + rest, "regexp_replace(t, " + literal(set + "+") + ", " + literal(by) + ", 'g')"), "") << set;
    }
  }
}

TEST(RecipeTextFunctions, ends_are_cut_and_runs_shortened_as_patterns_would) {
  Room room;
  room.put(random_texts(2));
  for (const auto& set : kSets) {
    EXPECT_EQ(room.differences("mr_trim_set(t, " + literal(set) + ")", "regexp_replace(t, " + literal("^" + set + "+|" + set + "+$") + ", '', 'g')"), "") << set;
    EXPECT_EQ(room.differences("mr_collapse_set(t, " + literal(set) + ")", "regexp_replace(t, " + literal("(" + set + ")" + set + "+") + ", '\\1', 'g')"), "") << set;
  }
}

TEST(RecipeTextFunctions, words_of_ascii_begin_in_upper_case) {
  Room room;
  room.put(random_texts(3));
  const std::string words = "array_to_string(list_transform(regexp_extract_all(t, '[\\s\\x{0B}\\x{85}\\p{Z}]+|[^\\s\\x{0B}\\x{85}\\p{Z}]+'), lambda word: upper(word[1]) || lower(word[2:])), '')";
  EXPECT_EQ(room.differences("mr_capital_words(t)", "CASE WHEN length(t) = strlen(t) THEN " + words + " END"), "");
}

// Where it has an answer it is that of the expression, and it has one for the layouts that it is there for.
TEST(RecipeTextFunctions, plain_times_are_read_as_by_their_layouts) {
  Room room;
  std::vector<std::string> texts{"2024-02-29", "2023-02-29", "02/29/2024", "02/30/2024", "13/01/2024", "00/10/2024", "2024-00-10", "2024-10-00", "0999-01-01", "01/01/0999", "1000-01-01", "9999-12-31 23:59:59",
                                 "2024-01-01T10:00:00", "2024-01-01 10:00", "01/02/2024 10:00", "01/02/2024 10:00:61", "01/02/2024 24:00:00", "2024-01-01 23:60:00", "2024-01-01 23:59:59.5", " 2024-01-01", "2024-01-01 ", "1/2/2024",
                                 "2024/01/02", "01-02-2024", "2024-1-2", "99/99/9999", "9999-99-99", "aaaa-bb-cc", "02/29/2024 13:00:00", "2024-02-29 13:00:00", "2024-02-29x13:00:00", ""};
  std::mt19937 random(4);
  for (int i = 0; i < 400; ++i) {
    std::string text = random() % 2 == 0 ? "2023-06-15 12:30:45" : "06/15/2023 12:30:45";
    if (random() % 3 == 0) text.resize(10);
    for (auto left = random() % 3; left > 0; --left) text[random() % text.size()] = "0123456789-/: "[random() % 14];
    texts.push_back(text);
  }
  room.put(texts);
  EXPECT_EQ(room.differences("mr_plain_time(t)", "CASE WHEN mr_plain_time(t) IS NOT NULL THEN " + time_of_text("t") + " END"), "");
  const auto read = room.session.query("SELECT string_agg(t, '|' ORDER BY t) FROM texts WHERE mr_plain_time(t) IS NOT NULL AND (t LIKE '%2024%' OR t LIKE '9999%')");
  EXPECT_EQ(read.rows[0][0].value_or(""), "01/02/2024 10:00|02/29/2024|02/29/2024 13:00:00|2024-02-29|2024-02-29 13:00:00|9999-12-31 23:59:59");
}

TEST(RecipeTextFunctions, patterns_that_are_more_than_a_class_stay_patterns) {
  for (const char* pattern : {"", "a", "[", "[]", "[a", "[a]b", "[a]+", "[a]|[b]", "(a)", "[[:alpha:]]", "[\\p{L}]", "[\\S]", "[\\D]", "\\S", "[z-a]", "[\\b]", "[\\x4]", "[\\x{}]", "[\\x{110000}]", "."}) {
    EXPECT_FALSE(CharacterSet::of(pattern)) << pattern;
  }
  EXPECT_EQ(replaced("t", "[0-9]", "#"), "mr_replace_set(t, '[0-9]', '#')");
  EXPECT_EQ(replaced("t", "[0-9]+", ""), "mr_replace_runs(t, '[0-9]', '')");
  EXPECT_EQ(replaced("t", "[0-9]", "\\\\"), "regexp_replace(t, '[0-9]', '\\\\', 'g')");
  EXPECT_EQ(replaced("t", "x[0-9]", ""), "regexp_replace(t, 'x[0-9]', '', 'g')");
}

TEST(RecipeTextFunctions, a_set_that_is_none_fails_the_statement) {
  Room room;
  room.put({"a"});
  EXPECT_THROW(room.session.query("SELECT mr_trim_set(t, 'ab') FROM texts"), mr::data::SqlError);
}

}  // namespace
}  // namespace mr::recipe
