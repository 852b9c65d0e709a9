// Environments: what is installed, when, and who waits. The packages are made here, so no network is needed.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "python/tests/fixture.hpp"

namespace mr::python {
namespace {

// Builds the package `greeting` with nothing but Python's own library; each build leaves a mark, and waits for a pipe that `gate` names.
constexpr std::string_view kBackend = R"py(
import os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    here = os.getcwd()
    with open(os.path.join(here, "builds"), "a") as marks: marks.write("x")
    if os.path.exists("gate"):
        with open("gate") as gate: gate.read()
    name = "greeting-1.0-py3-none-any.whl"
    info = "greeting-1.0.dist-info/"
    files = {"greeting.py": open("greeting.py").read(), info + "METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
             info + "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
             info + "entry_points.txt": "[console_scripts]\ngreet = greeting:say\n"}
    files[info + "RECORD"] = "".join(f"{file},,\n" for file in [*files, info + "RECORD"])
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for file, text in files.items(): wheel.writestr(file, text)
    return name
)py";

class Environments : public Python {
 protected:
  Environments() {
    write("package/pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n");
    write("package/backend.py", std::string(kBackend));
    write("package/greeting.py", "def hello(): return 'hello'\ndef say(): print('hello from a script')\n");
    env = {{"PIP_NO_INDEX", "1"}};
  }

  void SetUp() override {
    if (std::system("python3 -c 'import ensurepip, venv'") != 0) GTEST_SKIP() << "SKIPPED: python3 can't make environments here; install its venv and ensurepip";
  }

  size_t builds() const { return fs::exists(folder / "package/builds") ? fs::file_size(folder / "package/builds") : 0; }
  std::vector<std::string> cached() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder / "cache/python")) names.push_back(entry.path().filename().string());
    return names;
  }

  const std::string source = "import greeting\ndef main(): return greeting.hello()";
  const Json with_package{{"requirements", Json::array({"./package"})}};
};

TEST_F(Environments, APackageIsInstalledOnceAndItsScriptsRun) {
  ASSERT_EQ(run("import greeting, subprocess, sys\ndef main(): return [greeting.hello(), subprocess.run('greet', capture_output=True, text=True).stdout, sys.prefix]", with_package), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result()[0], "hello");
  EXPECT_EQ(result()[1], "hello from a script\n");
  EXPECT_TRUE(result()[2].get<std::string>().starts_with((folder / "cache/python").string()));
  EXPECT_NE(host->log(MR_INFO).find("Successfully installed greeting-1.0"), std::string::npos) << all_lines();
  ASSERT_EQ(run(source, with_package), MR_SUCCEEDED);
  EXPECT_EQ(all_lines(), "") << "the second time nothing is built";
  EXPECT_EQ(builds(), 1u);
  EXPECT_EQ(run(source), MR_FAILED_RETRY) << "without the requirement the package is not there";
  EXPECT_EQ(failure("class"), "python/ModuleNotFoundError");
  EXPECT_EQ(failure("hint"), "list its package under requirements");
}

TEST_F(Environments, AFileOfRequirementsIsReadEachTime) {
  write("needs.txt", "# nothing yet\n");
  EXPECT_EQ(run(source, {{"requirements", "needs.txt"}}), MR_FAILED_RETRY);
  write("needs.txt", "# now\n./package  # ours\n");
  ASSERT_EQ(run(source, {{"requirements", "needs.txt"}}), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), "hello");
}

TEST_F(Environments, TwoAttemptsAtOnceBuildItOnce) {
  write("file.py", source);
  Json config = with_package;
  config["file"] = "file.py";
  std::array<mr::testing::FakeHost, 2> hosts;
  std::array<mr_outcome, 2> outcomes{};
  {
    std::vector<std::jthread> both;
    for (size_t i = 0; i < 2; ++i) {
      prepare(hosts[i]);
      both.emplace_back([&, i] { outcomes[i] = library.run("python.run", config, hosts[i]); });
    }
  }
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(outcomes[i], MR_SUCCEEDED) << hosts[i].failure();
    EXPECT_EQ(hosts[i].output(), (Json{{"result", "hello"}}));
  }
  EXPECT_EQ(builds(), 1u);
}

TEST_F(Environments, ABuildThatWasKilledIsNotUsed) {
  ASSERT_EQ(::mkfifo((folder / "package/gate").c_str(), 0600), 0);
  const pid_t plugin = ::fork();
  if (plugin == 0) {
    run(source, with_package);
    ::_exit(0);
  }
  std::ofstream gate(folder / "package/gate");  // opens when the build has come to it
  ::kill(plugin, SIGKILL);
  ::waitpid(plugin, nullptr, 0);
  fs::remove(folder / "package/gate");
  EXPECT_EQ(cached().size(), 2u) << "a lock, and a folder that nobody shall use";
  ASSERT_EQ(run(source, with_package), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), "hello");
  EXPECT_EQ(builds(), 2u);
  EXPECT_EQ(cached().size(), 3u) << "a lock, the environment and its name: what the killed one left is gone";
}

