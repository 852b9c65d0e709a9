#include "dispatch/convert.hpp"

#include <algorithm>
#include <csignal>

namespace millrace::dispatch {
namespace {

namespace wire = worker::v1;
constexpr size_t kMostOutput = size_t{256} << 10;
constexpr Millis kLongestRetryAfter{86'400'000};  // a clock that is wrong elsewhere keeps nothing waiting for a year
constexpr size_t kMostCheckpoint = size_t{64} << 10;

// A newer worker's outcome that we don't know is no success.
Outcome outcome(const wire::Report& message) {
  if (message.outcome() == wire::OUTCOME_SUCCEEDED) return Outcome::succeeded;
  if (message.outcome() == wire::OUTCOME_CANCELLED) return Outcome::cancelled;
  if (message.outcome() == wire::OUTCOME_SKIPPED) return Outcome::skipped;
  return Outcome::failed;
}

Error not_readable(std::string what) {
  return {.code = "E3005", .what = std::move(what), .where = {}, .hint = "this is a mistake of the operator or of its worker"};
}

Result<Json> object_from(const std::string& text, std::string_view which) {
  if (text.empty()) return Json::object();
  auto json = Json::parse(text);
  if (!json) return not_readable("the attempt's " + std::string(which) + " is not valid JSON: " + json.error().what);
  if (!json->is_object()) return not_readable("the attempt's " + std::string(which) + " is not an object");
  return json;
}

Json usage_of(const wire::Report& message, const WorkerClock& clock) {
  const auto& usage = message.usage();
  return Json::object({{"cpu_seconds", usage.cpu_seconds()}, {"peak_memory_bytes", int64_t{usage.peak_memory_bytes()}},
                       {"read_bytes", int64_t{usage.read_bytes()}}, {"written_bytes", int64_t{usage.written_bytes()}},
                       {"started_ms", clock.ours(message.started_ms())}, {"finished_ms", clock.ours(message.finished_ms())},
                       {"exit_signal", static_cast<int>(message.exit_signal())}});
}

AttemptError error_of(const wire::Report& message) {
  const auto& problem = message.problem();
  AttemptError error{.error_class = problem.error_class(),
                     .error = {.code = problem.code(), .what = problem.what(), .where = problem.where(), .hint = problem.hint()}};
  if (outcome(message) == Outcome::failed && error.error_class.empty()) error.error_class = "transient";
  return error;
}

Status read_texts(const wire::Report& message, AttemptReport& into) {
  if (message.output_json().size() > kMostOutput) return not_readable("the attempt's output is larger than 256 KiB");
  auto output = object_from(message.output_json(), "output");
  if (!output) return output.error();
  auto config = object_from(message.config_json(), "config");
  if (!config) return config.error();
  if (!message.data_commit_json().empty()) {
    auto json = object_from(message.data_commit_json(), "data commit");
    if (!json) return json.error();
    auto data = data_commit_from(*json);
    if (!data) return not_readable("the attempt's data commit has the wrong shape: " + data.error().what);
    into.data = *std::move(data);
  }
  into.checkpoint = checkpoint(message.checkpoint_json());
  into.output = *std::move(output);
  into.config = *std::move(config);
  return {};
}

}  // namespace

Json checkpoint(const std::string& json) {
  auto state = json.empty() || json.size() > kMostCheckpoint ? Result<Json>(Json()) : Json::parse(json);
  return state ? *std::move(state) : Json();
}

LeaseNumber lease_number(const wire::LeaseNumber& message) {
  return {.run = {message.run()}, .task = {message.task()}, .attempt = message.attempt()};
}

void fill(wire::LeaseNumber& message, LeaseNumber lease) {
  message.set_run(lease.run.value);
  message.set_task(lease.task.value);
  message.set_attempt(lease.attempt);
}

std::vector<LeaseNumber> lease_numbers(const google::protobuf::RepeatedPtrField<wire::LeaseNumber>& messages) {
  std::vector<LeaseNumber> found;
  for (const auto& message : messages) found.push_back(lease_number(message));
  return found;
}

wire::Lease lease(const LeaseOffer& offer) {
  wire::Lease message;
  fill(*message.mutable_number(), offer.number);
  message.set_run_key(offer.run_key);
  message.set_dag(offer.dag);
  message.set_task(offer.task);
  message.set_operator_type(offer.operator_type);
  message.set_config_json(offer.config.is_null() ? "{}" : offer.config.dump());
  message.set_document_json(offer.document.is_null() ? "{}" : offer.document.dump());
  if (!offer.checkpoint.is_null()) message.set_checkpoint_json(offer.checkpoint.dump());
  message.set_checks_json(offer.checks.is_null() ? "[]" : offer.checks.dump());
  message.set_inputs_json(offer.inputs.is_null() ? "[]" : offer.inputs.dump());
  message.set_outputs_json(offer.outputs.is_null() ? "[]" : offer.outputs.dump());
  message.set_positions_json(offer.positions.is_null() ? "[]" : offer.positions.dump());
  if (offer.history.size() > 0) message.set_history_json(offer.history.dump());
  message.set_folder(offer.folder);
  message.set_timeout_ms(offer.timeout.count());
  message.set_cpu(offer.takes.cpu);
  message.set_memory_bytes(offer.takes.memory);
  return message;
}

AttemptReport failed(LeaseNumber lease, std::string error_class, Error error) {
  AttemptReport report;
  report.lease = lease;
  report.outcome = Outcome::failed;
  report.error = {.error_class = std::move(error_class), .error = std::move(error)};
  return report;
}

AttemptReport report(const wire::Report& message, const WorkerClock& clock) {
  AttemptReport out;
  out.lease = lease_number(message.number());
  out.outcome = outcome(message);
  out.error = error_of(message);
  out.final_failure = message.problem().final();
  out.retry_after = Millis(std::clamp<int64_t>(message.problem().retry_after_ms(), 0, kLongestRetryAfter.count()));
  if (auto read = read_texts(message, out); !read) out = failed(out.lease, "data", read.error());
  out.usage = usage_of(message, clock);
  out.took = Millis(std::max<int64_t>(0, message.finished_ms() - message.started_ms()));
  out.crashed = message.exit_signal() != 0 && message.exit_signal() != SIGKILL && message.exit_signal() != SIGTERM;  // those come from people, and from a system without memory
  return out;
}

WorkerFacts facts(const wire::Register& message) {
  WorkerFacts facts{.name = message.name(), .version = message.version(), .protocol = 1, .slots = message.slots(),
                    .has = {.cpu = message.cpu(), .memory = message.memory_bytes(), .named = {message.resources().begin(), message.resources().end()}}, .labels = {message.labels().begin(), message.labels().end()},
                    .operators = {message.operators().begin(), message.operators().end()}};
  std::sort(facts.operators.begin(), facts.operators.end());
  std::sort(facts.has.named.begin(), facts.has.named.end());
  return facts;
}

std::vector<LogLine> log_lines(const wire::LogLines& message, const WorkerClock& clock) {
  std::vector<LogLine> lines;
  int64_t index = message.first();
  for (const auto& line : message.lines()) {
    lines.push_back({.index = index++, .time_ms = clock.ours(line.time_ms()), .level = line.level(), .text = line.text()});
  }
  return lines;
}

}  // namespace millrace::dispatch
