// Real databases for the tests: SQLite always; PostgreSQL and MariaDB by ../shared/services; ODBC with the drivers of SQLite and
// PostgreSQL. What can't start is skipped, loudly.
#pragma once
#include <gtest/gtest.h>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>

#include "database/connection.hpp"
#include "sdk/millrace_testing.hpp"

namespace mr::database::testing {

namespace fs = std::filesystem;

// A server that ../shared/services starts. Ended with the object.
class Service {
 public:
  explicit Service(const std::string& name, const std::string& settings = {}) : settings_(settings) {
    const char* given = std::getenv("MILLRACE_SHARED");
    script_ = (fs::path(given != nullptr ? given : MR_TEST_SHARED) / "services" / (name + ".sh")).lexically_normal().string();
    if (!fs::exists(script_)) {
      why = script_ + " isn't here; set MILLRACE_SHARED";
      is_missing = true;
      return;
    }
    std::string folder = (fs::temp_directory_path() / "sql_service.XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    fs::permissions(folder_, fs::perms(0755));  // servers run as users of their own
    if (verb("start") == 0) {
      verb("env");
      return;
    }
    why = "the server does not start: " + said_.substr(0, 300);
    is_missing = said_.find("not installed") != std::string::npos;
  }
  ~Service() {
    if (folder_.empty()) return;
    verb("stop");
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  std::string value(const std::string& name) const {
    const auto at = ("\n" + said_).find("\n" + name + "=");
    if (at == std::string::npos) return "";
    const auto first = at + name.size() + 1;
    return said_.substr(first, said_.find('\n', first) - first);
  }

  void crash() const {
    const auto server = pid();
    ASSERT_GT(server, 1);
    ::kill(server, SIGKILL);
  }
  fs::path folder() const { return folder_; }

  // A further verb of the script, with its words; what it prints.
  std::string ask(const std::string& word, const std::string& words) const {
    std::string said;
    EXPECT_EQ(verb(word, words, said), 0) << said;
    return said;
  }

  std::string why{};
  bool is_missing = false;  // it was never there, which is no failure of it

 private:
  pid_t pid() const {
    for (const auto* name : {"postgres/pid.postgres", "mariadb/pid.mariadbd"}) {
      pid_t found = 0;
      if (std::ifstream(folder_ / name) >> found) return found;
    }
    return 0;
  }

  int verb(const std::string& word) {
    std::string said;
    const int failed = verb(word, "", said);
    if (word != "stop") said_ = said;
    return failed;
  }

  int verb(const std::string& word, const std::string& words, std::string& said) const {
    // In a shell of its own, which the server outlives.
    const auto command = settings_ + " bash '" + script_ + "' " + word + " '" + folder_.string() + "' " + words + " 2>&1";
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), static_cast<int>(buffer.size()), pipe.get()) != nullptr) said += buffer.data();
    return ::pclose(pipe.release());
  }

  std::string settings_, script_{}, said_{};
  fs::path folder_{};
};

// One of each for all tests of the program; ended with it.
inline Service& postgres() {
  static Service service("postgres", "PG_FSYNC=off");
  return service;
}
inline Service& mariadb() {
  static Service service("mariadb");
  return service;
}

// Where the tests of one kind of database work.
struct Place {
  std::string name{}, connection{}, password{}, why{};
};

inline std::string postgres_url(const Service& service, const std::string& more = {}) { return "postgresql://millrace@127.0.0.1:" + service.value("PGPORT") + "/millrace" + more; }
inline std::string mysql_url(const Service& service, const std::string& more = {}) { return "mysql://millrace@127.0.0.1:" + service.value("MYSQL_TCP_PORT") + "/millrace" + more; }

inline bool has_driver(const std::string& name) {
  std::ifstream file("/etc/odbcinst.ini");
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  return all.find("[" + name + "]") != std::string::npos;
}

inline Place place_of(const std::string& name, const fs::path& folder) {
  if (name == "sqlite") return {name, "sqlite:" + (folder / "test.db").string() + "?mode=rwc"};
  if (name == "postgres") return {name, postgres_url(postgres()), "", postgres().why};
  if (name == "mysql") return {name, mysql_url(mariadb()), mariadb().value("MYSQL_PWD"), mariadb().why};
  const auto driver = name == "odbc_sqlite" ? "SQLite3" : "PostgreSQL Unicode";
  if (!has_driver(driver)) return {name, "", "", std::string("there is no ODBC driver ") + driver + "; install libsqliteodbc and odbc-postgresql"};
  if (name == "odbc_sqlite") return {name, "odbc:Driver=SQLite3;Database=" + (folder / "test.db").string()};
  return {name, "odbc:Driver={PostgreSQL Unicode};Server=127.0.0.1;Port=" + postgres().value("PGPORT") + ";Database=millrace;UID=millrace", "", postgres().why};
}

inline std::unique_ptr<Connection> connect(const Place& place) {
  return open({.address = read_address(place.connection), .password = place.password, .path = [](const std::string& path) { return path; }});
}

// Asks until it is so; fails after half a minute.
inline void wait_for(const char* what, const std::function<bool()>& is_so) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!is_so()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << "waited for " << what;
    ::poll(nullptr, 0, 5);
  }
}

// The operator of the built library, and a host for each attempt.
class Database : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "sql_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    host.at(folder.string());
  }
  void TearDown() override { fs::remove_all(folder); }

  // False: the test is skipped.
  bool use(const std::string& name) {
    place = place_of(name, folder);
    if (place.why.empty()) return true;
    std::cerr << "SKIPPED: " << name << ", because " << place.why << "\n";
    return false;
  }

  Json with(Json config) const {
    if (!config.contains("connection")) config["connection"] = place.connection;
    if (!config.contains("password") && !place.password.empty()) config["password"] = place.password;
    return config;
  }
  mr_outcome run(const Json& config, mr::testing::FakeHost& by) const { return library.run("sql.run", with(config), by); }
  mr_outcome run(const Json& config) { return run(config, host); }
  // What must work, in a host of its own.
  Json done(const Json& config) const {
    mr::testing::FakeHost other;
    other.at(folder.string());
    EXPECT_EQ(run(config, other), MR_SUCCEEDED) << other.failure() << " for " << config;
    return other.output();
  }
  Json rows(const std::string& sql) const { return done({{"sql", sql}, {"rows", 1000}})["rows"]; }
  std::string code() const { return host.failure().value("code", "") + " " + host.failure().value("class", ""); }
  std::string everything_said() const { return host.failure().dump() + host.log(MR_INFO) + host.log(MR_WARN) + host.log(MR_ERROR) + host.log(MR_DEBUG); }

  fs::path folder{};
  Place place{};
  mr::testing::FakeHost host{};
  mr::testing::Library library{MR_TEST_PLUGIN};
};

}  // namespace mr::database::testing
