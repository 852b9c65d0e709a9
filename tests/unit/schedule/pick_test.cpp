#include "schedule/pick.hpp"

#include <gtest/gtest.h>

namespace millrace {
namespace {

Task task_of(std::string uses, std::vector<std::string> labels = {}) {
  Task task;
  task.uses = std::move(uses);
  task.runs_on.labels = std::move(labels);
  return task;
}

ReadyTask ready(int64_t run, int32_t task, const Task& spec, int priority = 0, int since = 0, int32_t run_room = -1) {
  return {.lease = {RunId{run}, TaskIndex{task}, 1}, .priority = priority, .since = TimePoint{Millis{since}}, .task = &spec, .run = run_room};
}

// A task of a pool, which is room 0.
ReadyTask pooled(int32_t task, const Task& spec, int priority = 0) {
  auto one = ready(1, task, spec, priority);
  one.pool = 0;
  return one;
}

std::vector<Placement> pick(std::vector<ReadyTask> tasks, std::vector<WorkerSlots> workers) { return millrace::pick(std::move(tasks), std::move(workers), {}); }

std::vector<int32_t> order(const std::vector<Placement>& placements) {
  std::vector<int32_t> tasks;
  for (const auto& placement : placements) tasks.push_back(placement.lease.task.value);
  return tasks;
}

TEST(Pick, GoesByPriorityThenByAgeThenByNumber) {
  const Task fake = task_of("fake");
  const auto placed = pick({ready(1, 3, fake, 0, 5), ready(1, 2, fake, 0, 5), ready(1, 1, fake, 0, 1), ready(1, 0, fake, 7, 9)},
                           {{"w", 9, {}, {"fake"}}});
  EXPECT_EQ(order(placed), (std::vector<int32_t>{0, 1, 2, 3}));
}

TEST(Pick, NeverGivesMoreThanTheFreeSlots) {
  const Task fake = task_of("fake");
  EXPECT_EQ(pick({ready(1, 0, fake), ready(1, 1, fake), ready(1, 2, fake)}, {{"w", 2, {}, {"fake"}}}).size(), 2u);
  EXPECT_TRUE(pick({ready(1, 0, fake)}, {{"w", -1, {}, {"fake"}}}).empty());
  EXPECT_TRUE(pick({ready(1, 0, fake)}, {}).empty());
}

TEST(Pick, KeepsToTheLimitOfEachRun) {
  const Task fake = task_of("fake");
  const auto placed = millrace::pick({ready(1, 0, fake, 0, 0, 0), ready(1, 1, fake, 0, 0, 0), ready(2, 2, fake, 0, 0, 1)}, {{"w", 9, {}, {"fake"}}}, {{.free = 1}, {.free = 1}});
  EXPECT_EQ(order(placed), (std::vector<int32_t>{0, 2}));
}

TEST(Pick, ChoosesTheWorkerWithMostFreeSlotsThenByName) {
  const Task fake = task_of("fake");
  const auto placed = pick({ready(1, 0, fake), ready(1, 1, fake), ready(1, 2, fake)}, {{"b", 2, {}, {"fake"}}, {"a", 1, {}, {"fake"}}});
  ASSERT_EQ(placed.size(), 3u);
  EXPECT_EQ(placed[0].worker, "b");
  EXPECT_EQ(placed[1].worker, "a");
  EXPECT_EQ(placed[2].worker, "b");
}

TEST(Pick, AsksForTheOperatorAndEveryLabel) {
  const Task gpu = task_of("fake", {"gpu", "linux"});
  const std::vector<WorkerSlots> workers{{"a", 9, {"gpu"}, {"fake"}}, {"b", 9, {"linux", "gpu"}, {"other"}}, {"c", 1, {"linux", "gpu"}, {"fake"}}};
  const auto placed = pick({ready(1, 0, gpu)}, workers);
  ASSERT_EQ(placed.size(), 1u);
  EXPECT_EQ(placed[0].worker, "c");
}

TEST(Pick, LetsOthersPassATaskThatFitsNowhere) {
  const Task fake = task_of("fake"), odd = task_of("odd");
  EXPECT_EQ(order(pick({ready(1, 0, odd, 9), ready(1, 1, fake)}, {{"w", 1, {}, {"fake"}}})), (std::vector<int32_t>{1}));
}

TEST(Pick, ThroughAPoolGoesWhatItHasRoomFor) {
  const Task light = task_of("fake");
  Task heavy = light;
  heavy.weight = 3;
  const std::vector<WorkerSlots> workers{{"w", 9, {}, {"fake"}}};
  EXPECT_EQ(order(millrace::pick({pooled(0, light), pooled(1, light), pooled(2, light)}, workers, {{.free = 2}})), (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(order(millrace::pick({pooled(0, heavy), pooled(1, light)}, workers, {{.free = 4}})), (std::vector<int32_t>{0, 1}));
  EXPECT_TRUE(millrace::pick({pooled(0, heavy), pooled(1, light)}, workers, {{.free = 2}}).empty()) << "the light one does not pass the heavy one";
  EXPECT_EQ(order(millrace::pick({pooled(0, light), pooled(1, light)}, workers, {{.free = 9, .starts = 1}})), (std::vector<int32_t>{0})) << "a rate";
}

TEST(Pick, ATaskThatNoWorkerSuitsDoesNotCloseItsPool) {
  const Task odd = task_of("odd"), fake = task_of("fake");
  EXPECT_EQ(order(millrace::pick({pooled(0, odd, 5), pooled(1, fake)}, {{"w", 9, {}, {"fake"}}}, {{.free = 1}})), (std::vector<int32_t>{1}));
}

TEST(Pick, WaitingIsWorthPriority) {
  const Task fake = task_of("fake");
  const int minute = 60'000;
  const std::vector<WorkerSlots> workers{{"w", 1, {}, {"fake"}}};
  EXPECT_EQ(order(pick({ready(1, 0, fake, 0, 0), ready(1, 1, fake, 10, 9 * minute)}, workers)), (std::vector<int32_t>{1}));
  EXPECT_EQ(order(pick({ready(1, 0, fake, 0, 0), ready(1, 1, fake, 10, 11 * minute)}, workers)), (std::vector<int32_t>{0}));
}

Task taking(Capacity takes) {
  Task task = task_of("fake");
  task.runs_on.takes = std::move(takes);
  return task;
}

WorkerSlots with(std::string name, Capacity has, int free = 9) {
  WorkerSlots worker{std::move(name), free, {}, {"fake"}};
  worker.has = worker.left = std::move(has);
  return worker;
}

TEST(Pick, NoWorkerGivesMoreThanItHas) {
  const Task half = taking({.cpu = 0.5, .memory = 100, .named = {{"gpu", 0.5}}});
  const auto placed = pick({ready(1, 0, half), ready(1, 1, half), ready(1, 2, half)}, {with("cores", {.cpu = 8, .memory = 250}), with("both", {.cpu = 2, .memory = 250, .named = {{"gpu", 1}}})});
  EXPECT_EQ(order(placed), (std::vector<int32_t>{0, 1}));
  for (const auto& one : placed) EXPECT_EQ(one.worker, "both");
}

TEST(Pick, TenTenthsAreOne) {
  const Task tenth = taking({.named = {{"gpu", 0.1}}});
  std::vector<ReadyTask> tasks;
  for (int i = 0; i < 11; ++i) tasks.push_back(ready(1, i, tenth));
  EXPECT_EQ(pick(tasks, {with("w", {.named = {{"gpu", 1}}}, 20)}).size(), 10U);
}

TEST(Pick, ALargeTaskIsNotPassedBySmallOnesForEver) {
  const Task large = taking({.cpu = 4}), small = taking({.cpu = 1}), none = task_of("fake");
  auto busy = with("w", {.cpu = 4});
  busy.left.cpu = 2;
  EXPECT_EQ(order(pick({ready(1, 0, large, 0, 1), ready(1, 1, small, 0, 2), ready(1, 2, none, 0, 3)}, {busy})), (std::vector<int32_t>{2})) << "what takes nothing is not in its way";
  EXPECT_EQ(order(pick({ready(1, 0, large, 0, 1), ready(1, 1, small, 0, 2)}, {busy, with("z", {.cpu = 1})})), (std::vector<int32_t>{1})) << "another worker is too small for it anyway";
}

TEST(Pick, OneThatNoWorkerIsLargeEnoughForIsInNobodysWay) {
  const Task huge = taking({.cpu = 64}), small = taking({.cpu = 1});
  EXPECT_EQ(order(pick({ready(1, 0, huge, 5), ready(1, 1, small)}, {with("w", {.cpu = 4})})), (std::vector<int32_t>{1}));
}

TEST(Pick, WarmthIsWorthOneSlot) {
  const Task fake = task_of("fake");
  WorkerSlots cold{"a", 3, {}, {"fake"}}, warm{"b", 3, {}, {"fake"}, {}, {}, {"fake"}};
  EXPECT_EQ(pick({ready(1, 0, fake)}, {cold, warm})[0].worker, "b");
  warm.free = 1;
  EXPECT_EQ(pick({ready(1, 0, fake)}, {cold, warm})[0].worker, "a") << "work spreads";
}

TEST(Pick, WhoWasServedStandsBehind) {
  const Task fake = task_of("fake");
  auto served = ready(1, 0, fake, 0, 100);
  served.behind = Millis{50};
  EXPECT_EQ(order(pick({served, ready(2, 1, fake, 0, 149), ready(2, 2, fake, 0, 151)}, {{"w", 9, {}, {"fake"}}})), (std::vector<int32_t>{1, 0, 2}));
}

TEST(WhyNotPlaced, SaysOfWhatThereIsTooLittle) {
  auto busy = with("busy", {.cpu = 4, .memory = int64_t{8} << 30});
  busy.left.cpu = 0.5;
  const std::vector<WorkerSlots> workers{with("small", {.cpu = 1, .memory = int64_t{8} << 30}), busy};
  EXPECT_EQ(why_not_placed(taking({.cpu = 2}), workers), (std::vector<std::string>{"small: has less than 2 cpu", "busy: less than 2 cpu is free"}));
  EXPECT_EQ(why_not_placed(taking({.memory = int64_t{12} << 30}), workers).front(), "small: has less than 12GiB memory");
  EXPECT_EQ(why_not_placed(taking({.named = {{"gpu", 0.5}}}), workers).front(), "small: has less than 0.5 gpu");
}

TEST(WhyNotPlaced, NamesWhatEachWorkerLacks) {
  const std::vector<WorkerSlots> workers{{"w1", 1, {}, {"fake"}}, {"w2", 1, {"gpu"}, {}}, {"w3", 0, {"gpu"}, {"fake"}}};
  EXPECT_EQ(why_not_placed(task_of("fake", {"gpu"}), workers),
            (std::vector<std::string>{"w1: lacks label gpu", "w2: lacks operator fake", "w3: no free slot"}));
  EXPECT_EQ(why_not_placed(task_of("fake"), {}), std::vector<std::string>{"no worker is connected"});
}

}  // namespace
}  // namespace millrace
