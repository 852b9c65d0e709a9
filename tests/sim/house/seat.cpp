#include "seat.hpp"

#include "invariants.hpp"

namespace millrace::sim {

Status Seat::commit(const Commit& commit, std::vector<OutboxRow>& outbox) {
  const Error refused{.code = "E2005", .what = "the disk is full", .where = {}, .hint = {}};
  outbox.clear();
  if (dead_) return refused;
  if (epoch_ != disk_.epoch) return replaced();
  const Fate fate = fate_();
  if (fate == Fate::dies_before) dead_ = true;
  if (fate == Fate::refused || fate == Fate::dies_before) return refused;
  const Status made = disk_.store.commit(commit, outbox);
  require(made.ok(), "a store with room takes every commit of its leader");
  disk_.committed(commit);
  if (fate != Fate::dies_after) return made;
  dead_ = true;
  outbox.clear();
  return refused;
}

}  // namespace millrace::sim
