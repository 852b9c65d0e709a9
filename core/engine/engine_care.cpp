// Engine: data.expire and data.gc. What was decided is committed before anything is deleted, and each step is repeated when its commit is refused.
//
// A file that a live attempt has written is never nobody's: it was last written after that attempt's lease was granted.
#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "engine/engine.hpp"
#include "parse/dag_reader.hpp"

namespace millrace {
namespace {

constexpr Millis kGcGrace{3'600'000};  // longer than a reader takes who pins nothing: a person's query
constexpr int kSnapshotsAtOnce = 100, kFilesAtOnce = 1'000;  // in one commit: other work comes between

constexpr std::array<std::string_view, 9> kMaintenance{"data.compact", "data.drop", "data.expire", "data.gc", "data.restore", "data.verify", "ingest.files", "position.rewind", "position.set"};

GateAnswered good(std::string reason) { return {.verdict = GateVerdict::succeed, .reason = std::move(reason)}; }

}  // namespace

// Where a task waits for its answer, whatever has happened since.
void Engine::care_on(Turn& turn, LeaseNumber gate, const CareStep& step) {
  turn.afterwards.push_back([this, gate, step] { care_later(gate, step); });
  turn.repeats.push_back([this, gate, step] { care_later(gate, step); });
}

void Engine::care_later(LeaseNumber gate, const CareStep& step) {
  post([this, gate, step](Turn& later) {
    if (auto* waiting = at_gate(gate)) step(later, *waiting);
    return true;
  });
}

Result<bool> Engine::begin_care(Turn& turn, OpenState& state, LeaseNumber gate, const Json& with) {
  const Task& task = state.spec(gate.task);
  if (task.uses != "data.expire" && task.uses != "data.gc") return false;
  const char* word = task.uses == "data.gc" ? "grace" : "older_than";
  auto age = duration_in(task, with, word, task.uses == "data.gc" ? kGcGrace : Millis{0});
  if (!age) return age.error();
  if (task.uses == "data.expire") {
    expire(turn, state, gate, {.dataset = with["dataset"].as_text(), .before = turn.now - *age, .keep_last = static_cast<int>(with["keep_last"].as_int(1))}, 0);
  } else if (caretaker_ == nullptr) {
    return Error{.code = "E5014", .what = "nobody looks after data files here", .where = "task " + task.id, .hint = "run it by a server"};
  } else {
    find_orphans(gate, {.grace = *age});
  }
  return true;
}

// --- by hand -------------------------------------------------------------------------------------------------------------

Result<std::string> Engine::maintain(const MaintenanceRequest& request) {
  if (std::find(kMaintenance.begin(), kMaintenance.end(), request.uses) == kMaintenance.end()) {
    return Error{.code = "E2003", .what = quote(request.uses) + " is no maintenance", .where = {}, .hint = "data.compact, data.drop, data.expire, data.gc, data.restore, data.verify, ingest.files, position.rewind or position.set"};
  }
  // JSON is YAML, so nothing that was given can be anything but a value.
  auto parsed = parse_dag("dag: millrace_maintenance\ntasks: {work: {uses: " + request.uses + ", with: " + request.with.dump() + "}}\n", "maintenance", operators_);
  if (!parsed.dag) return parsed.errors.front();
  std::string key;
  const Status status = command([&](Turn& turn) -> Status {
    auto before = request.request_id.empty() ? Result<std::optional<RunHeader>>(std::nullopt) : store_.find_request(request.request_id);
    if (!before) return before.error();
    if (*before) return key = (*before)->key, Status{};
    auto dag = book_.keep(*parsed.dag, turn.now);
    if (!dag) return dag.error();
    auto made = create_run(turn, {.dag = (*dag)->name, .request_id = request.request_id, .trigger = "maintenance"}, std::nullopt, *dag);
    if (!made) return made.error();
    key = std::move(*made);
    return {};
  });
  if (!status) return status.error();
  return key;
}

// --- data.expire ---------------------------------------------------------------------------------------------------------

void Engine::expire(Turn& turn, OpenState& state, LeaseNumber gate, const Expiry& expiry, int64_t done) {
  auto old = store_.old_snapshots(expiry, kSnapshotsAtOnce);
  if (!old) return fail_gate(turn, state, gate, old.error());
  if (old->empty()) {
    return pass_gate(turn, state, gate, good(std::to_string(done) + " snapshots of " + expiry.dataset + " are given up"), Json::object({{"dataset", expiry.dataset}, {"snapshots", done}}));
  }
  const int64_t sum = done + std::ssize(*old);
  turn.commit.expired.insert(turn.commit.expired.end(), old->begin(), old->end());
  turn.afterwards.push_back([this, gate, expiry, sum] { care_later(gate, [this, gate, expiry, sum](Turn& later, OpenState& waiting) { expire(later, waiting, gate, expiry, sum); }); });
  turn.repeats.push_back([this, gate, expiry, done] { care_later(gate, [this, gate, expiry, done](Turn& later, OpenState& waiting) { expire(later, waiting, gate, expiry, done); }); });
}

// --- data.gc -------------------------------------------------------------------------------------------------------------

TimePoint Engine::nobodys_before(TimePoint now, Millis grace) const {
  TimePoint until = now - grace;
  for (const auto& [number, lease] : leases_) until = std::min(until, lease.since);
  return until;
}

void Engine::find_orphans(LeaseNumber gate, const Collected& sum) {
  caretaker_->find_orphans(nobodys_before(clock_.now(), sum.grace), kFilesAtOnce, [this, gate, sum](Result<std::vector<std::string>> found) {
    care_later(gate, [this, gate, sum, found](Turn& turn, OpenState& state) {
      if (!found) return fail_gate(turn, state, gate, found.error());
      turn.commit.orphans.insert(turn.commit.orphans.end(), found->begin(), found->end());
      Collected next = sum;
      next.orphans += std::ssize(*found);
      next.all_found = std::ssize(*found) < kFilesAtOnce;
      care_on(turn, gate, [this, gate, next](Turn& later, OpenState& waiting) { collect(later, waiting, gate, next); });
    });
  });
}

void Engine::collect(Turn& turn, OpenState& state, LeaseNumber gate, const Collected& sum) {
  auto garbage = store_.garbage(turn.now - sum.grace, kFilesAtOnce);
  if (!garbage) return fail_gate(turn, state, gate, garbage.error());
  if (garbage->empty() && !sum.all_found) return find_orphans(gate, sum);
  if (garbage->empty()) {
    return pass_gate(turn, state, gate, good(std::to_string(sum.files) + " files are deleted"),
                     Json::object({{"files", sum.files}, {"bytes", sum.bytes}, {"orphans", sum.orphans}}));
  }
  caretaker_->remove(*garbage, [this, gate, sum, paths = *garbage](Result<Removed> removed) {
    care_later(gate, [this, gate, sum, paths, removed](Turn& later, OpenState& waiting) {
      if (!removed) return fail_gate(later, waiting, gate, removed.error());
      later.commit.collected.insert(later.commit.collected.end(), paths.begin(), paths.end());
      Collected next = sum;
      next.files += removed->files;
      next.bytes += removed->bytes;
      care_on(later, gate, [this, gate, next](Turn& after, OpenState& still) { collect(after, still, gate, next); });
    });
  });
}

}  // namespace millrace
