#include "worker/worker.hpp"

#include <poll.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "base/text.hpp"
#include "tls/probe.hpp"
#include "worker/crew.hpp"
#include "worker/grpc_client.hpp"
#include "worker/grpc_join.hpp"
#include "worker/lease_book.hpp"
#include "worker/log_buffer.hpp"
#include "worker/pipe_end.hpp"

namespace millrace {
namespace {

namespace wire = worker::v1;
using Steady = std::chrono::steady_clock;
constexpr uint32_t kProtocol = 2, kOldestProtocol = 1;
constexpr size_t kLongestLine = size_t{64} << 10;
constexpr int kErrorLine = 4;
constexpr Millis kFirstBackoff{100};
constexpr std::chrono::microseconds kTogether{100};  // when more waits than runs: attempts that end soon after each other are heard together
constexpr int kIdleShare = 3;  // who has no lease says so less often
constexpr Millis kLastWords{10'000};  // how long a drained worker waits for a server that is away

// Renews from its own thread, so that a loop that is busy with children loses no lease.
class Renewals {
 public:
  Renewals(LeaseBook& book, Link& link) : book_(book), link_(link), thread_([this](std::stop_token stop) { run(stop); }) {}

  void begin(Millis every) {
    const std::lock_guard hold(mutex_);
    every_ = every;
    active_ = now_ = true;
    changed_.notify_all();
  }

  void pause() {
    const std::lock_guard hold(mutex_);
    active_ = false;
  }

 private:
  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      {
        std::unique_lock hold(mutex_);
        changed_.wait_for(hold, stop, every_, [&] { return now_; });
        if (std::exchange(now_, false) || !book_.empty()) idle_ = 0;
        if (!active_ || idle_++ % kIdleShare != 0) continue;
      }
      book_.renew(Steady::now(), [&](wire::FromWorker message) {
        message.mutable_renew()->set_clock_ms(SystemClock().now().time_since_epoch().count());
        link_.send(std::move(message));
      });
    }
  }

  LeaseBook& book_;
  Link& link_;
  std::mutex mutex_{};
  std::condition_variable_any changed_{};
  Millis every_{1'000};
  bool active_ = false, now_ = false;
  int idle_ = 0;  // rounds without a lease
  std::jthread thread_;  // last: starts last, stops first
};

// What is still to be told of an attempt.
struct Story {
  std::string run_key{}, task{};
  LogBuffer log{};
  std::optional<wire::FromWorker> report{};
  std::optional<SteadyTime> told{};  // the report was sent on this stream
  bool over = false;                 // acknowledged or fenced: only its log is left
};

class Worker {
 public:
  Worker(const WorkerOptions& options, StopSignal& stop)
      : options_(options), stop_(stop), link_(options.server, options.tls ? &*options.tls : nullptr),
        crew_(options, [this](wire::FromWorker m) { tell(std::move(m)); }, [this](LeaseNumber n, int level, std::string t) { note(n, level, std::move(t)); }),
        renewals_(book_, link_) {}

  int run() {
    while (!done_) step();
    return exit_code_;
  }

 private:
  void step() {
    const auto now = Steady::now();
    heed_stop(now);
    if (!open_ && now >= connect_at_) connect();
    for (const auto number : book_.ended(now)) lose(number);
    crew_.tick(now);
    give_back(crew_.give_back_late(now));
    if (welcomed_) ship(now);
    heed_unstoppable(now);
    if (leaving_) leave_when_told(now);
    if (options_.give_up_after.count() > 0 && !welcomed_ && now - last_reached_ > options_.give_up_after) {
      log::warn("worker " + quote(options_.name) + ": no server for " + to_text(options_.give_up_after) + ", leaving");
      done_ = true;
    }
    link_.flush();
    if (done_) return;
    wait(now);
    for (auto& event : link_.take()) {
      if (event.down) stream_ended(event.why, event.unreached);
      else take(event.message);
    }
  }

  void wait(SteadyTime now) {
    auto until = crew_.next_deadline(now + std::chrono::seconds(1));
    until = book_.first_end(until);
    if (!open_) until = std::min(until, connect_at_);
    if (end_by_) until = std::min(until, *end_by_);
    polled_.clear();
    polled_.push_back({.fd = stop_.fd(), .events = POLLIN, .revents = 0});
    polled_.push_back({.fd = link_.fd(), .events = POLLIN, .revents = 0});
    crew_.watch(polled_);
    if (crew_.full()) std::this_thread::sleep_for(kTogether);
    const auto left = std::chrono::ceil<Millis>(until - now).count();
    ::poll(polled_.data(), polled_.size(), static_cast<int>(std::clamp<int64_t>(left, 0, 1000)));
    if (polled_[0].revents != 0) stop_.quiet();
    crew_.serve(std::span(polled_).subspan(2), Steady::now());
  }

