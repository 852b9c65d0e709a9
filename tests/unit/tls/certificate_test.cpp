#include "tls/certificate.hpp"

#include <gtest/gtest.h>

namespace millrace::tls {
namespace {

constexpr std::chrono::hours kHour{1};
const TimePoint kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + std::chrono::hours(12);

Signer authority(const std::string& name = "house") {
  const auto key = new_key();
  return {.certificate = make_authority(key, name, kNow - kHour, kNow + 1000 * kHour).value(), .key = key};
}

std::string leaf(const Signer& by, const Grant& grant) { return issue(by, make_request(new_key(), grant.name).value(), grant).value(); }

Grant worker(const std::string& name = "w1") { return {.name = name, .use = Use::client, .addresses = {}, .from = kNow, .until = kNow + 24 * kHour}; }

std::string code_of(const Status& status) { return status ? "" : status.error().code; }

TEST(Certificate, says_what_was_granted) {
  const auto text = leaf(authority(), {.name = "srv", .use = Use::server, .addresses = {"localhost", "127.0.0.1", "::1"}, .from = kNow, .until = kNow + kHour});
  const auto facts = read_certificate(text).value();
  EXPECT_EQ(facts.name, "srv");
  EXPECT_EQ(facts.from, kNow);
  EXPECT_EQ(facts.until, kNow + kHour);
  EXPECT_EQ(facts.addresses, (std::vector<std::string>{"localhost", "127.0.0.1", "::1"}));
  EXPECT_EQ(facts.fingerprint.size(), 64U);
}

TEST(Certificate, is_good_in_its_time_for_its_use_by_its_authority) {
  const auto house = authority(), other = authority();
  const auto text = leaf(house, worker());
  EXPECT_EQ(code_of(check_chain(text, "", house.certificate, Use::client, kNow)), "");
  EXPECT_EQ(code_of(check_chain(text, "", other.certificate + house.certificate, Use::client, kNow)), "");
  EXPECT_EQ(code_of(check_chain(text, "", house.certificate, Use::client, kNow + 24 * kHour + std::chrono::seconds(1))), "E3111");
  EXPECT_EQ(code_of(check_chain(text, "", house.certificate, Use::client, kNow - std::chrono::seconds(61))), "E3111");
  EXPECT_EQ(code_of(check_chain(text, "", house.certificate, Use::client, kNow - std::chrono::seconds(59))), "") << "clocks differ a little";
  EXPECT_EQ(code_of(check_chain(text, "", other.certificate, Use::client, kNow)), "E3112");
  EXPECT_EQ(code_of(check_chain(text, "", "", Use::client, kNow)), "E3112");
  EXPECT_EQ(code_of(check_chain(text, "", house.certificate, Use::server, kNow)), "E3112") << "a worker is no server";
}

TEST(Certificate, whoever_brings_his_own_authority_along_is_not_trusted) {
  const auto house = authority("house"), other = authority("house");  // of the same name, too
  const auto text = leaf(other, worker());
  EXPECT_EQ(code_of(check_chain(text, other.certificate, house.certificate, Use::client, kNow)), "E3112");
}

TEST(Certificate, a_worker_can_not_give_certificates_away) {
  const auto house = authority();
  const auto key = new_key();
  const auto middle = issue(house, make_request(key, "w1").value(), worker()).value();
  const auto text = leaf({.certificate = middle, .key = key}, worker("w2"));
  EXPECT_EQ(code_of(check_chain(text, middle, house.certificate, Use::client, kNow)), "E3112");
}

TEST(Certificate, a_changed_byte_is_seen) {
  const auto house = authority();
  const auto text = leaf(house, worker());
  int refused = 0, read = 0;
  for (size_t at = text.find('\n') + 1; at + 4 < text.find("\n-----END"); ++at) {  // the last of base64 may hold bits of nothing
    auto changed = text;
    if (changed[at] == '\n') continue;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    const auto good = check_chain(changed, "", house.certificate, Use::client, kNow);
    EXPECT_FALSE(good.ok()) << at;
    refused += good ? 0 : 1;
    read += read_certificate(changed) ? 1 : 0;
  }
  EXPECT_GT(refused, 400);
  EXPECT_GT(read, 100) << "most changes were not even readable, so the signature was hardly tried";
}

TEST(Certificate, addresses_are_names_or_numbers) {
  const auto text = leaf(authority(), {.name = "srv", .use = Use::server, .addresses = {"house.example", "10.0.0.7", "::1"}, .from = kNow, .until = kNow + kHour});
  const auto fits = [&](const std::string& one) { return code_of(check_address(text, std::vector<std::string>{one})); };
  EXPECT_EQ(fits("house.example"), "");
  EXPECT_EQ(fits("10.0.0.7"), "");
  EXPECT_EQ(fits("::1"), "");
  EXPECT_EQ(fits("0:0:0:0:0:0:0:1"), "");
  EXPECT_EQ(fits("10.0.0.8"), "E3113");
  EXPECT_EQ(fits("srv"), "E3113") << "the CN is no address";
  EXPECT_EQ(fits("other.example"), "E3113");
  EXPECT_EQ(code_of(check_address(text, {})), "E3113");
}

TEST(Certificate, a_pair_fits_or_not) {
  const auto house = authority();
  EXPECT_EQ(code_of(check_pair(house.certificate, house.key)), "");
  EXPECT_EQ(code_of(check_pair(house.key + house.certificate, house.key + house.certificate)), "") << "both in one file";
  EXPECT_EQ(code_of(check_pair(house.certificate, new_key())), "E3101");
  EXPECT_EQ(code_of(check_pair("", house.key)), "E3101");
  EXPECT_EQ(code_of(check_pair(house.certificate, "")), "E3101");
}

TEST(Certificate, is_found_by_its_fingerprint_and_alone) {
  const auto one = authority(), two = authority();
  const auto wanted = read_certificate(two.certificate)->fingerprint;
  EXPECT_EQ(find_by_fingerprint(one.certificate + two.certificate, wanted).value(), two.certificate);
  EXPECT_EQ(find_by_fingerprint(one.certificate, wanted).error().code, "E3106");
  EXPECT_EQ(find_by_fingerprint("", wanted).error().code, "E3106");
  EXPECT_EQ(find_by_fingerprint("nonsense", wanted).error().code, "E3106");
}

TEST(Request, says_who_it_is_for) { EXPECT_EQ(read_request(make_request(new_key(), "w-1.example").value()).value(), "w-1.example"); }

TEST(Request, only_the_key_of_it_counts) {
  const auto text = issue(authority(), make_request(new_key(), "client-root").value(), worker("w1")).value();
  EXPECT_EQ(read_certificate(text)->name, "w1");
}

TEST(Request, garbage_is_refused) {
  const auto good = make_request(new_key(), "w1").value();
  for (const std::string& text : {std::string(), std::string("garbage"), std::string(100'000, 'A'), std::string("-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n"),
                                  good + std::string(100'000, '\n'), new_key(), authority().certificate, std::string("\0\0\0", 3)}) {
    EXPECT_EQ(read_request(text).error().code, "E3109") << text.substr(0, 60);
  }
  for (size_t size = 0; size + 1 < good.size(); ++size) EXPECT_FALSE(read_request(good.substr(0, size)).ok()) << size;
  for (size_t at = good.find('\n') + 1; at + 4 < good.find("\n-----END"); ++at) {
    auto changed = good;
    if (changed[at] == '\n') continue;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(read_request(changed).ok()) << "byte " << at;
  }
}

TEST(Request, names_are_plain) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string("a/b"), std::string("a\nb"), std::string("ä"), std::string(65, 'a')}) {
    const auto made = make_request(new_key(), name);
    EXPECT_FALSE(made && read_request(*made)) << name;
    EXPECT_FALSE(is_name(name)) << name;
  }
  EXPECT_TRUE(is_name("host-7.example_1"));
}

TEST(Request, halves_of_two_make_none) {
  const auto one = make_request(new_key(), "w1").value(), two = make_request(new_key(), "w1").value();
  const auto half = one.size() / 2;
  EXPECT_FALSE(read_request(one.substr(0, half) + two.substr(half)).ok());
}

}  // namespace
}  // namespace millrace::tls
