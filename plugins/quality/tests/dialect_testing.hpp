// A table of orders, other tables beside it, and checks of any dialect on them, for tests.
#pragma once
#include "quality/checks.hpp"
#include "quality/validate.hpp"

#include "sdk/millrace_plugin.hpp"

#include <functional>
#include <string>
#include <vector>

namespace mr::quality::testing {

inline constexpr auto kOrders =
    "SELECT * FROM (VALUES "
    "(1, 10, 'new', 5.00::DECIMAL(9,2), DATE '2026-01-30', TIMESTAMP '2026-02-01 20:00:00'), "
    "(2, 11, 'paid', 0, DATE '2026-01-31', TIMESTAMP '2026-02-01 21:00:00'), "
    "(2, 99, 'lost', -1, NULL, TIMESTAMP '2026-02-01 22:00:00'), "
    "(NULL, NULL, NULL, NULL, DATE '2026-02-01', NULL)) v(id, customer, status, amount, day, seen)";

struct House {
  mr::data::Session session{mr::data::SessionOptions{}};
  dqdl::World world{};
  std::string object{};

  explicit House(const std::string& rows = kOrders) {
    session.run("CREATE TABLE t AS " + rows);
    world.now = "2026-02-02 00:00:00";
  }

  void source(const std::string& alias, const std::string& rows) {
    session.run("CREATE TABLE \"other " + alias + "\" AS " + rows);
    world.sources[alias] = {"\"other " + alias + "\"", session.describe("\"other " + alias + "\"")};
  }

  Validation validate(const std::string& text, const std::string& name = "checks.yaml",
                      const nlohmann::json& format = {}) {
    return mr::quality::validate(session, "t", text, name,
                                 {.result_format = format,
                                  .batch = "orders",
                                  .now = "2026-02-02T00:00:00Z",
                                  .object = object,
                                  .world = world});
  }

  // "pass not_null id", "fail range amount: 1 unexpected", "none …" for what could not be judged.
  std::vector<std::string> lines(const std::string& text, const std::string& name = "checks.yaml") {
    std::vector<std::string> told;
    for (const CheckLine& line : validate(text, name).lines)
      told.push_back((line.success  ? "pass "
                      : line.judged ? "fail "
                                    : "none ") +
                     line.name + (line.reason.empty() ? "" : ": " + line.reason));
    return told;
  }

  // Of one check alone.
  std::string line(const std::string& text) {
    const auto told = lines(text);
    return told.size() == 1 ? told[0] : std::to_string(told.size()) + " checks";
  }

  // As the checks of a task.
  CheckReport run(const nlohmann::json& checks) {
    return run_checks(session, "t", checks, "/nowhere", world);
  }
};

// What it throws: "E7005 checks.yaml:3:5 there is no …".
inline std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const mr::Failure& failure) {
    return failure.code + " " + failure.where + " " + failure.what_happened;
  }
  return "accepted";
}

}  // namespace mr::quality::testing