  // --- the stream ---

  void connect() {
    wire::FromWorker first;
    auto& me = *first.mutable_register_();
    me.set_protocol(kProtocol);
    me.set_oldest_protocol(kOldestProtocol);
    me.set_name(options_.name);
    me.set_version(options_.version);
    me.set_slots(options_.slots);
    me.set_clock_ms(SystemClock().now().time_since_epoch().count());
    me.set_cpu(options_.has.cpu);
    me.set_memory_bytes(options_.has.memory);
    for (const auto& [name, amount] : options_.has.named) (*me.mutable_resources())[name] = amount;
    for (const auto& label : options_.labels) me.add_labels(label);
    for (const auto& info : options_.operators.all()) me.add_operators(info.type);
    // What has ended and could not be told is as good as running: if nobody else has it by now, its report still counts.
    for (const auto& [number, story] : stories_) {
      if (story.report && !story.over) book_.take(number, Steady::now());
    }
    for (const auto number : book_.held()) fill(*me.add_running(), number);
    link_.connect(std::move(first));
    open_ = true;
  }

  void stream_ended(const std::string& why, bool unreached) {
    open_ = false;
    renewals_.pause();
    if (const auto problem = identity_problem(why)) not_let_in(*problem, unreached);
    else if (welcomed_) log::warn("worker " + quote(options_.name) + ": the stream to " + options_.server + " ended" + (why.empty() ? "" : ": " + why));
    else if (backoff_ == kFirstBackoff) log::info("worker " + quote(options_.name) + ": can't reach " + options_.server + (why.empty() ? "" : ": " + why));
    if (welcomed_) {
      backoff_ = kFirstBackoff;
      last_reached_ = Steady::now();
    }
    welcomed_ = false;
    for (auto& [number, story] : stories_) {
      story.log.stream_lost();
      story.told.reset();
    }
    if (finishing_) done_ = true;
    connect_at_ = Steady::now() + backoff_;
    // A server that is back keeps our leases for their length, and no longer.
    backoff_ = std::min({backoff_ * 2, options_.longest_backoff, std::max(kFirstBackoff, lease_length_ / 4)});
  }

  // Of a stream that ended: was it for a certificate, or because only one side speaks TLS?
  std::optional<Error> identity_problem(const std::string& why) const {
    if (auto told = tls::error_in(why, options_.server)) return told;
    if (welcomed_before_) return std::nullopt;
    auto silence = tls::explain_silence(options_.server, options_.tls.has_value());
    return silence ? std::nullopt : std::optional(silence.error());
  }

  // Who never was let in will not be by waiting. Who was goes on with what it runs: files are watched, and somebody may mend them.
  void not_let_in(const Error& problem, bool by_us) {
    if (std::exchange(last_problem_, problem.code + problem.what) != problem.code + problem.what) {
      log::error("worker " + quote(options_.name) + " is not let in: " + to_string(problem));
      if (by_us && options_.tls) tell_refused(options_.server, problem.code);
    }
    if (welcomed_before_ && problem.code != "E3114") return;
    exit_code_ = 1;
    done_ = true;
  }

  void take(wire::ToWorker& message) {
    switch (message.body_case()) {
      case wire::ToWorker::kWelcome: return welcome(message.welcome());
      case wire::ToWorker::kRefused: return refused(message.refused());
      case wire::ToWorker::kLease: return lease(std::move(*message.mutable_lease()));
      case wire::ToWorker::kCancel:
        return crew_.cancel(key(message.cancel().number()), message.cancel().reason(), Millis(message.cancel().grace_ms()), Steady::now());
      case wire::ToWorker::kReportAck: return acknowledged(key(message.report_ack().number()));
      case wire::ToWorker::kDrain: return drain();
      case wire::ToWorker::kRenewAck: return renewed(message.renew_ack());
      case wire::ToWorker::kBatch:
        for (auto& one : *message.mutable_batch()->mutable_messages()) take(one);
        return;
      case wire::ToWorker::BODY_NOT_SET: return;  // of a newer server
    }
  }

  void welcome(const wire::Welcome& message) {
    welcomed_ = welcomed_before_ = true;
    last_problem_.clear();
    log::info("worker " + quote(options_.name) + " is connected to " + options_.server);
    book_.set_length(Millis(message.lease_ms()));
    crew_.set_data_root(message.data_root());
    lease_length_ = Millis(message.lease_ms());
    crew_.set_lease_length(lease_length_);
    for (const auto& number : message.fenced()) fenced(key(number));
    if (leaving_) say_draining();
    crew_.confirm_all();
    renewals_.begin(Millis(std::max<int64_t>(message.renew_every_ms(), 1)));
  }

