#include "notify/mail.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "sdk/millrace_testing.hpp"

namespace {

using mr::notify::header_text;
using mr::notify::Mail;

std::string code_of(Mail mail) {
  try {
    mr::notify::send(mail, [] { return false; });
  } catch (const mr::Failure& failure) {
    return failure.code + (failure.final ? " final" : "");
  }
  return "sent";
}

Mail mail() { return {.server = "smtp://127.0.0.1:1", .user = {}, .password = {}, .encrypted = false, .from = "a@example.com", .to = {"b@example.com"}, .cc = {}, .subject = "s", .text = "t", .html = {}}; }

TEST(Mail, HeadersOfOtherLettersAreEncodedWords) {
  EXPECT_EQ(header_text("Sales are loaded"), "Sales are loaded");
  EXPECT_EQ(header_text("Umsätze"), "=?UTF-8?B?VW1zw6R0emU=?=");
  const auto longer = header_text(std::string(20, 'x') + "äöüäöüäöüäöüäöüäöüäöü");
  EXPECT_NE(longer.find("?=\r\n =?UTF-8?B?"), std::string::npos) << longer;
  size_t from = 0;
  for (size_t end; (end = longer.find("\r\n", from)) != std::string::npos; from = end + 2) EXPECT_LE(end - from, 76U);
}

TEST(Mail, NobodyAddsHeadersByALineBreak) {
  auto one = mail();
  one.subject = "x\r\nBcc: c@example.com";
  EXPECT_EQ(code_of(one), "E4052 final");
  for (const char* address : {"", "nobody", "a@", "@b", "a@b\r\nRCPT TO:<c@d>", "A <a@b>", "a@b,c@d"}) {
    auto other = mail();
    other.to = {address};
    EXPECT_EQ(code_of(other), "E4052 final") << address;
  }
  auto nobody = mail();
  nobody.to = {};
  EXPECT_EQ(code_of(nobody), "E4052 final");
}

TEST(Mail, AServerThatIsNotThereIsWorthAnotherTry) { EXPECT_EQ(code_of(mail()), "E4054"); }

}  // namespace
