// Engine: plugins that crash, and are held back after a while, so that one bad library doesn't burn through the tries of every task.
#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"

namespace millrace {

std::string Engine::plugin_of(const std::string& operator_type) const {
  const auto* info = operators_.find(operator_type);
  return info == nullptr ? std::string() : info->plugin;
}

Engine::PluginState& Engine::change_plugin(Turn& turn, const std::string& plugin) {
  auto& state = plugins_[plugin];
  turn.plugins_before.try_emplace(plugin, state);
  return state;
}

// Of an attempt that was current. One that ended in order, well or not, ends the row.
void Engine::note_end(Turn& turn, const OpenState& state, const AttemptReport& report) {
  const std::string plugin = plugin_of(state.spec(report.lease.task).operator_type());
  if (plugin.empty() || (!report.crashed && !plugins_.contains(plugin))) return;
  auto& known = change_plugin(turn, plugin);
  known.crashes = report.crashed ? known.crashes + 1 : 0;
  if (known.crashes < kMostCrashes || !known.held.reason.empty()) return;
  known.held = {.plugin = plugin, .reason = std::to_string(known.crashes) + " attempts in a row crashed; the last one: task " + label_of(*state.dag, state.run, report.lease.task) + " of run " + state.header.key + ", " + report.error.error.what,
                .since = turn.now};
  turn.commit.quarantines.push_back(known.held);
  log::error("plugin " + quote(plugin) + " is held back: " + known.held.reason);
}

const Quarantine* Engine::held_back(const std::string& operator_type) const {
  const auto known = plugins_.find(plugin_of(operator_type));
  return known == plugins_.end() || known->second.held.reason.empty() ? nullptr : &known->second.held;
}

Status Engine::release_plugin(const std::string& plugin) {
  return command([&](Turn& turn) -> Status {
    const auto known = plugins_.find(plugin);
    if (known == plugins_.end() || known->second.held.reason.empty()) {
      return Error{.code = "E2035", .what = "plugin " + quote(plugin) + " is not held back", .where = {}, .hint = "`millrace operators` shows which ones are"};
    }
    change_plugin(turn, plugin) = {};
    turn.commit.quarantines.push_back({.plugin = plugin, .reason = {}, .since = turn.now});
    return {};
  });
}

std::vector<Quarantine> Engine::quarantines() {
  return ask<std::vector<Quarantine>>([this](Turn&) {
    std::vector<Quarantine> held;
    for (const auto& [plugin, state] : plugins_) {
      if (!state.held.reason.empty()) held.push_back(state.held);
    }
    return held;
  }, {});
}

}  // namespace millrace
