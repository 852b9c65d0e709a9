#include "picture.hpp"

#include <algorithm>

#include "state/event_json.hpp"

namespace millrace::testing {
namespace {

int64_t ms(TimePoint time) { return time.time_since_epoch().count(); }

Json lease_json(LeaseNumber lease) { return Json::array({lease.run.value, int64_t{lease.task.value}, int64_t{lease.attempt}}); }

Json task_json(const TaskRun& task) {
  return Json::array({name(task.state), int64_t{task.attempt}, int64_t{task.failures}, int64_t{task.losses}, int64_t{task.version}, ms(task.since), ms(task.wake), name(task.wait)});
}

// What a store has failed to answer is part of its picture.
template <class T, class F>
Json drawn(const Result<T>& answer, F draw) {
  return answer ? draw(*answer) : Json(to_string(answer.error()));
}

template <class T, class F>
Json each(const Result<std::vector<T>>& answer, F draw) {
  return drawn(answer, [&](const std::vector<T>& rows) {
    std::vector<std::string> texts;
    for (const T& row : rows) texts.push_back(Json(draw(row)).dump());
    std::sort(texts.begin(), texts.end());
    Json list = Json::array();
    for (auto& text : texts) list.push(std::move(text));
    return list;
  });
}

Json run_json(Store& store, const OpenRun& open) {
  Json tasks = Json::array(), live = Json::array(), expansions = Json::array(), pins = Json::array(), saved = Json::array(), items = Json::array();
  const auto count = static_cast<int32_t>(open.run.tasks.size());
  for (const auto& task : open.run.tasks) tasks.push(task_json(task));
  for (const auto& attempt : open.live) live.push(Json::array({lease_json(attempt.lease), attempt.worker, name(*attempt.state)}));
  for (const auto& one : open.run.expansions) {
    expansions.push(Json::array({int64_t{one.task.value}, int64_t{one.first}, int64_t{one.count}, int64_t{one.max_parallel}, int64_t{one.tolerated}, one.dropped}));
  }
  for (int32_t place = 0; place < count; ++place) {
    pins.push(drawn(store.pins(open.header.id, {place}), [](const auto& pinned) {
      Json views = Json::array();
      if (pinned) std::for_each(pinned->begin(), pinned->end(), [&](const DatasetView& view) { views.push(to_json(view)); });
      return views;
    }));
    saved.push(drawn(store.checkpoint(open.header.id, {place}), [](const Json& state) { return state; }));
    items.push(drawn(store.item(open.header.id, {place}), [](const auto& item) { return item.value_or(Json("none")); }));
  }
  const Json outputs = drawn(store.outputs(open.header.id, {0}, {count}), [](const Outputs& all) {
    Json list = Json::object();
    for (const auto& [task, output] : all) list.set(std::to_string(task.value), output);
    return list;
  });
  return Json::object({{"key", open.header.key}, {"request", open.header.request_id}, {"state", name(open.run.state)}, {"reason", open.run.cancel_reason}, {"tasks", tasks}, {"live", live},
                       {"expansions", expansions}, {"outputs", outputs}, {"pins", pins}, {"checkpoints", saved}, {"items", items}});
}

}  // namespace

std::string picture(Store& store, const Names& names) {
  Json runs = Json::array(), data = Json::array(), positions = Json::array(), past = Json::array();
  for (int64_t id = 1; id <= names.runs; ++id) {
    runs.push(drawn(store.load_run({id}), [&](const auto& run) { return run ? run_json(store, *run) : Json(); }));
  }
  for (const auto& dataset : names.datasets) {
    data.push(drawn(store.dataset(dataset, std::nullopt), [](const DatasetView& view) { return to_json(view); }));
  }
  for (const auto& source : names.sources) {
    positions.push(each(store.positions(source), [](const Position& at) { return Json::array({at.key, at.value}); }));
  }
  for (const auto& dag : names.dags) {
    past.push(drawn(store.past_durations(dag), [](const auto& took) {
      Json all = Json::object();
      for (const auto& [task, time] : took) all.set(task, int64_t{time.count()});
      return all;
    }));
  }
  const Json all = Json::object({
      {"runs", runs},
      {"data", data},
      {"positions", positions},
      {"past", past},
      {"timers", each(store.timers(), [](const Timer& timer) { return Json::array({ms(timer.at), static_cast<int>(timer.kind), lease_json(timer.lease)}); })},
      {"outbox", each(store.outbox(), [](const OutboxRow& row) { return Json::array({row.run.value, to_json(row.effect)}); })},
      {"schedules", each(store.schedules(), [](const ScheduleSeen& one) { return Json::array({one.dag, ms(one.seen)}); })},
      {"triggers", each(store.triggers(), [](const TriggerSeen& one) { return Json::array({one.dag, one.trigger, one.item, one.mark}); })},
      {"pools", each(store.pool_overrides(), [](const PoolOverride& one) { return Json::array({one.name, int64_t{one.slots.value_or(-1)}, one.per_second.value_or(-1)}); })},
      {"quarantines", each(store.quarantines(), [](const Quarantine& one) { return Json::array({one.plugin, one.reason, ms(one.since)}); })},
      {"backfills", each(store.backfills(), [](const Backfill& one) { return Json::array({one.id, one.dag, name(one.state), one.handled, one.started}); })}});
  return all.dump(1);
}

}  // namespace millrace::testing