  void refused(const wire::Refused& message) {
    log::error("worker " + quote(options_.name) + " was refused by " + options_.server + ": " + message.code() + " " + message.reason());
    const bool identity = message.code().starts_with("E311");
    if (message.code() != "E3004" && !identity) return;  // perhaps the server will be of our version one day
    exit_code_ = 1;                                      // two workers of one name would push each other out for ever
    done_ = true;
  }

  void renewed(const wire::RenewAck& message) {
    for (const auto& number : message.fenced()) fenced(key(number));
    if (message.answers() == 0) return;
    book_.answered(message.answers());
    for (auto& [number, story] : stories_) story.log.arrived(message.answers());
    std::erase_if(stories_, [](const auto& entry) { return entry.second.over && entry.second.log.all_arrived(); });
  }

  // --- leases ---

  void lease(wire::Lease lease) {
    const auto number = key(lease.number());
    if (stories_.contains(number)) return;  // pushed twice: it runs or has run
    if (leaving_) return give_back({number});
    book_.take(number, Steady::now());
    auto& story = stories_[number];
    story.run_key = lease.run_key();
    story.task = lease.task();
    crew_.take(std::move(lease), Steady::now());
  }

  void give_back(const std::vector<LeaseNumber>& numbers) {
    if (numbers.empty()) return;
    wire::FromWorker message;
    for (const auto number : numbers) {
      fill(*message.mutable_give_back()->add_numbers(), number);
      book_.drop(number);
      stories_.erase(number);
    }
    link_.queue(std::move(message));  // without a stream they simply end
  }

  void fenced(LeaseNumber number) {
    crew_.drop(number);
    close(number);
  }

  // The server did not answer in time: it may have given the lease to another worker, so nothing of ours may go on.
  void lose(LeaseNumber number) {
    book_.drop(number);
    const auto at = stories_.find(number);
    if (at != stories_.end() && at->second.report) return;  // it had ended; the server decides what the report is worth
    log::warn("worker " + quote(options_.name) + ": lease " + text(number) + " ended without renewal; its attempt is killed");
    crew_.drop(number);
    if (at != stories_.end()) at->second.over = true;
  }

  // --- telling ---

  void tell(wire::FromWorker message) {
    if (!message.has_report()) {
      link_.queue(std::move(message));
      return;
    }
    const auto at = stories_.find(key(message.report().number()));
    if (at != stories_.end() && !at->second.over) at->second.report = std::move(message);
  }

  void note(LeaseNumber number, int level, std::string line) {
    if (line.size() > kLongestLine) line = valid_utf8(std::string_view(line).substr(0, kLongestLine)) + " (cut)";
    const auto at = stories_.find(number);
    if (at != stories_.end()) at->second.log.add(SystemClock().now().time_since_epoch().count(), level, std::move(line));
  }

  void acknowledged(LeaseNumber number) {
    const auto at = stories_.find(number);
    const bool logs_came = at != stories_.end() && at->second.told && at->second.log.all_sent();  // they were sent before the report
    close(number);
    if (logs_came) stories_.erase(number);
  }

  void close(LeaseNumber number) {
    book_.drop(number);
    const auto at = stories_.find(number);
    if (at == stories_.end()) return;
    at->second.report.reset();
    at->second.over = true;
    if (at->second.log.all_arrived()) stories_.erase(at);
  }

  // Logs first: the report's acknowledgement then comes after them.
  void ship(SteadyTime now) {
    for (auto& [number, story] : stories_) {
      while (ship_lines(number, story)) {}
      if (!story.report || !story.log.all_sent()) continue;
      if (story.told && now - *story.told < options_.repeat_report) continue;
      if (link_.queue(*story.report)) story.told = now;
    }
  }

  bool ship_lines(LeaseNumber number, Story& story) {
    return book_.before_next_renewal([&](int64_t sequence) {
      auto lines = story.log.batch(sequence);
      if (!lines) return false;
      fill(*lines->mutable_number(), number);
      lines->set_run_key(story.run_key);
      lines->set_task(story.task);
      wire::FromWorker message;
      *message.mutable_log() = *std::move(lines);
      return link_.queue(std::move(message));  // without a stream: the next one begins where the server has them
    });
  }

  // --- leaving ---

  void heed_stop(SteadyTime now) {
    const int requests = stop_.requests();
    if (requests > heeded_ && heeded_ == 0) drain();
    if (requests > 1 && heeded_ < 2) crew_.cancel_all("the worker is stopping", options_.stop_grace, now);
    heeded_ = std::max(heeded_, requests);
  }

