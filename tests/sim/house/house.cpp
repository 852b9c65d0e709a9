#include "house.hpp"

#include <algorithm>

#include "parse/core_operators.hpp"
#include "server.hpp"
#include "shelf.hpp"

namespace millrace::sim {
namespace {

using namespace std::chrono_literals;

constexpr Millis kTroubled = 3h;  // then the faults stop
constexpr Millis kScheduled = 5h; // then the schedules
constexpr Millis kTooLate = 14h;  // and by then everything has ended

}  // namespace

House::House(uint64_t seed, Coverage& seen) : House(Rng(seed ^ 0x5DEECE66DULL), std::nullopt, nullptr, seen) {}

House::House(Cast cast, Drive& drive, uint64_t seed, Coverage& seen) : House(Rng(seed), std::move(cast), &drive, seen) {}

House::House(Rng rng, std::optional<Cast> cast, Drive* drive, Coverage& seen) : rng_(rng), seen_(seen), cast_(cast ? std::move(*cast) : draw_cast(rng_)), watch_(cast_, seen) {
  disk_.drive = drive;
  shelf().clear();
  for (auto& dag : cast_.dags) shelf().put(dag);
  for (Dag dag : cast_.dags) {
    dag.version = "v2";
    dag.schedules.clear();
    shelf().put(dag);
    quiet_dags_.push_back(std::move(dag));
  }
  watch_.use_dags(&cast_.dags);
  disk_.committed = [this](const Commit& commit) { watch_.committed(commit, disk_.store); };
  for (const auto& role : cast_.workers) workers_.push_back({.role = &role});
  set_time(cast_.begin);
}

House::~House() = default;

uint64_t House::digest() const { return watch_.digest(); }

// At a moment at which a server is there.
void House::end_schedules() {
  if (server_) turn(*server_);
  if (!server_ || !server_->ready) return at(Millis{1000}, [this] { end_schedules(); });
  watch_.schedules_at_rest(clock_.now(), disk_.store);
  quiet_ = true;
  watch_.use_dags(&quiet_dags_);
  if (say([this](Engine& engine) { return engine.set_dags(todays_dags(), cast_.pools); })) return;
  require(disk_.drive != nullptr, "Dags can be changed at rest");
  if (server_) stop_server();  // who starts reads today's Dags
}

void House::run() {
  start_server();
  make_people();
  for (int i = 0; i < 12; ++i) {
    if (trouble(cast_.faults.jump)) at(draw_millis(1000, 10'000'000), [this] { jump_clock(); });
    if (trouble(cast_.faults.takeover)) at(draw_millis(1000, 10'000'000), [this] { take_over(); });
    if (!trouble(cast_.faults.death)) continue;
    const auto worker = static_cast<size_t>(rng_.below(static_cast<int>(workers_.size())));
    at(draw_millis(1000, 10'000'000), [this, worker] { die(worker); });
  }
  at(kTroubled, [this] { calm_down(); });
  at(kScheduled, [this] { end_schedules(); });
  while (!agenda_.empty()) {
    auto next = agenda_.extract(agenda_.begin());
    set_time(std::max(now_, next.key().first));
    require(now_ < cast_.begin + kTooLate, "after the faults stop everything ends");
    next.mapped()();
    if (quiet_ && people_busy_ == 0 && watch_.all_over() && server_ && server_->engine.next_due() == TimePoint::max() && server_->engine.idle() && turn_at_ == TimePoint::max()) break;
  }
  require(watch_.all_over(), "after the faults stop everything ends");
  watch_.triggers_at_rest();
  require(disk_.store.timers()->empty(), "no timer outlives its run");
  if (disk_.drive != nullptr) server_->seat.compare(watch_.last_run());
  for (const auto& [request, run] : accepted_) {
    const auto known = watch_.requests().find(request);
    require(known != watch_.requests().end() && known->second == run, "a request that was answered is kept");
  }
}

}  // namespace millrace::sim
