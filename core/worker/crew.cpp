#include "worker/crew.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/invariant.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "parse/expression.hpp"
#include "sdk/millrace_plugin.h"
#include "sdk/millrace_traits.h"
#include "worker/reports.hpp"

namespace millrace {
namespace {

namespace wire = worker::v1;
constexpr size_t kWatched = 4;         // entries of ChildProcess::watch
constexpr size_t kLongestNote = 1024;
constexpr size_t kMostReport = size_t{48} << 20;  // with room below the 64 MiB of a message: a larger one would break the stream for ever
constexpr Millis kSweepAgain{20};
constexpr Millis kLeaveTime{2'000};    // for a process to end after its attempt did
constexpr Millis kConfirmAfter{10};    // of an attempt that has ended by then, the report says enough
constexpr Millis kLongestLeave{8'000};  // for an operator to stop when its worker is gone

int64_t now_ms() { return SystemClock().now().time_since_epoch().count(); }

void hide(attempt::v1::Finished& finished, const SecretValues& secrets) {
  if (secrets.empty()) return;
  finished.set_what(masked(finished.what(), secrets));
  finished.set_where(masked(finished.where(), secrets));
  finished.set_hint(masked(finished.hint(), secrets));
  finished.set_output_json(masked(finished.output_json(), secrets));
  finished.set_config_json(masked(finished.config_json(), secrets));
}

// Why an attempt of this operator may not run in a thread of the worker; empty: it may.
std::string_view against_thread(const OperatorInfo& info, const wire::Lease& lease, const WorkerOptions& options) {
  if ((info.traits & MR_NEEDS_PROCESS) != 0) return "its operator needs a process of its own";
  if ((info.traits & MR_NOT_IN_WORKER) != 0) return "its operator says that it is not for threads";
  if ((info.traits & MR_CANCELLABLE) == 0) return "its operator can't be cancelled, and a thread can't be killed";
  const auto& trusted = options.trusted_plugins;
  if (std::find(trusted.begin(), trusted.end(), info.plugin) == trusted.end()) return "its plugin is not among the trusted ones";
  return lease.memory_bytes() > 0 ? "its memory is limited" : "";
}

bool any_event(std::span<const pollfd> polled) {
  return std::any_of(polled.begin(), polled.end(), [](const pollfd& p) { return p.revents != 0; });
}

}  // namespace

struct Crew::Attempt {
  LeaseNumber number{};
  Warm warm{};                 // its process or thread, warm or not
  std::optional<SteadyTime> confirm_at{};
  bool lasting = false;        // the process, or the thread, goes on after the attempt
  bool unstoppable = false;    // a thread that should have stopped
  std::optional<attempt::v1::Finished> finished{};
  std::optional<Error> broken{};  // it spoke nonsense
  std::string cancelled{};        // the reason, when it was asked to stop
  bool dropped = false;
  std::optional<SteadyTime> kill_at{};
  int64_t started_ms = now_ms();
  std::string checkpoint{};       // the last that it saved
  SecretValues secrets{};         // that its config names: *** wherever it speaks

  ChildProcess& process() { return *warm.process; }
};

Crew::Crew(const WorkerOptions& options, Tell tell, Log log) : options_(options), tell_(std::move(tell)), log_(std::move(log)) {}

Crew::~Crew() {
  running_.clear();
  warm_.clear();
  for (int tries = 0; tries < 100 && end_orphans(); ++tries) ::poll(nullptr, 0, static_cast<int>(kSweepAgain.count()));
}

void Crew::take(wire::Lease lease, SteadyTime now) { waiting_.push_back({std::move(lease), now}); }

std::vector<LeaseNumber> Crew::give_back() {
  std::vector<LeaseNumber> numbers;
  for (const auto& [lease, since] : std::exchange(waiting_, {})) numbers.push_back(key(lease.number()));
  return numbers;
}

std::vector<LeaseNumber> Crew::give_back_late(SteadyTime now) {
  std::vector<LeaseNumber> numbers;
  for (; !waiting_.empty() && waiting_.front().since + options_.patience <= now; waiting_.pop_front()) numbers.push_back(key(waiting_.front().lease.number()));
  return numbers;
}

// --- starting ----------------------------------------------------------------------------------------------------------

void Crew::tick(SteadyTime now) {
  while (!waiting_.empty() && static_cast<int>(running_.size()) < options_.slots) {
    auto lease = std::move(waiting_.front().lease);
    waiting_.pop_front();
    start(std::move(lease), now);
  }
  if (sweep_at_ && *sweep_at_ <= now) {
    sweep_at_.reset();
    if (end_orphans()) sweep_at_ = now + kSweepAgain;
  }
  for (const auto& [number, attempt] : running_) {
    if (attempt->confirm_at && *attempt->confirm_at <= now) confirm(*attempt);
    if (!attempt->kill_at || *attempt->kill_at > now) continue;
    attempt->kill_at.reset();
    if (attempt->process().is_thread()) {
      kill(*attempt);
      continue;
    }
    const bool hung_up = attempt->process().socket().ended() && !attempt->finished && attempt->cancelled.empty();
    if (hung_up && !attempt->broken) attempt->broken = Error{.code = "E3012", .what = "the attempt's process closed its socket without a result, and went on", .where = {}, .hint = "an operator must leave descriptor 3 alone"};
    attempt->process().kill_group();
  }
}

SteadyTime Crew::next_deadline(SteadyTime otherwise) const {
  for (const auto& [number, attempt] : running_) {
    if (attempt->kill_at) otherwise = std::min(otherwise, *attempt->kill_at);
    if (attempt->confirm_at) otherwise = std::min(otherwise, *attempt->confirm_at);
  }
  if (!waiting_.empty()) otherwise = std::min(otherwise, waiting_.front().since + options_.patience);
  return sweep_at_ ? std::min(otherwise, *sweep_at_) : otherwise;
}

void Crew::start(wire::Lease lease, SteadyTime now) {
  const auto* info = options_.operators.find(lease.operator_type());
  if (!info) {
    return refuse(lease, "config", true, {.code = "E3007", .what = "worker " + quote(options_.name) + " has no operator " + quote(lease.operator_type()),
                                          .where = {}, .hint = "install its plugin on this worker"});
  }
  auto attempt = std::make_unique<Attempt>();
  attempt->number = key(lease.number());
  const auto place = place_for(*info, lease);
  attempt->lasting = place != Isolation::process;
  attempt->secrets = secrets_of(lease);
  auto warm = warm_for(info->library, place, attempt->number);
  if (!warm) return refuse(lease, "transient", false, warm.error());
  attempt->warm = *std::move(warm);
  ++attempt->warm.attempts;
  attempt->process().limit_memory(lease.memory_bytes());
  attempt->process().group().limit(lease.memory_bytes(), lease.cpu());
  auto start = attempt_messages::start(lease, info->library, attempt->warm.folder.path(), data_root_);
  // Less than is left of a lease that was renewed in time: nobody else runs the task as long as this attempt stops.
  start.mutable_start()->set_leave_ms(std::min(kLongestLeave, lease_length_ / 2).count());
  for (const auto& [name, value] : attempt->secrets) (*start.mutable_start()->mutable_secrets())[name] = value;
  attempt->process().socket().send(start.SerializeAsString());
  attempt->confirm_at = now + kConfirmAfter;
  const auto number = attempt->number;
  running_[number] = std::move(attempt);
}

Isolation Crew::place_for(const OperatorInfo& info, const wire::Lease& lease) const {
  const auto in_process = (info.traits & MR_NEEDS_PROCESS) != 0 ? Isolation::process : Isolation::pool;
  if (options_.isolation != Isolation::thread) return options_.isolation == Isolation::pool ? in_process : Isolation::process;
  const auto reason = against_thread(info, lease, options_);
  const std::string attempt = "attempt " + text(key(lease.number())) + " of " + info.type;
  log::debug(attempt + (reason.empty() ? " runs in a thread" : " runs in a process: " + std::string(reason)));
  return reason.empty() ? Isolation::thread : in_process;
}

// What it names and this worker knows; what is missing is said by the attempt.
SecretValues Crew::secrets_of(const wire::Lease& lease) const {
  SecretValues values;
  const auto config = Json::parse(lease.config_json());
  const FolderSecrets known(options_.secrets);
  for (const auto& name : config ? secrets_in(*config) : std::vector<std::string>{}) {
    if (auto value = known.find(name)) values[name] = std::move(*value);
  }
  return values;
}

void Crew::confirm(Attempt& attempt) {
  wire::FromWorker message;
  fill(*message.mutable_confirm()->mutable_number(), attempt.number);
  message.mutable_confirm()->set_pid(attempt.process().pid());
  attempt.confirm_at.reset();
  tell_(std::move(message));
}

void Crew::confirm_all() {
  for (const auto& [number, attempt] : running_) confirm(*attempt);
}

std::optional<Crew::Warm> Crew::find_warm(const std::string& library, bool thread, const std::string& folder) {
  const auto at = std::find_if(warm_.begin(), warm_.end(), [&](Warm& w) { return w.library == library && w.process->is_thread() == thread && !w.process->poll_exit(); });
  if (at == warm_.end()) return std::nullopt;
  Warm found = std::move(*at);
  warm_.erase(at);
  if (!found.folder.rename(folder)) return std::nullopt;
  return found;
}

Result<Crew::Warm> Crew::warm_for(const std::string& library, Isolation place, LeaseNumber number) {
  const std::string path = options_.scratch + "/" + text(number);
  if (auto found = place == Isolation::process ? std::nullopt : find_warm(library, place == Isolation::thread, path)) return *std::move(found);
  auto folder = WorkFolder::make(path);
  if (!folder) return folder.error();
  auto process = place == Isolation::thread ? ChildProcess::in_thread() : spawn(place == Isolation::process ? folder->path() : options_.scratch);
  if (!process) return process.error();
  return Warm{.library = library, .folder = *std::move(folder), .process = std::move(*process), .attempts = 0};
}

Result<std::unique_ptr<ChildProcess>> Crew::spawn(const std::string& home) const {
  const char* path = std::getenv("PATH");
  SpawnPlan plan{.program = options_.attempt_program,
                 .environment = {"PATH=" + std::string(path ? path : "/usr/local/bin:/usr/bin:/bin"), "LANG=C.UTF-8", "TZ=UTC", "HOME=" + home, "TMPDIR=" + home},
                 .folder = home, .most_processes = options_.most_processes};
  for (const char* name : {"MILLRACE_CACHE", "XDG_CACHE_HOME"}) {  // what outlives a worker's scratch folder
    if (const char* value = std::getenv(name)) plan.environment.push_back(std::string(name) + "=" + value);
  }
  plan.environment.insert(plan.environment.end(), options_.child_environment.begin(), options_.child_environment.end());
  return ChildProcess::spawn(plan);
}

void Crew::refuse(const wire::Lease& lease, std::string_view error_class, bool final, const Error& error) {
  log_(key(lease.number()), 4, to_string(error));
  wire::FromWorker message;
  auto& report = *message.mutable_report();
  *report.mutable_number() = lease.number();
  report.set_outcome(wire::OUTCOME_FAILED);
  report.set_started_ms(now_ms());
  report.set_finished_ms(now_ms());
  attempt_messages::fill(*report.mutable_problem(), error_class, final, error);
  tell_(std::move(message));
}

// --- stopping ----------------------------------------------------------------------------------------------------------

void Crew::cancel(LeaseNumber number, const std::string& reason, Millis grace, SteadyTime now) {
  const auto waits = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& w) { return key(w.lease.number()) == number; });
  if (waits != waiting_.end()) {
    wire::FromWorker message;
    fill(*message.mutable_report()->mutable_number(), number);
    message.mutable_report()->set_outcome(wire::OUTCOME_CANCELLED);
    message.mutable_report()->mutable_problem()->set_what(reason);
    waiting_.erase(waits);
    return tell_(std::move(message));
  }
  const auto at = running_.find(number);
  if (at == running_.end() || at->second->finished) return;  // it has ended: the report is on its way
  auto& attempt = *at->second;
  if (attempt.cancelled.empty()) {
    attempt.cancelled = reason.empty() ? "cancelled" : reason;
    attempt::v1::ToChild message;
    message.mutable_cancel()->set_reason(reason);
    attempt.process().socket().send(message.SerializeAsString());
  }
  const auto kill_at = now + grace;
  attempt.kill_at = attempt.kill_at ? std::min(*attempt.kill_at, kill_at) : kill_at;
}

void Crew::cancel_all(const std::string& reason, Millis grace, SteadyTime now) {
  std::vector<LeaseNumber> numbers;
  for (const auto& [number, attempt] : running_) numbers.push_back(number);
  for (const auto number : numbers) cancel(number, reason, grace, now);
}

void Crew::drop(LeaseNumber number) {
  std::erase_if(waiting_, [&](const Waiting& w) { return key(w.lease.number()) == number; });
  const auto at = running_.find(number);
  if (at == running_.end()) return;
  at->second->dropped = true;
  kill(*at->second);
}

void Crew::kill(Attempt& attempt) {
  attempt.process().kill_group();
  if (!attempt.process().is_thread()) return;
  attempt.unstoppable = true;
  if (!unstoppable_ || attempt.dropped) unstoppable_ = {.number = attempt.number, .ours = !attempt.dropped};
}

bool Crew::others_idle() const {
  return waiting_.empty() && std::all_of(running_.begin(), running_.end(), [](const auto& entry) { return entry.second->unstoppable; });
}

// --- listening ---------------------------------------------------------------------------------------------------------

void Crew::watch(std::vector<pollfd>& list) const {
  for (const auto& [number, attempt] : running_) attempt->process().watch(list);
  for (const auto& warm : warm_) warm.process->watch(list);
}

void Crew::serve(std::span<const pollfd> polled, SteadyTime now) {
  MR_INVARIANT(polled.size() == kWatched * (running_.size() + warm_.size()), "the crew changed while it was polled");
  size_t at = 0;
  std::vector<LeaseNumber> loud;
  std::vector<const ChildProcess*> odd;  // a warm process has nothing to say between attempts
  for (const auto& [number, attempt] : running_) {
    if (any_event(polled.subspan(at, kWatched))) loud.push_back(number);
    at += kWatched;
  }
  for (const auto& warm : warm_) {
    if (any_event(polled.subspan(at, kWatched))) odd.push_back(warm.process.get());
    at += kWatched;
  }
  std::erase_if(warm_, [&](const Warm& w) { return std::find(odd.begin(), odd.end(), w.process.get()) != odd.end(); });
  for (const auto number : loud) {
    auto& attempt = *running_.at(number);
    hear(attempt, now);
    const bool gone = attempt.process().poll_exit().has_value();
    if (gone) hear(attempt, now);  // what it wrote between the first look and its end
    const bool is_over = attempt.process().is_thread() || (attempt.lasting && !attempt.dropped);  // with its result; others are when they have left
    if (gone || (attempt.finished && is_over)) retire(attempt);
  }
}

void Crew::hear(Attempt& attempt, SteadyTime now) {
  auto& process = attempt.process();
  process.socket().flush();
  auto frames = process.socket().read();
  for (const auto& bytes : frames ? *frames : std::vector<std::string>{}) {
    attempt::v1::FromChild frame;
    if (frame.ParseFromString(bytes)) {
      hear_frame(attempt, frame, now);
    } else if (!attempt.broken) {
      attempt.broken = Error{.code = "E3012", .what = "the attempt's process sent a frame that can't be read", .where = {}, .hint = "is millrace-attempt of the same version?"};
    }
  }
  if (!frames) attempt.broken = frames.error();
  for (auto& line : process.out().read()) log_(attempt.number, MR_INFO, masked(std::move(line), attempt.secrets));
  for (auto& line : process.err().read()) log_(attempt.number, MR_WARN, masked(std::move(line), attempt.secrets));
  if (attempt.broken && !attempt.finished) process.kill_group();
  // It hung up without a result and without ending.
  if (process.socket().ended() && !attempt.finished && !attempt.kill_at) attempt.kill_at = now + kLeaveTime;
}

void Crew::hear_frame(Attempt& attempt, const attempt::v1::FromChild& frame, SteadyTime now) {
  switch (frame.body_case()) {
    case attempt::v1::FromChild::kLog: return log_(attempt.number, std::clamp(frame.log().level(), 1, 4), masked(frame.log().text(), attempt.secrets));
    case attempt::v1::FromChild::kProgress: {
      wire::FromWorker message;
      fill(*message.mutable_progress()->mutable_number(), attempt.number);
      message.mutable_progress()->set_fraction(frame.progress().fraction());
      message.mutable_progress()->set_note(valid_utf8(std::string_view(masked(frame.progress().note(), attempt.secrets)).substr(0, kLongestNote)));
      return tell_(std::move(message));
    }
    case attempt::v1::FromChild::kCheckpoint: return keep_checkpoint(attempt, frame.checkpoint().json());
    case attempt::v1::FromChild::kFinished:
      attempt.finished = frame.finished();
      hide(*attempt.finished, attempt.secrets);
      return finish(attempt, now);
    case attempt::v1::FromChild::kReady:
    case attempt::v1::FromChild::BODY_NOT_SET: return;
  }
}

void Crew::keep_checkpoint(Attempt& attempt, const std::string& json) {
  attempt.checkpoint = masked(json, attempt.secrets);
  wire::FromWorker message;
  fill(*message.mutable_checkpoint()->mutable_number(), attempt.number);
  message.mutable_checkpoint()->set_json(attempt.checkpoint);
  tell_(std::move(message));
}

void Crew::finish(Attempt& attempt, SteadyTime now) {
  const bool odd = !attempt.cancelled.empty() || attempt.broken || attempt.warm.attempts >= options_.attempts_per_child;
  attempt.lasting = attempt.lasting && !odd;
  attempt.kill_at.reset();
  if (attempt.lasting || attempt.process().is_thread()) return;
  attempt.process().socket().no_more();  // it leaves, and is counted when it has
  attempt.kill_at = now + kLeaveTime;
}

// --- ending ------------------------------------------------------------------------------------------------------------

void Crew::retire(Attempt& attempt) {
  for (auto& line : attempt.process().out().rest()) log_(attempt.number, MR_INFO, masked(std::move(line), attempt.secrets));
  for (auto& line : attempt.process().err().rest()) log_(attempt.number, MR_WARN, masked(std::move(line), attempt.secrets));
  const auto exit = attempt.process().poll_exit();
  if (exit && exit->signal != 0 && attempt.finished && !attempt.dropped) {
    log_(attempt.number, MR_WARN, "after its result " + attempt_messages::died(*exit).what);
  }
  if (!attempt.dropped) conclude(attempt);
  const bool thread = attempt.process().is_thread();
  if (!exit && attempt.lasting && !attempt.dropped && attempt.warm.folder.clear()) {
    warm_.push_back(std::move(attempt.warm));
    if (static_cast<int>(warm_.size()) > options_.slots) warm_.pop_front();
  }
  const auto number = attempt.number;
  running_.erase(number);
  if (exit && !thread) sweep_at_ = SteadyTime{};
}

// As the process itself has counted; when it could not, or has ended with its only attempt, as the system has.
void Crew::tell_use(Attempt& attempt, wire::Usage& usage) {
  if (attempt.finished) {
    const auto& counted = attempt.finished->usage();
    usage.set_cpu_seconds(counted.cpu_seconds());
    usage.set_peak_memory_bytes(counted.peak_memory_bytes());
    usage.set_read_bytes(counted.read_bytes());
    usage.set_written_bytes(counted.written_bytes());
    attempt.warm.cpu_seconds += counted.cpu_seconds();
  }
  const auto exit = attempt.process().poll_exit();
  if (!exit || (attempt.finished && attempt.warm.attempts > 1)) return;
  usage.set_cpu_seconds(attempt.finished ? exit->use.cpu_seconds : std::max(0.0, exit->use.cpu_seconds - attempt.warm.cpu_seconds));
  usage.set_peak_memory_bytes(exit->use.peak_memory);
  if (attempt.finished || attempt.warm.attempts > 1) return;
  usage.set_read_bytes(exit->use.read_bytes);
  usage.set_written_bytes(exit->use.written_bytes);
}

void Crew::conclude(Attempt& attempt) {
  wire::FromWorker message;
  auto& report = *message.mutable_report();
  fill(*report.mutable_number(), attempt.number);
  report.set_started_ms(attempt.started_ms);
  report.set_finished_ms(now_ms());
  const auto exit = attempt.process().poll_exit();
  if (attempt.finished && attempt.finished->ByteSizeLong() > kMostReport) {
    report.set_outcome(wire::OUTCOME_FAILED);
    attempt_messages::fill(*report.mutable_problem(), "data", true, {.code = "E3005", .what = "the attempt's result is larger than 48 MiB", .where = {},
                                                                     .hint = "write fewer files, or a smaller output"});
  } else if (attempt.finished) {
    attempt_messages::fill_from(report, *attempt.finished);
  } else if (!attempt.cancelled.empty()) {
    report.set_outcome(wire::OUTCOME_CANCELLED);
    report.mutable_problem()->set_what(attempt.cancelled);
  } else {
    report.set_outcome(wire::OUTCOME_FAILED);
    attempt_messages::fill(*report.mutable_problem(), "transient", false, attempt.broken ? *attempt.broken : attempt_messages::died(*exit));
    log_(attempt.number, MR_ERROR, to_string(attempt.broken ? *attempt.broken : attempt_messages::died(*exit)));
  }
  if (exit && !attempt.finished) report.set_exit_signal(exit->signal);
  if (report.outcome() != wire::OUTCOME_SUCCEEDED) report.set_checkpoint_json(attempt.checkpoint);
  tell_use(attempt, *report.mutable_usage());
  tell_(std::move(message));
}

}  // namespace millrace
