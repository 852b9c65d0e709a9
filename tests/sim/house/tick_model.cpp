#include "tick_model.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace millrace::sim {
namespace {

using namespace std::chrono_literals;

bool field_selects(const std::string& field, int64_t value) {
  if (field == "*") return true;
  if (field.starts_with("*/")) return value % std::stoll(field.substr(2)) == 0;
  for (const auto& one : split(field, ',')) {
    if (std::stoll(one) == value) return true;
  }
  return false;
}

// A cron expression on one zone's wall clock, minute by minute.
class Wall {
 public:
  explicit Wall(const Schedule& schedule) : schedule_(schedule) {
    const auto fields = split(schedule.cron->text, ' ');
    minute_ = fields[0];
    hour_ = fields[1];
    rhythm_ = hour_ == "*" || hour_.starts_with("*/");
  }

  bool is_due(int64_t utc) {
    const int64_t before = offset(utc - 60), now = offset(utc);
    if (now > before && schedule_.on_gap == OnGap::run_after && gap_selects(utc + before, utc + now)) return true;
    const int64_t next = offset(utc + 60);
    if (next > now && schedule_.on_gap == OnGap::run_before && gap_selects(utc + 60 + now, utc + 60 + next)) return true;
    if (!selects(utc + now)) return false;
    const bool first = shown_again_later(utc), second = shown_before(utc);
    const auto policy = schedule_.on_overlap;
    const bool both = policy == OnOverlap::both || (policy == OnOverlap::automatic && rhythm_);
    if (first) return both || policy == OnOverlap::first || policy == OnOverlap::automatic;
    if (second) return both || policy == OnOverlap::last;
    return true;
  }

  int64_t offset(int64_t utc) {
    if (utc < span_.begin || utc >= span_.end) span_ = schedule_.zone.at(utc);
    return span_.offset;
  }

 private:
  bool selects(int64_t local) const {
    const int64_t of_day = ((local % 86'400) + 86'400) % 86'400;
    return field_selects(minute_, of_day / 60 % 60) && field_selects(hour_, of_day / 3600);
  }
  bool gap_selects(int64_t from, int64_t end) const {
    for (int64_t local = from; local < end; local += 60) {
      if (selects(local)) return true;
    }
    return false;
  }
  // The wall clock shows this time once more, within three hours; or has shown it.
  bool shown_again_later(int64_t utc) { return shows(utc, 1800) || shows(utc, 3600); }
  bool shown_before(int64_t utc) { return shows(utc, -1800) || shows(utc, -3600); }
  bool shows(int64_t utc, int64_t apart) { return utc + apart + schedule_.zone.at(utc + apart).offset == utc + offset(utc); }

  const Schedule& schedule_;
  std::string minute_{}, hour_{};
  bool rhythm_ = false;
  ZoneSpan span_{};
};

bool is_weekend(const Schedule& schedule, TimePoint tick) {
  const int64_t utc = tick.time_since_epoch() / 1s;
  const int64_t day = (utc + schedule.zone.at(utc).offset) / 86'400;
  const int64_t weekday = (day + 4) % 7;  // 1970-01-01 was a Thursday
  return weekday == 0 || weekday == 6;
}

}  // namespace

std::vector<TimePoint> wanted_ticks(const Schedule& schedule, TimePoint after, TimePoint until) {
  std::vector<TimePoint> ticks;
  if (schedule.at) {
    ticks.push_back(*schedule.at);
  } else if (schedule.every > Millis{0}) {
    for (auto tick = TimePoint{after.time_since_epoch() / schedule.every * schedule.every}; tick <= until; tick += schedule.every) ticks.push_back(tick);
  } else {
    Wall wall(schedule);
    for (auto tick = std::chrono::floor<std::chrono::minutes>(after); tick <= until; tick += 1min) {
      if (wall.is_due(tick.time_since_epoch() / 1s)) ticks.push_back(tick);
    }
  }
  std::erase_if(ticks, [&](TimePoint tick) { return tick <= after || tick > until || (schedule.except_weekends && is_weekend(schedule, tick)); });
  return ticks;
}

WantedStep wanted_step(const std::vector<Schedule>& schedules, TimePoint seen, TimePoint now) {
  constexpr size_t kMost = 100;  // at once; the rest comes in the next step
  WantedStep step{.run = {}, .seen = now};
  for (const auto& schedule : schedules) {
    auto ticks = wanted_ticks(schedule, seen, now);
    std::vector<Millis> limits;
    if (schedule.late_limit > Millis{0}) limits.push_back(schedule.late_limit);
    else if (schedule.catchup == Catchup::none) limits.push_back(5min);
    if (schedule.window > Millis{0}) limits.push_back(schedule.window);
    for (const Millis limit : limits) std::erase_if(ticks, [&](TimePoint tick) { return tick < now - limit; });
    if (schedule.catchup != Catchup::all && ticks.size() > 1) ticks = {ticks.back()};
    if (ticks.size() >= kMost) {
      ticks.resize(kMost);
      step.seen = std::min(step.seen, ticks.back());
    }
    step.run.insert(step.run.end(), ticks.begin(), ticks.end());
  }
  std::sort(step.run.begin(), step.run.end());
  step.run.erase(std::unique(step.run.begin(), step.run.end()), step.run.end());
  std::erase_if(step.run, [&](TimePoint tick) { return tick > step.seen; });
  return step;
}

}  // namespace millrace::sim
