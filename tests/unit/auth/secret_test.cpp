#include "auth/secret.hpp"

#include <gtest/gtest.h>

#include <set>

#include "auth/lockout.hpp"
#include "auth/password.hpp"
#include "base/text.hpp"

namespace millrace::auth {
namespace {

TEST(Secret, ItsTextGivesItBack) {
  const auto made = new_secret();
  for (const auto kind : {SecretKind::token, SecretKind::session}) {
    const auto text = to_text(kind, made);
    const auto read = secret_from(kind, text);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, made.id);
    EXPECT_EQ(read->secret, made.secret);
    EXPECT_TRUE(holds_secret("?x=" + text));
  }
}

TEST(Secret, WhatIsNoneOfItsKindIsRefused) {
  const auto text = to_text(SecretKind::token, new_secret());
  EXPECT_FALSE(secret_from(SecretKind::session, text)) << "a token is no session";
  EXPECT_FALSE(secret_from(SecretKind::token, text + "0"));
  EXPECT_FALSE(secret_from(SecretKind::token, text.substr(1)));
  EXPECT_FALSE(secret_from(SecretKind::token, " " + text.substr(1)));
  EXPECT_FALSE(secret_from(SecretKind::token, ""));
  for (size_t i = 0; i < text.size(); ++i) {
    auto odd = text;
    odd[i] = 'Z';
    EXPECT_FALSE(secret_from(SecretKind::token, odd)) << i;
  }
  EXPECT_FALSE(holds_secret("mrt-1 and mrj1_abc"));
}

TEST(Secret, NoTwoAreTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    const auto made = new_secret();
    seen.insert(made.id);
    seen.insert(made.secret);
  }
  EXPECT_EQ(seen.size(), 2'000U);
}

TEST(Secret, TheHashAndTheCsrfTokenTellNothingOfEachOther) {
  const auto made = new_secret();
  EXPECT_EQ(hash_of(made).size(), 64U);
  EXPECT_NE(hash_of(made), made.secret);
  EXPECT_NE(hash_of(made), csrf_of(made)) << "who reads the store can't make a CSRF token";
  EXPECT_EQ(csrf_of(made), csrf_of(made));
  EXPECT_NE(csrf_of(made), csrf_of(new_secret()));
}

TEST(Secret, SameLooksAtEveryLetter) {
  EXPECT_TRUE(same("", ""));
  EXPECT_TRUE(same("abc", "abc"));
  EXPECT_FALSE(same("abc", "abd"));
  EXPECT_FALSE(same("abc", "xbc"));
  EXPECT_FALSE(same("abc", "ab"));
  EXPECT_FALSE(same(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

TEST(Password, IsKeptAsArgon2idWithTodaysParameters) {
  const auto hash = hash_password("correct horse battery");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(hash->starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << *hash;
  EXPECT_FALSE(is_outdated(*hash));
  EXPECT_TRUE(is_password("correct horse battery", *hash));
  EXPECT_FALSE(is_password("correct horse batterz", *hash));
  EXPECT_FALSE(is_password("", *hash));
  EXPECT_NE(*hash_password("correct horse battery"), *hash) << "each has a salt of its own";
}

TEST(Password, NobodysHashFitsNoPassword) {
  for (const auto* password : {"", "nobody has this password", "correct horse battery"}) EXPECT_FALSE(is_password(password, ""));
  EXPECT_FALSE(is_password("correct horse battery", "no hash"));
  EXPECT_FALSE(is_password(std::string(1'000'000, 'a'), ""));
}

TEST(Password, AHashOfOtherParametersIsReadAndOutdated) {
  // argon2id of "password" with the salt "somesalt", t=2, m=65536, p=1: a vector of the reference implementation's tests.
  const std::string older = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
  EXPECT_TRUE(is_password("password", older));
  EXPECT_FALSE(is_password("passwore", older));
  EXPECT_TRUE(is_outdated(older));
}

TEST(Password, ShortLongAndOddOnesAreRefusedWithoutBeingRepeated) {
  for (const std::string& bad : {std::string("short-one"), std::string(1'025, 'a'), std::string("twelve letters\0and nul", 22), std::string("not utf-8 \xff\xff\xff")}) {
    const auto refused = hash_password(bad);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "E8030");
    EXPECT_EQ(to_string(refused.error()).find(bad), std::string::npos);
  }
  EXPECT_TRUE(check_new_password("twelve or more"));
}

constexpr TimePoint kNoon{Millis{1'700'000'000'000}};

TEST(Lockout, AfterAFewTriesEachNextWaitIsTwiceAsLongUpToTheLongest) {
  Lockout lockout;
  auto now = kNoon;
  for (int i = 0; i < 4; ++i) lockout.failed("user:ada", now);
  EXPECT_FALSE(lockout.wait_of("user:ada", now));
  Millis expected{1'000};
  for (int i = 0; i < 15; ++i) {
    lockout.failed("user:ada", now);
    ASSERT_EQ(lockout.wait_of("user:ada", now), std::optional(expected)) << i;
    EXPECT_TRUE(lockout.wait_of("user:ada", now + expected - Millis{1}));
    EXPECT_FALSE(lockout.wait_of("user:ada", now + expected));
    now += expected;
    expected = std::min(expected * 2, Millis{15 * 60'000});
  }
  EXPECT_FALSE(lockout.wait_of("user:bob", now)) << "nobody else waits";
}

TEST(Lockout, ASuccessOrAnHourForgets) {
  Lockout lockout;
  for (int i = 0; i < 9; ++i) lockout.failed("a", kNoon);
  for (int i = 0; i < 9; ++i) lockout.failed("b", kNoon);
  lockout.succeeded("a");
  EXPECT_FALSE(lockout.wait_of("a", kNoon));
  EXPECT_TRUE(lockout.wait_of("b", kNoon));
  lockout.failed("b", kNoon + Millis{2 * 3'600'000});
  EXPECT_FALSE(lockout.wait_of("b", kNoon + Millis{2 * 3'600'000})) << "it begins anew";
}

TEST(Lockout, AClockThatWasPutBackLocksNobodyOut) {
  Lockout lockout;
  for (int i = 0; i < 9; ++i) lockout.failed("a", kNoon);
  EXPECT_FALSE(lockout.wait_of("a", kNoon - Millis{3'600'000}));
  lockout.failed("a", kNoon - Millis{3'600'000});
  EXPECT_TRUE(lockout.wait_of("a", kNoon - Millis{3'600'000})) << "but failing goes on to count";
}

TEST(Lockout, IsBoundedAndForgetsTheOldest) {
  Lockout lockout({.free_tries = 1, .most_keys = 3});
  for (int i = 0; i < 5; ++i) lockout.failed(std::to_string(i), kNoon + Millis{i});
  EXPECT_EQ(lockout.size(), 3U);
  EXPECT_FALSE(lockout.wait_of("1", kNoon + Millis{5}));
  EXPECT_TRUE(lockout.wait_of("2", kNoon + Millis{5}));
}

}  // namespace
}  // namespace millrace::auth
