// The audit log as a chain: each entry holds the hash of the one before it, so that none can be changed, taken out or moved unseen.
//
// Pure; any thread. What the chain alone can't tell is that its newest entries were cut off: compare its head with one that was noted
// elsewhere. Errors: E8031.
#pragma once
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace::auth {

struct AuditEntry {
  int64_t number{};       // 1, 2, 3 …
  TimePoint time{};
  std::string who{};      // "user:ada", "token:ci", "anyone"
  std::string from{};     // address
  std::string verb{};     // of auth/verbs.hpp
  std::string target{};   // what it was done to
  std::string outcome{};  // "done", "refused E8023", "failed E2001"
  std::string request{};  // id of the request
  std::string before{};   // hash of the entry before; empty for the first
  std::string hash{};
};

// SHA-256 over its members but the hash, as JSON with sorted keys and no blanks.
std::string hash_of(const AuditEntry& entry);
Json to_json(const AuditEntry& entry);
Result<AuditEntry> audit_entry_from(const Json& json);

class ChainCheck {
 public:
  Status add(const AuditEntry& entry);  // in order, from the first one on
  int64_t count() const { return count_; }
  const std::string& head() const { return head_; }

 private:
  int64_t count_ = 0;
  std::string head_{};
};

}  // namespace millrace::auth
