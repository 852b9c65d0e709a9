// Engine: what is kept of old runs. Their line stays for ever, so that no tick runs twice; tasks, attempts, outputs, logs and items go.
#include <filesystem>

#include "base/log.hpp"
#include "base/text.hpp"
#include "engine/engine.hpp"
#include "engine/item_file.hpp"

namespace millrace {
namespace {

constexpr int kRunsAtOnce = 50;
constexpr Millis kLookEvery{600'000}, kGoOnAfter{200};  // between looks; and while there is more: other work comes first

}  // namespace

void Engine::prune_runs(Turn& turn) {
  if (turn.now < prune_at_) return;
  prune_at_ = turn.now + kLookEvery;
  auto names = store_.dags_with_runs();
  if (!names) return log::warn("old runs could not be looked at: " + to_string(names.error()));
  int room = kRunsAtOnce;
  for (const auto& name : *names) {
    const Dag* dag = book_.today(name);
    const Millis keep = keep_of(dag);
    if (keep <= Millis{0} || room == 0) continue;
    auto old = store_.old_runs(name, turn.now - keep, room);
    if (!old) return log::warn("old runs could not be looked at: " + to_string(old.error()));
    for (auto& run : *old) {
      // A Dag whose file is gone, or broken today, is kept as long as it said then.
      const auto then = dag != nullptr ? Result<const Dag*>(dag) : book_.version(name, run.dag_version);
      if (then && (keep_of(*then) <= Millis{0} || run.finished >= turn.now - keep_of(*then))) continue;
      if (find(run.id) != nullptr) continue;  // it was opened again a moment ago
      turn.commit.pruned.push_back(run.id);
      turn.afterwards.push_back([this, run = std::move(run)] { forget_files(run); });
      --room;
    }
  }
  if (!turn.commit.pruned.empty()) prune_at_ = turn.now + kGoOnAfter;
}

Millis Engine::keep_of(const Dag* dag) const { return dag != nullptr && dag->keep_runs > Millis{0} ? dag->keep_runs : options_.keep_runs; }

void Engine::forget_files(const OldRun& run) {
  if (forget_log_) forget_log_(run.key);
  std::error_code ignored;  // what is gone is gone
  for (const auto& file : run.item_files) {
    if (!is_item_file(file)) continue;
    for (const char* ending : {".jsonl", ".idx"}) std::filesystem::remove(options_.data_root + "/" + file + ending, ignored);
  }
}

Error Engine::is_pruned(const std::string& run) {
  return {.code = "E2026", .what = "of run " + quote(run) + " only its line is kept", .where = "run " + run, .hint = "it is older than keep_runs; start a new one"};
}

}  // namespace millrace
