#include "schedule/ticks.hpp"

#include <algorithm>

#include "schedule/mutant.hpp"

namespace millrace {
namespace {

constexpr int kMostSpans = 60;       // clock changes that one search crosses: more than 12 years have
constexpr int kMostExceptions = 20'000;

int64_t seconds_of(TimePoint time) { return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count(); }
TimePoint time_of(int64_t seconds) { return TimePoint{std::chrono::seconds{seconds}}; }

// Whether the second pass of a repeated hour counts, and the first.
bool takes_first(const Schedule& s) { return s.on_overlap != OnOverlap::last || MR_MUTANT(60); }
bool takes_second(const Schedule& s) {
  return s.on_overlap == OnOverlap::last || s.on_overlap == OnOverlap::both || (s.on_overlap == OnOverlap::automatic && s.cron->rhythm);
}

// The first tick of a cron expression at or after `from`, both in UTC seconds.
std::optional<int64_t> cron_tick(const Schedule& schedule, int64_t from) {
  ZoneSpan span = schedule.zone.at(from - 1);  // at the end of a gap, what it left out is due
  for (int spans = 0; spans < kMostSpans; ++spans) {
    const ZoneSpan before = span.begin > from - 365 * 86'400LL ? schedule.zone.at(span.begin - 1) : span;
    const ZoneSpan after = schedule.zone.at(span.end);
    const int64_t repeated_until = span.begin + before.offset - span.offset;  // UTC; local times up to here had come before
    const int64_t repeats_from = span.end + after.offset - span.offset;       // UTC; local times from here come once more
    const int64_t gap = after.offset - span.offset;                           // above zero: the clock jumps forward at span.end
    std::optional<int64_t> early;                                             // run_before, for what the coming gap leaves out
    const auto in_gap = gap > 0 ? next_local(*schedule.cron, span.end + span.offset) : std::nullopt;
    const bool left_out = in_gap && *in_gap < span.end + after.offset;
    if (left_out && schedule.on_gap == OnGap::run_before) early = span.end - 60;
    int64_t local_from = from + span.offset;
    while (true) {
      const auto local = next_local(*schedule.cron, local_from);
      if (!local && !left_out) return std::nullopt;
      const int64_t tick = local ? *local - span.offset : span.end;
      if (early && *early >= from && *early <= tick) return early;
      if (tick >= span.end) break;
      const bool second = tick < repeated_until, first = tick >= repeats_from;
      if ((!second || takes_second(schedule)) && (!first || takes_first(schedule))) return tick;
      local_from = *local + 1;
    }
    from = span.end;
    if (left_out && schedule.on_gap == OnGap::run_after && !MR_MUTANT(61)) return span.end;
    span = after;
  }
  return std::nullopt;
}

std::optional<TimePoint> plain_tick(const Schedule& schedule, TimePoint after) {
  if (schedule.at) return *schedule.at > after ? schedule.at : std::nullopt;
  if (schedule.every > Millis{0}) {
    const int64_t length = schedule.every.count(), since = after.time_since_epoch().count();
    const int64_t count = since >= 0 ? since / length : (since - length + 1) / length;
    return TimePoint{Millis{(count + 1) * length}};
  }
  if (!schedule.cron) return std::nullopt;
  const auto tick = cron_tick(schedule, seconds_of(after) + 1);
  return tick ? std::optional(time_of(*tick)) : std::nullopt;
}

bool is_excepted(const Schedule& schedule, TimePoint tick) {
  if (!schedule.except_weekends && schedule.except_days.empty()) return false;
  const int64_t utc = seconds_of(tick), local = utc + schedule.zone.at(utc).offset;
  const Day day{local >= 0 ? local / 86'400 : (local - 86'399) / 86'400};
  const unsigned weekday = weekday_of(day);
  if (schedule.except_weekends && (weekday == 0 || weekday == 6) && !MR_MUTANT(65)) return true;
  return std::binary_search(schedule.except_days.begin(), schedule.except_days.end(), day);
}

// The oldest tick that still counts.
TimePoint oldest(const Schedule& schedule, TimePoint now) {
  Millis limit = schedule.late_limit;
  if (limit == Millis{} && schedule.catchup == Catchup::none) limit = kPunctual;
  if (schedule.window > Millis{} && !MR_MUTANT(62) && (limit == Millis{} || schedule.window < limit)) limit = schedule.window;
  return limit == Millis{} ? TimePoint::min() : now - limit;
}

}  // namespace

std::optional<TimePoint> next_tick(const Schedule& schedule, TimePoint after) {
  for (int i = 0; i < kMostExceptions; ++i) {
    const auto tick = plain_tick(schedule, after);
    if (!tick || !is_excepted(schedule, *tick)) return tick;
    after = *tick;
  }
  return std::nullopt;
}

std::optional<TimePoint> next_tick(std::span<const Schedule> schedules, TimePoint after) {
  std::optional<TimePoint> first;
  for (const auto& schedule : schedules) {
    const auto tick = next_tick(schedule, after);
    if (tick && (!first || *tick < *first)) first = tick;
  }
  return first;
}

// Back by growing steps until there is one, then forward to the last.
std::optional<TimePoint> last_tick(std::span<const Schedule> schedules, TimePoint before) {
  constexpr Millis kMost = std::chrono::hours{24 * 366 * 12};
  for (Millis back = std::chrono::minutes{10}; back <= kMost * 2; back *= 4) {
    auto tick = next_tick(schedules, before - back);
    if (!tick || *tick >= before) continue;
    for (auto next = tick; next && *next < before; next = next_tick(schedules, *next)) tick = next;
    return tick;
  }
  return std::nullopt;
}

DueTicks due_ticks(std::span<const Schedule> schedules, TimePoint seen, TimePoint now) {
  DueTicks due{.seen = now};
  for (const auto& schedule : schedules) {
    std::vector<TimePoint> ticks;
    const TimePoint from = oldest(schedule, now);
    for (auto tick = next_tick(schedule, std::max(seen, from == TimePoint::min() ? seen : from - Millis{1})); tick && *tick <= now; tick = next_tick(schedule, *tick)) {
      ticks.push_back(*tick);
      if (schedule.catchup == Catchup::all && ticks.size() == kMostAtOnce) {  // the rest comes when these are started
        due.seen = std::min(due.seen, *tick);
        break;
      }
      if (schedule.catchup != Catchup::all && ticks.size() > 1 && !MR_MUTANT(63)) {  // the latest one only
        ticks.erase(ticks.begin());
        ++due.skipped;
      }
    }
    due.run.insert(due.run.end(), ticks.begin(), ticks.end());
  }
  std::sort(due.run.begin(), due.run.end());
  if (!MR_MUTANT(64)) due.run.erase(std::unique(due.run.begin(), due.run.end()), due.run.end());
  std::erase_if(due.run, [&](TimePoint tick) { return tick > due.seen; });
  return due;
}

std::string describe(const Schedule& schedule) {
  if (schedule.at) return "once at " + to_iso(*schedule.at);
  if (schedule.every > Millis{0}) return "every " + to_text(schedule.every);
  return schedule.cron ? "at " + schedule.cron->text + ", " + schedule.zone.name() : "never";
}

}  // namespace millrace
