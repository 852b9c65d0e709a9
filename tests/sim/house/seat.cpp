#include "seat.hpp"

#include "invariants.hpp"

namespace millrace::sim {
namespace {

Error refused() { return {.code = "E2005", .what = "the disk is full", .where = {}, .hint = {}}; }

}  // namespace

void Disk::keep(const Commit& commit, const std::vector<OutboxRow>& rows) {
  Commit ours = commit;
  for (int64_t& id : ours.done_effects) {
    require(effects.contains(id), "only an effect that stands in the outbox is done");
    id = effects.extract(id).mapped();
  }
  std::vector<OutboxRow> made;
  require(store.commit(ours, made).ok(), "what the drive takes, the model takes");
  for (size_t i = 0; i < rows.size(); ++i) effects[rows.at(i).id] = made.at(i).id;
  committed(commit);
}

// Both outboxes in their order; alike() has compared what stands in them.
void Disk::match_effects(Store& real) {
  effects.clear();
  const auto theirs = real.outbox(), ours = store.outbox();
  require(theirs->size() == ours->size(), "an outbox keeps what was committed to it");
  for (size_t i = 0; i < ours->size(); ++i) effects[(*theirs)[i].id] = (*ours)[i].id;
}

void Disk::settle(Store& real, int64_t runs) {
  const auto doubt = std::exchange(in_doubt, std::nullopt);
  if (doubt) {
    for (const auto& fresh : doubt->new_runs) runs = std::max(runs, fresh.header.id.value);
  }
  if (doubt && !drive->alike(real, store, runs)) {
    Commit ours = *doubt;
    for (int64_t& id : ours.done_effects) id = effects.at(id);
    std::vector<OutboxRow> ignored;
    require(store.commit(ours, ignored).ok(), "what the drive takes, the model takes");
    committed(*doubt);
  }
  require(drive->alike(real, store, runs), "after a crash all that was answered is there, and nothing by halves");
  match_effects(real);
}

Status Seat::commit(const Commit& commit, std::vector<OutboxRow>& outbox) {
  outbox.clear();
  if (dead()) return refused();
  if (real_) return commit_to_drive(commit, outbox);
  if (epoch_ != disk_.epoch) return replaced();
  const Fate fate = fate_();
  if (fate == Fate::dies_before) dead_ = true;
  if (fate == Fate::refused || fate == Fate::dies_before) return refused();
  const Status made = disk_.store.commit(commit, outbox);
  require(made.ok(), "a store with room takes every commit of its leader");
  disk_.committed(commit);
  if (fate != Fate::dies_after) return made;
  dead_ = true;
  outbox.clear();
  return refused();
}

// The store itself must know who leads: it is asked also by who does not.
Status Seat::commit_to_drive(const Commit& commit, std::vector<OutboxRow>& outbox) {
  const Status made = real_->commit(commit, outbox);
  if (made) {
    require(epoch_ == disk_.epoch, "a store takes commits of its leader only");
    disk_.keep(commit, outbox);
    return made;
  }
  if (made.error().code == "E2023") {
    require(epoch_ != disk_.epoch, "who leads is not told that it was replaced");
    return made;
  }
  require(made.error().code == "E2005", "only the disk keeps a store from a commit");
  if (disk_.lost()) disk_.in_doubt = commit;
  else disk_.drive->refused();
  return made;
}

Status Seat::keep_leading(TimePoint now) {
  if (!real_) return leads() ? Status{} : Status(replaced());
  const Status led = real_->keep_leading(now);
  if (led) require(epoch_ == disk_.epoch, "a store says who leads");
  else if (led.error().code != "E2023" && !disk_.lost()) disk_.drive->refused();
  return led;
}

Status Seat::put_dag(const Dag& dag, TimePoint now) {
  if (!real_) return disk_.store.put_dag(dag, now);
  const Status put = real_->put_dag(dag, now);
  if (put) return disk_.store.put_dag(dag, now);
  if (!disk_.lost()) disk_.drive->refused();
  return put;
}

}  // namespace millrace::sim
