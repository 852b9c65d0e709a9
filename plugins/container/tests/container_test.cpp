// container.run by an engine that the test writes: a shell script that notes its words and plays what the image's name says.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sdk/millrace_testing.hpp"

namespace {

namespace fs = std::filesystem;
using mr::Json;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// As the real one: `run` is a client, and the container another process that `stop` and `rm` know by its name.
constexpr auto kEngine = R"sh(#!/bin/sh
verb=$1
for word in "$@"; do printf '%s\n' "$word" >> "$HERE/$verb.words"; done
echo >> "$HERE/$verb.words"
env > "$HERE/$verb.env"
name() { while [ "$1" != --name ]; do shift; done; echo "$2"; }
last() { for word in "$@"; do :; done; echo "$word"; }
case $verb in
  version) [ ! -e "$HERE/down" ] ;;
  run)
    case " $* " in
      *" lines "*) printf 'one \303\274\n'; echo oh >&2; printf '{"n": 1}' ;;
      *" exits:"*) exit "$(last "$@" | cut -d: -f2)" ;;
      *" unknown "*) echo "Unable to find image 'unknown' locally" >&2; echo "docker: Error response from daemon: pull access denied for unknown." >&2; exit 125 ;;
      *" offline "*) echo "docker: Error response from daemon: Get registry: dial tcp: i/o timeout." >&2; exit 125 ;;
      *" sleeps "*) setsid sleep 600 </dev/null >/dev/null 2>&1 & echo $! > "$HERE/$(name "$@").pid"; echo started; wait ;;
      *" dies "*) kill -KILL $$ ;;
    esac ;;
  stop|rm) pid=$HERE/$(last "$@").pid; [ -e "$pid" ] || exit 1; kill -TERM "$(cat "$pid")"; rm "$pid" ;;
esac
)sh";

