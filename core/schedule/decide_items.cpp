// The items of foreach tasks: opened a window at a time, counted as they end, and the end of their task.
//
// A task with items sleeps while they are at work. Its end follows from theirs: more failures than it tolerates close it.
#include <algorithm>

#include "base/invariant.hpp"
#include "schedule/mutant.hpp"
#include "schedule/planner.hpp"

namespace millrace {

Expansion* Planner::expansion(TaskIndex task) {
  const auto found = std::find_if(expansions_.begin(), expansions_.end(), [&](const Expansion& e) { return e.task == task && !e.dropped; });
  return found == expansions_.end() ? nullptr : &*found;
}

Expansion& Planner::edit_expansion(TaskIndex item) {
  expansions_changed_ = true;
  return expansions_[static_cast<size_t>(&expansion_of(expansions_, item) - expansions_.data())];
}

void Planner::count_item(Expansion& of, TaskState state, int32_t by) {
  if (!is_final(state)) {
    if (state != TaskState::waiting) of.open += by;
    return;
  }
  of.ended += by;
  if (breaks_run(state)) of.failed += by;
  if (state == TaskState::cancelled) of.cancelled += by;
  if (state == TaskState::skipped) of.skipped += by;
}

void Planner::expand(const GateAnswered& event) {
  Expansion* items = expansion(event.task);
  if (items == nullptr) {
    if (event.items == 0) return move(event.task, TaskState::succeeded, "no items");
    expansions_.push_back({.task = event.task, .first = end_of(dag_, expansions_), .count = event.items, .max_parallel = std::max(event.max_parallel, 1), .tolerated = event.tolerated, .file = event.file});
    items = &expansions_.back();
  }
  expansions_changed_ = true;
  move(event.task, TaskState::asleep, std::to_string(items->count) + " items");
  edit(event.task).wait = Wait::items;
  go_on(*items);
}

void Planner::go_on(Expansion& items) {
  if (!items.closing) open_items(items);
  if (items.open == 0) end_of_items(items);
}

void Planner::open_items(Expansion& items) {
  const int32_t most = MR_MUTANT(47) ? items.max_parallel + 1 : items.max_parallel;
  for (skip_opened(items); items.open < most && items.next < items.count; skip_opened(items)) {
    move({items.first + items.next}, TaskState::ready, "its turn");
  }
}

// Before `next`, every item was opened: it stands at the first that waits.
void Planner::skip_opened(Expansion& items) const {
  while (items.next < items.count && at({items.first + items.next}).state != TaskState::waiting) ++items.next;
}

// Without a slot to run on, or a lease to end, an item stops at once; the others are asked to.
void Planner::close_items(Expansion& items, const std::string& reason) {
  items.closing = true;
  expansions_changed_ = true;
  for (int32_t number = 0; number < items.next; ++number) {
    const TaskIndex item{items.first + number};
    const TaskState state = at(item).state;
    if (is_final(state) || state == TaskState::waiting) continue;
    if (holds_lease(state)) {
      if (!MR_MUTANT(48)) decision_.effects.emplace_back(CancelAttempt{{run_.id, item, at(item).attempt}, reason});
    } else {
      move(item, TaskState::cancelled, "cancelled: " + reason);
    }
  }
}

void Planner::abandon_items(Expansion& items, const std::string& reason) {
  close_items(items, reason);
  for (int32_t number = 0; number < items.next; ++number) {
    const TaskIndex item{items.first + number};
    if (!holds_lease(at(item).state)) continue;
    end_attempt({run_.id, item, at(item).attempt}, AttemptState::cancelled);
    move(item, TaskState::cancelled, "cancelled: " + reason);
  }
}

void Planner::reopen_items(Expansion& items) {
  expansions_changed_ = true;
  if (afresh_) {
    items.dropped = true;
    return;
  }
  for (int32_t number = 0; number < items.next; ++number) {
    const TaskIndex item{items.first + number};
    if (!ended_badly(at(item).state)) continue;
    TaskRun& fresh = edit(item);
    fresh.failures = 0;
    fresh.losses = 0;
    fresh.spent = 0;
    fresh.opened = {};
    fresh.gate_open = false;
    move(item, TaskState::waiting, "reopened");
  }
  items.next = 0;
  skip_opened(items);
}

void Planner::item_ended(TaskIndex item) {
  Expansion& items = edit_expansion(item);
  const TaskRun& task = at(items.task);
  if (task.state != TaskState::asleep || task.wait != Wait::items) return;  // marked, or cleared: nobody waits for them
  if (!items.closing && items.failed > items.tolerated && !MR_MUTANT(49)) close_items(items, "too many items failed");
  go_on(items);
}

void Planner::end_of_items(const Expansion& items) {
  const TaskIndex task = items.task;
  if (at(task).state != TaskState::asleep) return;
  const std::string failed = std::to_string(items.failed) + " of " + std::to_string(items.count) + " items failed";
  const bool whole = items.ended - items.cancelled == items.count;
  if (items.failed > items.tolerated) move(task, TaskState::failed, failed + ", " + std::to_string(items.tolerated) + " are tolerated");
  else if (whole || MR_MUTANT(50)) move(task, TaskState::succeeded, items.failed == 0 ? "all items ended" : failed);
  else move(task, TaskState::cancelled, "cancelled: " + decision_.cancel_reason);
}

void Planner::on(const LimitsChanged& event) {
  if (!names_task({run_.id, event.task, 0}) || !owns(event.task)) return;
  Expansion* items = expansion(event.task);
  if (items == nullptr || items->closing || at(event.task).state != TaskState::asleep) return;
  items->max_parallel = std::max(event.max_parallel, 1);
  items->tolerated = std::max(event.tolerated, 0);
  expansions_changed_ = true;
  if (items->failed > items->tolerated) close_items(*items, "too many items failed");
  go_on(*items);
  settle();
}

}  // namespace millrace