TEST_F(Environments, ACancelEndsABuildAndLeavesNothing) {
  ASSERT_EQ(::mkfifo((folder / "package/gate").c_str(), 0600), 0);
  std::jthread canceller([&] {
    const std::ofstream gate(folder / "package/gate");
    host->cancel();
  });
  EXPECT_EQ(run(source, with_package), MR_CANCELLED);
  EXPECT_EQ(cached().size(), 1u) << "the lock";
}

TEST_F(Environments, AnEnvironmentThatWasRemovedIsBuiltAgain) {
  ASSERT_EQ(run(source, with_package), MR_SUCCEEDED);
  fs::remove_all(folder / "cache");
  ASSERT_EQ(run(source, with_package), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(builds(), 2u);
}

TEST_F(Environments, OneThatNobodyUsedForThirtyDaysIsRemovedAndOneInUseStays) {
  const auto aged = [&](const fs::path& path) { fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(24 * 31)); };
  const auto environments = [&] {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder / "cache/python")) {
      if (entry.is_directory() && !entry.is_symlink()) found.push_back(entry.path());
    }
    return found;
  };
  const pid_t other = ::fork();  // its interpreter, and what that holds, ends with it
  if (other == 0) ::_exit(run(source, with_package) == MR_SUCCEEDED ? 0 : 1);
  int status = -1;
  ::waitpid(other, &status, 0);
  ASSERT_EQ(status, 0);
  const auto forgotten = environments().at(0);
  write("again/greeting.py", "def hello(): return 'hello'\ndef say(): print('')\n");
  for (const char* file : {"pyproject.toml", "backend.py"}) fs::copy(folder / "package" / file, folder / "again" / file);
  const Json another{{"requirements", Json::array({"./again"})}};
  ASSERT_EQ(run(source, another), MR_SUCCEEDED) << all_lines();  // its interpreter stays warm here
  ASSERT_EQ(environments().size(), 2u) << "both were used of late";
  for (const auto& one : environments()) aged(one);
  write("third.txt", "./again\n");
  ASSERT_EQ(run(source, {{"requirements", "third.txt"}}), MR_SUCCEEDED) << all_lines();
  EXPECT_FALSE(fs::exists(forgotten));
  EXPECT_EQ(environments().size(), 2u) << "the one whose interpreter is warm, and the newest";
  ASSERT_EQ(run(source, with_package), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(builds(), 2u) << "what was removed is built again";
}

TEST_F(Environments, ARequirementThatDoesNotExistIsAMistakeOfTheConfig) {
  EXPECT_EQ(run(source, {{"requirements", Json::array({"greeting-that-nobody-wrote==1.0"})}}), MR_FAILED_FINAL);
  EXPECT_EQ(failure("code"), "E4068");
  EXPECT_EQ(failure("class"), "config");
  EXPECT_EQ(failure("what"), "there is no package greeting-that-nobody-wrote==1.0 that fits");
}

TEST_F(Environments, TroubleWithTheNetworkPasses) {
  env = {{"PIP_INDEX_URL", "http://127.0.0.1:1/simple"}, {"PIP_RETRIES", "1"}, {"PIP_TIMEOUT", "2"}, {"PIP_CONFIG_FILE", "/dev/null"}};
  EXPECT_EQ(run(source, {{"requirements", Json::array({"greeting"})}}), MR_FAILED_RETRY) << all_lines();
  EXPECT_EQ(failure("code"), "E4068");
  EXPECT_EQ(failure("class"), "transient") << all_lines();
}

TEST_F(Environments, RequirementsOfTheWrongShapeAreRefused) {
  for (const auto& wrong : {Json(7), Json{{"a", 1}}, Json::array({1}), Json::array({"a\nb"}), Json("no-such-file.txt")}) {
    EXPECT_EQ(run(source, {{"requirements", wrong}}), MR_FAILED_FINAL) << wrong;
    EXPECT_EQ(failure("code"), "E4069") << wrong;
  }
}

TEST_F(Environments, ACacheThatCantBeMadeIsSaidSo) {
  write("taken", "");
  env["MILLRACE_CACHE"] = (folder / "taken").string();
  EXPECT_EQ(run(source, with_package), MR_FAILED_RETRY);
  EXPECT_EQ(failure("code"), "E4071");
}

}  // namespace
}  // namespace mr::python
