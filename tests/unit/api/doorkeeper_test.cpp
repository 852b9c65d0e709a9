// Who comes in, by a real store and a clock that the test turns.
#include "api/doorkeeper.hpp"

#include <gtest/gtest.h>

#include "api/http_entry.hpp"
#include "api/people_doors.hpp"
#include "auth/password.hpp"
#include "state/sqlite_store.hpp"
#include "unit/state/folder.hpp"

namespace millrace {
namespace {

using auth::Role;

constexpr TimePoint kNoon{Millis{1'700'000'000'000}};
constexpr Millis kHour{3'600'000};
const std::string kPassword = "correct horse battery";

struct House {
  testing::Folder folder{};
  std::unique_ptr<SqliteStore> store = SqliteStore::open(folder.file("s.db")).value();
  std::unique_ptr<AuthStore> people = AuthStore::open(folder.file("s.db")).value();
  VirtualClock clock{kNoon};
  Doorkeeper doors{*people, clock};

  House() {
    static const std::string hash = auth::hash_password(kPassword).value();
    add("root", hash, {{.role = Role::admin}});
    add("ada", hash, {{.role = Role::operating, .label = "team=sales"}});
  }

  void add(const std::string& name, const std::string& hash, std::vector<auth::Grant> grants) {
    const auto added = people->add_user({.name = name, .password = hash, .created = kNoon, .grants = std::move(grants)});
    if (!added) std::abort();
  }

  std::string token(const std::string& name, const std::string& scope, const std::string& life) {
    return create_token(doors, {.who = "user:root"}, Json::object({{"name", name}, {"scopes", Json::array({scope})}, {"life", life}})).value()["token"].as_text();
  }

  Result<Doorkeeper::LogIn> log_in(const std::string& user, const std::string& password, const std::string& from = "10.0.0.1", const std::string& cookie = {}) {
    return doors.log_in(user, password, {.cookie = cookie, .from = from, .request = "r"});
  }