bool has_gone(pid_t pid) {
  const int ending = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (ending < 0) return true;
  pollfd watched{ending, POLLIN, 0};
  const bool gone = ::poll(&watched, 1, 10'000) == 1;
  ::close(ending);
  return gone;
}

class Container : public testing::Test {
 protected:
  Container() {
    std::string name = (fs::temp_directory_path() / "container_test.XXXXXX").string();
    folder = fs::canonical(::mkdtemp(name.data()));
    fs::create_directories(folder / "bin");
    fs::create_directories(folder / "datasets");
    fs::create_directories(folder / "in");
    host.at(folder.string());
    host.facts.update({{"run", "r1"}, {"task", "t1"}, {"data_root", (folder / "datasets").string()}, {"env", {{"PATH", (folder / "bin").string() + ":/usr/bin:/bin"}, {"HERE", folder.string()}}}});
    install("docker");
  }
  ~Container() override { fs::remove_all(folder); }

  void install(const std::string& name) const {
    std::ofstream(folder / "bin" / name) << kEngine;
    fs::permissions(folder / "bin" / name, fs::perms::owner_all);
  }

  // Without the machine's own engines.
  void only_ours() { host.facts["env"]["PATH"] = (folder / "bin").string(); }

  mr_outcome run(Json config, const std::string& image = "lines") {
    if (!config.contains("image")) config["image"] = image;
    return library.run("container.run", config, host);
  }
  std::string code() const { return host.failure().value("code", "") + " " + host.failure().value("class", ""); }

  // The calls of a verb, each a list of words.
  std::vector<std::vector<std::string>> calls(const std::string& verb) const {
    std::vector<std::vector<std::string>> all(1);
    std::istringstream in(read(folder / (verb + ".words")));
    for (std::string line; std::getline(in, line);) {
      if (line.empty()) all.emplace_back();
      else all.back().push_back(line);
    }
    all.pop_back();
    return all;
  }
  bool has(const std::vector<std::string>& words, const std::vector<std::string>& part) const { return std::search(words.begin(), words.end(), part.begin(), part.end()) != words.end(); }

  fs::path folder{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

TEST_F(Container, LinesAreInTheLogAndTheLastIsAnOutput) {
  ASSERT_EQ(run({{"output", "json"}}), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(host.log(MR_INFO), "one \xC3\xBC\n{\"n\": 1}\n");
  EXPECT_EQ(host.log(MR_WARN), "oh\n");
  EXPECT_EQ(host.output(), (Json{{"exit_code", 0}, {"json", {{"n", 1}}}}));
}

TEST_F(Container, TheWordsAreThoseThatTheConfigMeans) {
  const Json config{{"command", {"sh", "-c", "echo \"a b\" $X; rm -rf /"}}, {"entrypoint", "/bin/tini"}, {"mounts", {{"/in", "in"}, {"/out", "."}}}, {"writable", {"/out"}}, {"folder", "/in"}, {"user", "1000:1000"},
                    {"network", "none"}, {"cpu", 1.5}, {"memory", "512m"}, {"pull", "never"}};
  ASSERT_EQ(run(config), MR_SUCCEEDED) << host.failure();
  const auto words = calls("run").at(0);
  const std::string here = folder.string();
  const std::vector<std::string> expected{"run", "--rm", "--init", "--name", words.at(4), "--pull", "never", "--network", "none", "--security-opt", "no-new-privileges", "--pids-limit", "4096", "--cpus", "1.5", "--memory", "512m",
                                          "--user", "1000:1000", "--workdir", "/in", "--mount", "type=bind,source=" + here + "/datasets,target=/data,readonly", "--mount", "type=bind,source=" + here + "/in,target=/in,readonly",
                                          "--mount", "type=bind,source=" + here + "/,target=/out", "--entrypoint", "/bin/tini", "lines", "sh", "-c", "echo \"a b\" $X; rm -rf /"};
  EXPECT_EQ(words, expected);
  EXPECT_TRUE(words[4].starts_with("millrace-"));
}

TEST_F(Container, DataCanBeReadUnlessMoreOrLessIsAsked) {
  ASSERT_EQ(run({{"data", "write"}}), MR_SUCCEEDED);
  EXPECT_TRUE(has(calls("run").at(0), {"--mount", "type=bind,source=" + (folder / "datasets").string() + ",target=/data"}));
  ASSERT_EQ(run({{"data", "none"}}), MR_SUCCEEDED);
  const auto words = calls("run").at(1);
  EXPECT_EQ(std::find(words.begin(), words.end(), "--mount"), words.end());
}

TEST_F(Container, ValuesOfVariablesStandInNoListOfProcesses) {
  ASSERT_EQ(run({{"env", {{"PASSWORD", "t0p\nsecret"}, {"PATH", "/opt/bin"}}}}), MR_SUCCEEDED);
  const auto words = calls("run").at(0);
  EXPECT_TRUE(has(words, {"--env", "PASSWORD", "--env", "PATH=/opt/bin"})) << "by name alone, but for what the client would take for its own";
  EXPECT_EQ(read(folder / "run.words").find("t0p"), std::string::npos);
  EXPECT_NE(read(folder / "run.env").find("PASSWORD=t0p\nsecret\n"), std::string::npos);
  EXPECT_EQ(read(folder / "rm.env").find("t0p"), std::string::npos) << "no other call gets them";
}

TEST_F(Container, ExitCodesHaveClasses) {
  EXPECT_EQ(run({{"command", {"exits:3"}}}, "x"), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4103 transient/exit_3");
  EXPECT_EQ(host.output()["exit_code"], 3);
  EXPECT_EQ(run({{"command", {"exits:3"}}, {"retry_exit_codes", {"4", "5"}}}, "x"), MR_FAILED_FINAL);
  EXPECT_EQ(run({{"command", {"exits:127"}}}, "x"), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4103 config/exit_127");
  EXPECT_EQ(run({{"command", {"exits:125"}}}, "x"), MR_FAILED_RETRY) << "the command's own, because the engine has not complained";
  EXPECT_EQ(code(), "E4103 transient/exit_125");
  EXPECT_EQ(run({}, "dies"), MR_FAILED_RETRY) << "the client was killed";
  EXPECT_EQ(code(), "E4103 transient/exit_137");
  EXPECT_EQ(calls("rm").size(), 6u) << "one before each, and one for the container whose client was killed";
}

TEST_F(Container, WhatTheEngineRefusesIsSaid) {
  EXPECT_EQ(run({}, "unknown"), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4102 config");
  EXPECT_NE(host.failure()["what"].get<std::string>().find("pull access denied"), std::string::npos);
  EXPECT_EQ(run({}, "offline"), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4102 transient");
}

TEST_F(Container, WithoutAnEngineTheTaskIsRefused) {
  fs::remove(folder / "bin/docker");
  only_ours();
  EXPECT_EQ(run(Json::object()), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4100 config");
  EXPECT_EQ(host.failure()["what"], "there is no container engine: the worker has no docker and no podman");
}

TEST_F(Container, AnEngineThatDoesNotAnswerIsTriedAgainOrTheOtherIsTaken) {
  std::ofstream(folder / "down") << "";
  host.facts["env"]["PATH"] = (folder / "bin").string() + ":/usr/bin:/bin";
  EXPECT_EQ(run({{"engine", "docker"}}), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4100 resource");
  EXPECT_FALSE(fs::exists(folder / "run.words"));
  std::ofstream(folder / "bin/docker") << "#!/bin/sh\nexit 1\n";
  fs::remove(folder / "down");
  install("podman");
  EXPECT_EQ(run(Json::object()), MR_SUCCEEDED) << host.failure();
  EXPECT_EQ(run({{"engine", "podman"}}), MR_SUCCEEDED);
  EXPECT_EQ(run({{"engine", "docker"}}), MR_FAILED_RETRY);
}

TEST_F(Container, ACancelStopsTheContainerAndNotOnlyItsClient) {
  pid_t pid = 0;
  host.on_log = [&](const mr::testing::Line& line) {
    if (line.text != "started") return;
    for (const auto& one : fs::directory_iterator(folder)) {
      if (one.path().extension() == ".pid") pid = static_cast<pid_t>(std::stol(read(one.path())));
    }
    host.cancel();
  };
  EXPECT_EQ(run({}, "sleeps"), MR_CANCELLED);
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(has_gone(pid));
  EXPECT_EQ(calls("stop").at(0), (std::vector<std::string>{"stop", "-t", "5", calls("run").at(0).at(4)}));
  EXPECT_EQ(calls("rm").back(), (std::vector<std::string>{"rm", "--force", calls("run").at(0).at(4)}));
}

TEST_F(Container, ATimeoutStopsIt) {
  EXPECT_EQ(run({{"timeout", "200ms"}}, "sleeps"), MR_FAILED_RETRY);
  EXPECT_EQ(code(), "E4104 timeout");
  EXPECT_EQ(calls("stop").size(), 1u);
}

TEST_F(Container, WhatAnAttemptThatDiedHasLeftIsRemovedFirst) {
  ASSERT_EQ(run(Json::object()), MR_SUCCEEDED);
  EXPECT_EQ(calls("rm").at(0), (std::vector<std::string>{"rm", "--force", calls("run").at(0).at(4)}));
  host.facts["task"] = "t2";
  ASSERT_EQ(run(Json::object()), MR_SUCCEEDED);
  EXPECT_NE(calls("run").at(0).at(4), calls("run").at(1).at(4));
}

TEST_F(Container, ConfigsThatCouldBeOptionsOrNothingAreRefused) {
  for (const Json& wrong : {Json{{"image", "--privileged"}}, Json{{"image", ""}}, Json{{"image", "a b"}}, Json{{"network", "-x"}}, Json{{"network", ""}}, Json{{"user", "-x"}}, Json{{"memory", "much"}}, Json{{"memory", "m"}},
                            Json{{"env", {{"A=B", "c"}}}}, Json{{"mounts", {{"in", "in"}}}}, Json{{"mounts", {{"/", "in"}}}}, Json{{"mounts", {{"/a,b", "in"}}}}, Json{{"writable", {"/in"}}}}) {
    EXPECT_EQ(run(wrong), MR_FAILED_FINAL) << wrong;
    EXPECT_EQ(code(), "E4101 config") << wrong;
  }
  EXPECT_EQ(run({{"mounts", {{"/in", "nowhere"}}}}), MR_FAILED_FINAL);
  EXPECT_EQ(code(), "E4040 data");
  EXPECT_EQ(run({{"image", nullptr}}), MR_FAILED_FINAL);
  EXPECT_FALSE(fs::exists(folder / "run.words"));
}

}  // namespace
