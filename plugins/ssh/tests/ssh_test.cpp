// ssh.run against a real sshd on loopback, with keys of its own. Skipped, loudly, where there is none; MILLRACE_SSHD names another.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "common/process.hpp"
#include "sdk/millrace_testing.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;
using mr::process::Process;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(fd, raw, size) != 0 || ::getsockname(fd, raw, &size) != 0) throw std::runtime_error("no port on loopback");
  ::close(fd);
  return ntohs(address.sin_port);
}

// Waits for the end of a process that is somebody else's child.
bool has_gone(pid_t pid) {
  const int ending = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (ending < 0) return true;
  pollfd watched{ending, POLLIN, 0};
  const bool gone = ::poll(&watched, 1, 20'000) == 1;
  ::close(ending);
  return gone;
}

// One sshd for all cases.
class Sshd {
 public:
  Sshd() {
    const char* given = std::getenv("MILLRACE_SSHD");
    const auto program = given != nullptr ? std::string(given) : mr::process::find_program("sshd", "/usr/sbin:/usr/local/sbin");
    const auto keygen = mr::process::find_program("ssh-keygen", "/usr/bin:/usr/local/bin");
    if (program.empty() || keygen.empty()) {
      why = "sshd isn't here; install openssh-server, or set MILLRACE_SSHD";
      return;
    }
    std::string name = (fs::temp_directory_path() / "sshd_test.XXXXXX").string();
    folder = fs::canonical(::mkdtemp(name.data()));
    for (const auto* key : {"host", "user", "other"}) call(keygen, {"-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", (folder / key).string()});
    call(keygen, {"-q", "-t", "ed25519", "-N", "passphrase", "-C", "test", "-f", (folder / "locked").string()});
    fs::copy_file(folder / "user.pub", folder / "authorized");
    port = free_port();
    std::ofstream(folder / "config") << "ListenAddress 127.0.0.1:" << port << "\nHostKey " << (folder / "host").string() << "\nAuthorizedKeysFile " << (folder / "authorized").string()
                                     << "\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n";
    server_ = std::make_unique<Process>(plan(program, {"-D", "-e", "-f", (folder / "config").string()}));
    bool listening = false;
    std::string said;
    while (!listening && !server_->has_ended()) {
      pollfd watched{server_->streams().second, POLLIN, 0};
      ::poll(&watched, 1, 100);
      server_->take_lines([](const std::string&) {}, [&](const std::string& line) {
        said = line;
        listening = listening || line.find("Server listening on") != std::string::npos;
      });
    }
    if (!listening) why = "sshd does not start: " + said;
  }
  ~Sshd() {
    server_.reset();
    if (!folder.empty()) fs::remove_all(folder);
  }
  Sshd(const Sshd&) = delete;
  Sshd& operator=(const Sshd&) = delete;

  std::string known(const std::string& key = "host") const { return "[127.0.0.1]:" + std::to_string(port) + " " + read(folder / (key + ".pub")); }

  std::string why{};
  fs::path folder{};
  int port = 0;

 private:
  mr::process::Plan plan(const std::string& program, std::vector<std::string> words) const {
    return {.program = program, .arguments = std::move(words), .environment = {{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}, .folder = folder.string()};
  }
  void call(const std::string& program, std::vector<std::string> words) const {
    mr::testing::FakeHost host;
    const auto quiet = [](const std::string&) {};
    if (mr::process::run_to_end(plan(program, std::move(words)), mr::Attempt(host.table()), quiet, quiet) != 0) throw std::runtime_error(program + " failed");
  }

  std::unique_ptr<Process> server_{};
};

class Ssh : public testing::Test {
 protected:
  static void SetUpTestSuite() { sshd = new Sshd; }
  static void TearDownTestSuite() { delete sshd; }

  void SetUp() override {
    if (!sshd->why.empty()) {
      std::cerr << "SKIPPED: ssh, because " << sshd->why << "\n";
      GTEST_SKIP() << sshd->why;
    }
    work = sshd->folder / "work %h 1";  // ssh would take the % for the host's name, and the spaces for two paths
    fs::create_directory(work);
    host.at(sshd->folder.string(), work.string());
  }
  void TearDown() override {
    if (work.empty()) return;
    EXPECT_TRUE(fs::is_empty(work)) << "the key's file is gone";
    for (const auto& line : host.lines()) EXPECT_EQ(line.text.find("PRIVATE KEY"), std::string::npos);
    fs::remove_all(work);
  }

  Json config(const std::string& command) const {
    return {{"host", "127.0.0.1"}, {"port", sshd->port}, {"user", ::getpwuid(::geteuid())->pw_name}, {"key", read(sshd->folder / "user")}, {"known_hosts", sshd->known()}, {"run", command}};
  }
  mr_outcome run(const std::string& command, const Json& more = Json::object()) {
    auto all = config(command);
    all.update(more);
    return library.run("ssh.run", all, host);
  }
  std::string code() const { return host.failure().value("code", "") + " " + host.failure().value("class", ""); }

  // Runs until the command has printed a line of process ids, and does something then.
  std::vector<pid_t> run_until_pids(const std::string& command, const std::function<void()>& then, mr_outcome expected, const Json& more = Json::object()) {
    std::vector<pid_t> pids;
    host.on_log = [&](const mr::testing::Line& line) {
      if (!line.text.starts_with("pids ")) return;
      std::istringstream words(line.text.substr(5));
      for (pid_t pid = 0; words >> pid;) pids.push_back(pid);
      then();
    };
    EXPECT_EQ(run(command, more), expected) << host.failure();
    return pids;
  }

  static inline Sshd* sshd = nullptr;
  fs::path work{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

constexpr auto kStubborn = "trap '' TERM HUP INT\nsleep 600 &\nfirst=$!\nsleep 601 &\necho pids $first $!\nwhile :; do wait; done";

TEST_F(Ssh, ACommandsLinesAreInTheLogAndItsEndIsTheOutcome) {
  ASSERT_EQ(run("echo \"hello \xC3\xBC\"\necho oh >&2\nprintf 'no end'"), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.log(MR_INFO), "hello \xC3\xBC\nno end\n");
  EXPECT_EQ(host.log(MR_WARN), "oh\n");
  EXPECT_EQ(host.output(), Json({{"exit_code", 0}}));
}

TEST_F(Ssh, ExitCodesHaveClasses) {
  EXPECT_EQ(run("exit 3"), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4094 transient/exit_3");
  EXPECT_EQ(run("exit 3", {{"retry_exit_codes", {"4"}}}), MR_FAILED_FINAL);
  EXPECT_EQ(run("nothing-like-this"), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4094 config/exit_127");
  EXPECT_EQ(run("kill -KILL $(sh -c 'echo $PPID')"), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4094 transient/exit_137");
  EXPECT_EQ(run("exit 255"), MR_FAILED_RETRY) << "which is also what ssh itself says";
  EXPECT_EQ(code(), "E4094 transient/exit_255");
  EXPECT_EQ(run("if then"), MR_FAILED_RETRY) << "a mistake of the command is not one of the wrapping";
  EXPECT_EQ(code(), "E4094 transient/exit_2");
}

TEST_F(Ssh, VariablesAndTheFolderReachTheCommandAsTheyAre) {
  const std::string odd = "a 'b' \"c\" $d `e` \\ \xC3\xBC\n!";
  ASSERT_EQ(run("pwd; printf '%s' \"$ODD\" | od -An -tx1 | tr -d ' \\n'", {{"env", {{"ODD", odd}}}, {"folder", "/"}}), MR_SUCCEEDED) << host.failure();
  std::string hex;
  for (const unsigned char c : odd) hex += {"0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15]};
  EXPECT_EQ(host.log(MR_INFO), "/\n" + hex + "\n");
  EXPECT_EQ(run("true", {{"folder", "/nowhere at all"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4094 config/exit_126");
}

TEST_F(Ssh, ALongCommandAndManyLinesArriveWhole) {
  std::string command = "cat <<'END' | wc -c\n" + std::string(700'000, 'x') + "\nEND\nseq 20000\necho '{\"n\": 1}'";
  ASSERT_EQ(run(command, {{"output", "json"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.lines().front().text, "700001");
  EXPECT_EQ(host.lines().size(), 20'002u);
  EXPECT_EQ(host.output()["json"], (Json{{"n", 1}}));
  EXPECT_EQ(run("echo no", {{"output", "json"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4024 data");
}

TEST_F(Ssh, TheCommandStandsInNoListOfProcesses) {
  ASSERT_EQ(run("ps -eo args 2>/dev/null || cat /proc/[0-9]*/cmdline", {{"env", {{"PASSWORD", "t0p-secret"}}}}), MR_SUCCEEDED);
  EXPECT_EQ(host.log(MR_INFO).find("t0p-secret"), std::string::npos);
}

TEST_F(Ssh, AMachineThatIsNotKnownOrAnotherOneIsNotSpokenTo) {
  EXPECT_EQ(run("echo never", {{"known_hosts", "other.example.com " + read(sshd->folder / "host.pub")}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4092 config");
  EXPECT_EQ(host.failure()["what"], "the machine's key is not known");
  EXPECT_EQ(run("echo never", {{"known_hosts", sshd->known("other")}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4092 config");
  EXPECT_EQ(host.failure()["what"], "the machine's key is not the one that is known");
  EXPECT_EQ(host.log(MR_INFO), "");
}

TEST_F(Ssh, AKeyThatIsRefusedOrNoneIsAMistakeOfTheConfig) {
  EXPECT_EQ(run("true", {{"key", read(sshd->folder / "other")}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4093 config");
  EXPECT_EQ(run("true", {{"key", read(sshd->folder / "locked")}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4093 config");
  EXPECT_EQ(run("true", {{"key", "-----BEGIN OPENSSH PRIVATE KEY-----\nxx\n-----END OPENSSH PRIVATE KEY-----"}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4093 config");
  EXPECT_EQ(host.failure()["what"], "the private key can't be read");
}

TEST_F(Ssh, NobodyAtThePortIsTriedAgain) {
  EXPECT_EQ(run("true", {{"port", free_port()}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4091 transient");
}

TEST_F(Ssh, ConfigsThatCouldBeOptionsOrNothingAreRefused) {
  for (const Json& wrong : {Json{{"host", "-oProxyCommand=touch x"}}, Json{{"host", ""}}, Json{{"host", "a b"}}, Json{{"user", "-x"}}, Json{{"user", "a@b"}}, Json{{"key", "secret"}}, Json{{"known_hosts", " \n"}}, Json{{"env", {{"A=B", "c"}}}}, Json{{"env", {{"1A", "c"}}}}}) {
    EXPECT_EQ(run("true", wrong), MR_FAILED_FINAL) << wrong;
    EXPECT_EQ(code(), "E4090 config") << wrong;
  }
  EXPECT_EQ(run("true", {{"user", nullptr}}), MR_FAILED_FINAL);
  EXPECT_EQ(run("true", {{"port", 0}}), MR_FAILED_FINAL);
}

TEST_F(Ssh, ACancelEndsEvenAStubbornCommandOverThere) {
  const auto pids = run_until_pids(kStubborn, [&] { host.cancel(); }, MR_CANCELLED);
  ASSERT_EQ(pids.size(), 2u);
  for (const auto pid : pids) EXPECT_TRUE(has_gone(pid)) << pid;
}

TEST_F(Ssh, ACancelEndsTheWaitForAMachineThatDoesNotAnswer) {
  const int port = free_port();
  const int silent = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  ASSERT_EQ(::bind(silent, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(silent, 4), 0);
  host.cancel();
  EXPECT_EQ(run("true", {{"port", port}, {"connect_timeout", 600}}), MR_CANCELLED);
  ::close(silent);
}

TEST_F(Ssh, APoliteCommandCleansUpBeforeACancelEndsIt) {
  const auto mark = sshd->folder / "mark";
  const auto pids = run_until_pids("trap 'echo cleaned > \"" + mark.string() + "\"; exit' TERM\nsleep 600 &\necho pids $!\nwait", [&] { host.cancel(); }, MR_CANCELLED);
  ASSERT_EQ(pids.size(), 1u);
  EXPECT_TRUE(has_gone(pids[0]));
  EXPECT_EQ(read(mark), "cleaned\n");
}

TEST_F(Ssh, ATimeoutEndsTheCommandOverThere) {
  const auto pids = run_until_pids("sleep 600 & echo pids $!; wait", [] {}, MR_FAILED_RETRY, {{"timeout", "1s"}});
  EXPECT_EQ(code(), "E4095 timeout");
  ASSERT_EQ(pids.size(), 1u);
  EXPECT_TRUE(has_gone(pids[0]));
}

TEST_F(Ssh, TheCommandEndsWithAClientThatIsKilled) {
  const auto kill_ssh = [] {
    std::ifstream in("/proc/self/task/" + std::to_string(::syscall(SYS_gettid)) + "/children");
    for (pid_t pid = 0; in >> pid;) {
      if (read("/proc/" + std::to_string(pid) + "/comm") == "ssh\n") ::kill(pid, SIGKILL);
    }
  };
  const auto pids = run_until_pids(kStubborn, kill_ssh, MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4091 transient");
  ASSERT_EQ(pids.size(), 2u);
  for (const auto pid : pids) EXPECT_TRUE(has_gone(pid)) << pid;
}

TEST_F(Ssh, WhatACommandLeavesBehindIsEndedWithIt) {
  const auto pids = run_until_pids("sleep 600 & echo pids $!", [] {}, MR_SUCCEEDED);
  ASSERT_EQ(pids.size(), 1u);
  EXPECT_TRUE(has_gone(pids[0]));
}

}  // namespace
