#include "app/simulate/simulate.hpp"

#include <csignal>
#include <iostream>
#include <span>

#include "app/local.hpp"
#include "app/simulate/play.hpp"
#include "app/table.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "parse/dag_reader.hpp"

namespace millrace {
namespace {

using namespace simulate;

volatile std::sig_atomic_t interrupted = 0;
constexpr size_t kMissedTold = 5;  // of one Dag; --json has all

struct Named {
  std::string name{};
  int workers{};
  Days days{};
};

std::string short_time(Millis time) {
  const int64_t seconds = time.count() / 1000;
  if (time < Millis{10'000}) return std::to_string(time.count()) + "ms";
  if (seconds < 600) return std::to_string(seconds) + "s";
  if (seconds < 36'000) return std::to_string(seconds / 60) + "m";
  return std::to_string(seconds / 3600) + "h" + std::to_string(seconds / 60 % 60) + "m";
}

std::string mebibytes(int64_t bytes) { return std::to_string((bytes + (int64_t{1} << 20) - 1) >> 20) + " MiB"; }

std::string first_of(const std::vector<std::string>& names) {
  constexpr ptrdiff_t kTold = 5;  // --json has all
  return join(std::vector<std::string>(names.begin(), names.begin() + std::min(kTold, std::ssize(names))), ", ") + (std::ssize(names) > kTold ? " …" : "");
}

std::string percent(double share) { return std::to_string(static_cast<int>(share * 100 + 0.5)) + "%"; }

// One sign an hour, a line a day: how much of the slots is at work.
std::string strip(const std::vector<double>& hours, TimePoint from) {
  static constexpr const char* kSigns[]{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  std::string text;
  for (size_t day = 0; day * 24 < hours.size(); ++day) {
    text += "  " + to_iso(from + std::chrono::hours{24 * static_cast<int>(day)}).substr(0, 16) + "Z |";
    for (size_t hour = day * 24; hour < std::min(hours.size(), day * 24 + 24); ++hour) text += kSigns[std::clamp(static_cast<int>(hours[hour] * 8 + 0.999), 0, 8)];
    text += "|\n";
  }
  return text;
}

int missed_in(const Days& days) {
  int missed = 0;
  for (const auto& [name, dag] : days.dags) missed += static_cast<int>(dag.missed.size());
  return missed;
}

Json json_of(const PlayedRun& end) { return Json::object({{"run", end.run}, {"end", end.end == TimePoint{} ? Json() : Json(to_iso(end.end))}, {"late_ms", end.late.count()}}); }

Json json_of(const Named& play) {
  Json dags = Json::array(), pools = Json::array(), hours = Json::array(), errors = Json::array();
  for (const auto& [name, dag] : play.days.dags) {
    Json missed = Json::array();
    for (const auto& one : dag.missed) missed.push(json_of(one));
    dags.push(Json::object({{"dag", name}, {"runs", dag.runs}, {"failed", dag.failed}, {"open_at_the_end", dag.open}, {"typical_ms", share_of(dag.took, 0.5).count()},
                            {"longest_ms", share_of(dag.took, 1).count()}, {"latest", json_of(dag.latest)}, {"waited_ms", dag.waited.count()}, {"longest_wait_ms", dag.longest_wait.count()},
                            {"missed", std::move(missed)}}));
  }
  for (const auto& [name, pool] : play.days.pools) {
    pools.push(Json::object({{"pool", name}, {"slots", pool.slots}, {"full", pool.full}, {"longest_queue", static_cast<int64_t>(pool.longest_queue)}, {"waited_ms", pool.waited.count()}}));
  }
  for (const double hour : play.days.hours) hours.push(hour);
  Json crowd = Json::array();
  for (const auto& task : play.days.crowd.tasks) crowd.push(task);
  for (const auto& error : play.days.errors) errors.push(Json::object({{"code", error.code}, {"what", error.what}, {"where", error.where}, {"hint", error.hint}}));
  return Json::object({{"play", play.name}, {"workers", play.workers}, {"attempts", play.days.attempts}, {"busy", play.days.busy}, {"missed", missed_in(play.days)}, {"waited_ms", play.days.waited.count()},
                       {"memory", Json::object({{"bytes", play.days.crowd.bytes}, {"at", crowd.size() == 0 ? Json() : Json(to_iso(play.days.crowd.at))}, {"tasks", std::move(crowd)}})}, {"dags", std::move(dags)}, {"pools", std::move(pools)}, {"hours", std::move(hours)}, {"errors", std::move(errors)}});
}

void print_days(const House& house, const Days& days) {
  TextTable table{.columns = {"dag", "runs", "typical", "longest", "latest end", "waited", "longest wait", "missed"}};
  for (const auto& [name, dag] : days.dags) {
    if (dag.runs == 0) continue;
    table.rows.push_back({name, std::to_string(dag.runs) + (dag.open > 0 ? " (" + std::to_string(dag.open) + " open)" : ""), short_time(share_of(dag.took, 0.5)), short_time(share_of(dag.took, 1)),
                          dag.latest.run.empty() ? "" : to_iso(dag.latest.end), short_time(dag.waited), short_time(dag.longest_wait), std::to_string(dag.missed.size())});
  }
  std::cout << table.to_string();
  for (const auto& [name, dag] : days.dags) {
    const size_t told = std::min(dag.missed.size(), kMissedTold);
    if (dag.missed.size() > told) std::cout << "  " << name << " misses " << dag.missed.size() << " deadlines; the first " << told << ":\n";
    for (const auto& one : std::span(dag.missed).first(told)) std::cout << "  " << one.run << " misses its deadline by " << short_time(one.late) << (one.end == TimePoint{} ? ", and goes on" : "") << '\n';
  }
  for (const auto& [name, pool] : days.pools) {
    std::cout << "pool " << name << " (" << pool.slots << " slots): full " << percent(pool.full) << " of the time, at most " << pool.longest_queue << " in line, waited for " << short_time(pool.waited) << " in all\n";
  }
  std::cout << "workers: " << percent(days.busy) << " of " << house.workers * house.slots << " slots at work, " << days.attempts << " attempts; tasks waited for a slot " << short_time(days.waited) << " in all\n"
            << strip(days.hours, house.from);
  if (days.crowd.bytes > 0) {
    std::cout << "memory: up to " << mebibytes(days.crowd.bytes) << " at once on one worker, at " << to_iso(days.crowd.at) << ", by " << first_of(days.crowd.tasks) << '\n';
  }
}

// The same house with one thing changed, beside what was asked for.
void print_change(const Named& asked, const Named& other) {
  Millis longest{}, then{}, waited{}, waits{};
  for (const auto& [name, dag] : asked.days.dags) longest = std::max(longest, share_of(dag.took, 1)), waited += dag.waited;
  for (const auto& [name, dag] : other.days.dags) then = std::max(then, share_of(dag.took, 1)), waits += dag.waited;
  std::cout << other.name << ": " << missed_in(other.days) << " deadlines missed (" << missed_in(asked.days) << "), the longest run takes " << short_time(then) << " (" << short_time(longest) << "), tasks wait "
            << short_time(waits) << " in all (" << short_time(waited) << ")\n";
}

Status check(const SimulateWords& words) {
  const bool fits = words.days >= 1 && words.days <= 366 && words.workers >= 1 && words.workers <= 1000 && words.slots >= 1 && words.slots <= 1024;
  if (!fits) return Error{.code = "E9004", .what = "these numbers make no sense", .where = {}, .hint = "days from 1 to 366, workers from 1 to 1000, slots from 1 to 1024"};
  if (!words.from.empty() && !from_iso(words.from)) return Error{.code = "E9004", .what = quote(words.from) + " is no time", .where = "--from", .hint = "write 2026-11-30 or 2026-11-30T06:00:00Z"};
  return {};
}

std::vector<std::string> unknown_in(const House& house) {
  std::vector<std::string> names;
  for (const Dag& dag : house.dags) {
    const auto past = house.past.find(dag.name);
    for (const Task& task : dag.tasks) {
      if (task.is_core()) continue;
      const bool known = past != house.past.end() && past->second.contains(task.id) && past->second.at(task.id).known;
      if (!known) names.push_back(dag.name + "." + task.id);
    }
  }
  return names;
}

// Tasks that have needed more memory than they ask for: they may have been lucky in what ran beside them.
struct Short {
  std::string task{};
  int64_t asks = 0, needed = 0;
};

std::vector<Short> short_in(const House& house) {
  std::vector<Short> found;
  for (const Dag& dag : house.dags) {
    const auto past = house.past.find(dag.name);
    if (past == house.past.end()) continue;
    for (const Task& task : dag.tasks) {
      const auto takes = past->second.find(task.id);
      const int64_t asks = task.runs_on.takes.memory;
      if (asks > 0 && takes != past->second.end() && takes->second.memory > asks) found.push_back({dag.name + "." + task.id, asks, takes->second.memory});
    }
  }
  return found;
}

Result<House> house_of(const SimulateWords& words) {
  if (auto fine = check(words); !fine) return fine.error();
  House house{.operators = installed_operators(words.plugin_dirs), .span = std::chrono::hours{24} * words.days, .workers = words.workers, .slots = words.slots};
  auto folder = read_dags(words.path, house.operators);
  if (!folder.errors.empty()) return folder.errors.front();
  if (folder.dags.empty()) return Error{.code = "E0001", .what = "there is no Dag", .where = words.path, .hint = "name a folder of Dags"};
  house.dags = std::move(folder.dags);
  house.pools = std::move(folder.pools);
  house.from = words.from.empty() ? SystemClock().now() : *from_iso(words.from);
  auto past = words.durations.empty() ? past_of_store(words.home + "/millrace.db", house.dags) : past_of_file(words.durations);
  if (!past) return past.error();
  house.past = std::move(*past);
  return house;
}

Named play_named(std::string name, const House& house, bool quiet) {
  const auto progress = [&](double done) {
    if (!quiet) std::cerr << "\r" << name << ": " << percent(done) << "  " << std::flush;
    return interrupted == 0;
  };
  Named named{name, house.workers, play(house, progress)};
  if (!quiet) std::cerr << "\r" << std::string(name.size() + 8, ' ') << "\r" << std::flush;
  return named;
}

// The pool that was waited for longest; empty: none was.
std::string busiest_pool(const Days& days) {
  std::string name;
  Millis most{};
  for (const auto& [pool, its] : days.pools) {
    if (its.waited > most) most = its.waited, name = pool;
  }
  return name;
}

}  // namespace

int simulate_days(const SimulateWords& words, Output output) {
  log::set_level(log::Level::error);
  auto found = house_of(words);
  if (!found) return report(found.error(), output);
  House house = std::move(*found);
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::vector<Named> plays;
  const auto add = [&](const std::string& name, const House& changed) {
    if (interrupted == 0) plays.push_back(play_named(name, changed, output.json));
  };
  add("as asked", house);
  House other = house;
  other.worst = true;
  add("on slow days", other);
  other = house;
  ++other.workers;
  add("with one more worker", other);
  if (const auto pool = busiest_pool(plays.front().days); !pool.empty()) {
    other = house;
    for (auto& one : other.pools) one.slots += one.name == pool ? 1 : 0;
    add("with one more slot in pool " + pool, other);
  }
  const auto unknown = unknown_in(house);
  const auto scarce = short_in(house);
  if (output.json) {
    Json list = Json::array(), names = Json::array(), short_of_memory = Json::array();
    for (const auto& one : scarce) short_of_memory.push(Json::object({{"task", one.task}, {"asks_bytes", one.asks}, {"needed_bytes", one.needed}}));
    for (const auto& play : plays) list.push(json_of(play));
    for (const auto& name : unknown) names.push(name);
    std::cout << Json::object({{"from", to_iso(house.from)}, {"days", words.days}, {"slots", house.slots}, {"unknown", std::move(names)}, {"unknown_ms", kUnknown.count()}, {"short_of_memory", std::move(short_of_memory)}, {"plays", std::move(list)}}).dump() << '\n';
  } else {
    std::cout << "from " << to_iso(house.from) << ", " << words.days << " days, " << house.workers << " workers of " << house.slots << " slots\n";
    if (!unknown.empty()) std::cout << unknown.size() << " tasks have no past and are taken to need " << short_time(kUnknown) << ": " << first_of(unknown) << '\n';
    print_days(house, plays.front().days);
    for (const auto& one : scarce) std::cout << one.task << " asks for " << mebibytes(one.asks) << " and has needed " << mebibytes(one.needed) << ": raise runs_on.memory\n";
    for (size_t i = 1; i < plays.size(); ++i) print_change(plays.front(), plays[i]);
  }
  for (const auto& error : plays.front().days.errors) std::cerr << to_string(error) << '\n';
  return interrupted != 0 || !plays.front().days.errors.empty() || missed_in(plays.front().days) > 0 ? 1 : 0;
}

}  // namespace millrace
