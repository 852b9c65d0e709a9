// Records as the cutters give them, against a second implementation that looks at one character after the other.
#include "ingest/records.hpp"

#include <gtest/gtest.h>

#include <random>

#include "ingest/tests/slow_csv.hpp"

namespace mr::ingest {
namespace {

using mr::ingest::testing::Seen;
using mr::ingest::testing::Slow;

Seen seen_of(const Record& record) {
  Seen seen{.cells = {record.cells.begin(), record.cells.end()}, .raw = std::string(record.raw), .line = record.line, .broken = record.broken != nullptr};
  if (seen.broken) seen.cells.clear();
  return seen;
}

std::vector<Seen> cut_whole(const Layout& layout, const std::string& text) {
  std::vector<Seen> records;
  const auto cutter = cut(layout, text, 1, true);
  for (Record record; cutter->next(record) == Cutter::Cut::record;) records.push_back(seen_of(record));
  return records;
}

// As a reader of a stream does: what is not whole at the end of a piece is seen again with the next one.
std::vector<Seen> cut_in_pieces(const Layout& layout, const std::string& text, std::mt19937& random) {
  std::vector<Seen> records;
  size_t from = 0, to = 0;
  int64_t line = 1;
  while (from < text.size()) {
    to = std::min(text.size(), to + 1 + random() % 9);
    const std::string piece = text.substr(from, to - from);
    const auto cutter = cut(layout, piece, line, to == text.size());
    for (Record record; cutter->next(record) == Cutter::Cut::record;) records.push_back(seen_of(record));
    line += std::count(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(cutter->at()), '\n');
    from += cutter->at();
    if (to == text.size()) break;
  }
  return records;
}

std::string random_text(std::mt19937& random) {
  constexpr std::string_view kParts[] = {"a", "bc", ",", ",", "\"", "\"", "\"\"", "\n", "\n", "\r\n", "\r", " ", "é", "long enough for sixteen bytes at once"};
  std::string text;
  for (size_t n = random() % 40; n > 0; --n) text += kParts[random() % std::size(kParts)];
  return text;
}

TEST(CsvRecords, TwoImplementationsReadTheSameDirtInTheSameWay) {
  std::mt19937 random(20261126);
  for (int round = 0; round < 100'000; ++round) {
    const auto text = random_text(random);
    const auto expected = Slow(text).all();
    ASSERT_EQ(cut_whole({}, text), expected) << ::testing::PrintToString(text);
    ASSERT_EQ(cut_in_pieces({}, text, random), expected) << ::testing::PrintToString(text);
  }
}

TEST(CsvRecords, WithoutQuotesTheyAreAsManyAsLinesThatAreNotBlank) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    auto text = random_text(random);
    std::erase(text, '"');
    ASSERT_EQ(static_cast<int64_t>(cut_whole({}, text).size()), count_lines(text)) << ::testing::PrintToString(text);
  }
}

TEST(CsvRecords, AQuoteThatStaysOpenTooLongCostsItsLineAlone) {
  const Layout layout{.most_record = 20};
  const std::string text = "1,\"open\n2,b\n3,c\n4,d\n5,e\n6,f\n7,g\n";
  const auto records = cut_whole(layout, text);
  ASSERT_EQ(records.size(), 7u);
  EXPECT_TRUE(records[0].broken);
  EXPECT_EQ(records[0].raw, "1,\"open");
  EXPECT_EQ(records[6].line, 7);
  const auto cutter = cut(layout, text, 1, false);
  Record record;
  EXPECT_EQ(cutter->next(record), Cutter::Cut::record) << "no need to wait for the end of the file";
  EXPECT_NE(record.broken, nullptr);
}

TEST(CsvRecords, OtherDelimitersQuotesAndEscapesAreTaken) {
  EXPECT_EQ(cut_whole({.delimiter = '\t', .quote = '\0', .escape = '\0'}, "a\t\"b\n")[0].cells, (std::vector<std::string>{"a", "\"b"}));
  EXPECT_EQ(cut_whole({.delimiter = ';', .quote = '\'', .escape = '\\'}, "'it\\'s';'a;b';\\x\n")[0].cells, (std::vector<std::string>{"it's", "a;b", "\\x"}));
}

TEST(FixedRecords, ColumnsAreCountedInCharacters) {
  const auto records = cut_whole({.format = "fixed_width", .widths = {3, 4}}, "Zoë12  \nab 3\nab\nabc1234x\n");
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].cells, (std::vector<std::string>{"Zoë", "12"}));
  EXPECT_EQ(records[1].cells, (std::vector<std::string>{"ab", "3"}));
  EXPECT_TRUE(records[2].broken) << "a column is missing";
  EXPECT_TRUE(records[3].broken) << "there is more than the columns";
}

TEST(LogRecords, CommonAndCombinedLinesAreTakenApartAndOthersAreNot) {
  const std::string common = R"(h - bob [21/Nov/2026:10:00:00 +0100] "GET /a HTTP/1.1" 200 17)";
  const auto one = cut_whole({.format = "common_log"}, common + "\n");
  EXPECT_EQ(one[0].cells, (std::vector<std::string>{"h", "", "bob", "2026-11-21 09:00:00", "GET", "/a", "HTTP/1.1", "200", "17"}));
  EXPECT_TRUE(cut_whole({.format = "combined_log"}, common + "\n")[0].broken);
  const auto two = cut_whole({.format = "combined_log"}, common + R"( "-" "say \"hi\"")" + "\n");
  ASSERT_FALSE(two[0].broken);
  EXPECT_EQ(two[0].cells[10], R"(say \"hi\")");
  EXPECT_TRUE(cut_whole({.format = "common_log"}, R"(h - - [31/Feb/2026:10:00:00 +0100] "GET /a" 200 17)")[0].broken) << "no such day";
}

TEST(LogRecords, W3cLinesFollowTheirFields) {
  const std::string text = "#Version: 1.0\n2026-11-21 GET \"a b\"\n- - -\n#Fields: date x\n1 2\n";
  std::vector<Seen> records;
  const auto cutter = cut({.format = "w3c_log"}, text, 1, true, "#Fields: date cs-method agent\n#Fields: date cs-method agent");
  for (Record record; cutter->next(record) == Cutter::Cut::record;) records.push_back(seen_of(record));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].cells, (std::vector<std::string>{"2026-11-21", "GET", "a b"}));
  EXPECT_EQ(records[1].cells, (std::vector<std::string>{"", "", ""}));
  EXPECT_TRUE(records[2].broken);
  EXPECT_EQ(records[2].line, 5);
}

}  // namespace
}  // namespace mr::ingest
