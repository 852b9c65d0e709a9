#include "auth/audit_chain.hpp"

#include "base/hash.hpp"

namespace millrace::auth {
namespace {

Json without_hash(const AuditEntry& e) {  // keys sorted
  return Json::object({{"before", e.before}, {"from", e.from}, {"number", e.number}, {"outcome", e.outcome}, {"request", e.request},
                       {"target", e.target}, {"time", to_iso(e.time)}, {"verb", e.verb}, {"who", e.who}});
}

}  // namespace

std::string hash_of(const AuditEntry& entry) { return sha256_hex(without_hash(entry).dump()); }

Json to_json(const AuditEntry& entry) {
  Json json = without_hash(entry);
  json.set("hash", entry.hash);
  return json;
}

Result<AuditEntry> audit_entry_from(const Json& json) {
  const auto time = from_iso(json["time"].as_text());
  if (!time || !json["number"].is_int()) return Error{.code = "E8031", .what = "this is no entry of an audit log", .where = {}, .hint = "`millrace audit export` writes one a line"};
  return AuditEntry{.number = json["number"].as_int(), .time = *time, .who = json["who"].as_text(), .from = json["from"].as_text(), .verb = json["verb"].as_text(), .target = json["target"].as_text(),
                    .outcome = json["outcome"].as_text(), .request = json["request"].as_text(), .before = json["before"].as_text(), .hash = json["hash"].as_text()};
}

Status ChainCheck::add(const AuditEntry& entry) {
  const auto broken = [&](const std::string& what) {
    return Error{.code = "E8031", .what = what, .where = "entry " + std::to_string(entry.number), .hint = "somebody has written into the store's file: compare with an export or a backup"};
  };
  if (entry.number != count_ + 1) return broken("entry " + std::to_string(count_ + 1) + " is not where it belongs");
  if (entry.before != head_) return broken("the entry does not follow the one before it");
  if (hash_of(entry) != entry.hash) return broken("the entry is not as it was written");
  ++count_;
  head_ = entry.hash;
  return {};
}

}  // namespace millrace::auth
