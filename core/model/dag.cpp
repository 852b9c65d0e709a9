#include "model/dag.hpp"

#include <algorithm>
#include <array>

#include "base/invariant.hpp"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 8> kRules{"all_succeeded", "all_done", "any_succeeded", "any_failed", "none_failed", "none_skipped", "always", "expression"};

constexpr std::array<std::string_view, 6> kCatalogTasks{"data.drop", "data.expire", "data.gc", "data.restore", "position.rewind", "position.set"};

}  // namespace

bool Task::is_core() const { return uses.starts_with("core.") || std::find(kCatalogTasks.begin(), kCatalogTasks.end(), uses) != kCatalogTasks.end(); }

TaskIndex Dag::find(std::string_view id) const {
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i].id == id) return TaskIndex{static_cast<int32_t>(i)};
  }
  return {};
}

std::string_view name(Rule rule) { return kRules[static_cast<size_t>(rule) - 1]; }

std::optional<Rule> rule_from(std::string_view name) {
  const auto found = std::find(kRules.begin(), kRules.end() - 1, name);
  if (found == kRules.end() - 1) return std::nullopt;
  return static_cast<Rule>(found - kRules.begin() + 1);
}

std::string_view name(Phase phase) {
  switch (phase) {
    case Phase::main: return "main";
    case Phase::on_failure: return "on_failure";
    case Phase::on_success: return "on_success";
    case Phase::finally: return "finally";
    case Phase::on_late: return "on_late";
  }
  broken_invariant("a phase outside its list", __FILE__, __LINE__);
}

std::optional<Tolerance> tolerance_from(std::string_view text) {
  const bool share = text.ends_with('%');
  const auto number = Json::parse(share ? text.substr(0, text.size() - 1) : text);
  if (!number || !(share ? number->is_number() : number->is_int()) || number->as_real() < 0 || number->as_real() > (share ? 100 : 1'000'000'000)) return std::nullopt;
  return share ? Tolerance{.percent = number->as_real()} : Tolerance{.failures = static_cast<int32_t>(number->as_int())};
}

}  // namespace millrace
