#include "auth/verbs.hpp"

#include <gtest/gtest.h>

#include <set>

namespace millrace::auth {
namespace {

TEST(Verbs, EachNameRouteAndRpcStandsOnce) {
  std::set<std::string> names, routes, rpcs;
  for (const auto& verb : verbs()) {
    EXPECT_TRUE(names.insert(std::string(verb.name)).second) << verb.name;
    EXPECT_TRUE(!verb.path.empty() || !verb.rpc.empty()) << verb.name << " has no door";
    EXPECT_EQ(verb.path.empty(), verb.method.empty()) << verb.name;
    if (!verb.path.empty()) {
      EXPECT_TRUE(routes.insert(std::string(verb.method) + " " + std::string(verb.path)).second) << verb.path;
    }
    if (!verb.rpc.empty()) {
      EXPECT_TRUE(rpcs.insert(std::string(verb.rpc)).second) << verb.rpc;
    }
  }
}

TEST(Verbs, ARouteIsFoundByItsPathAndTellsItsParts) {
  for (const auto& verb : verbs()) {
    if (verb.path.empty()) continue;
    const auto found = verb_of(verb.method, verb.path);  // its own pattern, with parts such as "{dag}"
    ASSERT_NE(found.verb, nullptr) << verb.path;
    EXPECT_EQ(found.verb->name, verb.name) << verb.path;
  }
  const auto log = verb_of("GET", "/api/v1/runs/a@1/tasks/load/attempts/2/log");
  ASSERT_NE(log.verb, nullptr);
  EXPECT_EQ(log.verb->name, "tasks.log");
  EXPECT_EQ(log.parts, (std::map<std::string, std::string>{{"run", "a@1"}, {"task", "load"}, {"attempt", "2"}}));
  EXPECT_EQ(verb_of("HEAD", "/api/v1/dags").verb, verb_of("GET", "/api/v1/dags").verb);
}

TEST(Verbs, WhatIsNotInTheTableIsNotThere) {
  for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
           {"POST", "/api/v1/dags"}, {"GET", "/api/v1/dags/"}, {"GET", "/api/v1//dags"}, {"GET", "/api/v1/dags/a/b"}, {"DELETE", "/api/v1/runs/a"}, {"PUT", "/api/v1/pools/a"},
           {"OPTIONS", "/api/v1/dags"}, {"get", "/api/v1/dags"}, {"GET", ""}, {"GET", "/"}, {"GET", "/api/v1/runs/a/../../dags"}, {"GET", "/API/V1/dags"}}) {
    EXPECT_EQ(verb_of(method, path).verb, nullptr) << method << " " << path;
  }
  EXPECT_EQ(verb_of_rpc(""), nullptr);
  EXPECT_EQ(verb_of_rpc("NoSuch"), nullptr);
  ASSERT_NE(verb_of_rpc("Start"), nullptr);
}

TEST(Verbs, EveryWriteNeedsMoreThanAViewer) {
  for (const auto& verb : verbs()) {
    const bool own = verb.about == About::everyone || verb.about == About::oneself;
    if (verb.writes && !own) {
      EXPECT_GE(verb.least, Role::operating) << verb.name;
    }
    if (verb.method == "POST" && !own) {
      EXPECT_GE(verb.least, Role::operating) << verb.name;
    }
  }
}

}  // namespace
}  // namespace millrace::auth
