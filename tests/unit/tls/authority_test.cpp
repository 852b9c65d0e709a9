#include "tls/authority.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.hpp"
#include "tls/admission.hpp"
#include "tls/identity.hpp"
#include "tls/private_file.hpp"
#include "tls/token.hpp"

namespace millrace::tls {
namespace {

namespace fs = std::filesystem;

class AuthorityTest : public testing::Test {
 protected:
  AuthorityTest() {
    const auto info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = (fs::temp_directory_path() / ("millrace-tls-" + std::to_string(::getpid()) + "-" + info->name())).string();
    fs::remove_all(folder_);
    clock_.set(std::chrono::sys_days{std::chrono::year{2026} / 11 / 25});
    authority_.emplace(Authority::open(folder_ + "/tls", clock_).value());
    authority_->set_terms({.addresses = {"localhost"}});
    EXPECT_TRUE(authority_->keep_server_certificate().value());
    EXPECT_TRUE(authority_->set_server_authority(read_private(authority_->file("ca.pem")).value()).ok());
  }
  ~AuthorityTest() override { fs::remove_all(folder_); }

  std::string secret(Millis life = Millis(600'000)) { return token_from_text(authority_->make_token(life)->text)->secret; }
  static std::string request(const std::string& name) { return make_request(new_key(), name).value(); }
  std::string refusal(const std::string& secret_text, const std::string& name = "w1") {
    const auto given = authority_->join(secret_text, request(name));
    return given ? "" : given.error().code;
  }

  std::string folder_{};
  VirtualClock clock_{};
  std::optional<Authority> authority_{};
};

TEST_F(AuthorityTest, its_folder_is_closed_to_others) {
  struct stat info {};
  ASSERT_EQ(::stat((folder_ + "/tls").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  for (const auto& one : fs::directory_iterator(folder_ + "/tls")) {
    ASSERT_EQ(::stat(one.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600U) << one.path();
  }
  ASSERT_EQ(::chmod(authority_->file("ca.key").c_str(), 0640), 0);
  EXPECT_EQ(Authority::open(folder_ + "/tls", clock_).error().code, "E3101");
}

TEST_F(AuthorityTest, is_made_once) {
  const auto before = read_private(authority_->file("ca.pem")).value();
  EXPECT_TRUE(Authority::open(folder_ + "/tls", clock_).ok());
  EXPECT_EQ(read_private(authority_->file("ca.pem")).value(), before);
  EXPECT_EQ(Authority::find(folder_ + "/nowhere", clock_).error().code, "E3116");
  EXPECT_FALSE(fs::exists(folder_ + "/nowhere"));
}

TEST_F(AuthorityTest, a_token_is_good_once) {
  const auto one = secret(), two = secret();
  const auto given = authority_->join(one, request("w1"));
  ASSERT_TRUE(given.ok());
  const auto facts = read_certificate(*given).value();
  EXPECT_EQ(facts.name, "w1");
  EXPECT_EQ(facts.until - facts.from, kDay);
  EXPECT_EQ(refusal(one), "E3104");
  EXPECT_EQ(refusal(one, "w2"), "E3104");
  EXPECT_EQ(refusal(two, "w2"), "");
}

TEST_F(AuthorityTest, a_token_ends) {
  const auto one = secret(Millis(10'000)), two = secret(Millis(10'000));
  clock_.advance(Millis(9'999));
  EXPECT_EQ(refusal(one), "");
  clock_.advance(Millis(1));
  EXPECT_EQ(refusal(two), "E3105");
  clock_.advance(kDay + Millis(1));
  EXPECT_EQ(refusal(two), "E3105");
  secret();  // the ledger is written anew, and forgets
  EXPECT_EQ(refusal(two), "E3103");
}

TEST_F(AuthorityTest, other_tokens_are_not_known) {
  secret();
  EXPECT_EQ(refusal(""), "E3103");
  EXPECT_EQ(refusal(new_secret()), "E3103");
  EXPECT_EQ(refusal(std::string(1 << 20, 'x')), "E3103");
}

TEST_F(AuthorityTest, what_was_not_given_spends_no_token) {
  const auto one = secret();
  EXPECT_EQ(authority_->join(one, "garbage").error().code, "E3109");
  EXPECT_EQ(refusal(one, "client-root"), "E3109");
  EXPECT_EQ(refusal(one, "local-1-7"), "E3109");
  EXPECT_EQ(refusal(one, "w1"), "");
}

TEST_F(AuthorityTest, tokens_are_kept_as_hashes) {
  const auto one = secret();
  ASSERT_EQ(refusal(one), "");
  for (const auto& file : fs::recursive_directory_iterator(folder_)) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(read_text(file.path().string()).value().find(one), std::string::npos) << file.path();
  }
}

TEST_F(AuthorityTest, a_ledger_that_can_not_be_read_is_not_begun_anew) {
  const auto one = secret();
  ASSERT_TRUE(write_private(authority_->file("ledger.json"), "{\"tokens\": [").ok());
  EXPECT_EQ(refusal(one), "E3101");
  EXPECT_EQ(authority_->make_token(Millis(5'000)).error().code, "E3101");
  EXPECT_EQ(authority_->revoked().error().code, "E3101");
}

TEST_F(AuthorityTest, renewing_keeps_the_name) {
  const auto text = authority_->join(secret(), request("w1")).value();
  const auto current = read_certificate(text).value();
  clock_.advance(std::chrono::hours(10));
  const auto next = read_certificate(authority_->renew(text, request("w1")).value()).value();
  EXPECT_EQ(next.name, "w1");
  EXPECT_EQ(next.until - current.until, std::chrono::hours(10));
  EXPECT_EQ(authority_->renew(text, request("w2")).error().code, "E3113");
}

TEST_F(AuthorityTest, what_another_authority_gave_is_renewed_there) {
  auto other = Authority::open(folder_ + "/other", clock_).value();
  const auto text = other.make_identity("w1", kDay).value();
  EXPECT_EQ(authority_->renew(text, request("w1")).error().code, "E3116");
  EXPECT_EQ(authority_->renew("", request("w1")).error().code, "E3101");
  clock_.advance(kDay + Millis(1'000));
  EXPECT_EQ(other.renew(text, request("w1")).error().code, "E3116") << "what has ended is nobody's";
}

TEST_F(AuthorityTest, who_was_revoked_can_not_renew_and_may_join_again) {
  const auto text = authority_->join(secret(), request("w1")).value();
  const auto current = read_certificate(text).value();
  ASSERT_TRUE(authority_->revoke("w1").ok());
  EXPECT_EQ(authority_->renew(text, request("w1")).error().code, "E3114");
  Admission admission(clock_);
  admission.set(read_private(authority_->file("ca.pem")).value(), authority_->revoked().value());
  EXPECT_EQ(admission.check_revoked(current).error().code, "E3114");
  const auto anew = authority_->join(secret(), request("w1")).value();  // in the same second
  EXPECT_TRUE(admission.admit("/millrace.worker.v1.WorkerGate/Connect", anew, "").ok());
}

TEST_F(AuthorityTest, the_servers_certificate_is_renewed_when_a_third_of_its_life_is_left) {
  const auto first = read_private(authority_->file("server.pem")).value();
  clock_.advance(19 * kDay);
  EXPECT_FALSE(authority_->keep_server_certificate().value());
  clock_.advance(kDay + Millis(1'000));
  EXPECT_TRUE(authority_->keep_server_certificate().value());
  EXPECT_NE(read_private(authority_->file("server.pem")).value(), first);
  EXPECT_FALSE(authority_->keep_server_certificate().value());
  authority_->set_terms({.addresses = {"localhost", "house.example"}});
  EXPECT_TRUE(authority_->keep_server_certificate().value()) << "another name needs another certificate";
}

TEST_F(AuthorityTest, each_door_takes_its_own) {
  Admission admission(clock_);
  admission.set(read_private(authority_->file("ca.pem")).value(), {});
  const auto worker = authority_->make_identity("w1", kDay).value(), client = authority_->make_identity("client-me", kDay).value();
  const auto code = [&](const std::string& method, const std::string& shown) {
    const auto good = admission.admit(method, shown, "");
    return good ? std::string() : good.error().code;
  };
  const std::string gate = "/millrace.worker.v1.WorkerGate/Connect", renew = "/millrace.worker.v1.WorkerJoin/Renew", join = "/millrace.worker.v1.WorkerJoin/Join";
  const std::string runs = "/millrace.api.v1.Millrace/ListRuns", reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  for (const auto& method : {gate, renew}) {
    EXPECT_EQ(code(method, worker), "");
    EXPECT_EQ(code(method, client), "E3115");
    EXPECT_EQ(code(method, ""), "E3110");
  }
  for (const auto& method : {runs, reflection, std::string(), std::string("/millrace.worker.v2.WorkerJoin/Join")}) {
    EXPECT_EQ(code(method, client), "");
    EXPECT_EQ(code(method, worker), "E3115");
    EXPECT_EQ(code(method, ""), "E3110");
  }
  EXPECT_EQ(code(join, ""), "");
  clock_.advance(kDay + Millis(1'000));
  EXPECT_EQ(code(gate, worker), "E3111");
}

TEST(Identity, hosts_of_an_address) {
  EXPECT_EQ(hosts_of("house:7430"), (std::vector<std::string>{"house"}));
  EXPECT_EQ(hosts_of("10.0.0.1:7430,10.0.0.2:7430"), (std::vector<std::string>{"10.0.0.1", "10.0.0.2"}));
  EXPECT_EQ(hosts_of("[::1]:7430"), (std::vector<std::string>{"::1"}));
  EXPECT_TRUE(hosts_of("").empty());
}

TEST(Token, is_what_was_written) {
  const JoinToken token{.fingerprint = new_secret(), .secret = new_secret()};
  const auto text = token_to_text(token);
  EXPECT_EQ(token_from_text(text)->secret, token.secret);
  EXPECT_EQ(token_from_text(" " + text + "\n")->fingerprint, token.fingerprint);
}

TEST(Token, garbage_is_refused_and_not_repeated) {
  const auto good = token_to_text({.fingerprint = new_secret(), .secret = new_secret()});
  for (const auto& text : {std::string(), std::string("mrj1_"), good + "a", good.substr(1), std::string(good.size(), 'a'), good + good, std::string(1 << 20, 'f'), std::string("\0", 1) + good}) {
    const auto read = token_from_text(text);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, "E3102");
    if (text.size() < 20) continue;
    EXPECT_EQ(to_string(read.error()).find(text.substr(10, 10)), std::string::npos);
  }
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(token_from_text(good.substr(0, size)).ok());
  for (size_t at = 0; at < good.size(); ++at) {
    for (const char c : {'\0', 'G', '/', ':', '`', 'g', '\xff'}) {
      auto changed = good;
      changed[at] = c;
      EXPECT_FALSE(token_from_text(changed).ok()) << at;
    }
  }
}

}  // namespace
}  // namespace millrace::tls
