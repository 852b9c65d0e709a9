#include "database/watch.hpp"

namespace mr::database {
namespace {

constexpr auto kTick = std::chrono::milliseconds(50);
constexpr auto kAskAgain = std::chrono::milliseconds(500);  // a cancel that came between two statements ended nothing

}  // namespace

Watch::Watch(Connection& connection, const Attempt& attempt, std::chrono::milliseconds timeout)
    : connection_(connection), attempt_(attempt), timeout_(timeout), thread_([this] { look(); }) {}

Watch::~Watch() {
  {
    const std::lock_guard hold(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Watch::look() {
  std::unique_lock hold(mutex_);
  Clock::time_point next{};
  while (!changed_.wait_for(hold, kTick, [&] { return done_; })) {
    if (!give_up_) continue;
    const auto now = Clock::now();
    timed_out_ = timed_out_ || now >= *give_up_;
    if ((!timed_out_ && !attempt_.cancelled()) || now < next) continue;
    next = now + kAskAgain;
    cancelling_ = true;
    hold.unlock();
    connection_.cancel();
    hold.lock();
    cancelling_ = false;
    changed_.notify_all();
  }
}

void Watch::during(const std::function<void()>& act) {
  attempt_.stop_if_cancelled();
  const auto running = [this](bool now) {
    std::unique_lock hold(mutex_);
    changed_.wait(hold, [&] { return !cancelling_; });  // else a cancel that comes late would hit what is next
    give_up_ = now ? std::optional(Clock::now() + timeout_) : std::nullopt;
    if (now) timed_out_ = false;
    return timed_out_;
  };
  running(true);
  try {
    act();
    running(false);
  } catch (const Problem& problem) {
    const bool too_late = running(false);
    if (attempt_.cancelled() && problem.kind != Kind::data) throw Cancelled{};
    const bool by_us = too_late && (problem.kind == Kind::interrupted || problem.kind == Kind::lock_timeout);
    if (!by_us) throw;
    auto ours = problem;
    ours.what_happened = "it had not ended after " + std::to_string(timeout_.count()) + " ms, and was ended";
    ours.error_class = "timeout";
    ours.code = "E4121";
    ours.hint = "raise `timeout`, or ask why it is slow";
    throw ours;
  } catch (...) {
    running(false);
    throw;
  }
}

}  // namespace mr::database