  // While the lease of what can't be stopped is ours, nobody else runs its task, and the others may end and be told. Its own end is not: it
  // has not come yet. When its lease is not ours, each moment counts.
  void heed_unstoppable(SteadyTime now) {
    const auto& found = crew_.unstoppable();
    if (!found) return;
    if (!end_by_) {
      const Error problem{.code = "E3015", .what = "attempt " + text(found->number) + " took too long to stop in a thread; the worker ends", .where = {},
                          .hint = "run its operator in a process: --isolation pool"};
      log::error("worker " + quote(options_.name) + ": " + to_string(problem));
      note(found->number, kErrorLine, to_string(problem));
      exit_code_ = kCannotStop;
      drain();
    }
    end_by_ = found->ours ? end_by_.value_or(now + options_.stop_grace) : now;
    const bool told = std::all_of(stories_.begin(), stories_.end(), [](const auto& entry) { return (!entry.second.report || entry.second.over) && entry.second.log.all_sent(); });
    const bool all_over = told && crew_.others_idle();
    if (now >= *end_by_ || (all_over && !welcomed_)) {
      done_ = true;
    } else if (all_over && !finishing_) {
      finishing_ = true;  // the stream ends when the server has all of it
      idle_since_ = now;
      link_.finish();
    }
  }

  void drain() {
    if (leaving_) return;
    log::info("worker " + quote(options_.name) + " drains: what runs may end, nothing new is taken");
    leaving_ = true;
    if (welcomed_) say_draining();
  }

  // What waits goes back at once: others can run it before we would.
  void say_draining() {
    wire::FromWorker message;
    message.mutable_draining();
    link_.queue(std::move(message));
    give_back(crew_.give_back());
  }

  void leave_when_told(SteadyTime now) {
    if (!welcomed_) give_back(crew_.give_back());
    if (!crew_.idle() || finishing_) {
      if (!finishing_) idle_since_.reset();
      else if (now - *idle_since_ > kLastWords) done_ = true;
      return;
    }
    if (!idle_since_) idle_since_ = now;
    const bool told_all = stories_.empty();
    if ((!welcomed_ && told_all) || now - *idle_since_ > kLastWords) {
      done_ = true;
    } else if (welcomed_ && told_all) {
      finishing_ = true;
      link_.finish();
    } else if (welcomed_ && !hurried_) {
      hurried_ = true;
      renewals_.begin(Millis(100));  // its answers prove that the logs arrived
    }
  }

  const WorkerOptions& options_;
  StopSignal& stop_;
  LeaseBook book_{};
  Link link_;
  std::map<LeaseNumber, Story> stories_{};
  std::vector<pollfd> polled_{};
  SteadyTime connect_at_{};
  Millis backoff_ = kFirstBackoff, lease_length_ = options_.longest_backoff * 4;  // of the last welcome
  std::optional<SteadyTime> idle_since_{};
  std::optional<SteadyTime> end_by_{};  // an attempt in a thread can't be stopped
  SteadyTime last_reached_ = Steady::now();
  int heeded_ = 0, exit_code_ = 0;
  std::string last_problem_{};
  bool welcomed_before_ = false;
  bool open_ = false, welcomed_ = false, leaving_ = false, finishing_ = false, hurried_ = false, done_ = false;
  Crew crew_;
  Renewals renewals_;
};

Status prepare(const WorkerOptions& options) {
  std::error_code problem;
  std::filesystem::remove_all(options.scratch, problem);
  std::filesystem::create_directories(options.scratch, problem);
  if (problem) return Error{.code = "E3013", .what = "can't make the scratch folder: " + problem.message(), .where = options.scratch, .hint = {}};
  if (options.name.empty() || options.slots < 1) {
    return Error{.code = "E3003", .what = "a worker needs a name and at least one slot", .where = {}, .hint = {}};
  }
  return adopt_orphans();
}

}  // namespace

int run_worker(const WorkerOptions& options, StopSignal& stop) {
  try {
    WorkerOptions own = options;
    own.scratch += "/worker-" + options.name;  // so that a scratch folder such as /var/tmp is never emptied
    std::replace(own.scratch.end() - static_cast<std::ptrdiff_t>(options.name.size()), own.scratch.end(), '/', '_');
    if (auto ready = prepare(own); !ready) {
      log::error(to_string(ready.error()));
      return 1;
    }
    const int code = Worker(own, stop).run();
    std::error_code ignored;
    std::filesystem::remove_all(own.scratch, ignored);
    return code;
  } catch (const std::exception& e) {
    log::error("worker " + quote(options.name) + " ended: " + e.what());
    return 1;
  }
}

}  // namespace millrace