  template <class T>
  static std::string code_of(const Result<T>& result) {
    return result ? "" : result.error().code;
  }
  std::string by_cookie(const std::string& cookie) { return code_of(doors.who({.cookie = cookie, .from = "10.0.0.1"})); }
  std::string by_token(const std::string& token) { return code_of(doors.who({.bearer = token, .from = "10.0.0.1"})); }
  std::vector<std::string> outcomes() {
    std::vector<std::string> found;
    const auto entries = people->audit({.limit = 1'000}).value();
    for (const auto& entry : entries) found.push_back(entry.who + " " + entry.verb + " " + entry.target + " " + entry.outcome);
    return found;
  }
};

TEST(Doorkeeper, WhoShowsNothingIsAskedToLogIn) {
  House h;
  EXPECT_EQ(House::code_of(h.doors.who({})), "E8020");
  EXPECT_TRUE(h.outcomes().empty()) << "that is no attempt at anything";
}

TEST(Doorkeeper, AFirstTokenIsMadeOnceAndForNobodyElse) {
  testing::Folder folder;
  auto store = SqliteStore::open(folder.file("s.db")).value();
  auto people = AuthStore::open(folder.file("s.db")).value();
  const VirtualClock clock(kNoon);
  Doorkeeper doors(*people, clock);
  const auto first = doors.first_token();
  ASSERT_TRUE(first && *first);
  const auto caller = doors.who({.bearer = **first});
  ASSERT_TRUE(caller);
  EXPECT_TRUE(auth::may(caller->grants, Role::admin, nullptr));
  const auto again = doors.first_token();
  ASSERT_TRUE(again);
  EXPECT_FALSE(*again);
}

TEST(Doorkeeper, APasswordBeginsASessionThatEndsAtLogOut) {
  House h;
  const auto begun = h.log_in("ada", kPassword);
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->caller.who, "user:ada");
  const auto caller = h.doors.who({.cookie = begun->session});
  ASSERT_TRUE(caller);
  EXPECT_EQ(auth::csrf_of(*caller->session), begun->csrf);
  ASSERT_TRUE(h.doors.log_out(*caller));
  EXPECT_EQ(h.by_cookie(begun->session), "E8021") << "a cookie that was stolen before is worth nothing";
}

TEST(Doorkeeper, EachLogInHasAnIdOfItsOwnAndEndsTheOneThatWasShown) {
  House h;
  const auto planted = auth::to_text(auth::SecretKind::session, auth::new_secret());
  const auto first = h.log_in("ada", kPassword, "10.0.0.1", planted);
  ASSERT_TRUE(first);
  EXPECT_NE(first->session, planted);
  EXPECT_EQ(h.by_cookie(planted), "E8021") << "what somebody has planted stays unknown";
  const auto second = h.log_in("ada", kPassword, "10.0.0.1", first->session);
  ASSERT_TRUE(second);
  EXPECT_EQ(h.by_cookie(first->session), "E8021");
  EXPECT_EQ(h.by_cookie(second->session), "");
  const auto other = h.log_in("ada", kPassword);
  ASSERT_TRUE(other);
  EXPECT_EQ(h.by_cookie(second->session), "") << "another browser's session stays";
}

TEST(Doorkeeper, ASessionEndsWhenItIsIdleAndAtItsEnd) {
  House h;
  const auto idle = h.log_in("ada", kPassword);
  ASSERT_TRUE(idle);
  h.clock.advance(kHour - Millis{1});
  EXPECT_EQ(h.by_cookie(idle->session), "");
  h.clock.advance(kHour);
  EXPECT_EQ(h.by_cookie(idle->session), "E8022");
  const auto busy = h.log_in("ada", kPassword);
  ASSERT_TRUE(busy);
  for (int i = 0; i < 23; ++i) {
    h.clock.advance(kHour / 2);
    ASSERT_EQ(h.by_cookie(busy->session), "") << i;
  }
  h.clock.advance(kHour / 2);
  EXPECT_EQ(h.by_cookie(busy->session), "E8022") << "after twelve hours in any case";
}

TEST(Doorkeeper, LookingDoesNotKeepASessionAlive) {
  House h;
  const auto begun = h.log_in("ada", kPassword);
  ASSERT_TRUE(begun);
  for (int i = 0; i < 3; ++i) {
    h.clock.advance(kHour / 4);
    EXPECT_TRUE(h.doors.who({.cookie = begun->session}, true)) << i;
  }
  h.clock.advance(kHour / 4);
  EXPECT_EQ(House::code_of(h.doors.who({.cookie = begun->session}, true)), "E8022");
}

TEST(Doorkeeper, AClockThatIsPutBackLeavesASessionAsItIs) {
  House h;
  const auto begun = h.log_in("ada", kPassword);
  ASSERT_TRUE(begun);
  h.clock.advance(-kHour);
  EXPECT_EQ(h.by_cookie(begun->session), "");
  h.clock.advance(kHour - Millis{1});
  EXPECT_EQ(h.by_cookie(begun->session), "");
}

TEST(Doorkeeper, ATokenIsGoodUntilItsEndOrUntilItIsRevoked) {
  House h;
  const auto ci = h.token("ci", "operator:team=sales", "1h"), ever = h.token("ever", "viewer", "for ever");
  const auto caller = h.doors.who({.bearer = ci});
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->who, "token:ci");
  EXPECT_FALSE(caller->sees_all());
  EXPECT_TRUE(caller->sees({"team=sales"}));
  h.clock.advance(kHour);
  EXPECT_EQ(h.by_token(ci), "E8022");
  h.clock.advance(1'000 * 24 * kHour);
  EXPECT_EQ(h.by_token(ever), "");
  ASSERT_TRUE(revoke_token(h.doors, "ever"));
  EXPECT_EQ(h.by_token(ever), "E8021");
}

TEST(Doorkeeper, ATokenThatDiffersInALetterIsNotKnown) {
  House h;
  const auto ci = h.token("ci", "viewer", "1h");
  for (size_t at = 5; at < ci.size(); ++at) {
    auto other = ci;
    other[at] = other[at] == 'a' ? 'b' : 'a';
    EXPECT_EQ(h.by_token(other), "E8021") << at;
  }
  EXPECT_EQ(h.by_token("Bearer " + ci), "E8021");
  EXPECT_EQ(h.by_cookie(ci), "E8021") << "a token is no cookie";
}

TEST(Doorkeeper, ASessionByTokenGoesWithTheToken) {
  House h;
  const auto ci = h.token("ci", "viewer", "2h");
  auto begun = h.doors.log_in(ci, {.from = "10.0.0.1"});
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->caller.who, "token:ci");
  ASSERT_TRUE(revoke_token(h.doors, "ci"));
  EXPECT_EQ(h.by_cookie(begun->session), "E8021");
  EXPECT_EQ(House::code_of(h.doors.log_in(ci, {.from = "10.0.0.1"})), "E8021");
}

TEST(Doorkeeper, RolesCountAsTheyAreNow) {
  House h;
  const auto begun = h.log_in("ada", kPassword);
  ASSERT_TRUE(begun);
  const auto changes = h.doors.changes();
  ASSERT_TRUE(revoke_role(h.doors, "ada", "operator:team=sales"));
  EXPECT_GT(h.doors.changes(), changes) << "streams look again";
  EXPECT_TRUE(h.doors.who({.cookie = begun->session})->grants.empty());
  ASSERT_TRUE(grant_role(h.doors, "ada", "admin"));
  EXPECT_TRUE(h.doors.who({.cookie = begun->session})->sees_all());
  ASSERT_TRUE(remove_user(h.doors, "ada"));
  EXPECT_EQ(h.by_cookie(begun->session), "E8021");
}

TEST(Doorkeeper, AfterAFewWrongPasswordsEvenTheRightOneHasToWait) {
  House h;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(House::code_of(h.log_in("ada", "wrong horse battery")), "E8024") << i;
  EXPECT_EQ(House::code_of(h.log_in("ada", kPassword)), "E8025");
  EXPECT_TRUE(h.log_in("root", kPassword)) << "others don't wait";
  h.clock.advance(Millis{1'000});
  EXPECT_TRUE(h.log_in("ada", kPassword));
  EXPECT_EQ(House::code_of(h.log_in("ada", "wrong horse battery")), "E8024") << "and it begins anew";
}

TEST(Doorkeeper, AnAddressThatTriesManyNamesHasToWaitToo) {
  House h;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(House::code_of(h.log_in("guess" + std::to_string(i), "a wrong password", "10.6.6.6")), "E8024") << i;
  EXPECT_EQ(House::code_of(h.log_in("ada", kPassword, "10.6.6.6")), "E8025");
  EXPECT_TRUE(h.log_in("ada", kPassword, "10.0.0.1"));
}

TEST(Doorkeeper, AnUnknownNameAndAWrongPasswordAreToldTheSame) {
  House h;
  const auto wrong = h.log_in("ada", "a wrong password"), unknown = h.log_in("eve", "a wrong password"), odd = h.log_in("a b\n", "x");
  EXPECT_EQ(to_string(wrong.error()), to_string(unknown.error()));
  EXPECT_EQ(to_string(wrong.error()), to_string(odd.error()));
}

TEST(Doorkeeper, AnOlderHashIsMadeAnewAtLogIn) {
  House h;
  h.add("old", "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc", {{.role = Role::viewer}});
  // Shorter than what would be taken today, so it stays as it is, and is good all the same.
  EXPECT_TRUE(h.log_in("old", "password"));
  EXPECT_TRUE(auth::is_outdated(h.people->user("old").value()->password));
}

TEST(Doorkeeper, OnesOwnPasswordNeedsTheOldOneAndEndsTheSessions) {
  House h;
  const auto begun = h.log_in("ada", kPassword);
  ASSERT_TRUE(begun);
  const auto change = [&](const std::string& old, const std::string& fresh) { return House::code_of(change_own_password(h.doors, begun->caller, Json::object({{"old", old}, {"new", fresh}}))); };
  EXPECT_EQ(change("a wrong password", "another password"), "E8024");
  EXPECT_EQ(change(kPassword, "short"), "E8030");
  EXPECT_EQ(change(kPassword, "another password"), "");
  EXPECT_EQ(h.by_cookie(begun->session), "E8021");
  EXPECT_EQ(House::code_of(h.log_in("ada", kPassword)), "E8024");
  EXPECT_TRUE(h.log_in("ada", "another password"));
}

TEST(Doorkeeper, LogInsAndRefusalsAreInTheAuditLogWithoutSecrets) {
  House h;
  const auto begun = h.log_in("ada", kPassword);
  ASSERT_TRUE(begun);
  (void)h.log_in("ada", "a wrong password");
  (void)h.by_cookie(auth::to_text(auth::SecretKind::session, auth::new_secret()));
  const auth::Verb verb{.name = "pools.set", .least = Role::operating, .about = auth::About::house};
  EXPECT_FALSE(h.doors.may(begun->caller, verb, nullptr, "pool=p"));
  ASSERT_TRUE(h.doors.log_out(begun->caller));
  EXPECT_EQ(h.outcomes(), (std::vector<std::string>{"user:ada session.begin user:ada done", "anyone session.begin ada refused E8024", "anyone server.enter session refused E8021", "user:ada pools.set pool=p refused E8023",
                                                    "user:ada session.end user:ada done"}));
  const auto entries = h.people->audit({.limit = 1'000}).value();
  for (const auto& entry : entries) {
    const auto text = auth::to_json(entry).dump();
    EXPECT_EQ(text.find(kPassword), std::string::npos);
    EXPECT_FALSE(auth::holds_secret(text));
  }
}

TEST(Doorkeeper, WhoIsRefusedAgainAndAgainDoesNotFillTheDisk) {
  House h;
  for (int i = 0; i < 500; ++i) (void)h.by_token("no token");
  EXPECT_LE(h.outcomes().size(), 60U);
  h.clock.advance(Millis{61'000});
  const auto before = h.outcomes().size();
  (void)h.by_token("no token");
  EXPECT_EQ(h.outcomes().size(), before + 1) << "but it goes on to be told";
}

TEST(Doorkeeper, TheAuditLogIsVerifiedPageByPageAndAgainstANotedHead) {
  House h;
  std::string noted;
  for (int i = 0; i < 2'345; ++i) {
    h.doors.done({.who = "user:root"}, "runs.start", "a", "done");
    if (i == 1'234) noted = verify_audit(h.doors, "").value()["head"].as_text();
  }
  const auto whole = verify_audit(h.doors, noted).value();
  EXPECT_TRUE(whole["good"].as_bool()) << whole.dump();
  EXPECT_EQ(whole["entries"].as_int(), 2'345);
  const auto other = verify_audit(h.doors, std::string(64, '0')).value();
  EXPECT_FALSE(other["good"].as_bool());
  EXPECT_EQ(other["problem"]["code"].as_text(), "E8031");
}

TEST(Doorkeeper, BadWordsAboutPeopleAreRefused) {
  House h;
  const auto add = [&](Json body) { return House::code_of(add_user(h.doors, body)); };
  const Json roles = Json::array({"viewer"});
  EXPECT_EQ(add(Json::object({{"name", "a b"}, {"password", kPassword}, {"roles", roles}})), "E8030");
  EXPECT_EQ(add(Json::object({{"name", "bob"}, {"password", "short"}, {"roles", roles}})), "E8030");
  EXPECT_EQ(add(Json::object({{"name", "bob"}, {"password", kPassword}, {"roles", Json::array()}})), "E8030");
  EXPECT_EQ(add(Json::object({{"name", "bob"}, {"password", kPassword}, {"roles", Json::array({"root"})}})), "E8030");
  EXPECT_EQ(add(Json::object({{"name", "bob"}, {"password", 5}, {"roles", "viewer"}})), "E8030");
  EXPECT_EQ(add(Json::object({{"name", "ada"}, {"password", kPassword}, {"roles", roles}})), "E8029");
  EXPECT_EQ(add(Json()), "E8030");
  EXPECT_EQ(add(Json::object({{"name", "bob"}, {"password", kPassword}, {"roles", roles}})), "");
  const auto make = [&](Json life) { return House::code_of(create_token(h.doors, {}, Json::object({{"name", "t"}, {"scopes", Json::array({"viewer"})}, {"life", std::move(life)}}))); };
  for (const Json& bad : {Json("soon"), Json(""), Json("0s"), Json(5), Json("100000000d")}) EXPECT_EQ(make(bad), "E8030") << bad.dump();
  EXPECT_EQ(House::code_of(change_own_password(h.doors, {.who = "token:ci"}, Json())), "E8030");
}

TEST(HttpEntry, ACookieIsFoundByItsWholeName) {
  EXPECT_EQ(cookie_in("a=1; millrace=xyz; b=2", "millrace"), "xyz");
  EXPECT_EQ(cookie_in("millrace=xyz", "millrace"), "xyz");
  EXPECT_EQ(cookie_in("xmillrace=1;millrace2=2", "millrace"), "");
  EXPECT_EQ(cookie_in("", "millrace"), "");
  EXPECT_EQ(cookie_in(";;=;millrace=", "millrace"), "");
  EXPECT_EQ(cookie_in("millrace=first; millrace=second", "millrace"), "first");
}

TEST(HttpEntry, ARequestIdIsTakenWhenItIsPlainAndMadeElse) {
  EXPECT_EQ(request_id_of("deploy-42_a.b", kNoon), "deploy-42_a.b");
  for (const auto& bad : {std::string(), std::string("a b"), std::string("a\r\nSet-Cookie: x=1"), std::string(65, 'a'), std::string("\xc3\xa4")}) {
    const auto made = request_id_of(bad, kNoon);
    EXPECT_NE(made, bad);
    EXPECT_EQ(made.size(), 36U);
  }
}

}  // namespace
}  // namespace millrace
