#include "auth/audit_chain.hpp"

#include <gtest/gtest.h>

#include <random>

namespace millrace::auth {
namespace {

std::vector<AuditEntry> chain(int count) {
  std::vector<AuditEntry> entries;
  for (int i = 1; i <= count; ++i) {
    AuditEntry entry{.number = i, .time = TimePoint{Millis{1'700'000'000'000 + i}}, .who = i % 2 == 0 ? "user:ada" : "token:ci", .from = "127.0.0.1", .verb = "runs.start",
                     .target = "dag_" + std::to_string(i % 3), .outcome = "done", .request = "r" + std::to_string(i), .before = entries.empty() ? "" : entries.back().hash};
    entry.hash = hash_of(entry);
    entries.push_back(entry);
  }
  return entries;
}

Status check(const std::vector<AuditEntry>& entries) {
  ChainCheck checked;
  for (const auto& entry : entries) {
    if (auto good = checked.add(entry); !good) return good;
  }
  return {};
}

TEST(AuditChain, AWholeChainIsGood) {
  for (const int count : {0, 1, 2, 50}) EXPECT_TRUE(check(chain(count))) << count;
  ChainCheck checked;
  const auto entries = chain(3);
  for (const auto& entry : entries) ASSERT_TRUE(checked.add(entry));
  EXPECT_EQ(checked.count(), 3);
  EXPECT_EQ(checked.head(), entries.back().hash);
}

TEST(AuditChain, TheHashIsOfSortedJsonWithoutBlanks) {
  // SHA-256 of {"before":"","from":"127.0.0.1","number":1,"outcome":"done","request":"r1","target":"dag_1","time":"2023-11-14T22:13:20.001Z","verb":"runs.start","who":"token:ci"}
  const auto entry = chain(1).front();
  EXPECT_EQ(to_json(entry).dump(), R"({"before":"","from":"127.0.0.1","number":1,"outcome":"done","request":"r1","target":"dag_1","time":"2023-11-14T22:13:20.001Z","verb":"runs.start","who":"token:ci","hash":")" + entry.hash + R"("})");
  EXPECT_EQ(entry.hash, "7a1b4c919f9a78f2d71389ec726e06cbf7df8ff97bb6f941bfbb5a61f7d0878c");
}

TEST(AuditChain, EntriesComeBackFromTheirJson) {
  for (const auto& entry : chain(3)) {
    const auto read = audit_entry_from(to_json(entry));
    ASSERT_TRUE(read);
    EXPECT_EQ(hash_of(*read), entry.hash);
    EXPECT_EQ(read->hash, entry.hash);
  }
  EXPECT_FALSE(audit_entry_from(Json::object({{"number", 1}})));
}

// Whatever is done to a chain in the middle of it, is found.
TEST(AuditChain, AnEntryThatIsChangedRemovedMovedOrAddedIsFound) {
  std::mt19937 random(7);
  const auto any = [&](size_t below) { return std::uniform_int_distribution<size_t>(0, below - 1)(random); };
  for (int round = 0; round < 500; ++round) {
    auto entries = chain(2 + static_cast<int>(any(30)));
    const size_t at = any(entries.size());
    const auto what = any(11);
    auto& entry = entries[at];
    switch (what) {
      case 0: entry.who += "x"; break;
      case 1: entry.from = "10.0.0.1"; break;
      case 2: entry.verb = "runs.cancel"; break;
      case 3: entry.target = ""; break;
      case 4: entry.outcome = "refused E8023"; break;
      case 5: entry.request = "r"; break;
      case 6: entry.time += Millis{1}; break;
      case 7: entry.hash[any(64)] ^= 1; break;
      case 8:  // cut out of the middle
        if (at + 1 == entries.size()) continue;
        entries.erase(entries.begin() + static_cast<long>(at));
        break;
      case 9:  // two change places
        if (at == 0) continue;
        std::swap(entries[at], entries[at - 1]);
        break;
      default:  // one is there twice
        entries.insert(entries.begin() + static_cast<long>(at), entries[at]);
    }
    const auto good = check(entries);
    ASSERT_FALSE(good) << "round " << round << ", kind " << what << " at " << at;
    EXPECT_EQ(good.error().code, "E8031");
  }
}

// Also when the one who did it knows how hashes are made, as long as entries follow.
TEST(AuditChain, AnEntryThatIsForgedWithItsHashIsFoundByTheNext) {
  auto entries = chain(10);
  entries[4].who = "user:eve";
  entries[4].hash = hash_of(entries[4]);
  const auto good = check(entries);
  ASSERT_FALSE(good);
  EXPECT_EQ(good.error().where, "entry 6");
}

}  // namespace
}  // namespace millrace::auth
