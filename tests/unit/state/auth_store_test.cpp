#include "state/auth_store.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "state/sqlite_store.hpp"
#include "unit/state/folder.hpp"

namespace millrace {
namespace {

using auth::Grant;
using auth::Role;
using testing::Folder;

constexpr TimePoint kNoon{Millis{1'700'000'000'000}};

struct World {
  Folder folder{};
  std::unique_ptr<SqliteStore> store = SqliteStore::open(folder.file("s.db")).value();
  std::unique_ptr<AuthStore> auth = AuthStore::open(folder.file("s.db")).value();

  Status add(const std::string& name, std::vector<Grant> grants) { return auth->add_user({.name = name, .password = "hash of " + name, .created = kNoon, .grants = std::move(grants)}); }
  Status add_token(const std::string& name, std::vector<Grant> scopes, std::optional<TimePoint> ends = {}) {
    return auth->add_token({.id = "id of " + name, .name = name, .hash = "h", .made_by = "test", .scopes = std::move(scopes), .created = kNoon, .ends = ends});
  }
  Status write(const std::string& outcome) { return auth->record({.time = kNoon, .who = "user:ada", .from = "::1", .verb = "runs.start", .target = "a", .outcome = outcome, .request = "r"}); }
  // With the store's file open to whoever may write it.
  Status by_hand(const std::string& sql) {
    auto db = Database::open(folder.file("s.db"), Database::Access::read_write).value();
    db.execute(sql);
    return db.take_error();
  }
  Status verified() {
    auth::ChainCheck chain;
    const auto entries = auth->audit({.limit = 1'000}).value();
    for (const auto& entry : entries) {
      if (auto good = chain.add(entry); !good) return good;
    }
    return {};
  }
};

std::string code_of(const Status& status) { return status ? "" : status.error().code; }

TEST(AuthStore, AFileThatIsNoStoreIsRefused) {
  Folder folder;
  const auto opened = AuthStore::open(folder.file("none.db"));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "E2012");
}

TEST(AuthStore, TheFileIsClosedToOthers) {
  World w;
  struct stat info {};
  ASSERT_EQ(::stat(w.folder.file("s.db").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
}

TEST(AuthStore, ANewStoreKnowsNobodyUntilSomebodyComes) {
  World w;
  EXPECT_TRUE(w.auth->knows_nobody().value());
  ASSERT_TRUE(w.add_token("first", {{.role = Role::admin}}));
  EXPECT_FALSE(w.auth->knows_nobody().value());
}

TEST(AuthStore, UsersKeepTheirGrants) {
  World w;
  ASSERT_TRUE(w.add("root", {{.role = Role::admin}}));
  ASSERT_TRUE(w.add("ada", {{.role = Role::viewer}}));
  EXPECT_EQ(code_of(w.add("ada", {})), "E8029");
  ASSERT_TRUE(w.auth->grant("ada", {.role = Role::operating, .label = "team=sales"}));
  ASSERT_TRUE(w.auth->grant("ada", {.role = Role::operating, .label = "team=sales"})) << "twice is once";
  const auto ada = w.auth->user("ada").value();
  ASSERT_TRUE(ada);
  EXPECT_EQ(ada->password, "hash of ada");
  EXPECT_EQ(ada->grants, (std::vector<Grant>{{.role = Role::viewer}, {.role = Role::operating, .label = "team=sales"}}));
  ASSERT_TRUE(w.auth->revoke("ada", {.role = Role::viewer}, kNoon));
  EXPECT_EQ(code_of(w.auth->revoke("ada", {.role = Role::viewer}, kNoon)), "E8028");
  EXPECT_EQ(w.auth->user("ada").value()->grants.size(), 1U);
  EXPECT_EQ(code_of(w.auth->grant("bob", {.role = Role::viewer})), "E8028");
  EXPECT_EQ(code_of(w.auth->set_password("bob", "x", true)), "E8028");
  EXPECT_EQ(w.auth->users().value().size(), 2U);
  EXPECT_FALSE(w.auth->user("bob").value());
}

TEST(AuthStore, TheLastAdminStays) {
  World w;
  ASSERT_TRUE(w.add("root", {{.role = Role::admin}}));
  ASSERT_TRUE(w.add("ada", {{.role = Role::author}}));
  EXPECT_EQ(code_of(w.auth->remove_user("root", kNoon)), "E8032");
  EXPECT_EQ(code_of(w.auth->revoke("root", {.role = Role::admin}, kNoon)), "E8032");
  ASSERT_TRUE(w.auth->user("root").value()) << "nothing was changed";
  ASSERT_TRUE(w.add_token("ended", {{.role = Role::admin}}, kNoon - Millis{1}));
  EXPECT_EQ(code_of(w.auth->remove_user("root", kNoon)), "E8032") << "an ended token helps nobody";
  ASSERT_TRUE(w.add_token("spare", {{.role = Role::viewer}, {.role = Role::admin}}));
  EXPECT_TRUE(w.auth->remove_user("root", kNoon));
  EXPECT_EQ(code_of(w.auth->revoke_token("spare", kNoon)), "E8032");
}

TEST(AuthStore, TokensAreRevokedByNameAndTheNameIsFreeAgain) {
  World w;
  ASSERT_TRUE(w.add("root", {{.role = Role::admin}}));
  ASSERT_TRUE(w.auth->add_token({.id = "1", .name = "ci", .hash = "h1", .made_by = "user:root", .scopes = {{.role = Role::operating, .label = "team=sales"}}, .created = kNoon, .ends = kNoon + Millis{5}}));
  EXPECT_EQ(code_of(w.auth->add_token({.id = "2", .name = "ci", .hash = "h2", .scopes = {}, .created = kNoon})), "E8029");
  const auto found = w.auth->token("1").value();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->hash, "h1");
  EXPECT_EQ(found->ends, std::optional(kNoon + Millis{5}));
  EXPECT_EQ(found->scopes, (std::vector<Grant>{{.role = Role::operating, .label = "team=sales"}}));
  ASSERT_TRUE(w.auth->add_session({.id = "s", .hash = "h", .who = "token:1", .created = kNoon, .seen = kNoon, .ends = kNoon + Millis{9}}, kNoon));
  ASSERT_TRUE(w.auth->revoke_token("ci", kNoon));
  EXPECT_FALSE(w.auth->session("s").value()) << "what it began ends with it";
  EXPECT_EQ(code_of(w.auth->revoke_token("ci", kNoon)), "E8028");
  EXPECT_TRUE(w.auth->token("1").value()->revoked);
  EXPECT_TRUE(w.auth->add_token({.id = "2", .name = "ci", .hash = "h2", .scopes = {}, .created = kNoon}));
  EXPECT_EQ(w.auth->tokens().value().size(), 2U);
}

TEST(AuthStore, SessionsGoWithTheirUserAndWithAPassword) {
  World w;
  ASSERT_TRUE(w.add("root", {{.role = Role::admin}}));
  ASSERT_TRUE(w.add("ada", {}));
  const auto begin = [&](const std::string& id, const std::string& who) {
    return w.auth->add_session({.id = id, .hash = "h", .who = who, .created = kNoon, .seen = kNoon, .ends = kNoon + Millis{1'000}}, kNoon - Millis{1});
  };
  ASSERT_TRUE(begin("1", "user:ada"));
  ASSERT_TRUE(begin("2", "user:ada"));
  ASSERT_TRUE(begin("3", "user:root"));
  ASSERT_TRUE(w.auth->touch_session("1", kNoon + Millis{5}));
  EXPECT_EQ(w.auth->session("1").value()->seen, kNoon + Millis{5});
  ASSERT_TRUE(w.auth->remove_session("2"));
  EXPECT_FALSE(w.auth->session("2").value());
  ASSERT_TRUE(w.auth->set_password("ada", "new", false));
  EXPECT_TRUE(w.auth->session("1").value());
  ASSERT_TRUE(w.auth->set_password("ada", "newer", true));
  EXPECT_FALSE(w.auth->session("1").value());
  ASSERT_TRUE(begin("5", "user:ada"));
  ASSERT_TRUE(w.auth->remove_user("ada", kNoon));
  EXPECT_FALSE(w.auth->session("5").value());
  EXPECT_TRUE(w.auth->session("3").value());
}

TEST(AuthStore, OldSessionsAreForgottenWhenOneBegins) {
  World w;
  ASSERT_TRUE(w.add("ada", {}));
  const auto begin = [&](const std::string& id, TimePoint seen, TimePoint ends) {
    return w.auth->add_session({.id = id, .hash = "h", .who = "user:ada", .created = kNoon, .seen = seen, .ends = ends}, kNoon - Millis{100});
  };
  ASSERT_TRUE(begin("idle", kNoon - Millis{101}, kNoon + Millis{9}));
  ASSERT_TRUE(begin("over", kNoon, kNoon - Millis{1}));
  ASSERT_TRUE(begin("new", kNoon, kNoon + Millis{9}));
  EXPECT_FALSE(w.auth->session("idle").value());
  EXPECT_FALSE(w.auth->session("over").value());
  EXPECT_TRUE(w.auth->session("new").value());
}

TEST(AuthStore, TheAuditLogIsAChainThatOnlyGrows) {
  World w;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(w.write("done"));
  EXPECT_TRUE(w.verified());
  EXPECT_FALSE(w.by_hand("UPDATE audit SET who = 'user:eve' WHERE number = 3"));
  EXPECT_FALSE(w.by_hand("DELETE FROM audit WHERE number = 3"));
  EXPECT_TRUE(w.verified());
  ASSERT_TRUE(w.by_hand("DROP TRIGGER audit_is_not_changed; UPDATE audit SET who = 'user:eve' WHERE number = 3"));
  const auto found = w.verified();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().where, "entry 3");
}

TEST(AuthStore, TheAuditLogIsSearched) {
  World w;
  const auto add = [&](const std::string& who, const std::string& verb, const std::string& target) {
    ASSERT_TRUE(w.auth->record({.time = kNoon, .who = who, .from = "::1", .verb = verb, .target = target, .outcome = "done", .request = "r"}));
  };
  add("user:ada", "runs.start", "sales_100%");
  add("user:bob", "runs.cancel", "stock");
  add("user:ada", "runsome", "other");
  const auto numbers = [&](const AuditFilter& filter) {
    std::vector<int64_t> found;
    const auto entries = w.auth->audit(filter).value();
    for (const auto& entry : entries) found.push_back(entry.number);
    return found;
  };
  using Numbers = std::vector<int64_t>;
  EXPECT_EQ(numbers({}), (Numbers{1, 2, 3}));
  EXPECT_EQ(numbers({.newest_first = true}), (Numbers{3, 2, 1}));
  EXPECT_EQ(numbers({.after = 3, .newest_first = true, .limit = 1}), (Numbers{2}));
  EXPECT_EQ(numbers({.after = 1}), (Numbers{2, 3}));
  EXPECT_EQ(numbers({.who = "user:ada"}), (Numbers{1, 3}));
  EXPECT_EQ(numbers({.verb = "runs"}), (Numbers{1, 2}));
  EXPECT_EQ(numbers({.verb = "runs."}), (Numbers{1, 2}));
  EXPECT_EQ(numbers({.verb = "runs.cancel"}), (Numbers{2}));
  EXPECT_EQ(numbers({.text = "0%"}), (Numbers{1}));
  EXPECT_EQ(numbers({.text = "_"}), (Numbers{1})) << "as it is, no pattern";
}

TEST(AuthStore, TwoThatWriteAtOnceMakeOneChain) {
  World w;
  auto second = AuthStore::open(w.folder.file("s.db")).value();
  const auto fifty = [](AuthStore& store) {
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(store.record({.time = kNoon, .who = "user:ada", .verb = "runs.start", .outcome = "done"}));
  };
  {
    const std::jthread other([&] { fifty(*second); });
    fifty(*w.auth);
  }
  EXPECT_TRUE(w.verified());
  EXPECT_EQ(w.auth->audit({.limit = 1'000}).value().size(), 100U);
}

}  // namespace
}  // namespace millrace
