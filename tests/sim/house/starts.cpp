// What must hold of the runs that a commit begins: each is wanted by a schedule, a trigger, a backfill, another run or a person.
#include <algorithm>

#include "base/text.hpp"
#include "tick_model.hpp"
#include "watch.hpp"

namespace millrace::sim {
namespace {

bool fits(RunEnd wanted, RunState state) {
  if (wanted == RunEnd::ended) return true;
  return wanted == RunEnd::succeeded ? state == RunState::succeeded : state != RunState::succeeded;
}

}  // namespace

int Watch::started_by(const Happened& it, const std::string& dag, const std::string& trigger) const {
  return static_cast<int>(std::count_if(it.commit.new_runs.begin(), it.commit.new_runs.end(), [&](const NewRun& fresh) {
    return fresh.header.dag == dag && fresh.header.trigger == trigger && !fresh.header.parent;
  }));
}

// Whether a run of the Dag was open at some moment of the commit; and at every moment.
bool Watch::may_be_skipped(const Happened& it, const Dag& dag) const {
  if (dag.overlap != OverlapPolicy::skip) return false;
  const auto is_of = [&](RunId id) { return runs_.at(id).header.dag == dag.name; };
  return std::any_of(it.open_before.begin(), it.open_before.end(), is_of) ||
         std::any_of(it.commit.new_runs.begin(), it.commit.new_runs.end(), [&](const NewRun& fresh) { return fresh.header.dag == dag.name; }) ||
         std::any_of(it.open_after.begin(), it.open_after.end(), is_of);
}

bool Watch::must_be_skipped(const Happened& it, const Dag& dag) const {
  return dag.overlap == OverlapPolicy::skip && std::any_of(it.open_before.begin(), it.open_before.end(), [&](RunId id) { return runs_.at(id).header.dag == dag.name && it.open_after.contains(id); });
}

void Watch::check_schedules(const Happened& it) {
  std::set<std::string> looked;
  for (const auto& row : it.commit.schedules) {
    const Dag* dag = today(row.dag);
    require(dag != nullptr && looked.insert(row.dag).second, "a schedule is looked at once");
    const auto before = schedules_seen_.find(row.dag);
    std::set<TimePoint> started;
    for (const auto& fresh : it.commit.new_runs) {
      if (fresh.header.dag == row.dag && fresh.header.trigger == "schedule") started.insert(fresh.header.logical_time.value_or(TimePoint{}));
    }
    if (before == schedules_seen_.end()) {
      require(started.empty(), "what was due before a schedule was known is nobody's");
    } else {
      require(row.seen >= before->second, "what is decided about a schedule only goes forward");
      const auto wanted = wanted_step(dag->schedules, before->second, it.commit.now);
      require(wanted.seen == row.seen, "a schedule is decided up to now");
      for (const TimePoint tick : started) {
        require(std::binary_search(wanted.run.begin(), wanted.run.end(), tick), "no run starts at a time that its schedule does not want");
        require(!must_be_skipped(it, *dag), "no tick starts a run beside one that it must not overlap");
      }
      for (const TimePoint tick : wanted.run) {
        if (started.contains(tick)) seen_.sometimes("a tick started a run");
        else if (may_be_skipped(it, *dag)) seen_.sometimes("a tick was skipped beside an open run");
        else require(std::any_of(runs_.begin(), runs_.end(), [&](const auto& run) { return run.second.header.dag == row.dag && run.second.header.logical_time == tick; }),
                     "every tick that its policy wants starts a run");
      }
      if (wanted.run.size() > 1) seen_.sometimes("several ticks were caught up with");
    }
    schedules_seen_[row.dag] = row.seen;
  }
  for (const auto& fresh : it.commit.new_runs) {
    require(fresh.header.trigger != "schedule" || looked.contains(fresh.header.dag), "a tick and the note that it is decided are one commit");
  }
}

// Datasets with something new for this trigger.
std::map<std::string, int64_t> Watch::news_of(const TriggerKey& key, const Trigger& trigger) const {
  std::map<std::string, int64_t> news;
  const auto known = triggers_seen_.find(key);
  for (const auto& dataset : trigger.datasets) {
    const auto newest = newest_.find(dataset);
    const int64_t id = newest == newest_.end() ? 0 : newest->second.id.value;
    int64_t seen = 0;
    if (known != triggers_seen_.end() && known->second.contains(dataset)) seen = known->second.at(dataset);
    if (id != seen) news[dataset] = id;
  }
  return news;
}

void Watch::check_triggers(const Happened& it) {
  std::map<TriggerKey, std::map<std::string, std::string>> rows;
  for (const auto& row : it.commit.triggers) rows[{row.dag, row.trigger}][row.item] = row.mark;
  for (const auto& dag : *today_) {
    for (const auto& trigger : dag.triggers) {
      if (trigger.kind != TriggerKind::dataset) continue;
      const TriggerKey key{dag.name, trigger.name};
      const int started = started_by(it, dag.name, trigger.name);
      const auto noted = rows.find(key);
      if (noted == rows.end()) {
        require(started == 0, "a start by a trigger, and the note of what it was for, are one commit");
        continue;
      }
      const auto news = news_of(key, trigger);
      const bool met = noted->second.erase(".") == 0;
      std::map<std::string, int64_t> said;
      for (const auto& [dataset, mark] : noted->second) said[dataset] = whole_number(mark).value_or(-1);
      require(said == news, "a trigger notes what is new, all of it and nothing else");
      if (met) {
        require(!news.empty() && (!trigger.all || news.size() == trigger.datasets.size()), "a trigger waits for what it asks for");
        TimePoint changed{};
        for (const auto& [dataset, id] : news) changed = std::max(changed, newest_.at(dataset).time);
        require(it.commit.now >= changed + trigger.debounce, "a trigger waits until nothing new came for so long");
        require(started == 1 || (started == 0 && may_be_skipped(it, dag)), "a trigger starts one run");
        require(started == 0 || !must_be_skipped(it, dag), "no trigger starts a run beside one that it must not overlap");
        seen_.sometimes(started == 1 ? "a dataset started a run" : "a trigger was skipped beside an open run");
        if (started == 1 && trigger.debounce > Millis{}) seen_.sometimes("a debounced trigger started a run");
        if (started == 1 && trigger.all && news.size() > 1) seen_.sometimes("all datasets of a trigger had come");
      } else {
        require(started == 0, "what was there before a trigger was known starts nothing");
      }
      for (const auto& [dataset, id] : said) triggers_seen_[key][dataset] = id;
      triggers_seen_[key]["."] = 1;
    }
  }
}

void Watch::check_ends(const Happened& it) const {
  std::map<RunId, int> ends;
  for (const RunId id : it.ended) {
    // Begun by another run's end, and gone again for the next one in the same moment: nobody has seen it.
    const bool unseen = !it.open_before.contains(id) && runs_.at(id).header.trigger.starts_with("run ") && runs_.at(id).run.state == RunState::cancelled;
    if (!unseen) ++ends[id];
  }
  for (const auto& dag : *today_) {
    for (const auto& trigger : dag.triggers) {
      if (trigger.kind != TriggerKind::run) continue;
      for (const auto& [id, times] : ends) {
        const WatchedRun& ended = runs_.at(id);
        if (ended.header.dag != trigger.dag) continue;
        const int started = started_by(it, dag.name, "run " + ended.header.key);
        const bool wanted = fits(trigger.on, ended.run.state);
        require(wanted || started == 0, "a run's end starts only who waits for such an end");
        require(!wanted || started == times || (started < times && may_be_skipped(it, dag)), "every run's end starts who waits for it");
        if (started > 0) seen_.sometimes("a run's end started a run");
      }
    }
  }
}

void Watch::triggers_at_rest() const {
  for (const auto& dag : *today_) {
    for (const auto& trigger : dag.triggers) {
      if (trigger.kind != TriggerKind::dataset) continue;
      const auto news = news_of({dag.name, trigger.name}, trigger);
      require(news.empty() || (trigger.all && news.size() < trigger.datasets.size()), "every snapshot starts who waits for it");
    }
  }
}

void Watch::schedules_at_rest(TimePoint now, Store& store) const {
  for (const auto& dag : *today_) {
    const auto seen = schedules_seen_.find(dag.name);
    if (dag.schedules.empty() || seen == schedules_seen_.end()) continue;
    for (const auto& schedule : dag.schedules) require(wanted_ticks(schedule, seen->second, now).empty(), "every tick is decided in time");
  }
  const auto stored = store.schedules();
  for (const auto& one : *stored) require(schedules_seen_.at(one.dag) == one.seen, "the store remembers what is decided about schedules");
}

}  // namespace millrace::sim
