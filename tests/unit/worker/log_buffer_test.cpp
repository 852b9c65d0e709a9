#include "worker/log_buffer.hpp"

#include <gtest/gtest.h>

#include "worker/lease_book.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

TEST(LogBuffer, KeepsLinesUntilARenewalProvesThatTheyArrived) {
  LogBuffer log;
  log.add(1, 2, "a");
  log.add(1, 2, "b");
  ASSERT_EQ(log.batch(5)->lines_size(), 2);
  EXPECT_FALSE(log.batch(5));
  log.arrived(4);
  EXPECT_FALSE(log.all_arrived());
  log.arrived(5);
  EXPECT_TRUE(log.all_arrived());
}

TEST(LogBuffer, SendsAgainWithTheSameIndexOnANewStream) {
  LogBuffer log;
  log.add(1, 2, "a");
  ASSERT_TRUE(log.batch(1));
  log.arrived(1);
  log.add(1, 2, "b");
  EXPECT_EQ(log.batch(2)->first(), 1);
  log.stream_lost();
  log.add(1, 2, "c");
  const auto again = log.batch(3);
  EXPECT_EQ(again->first(), 1);
  EXPECT_EQ(again->lines_size(), 2);
}

TEST(LogBuffer, CutsInTheMiddleAndSaysSo) {
  LogBuffer log;
  const std::string text(1 << 10, 'x');
  for (int i = 0; i < 10'000; ++i) log.add(i, 2, std::to_string(i) + text);
  std::vector<std::string> sent;
  int64_t next = 0;
  while (const auto batch = log.batch(1)) {
    EXPECT_EQ(batch->first(), next) << "a gap in the numbers";
    for (const auto& line : batch->lines()) sent.push_back(line.text());
    next += batch->lines_size();
  }
  EXPECT_LT(sent.size(), 5'000U);
  EXPECT_EQ(sent.front(), "0" + text);
  EXPECT_EQ(sent.back(), "9999" + text);
  const auto cut = std::find_if(sent.begin(), sent.end(), [](const auto& line) { return line.find("lines were cut here") != std::string::npos; });
  ASSERT_NE(cut, sent.end());
  EXPECT_EQ(std::stoul(*cut), 10'000 - (sent.size() - 1));
}

TEST(LeaseBook, ALeaseCountsFromTheRenewalThatWasAnswered) {
  LeaseBook book;
  const SteadyTime start{};
  const LeaseNumber lease{.run = {1}, .task = {0}, .attempt = 1};
  book.set_length(Millis(100));
  book.take(lease, start);
  book.renew(start + Millis(50), [](const worker::v1::FromWorker&) {});
  EXPECT_EQ(book.ended(start + Millis(100)).size(), 1U) << "sent is not answered";
  book.answered(1);
  EXPECT_TRUE(book.ended(start + Millis(149)).empty());
  EXPECT_EQ(book.ended(start + Millis(150)).size(), 1U);
}

TEST(Text, BytesThatAreNoTextAreReplacedOneByOne) {
  EXPECT_EQ(valid_utf8("gr\xC3\xBC\xC3\x9F\x65"), "gr\xC3\xBC\xC3\x9F\x65");
  EXPECT_EQ(valid_utf8("a\xFF\xC3\xBC"), "a\xEF\xBF\xBD\xC3\xBC");
  EXPECT_EQ(valid_utf8("\xC3"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace millrace
