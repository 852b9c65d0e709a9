#include "worker/reports.hpp"

#include <string.h>  // sigabbrev_np

#include "base/json.hpp"
#include "sdk/millrace_plugin.h"

namespace millrace::attempt_messages {
namespace {

namespace wire = worker::v1;

Json document_of(const std::string& document_json) {
  auto document = Json::parse(document_json.empty() ? "{}" : document_json);
  return document ? *std::move(document) : Json::object();
}

// The views are put in as the texts they came as: they may be long, and the server wrote them.
std::string facts(const wire::Lease& lease, const std::string& folder, const std::string& data_root) {
  const Json document = document_of(lease.document_json());
  std::string text = Json::object({{"run", lease.run_key()}, {"dag", lease.dag()}, {"task", lease.task()}, {"attempt", static_cast<int>(lease.number().attempt())},
                                   {"logical_time", document["run"]["logical_time"]}, {"env", document["env"]}, {"folder", lease.folder()}, {"work_folder", folder},
                                   {"data_root", data_root}, {"cpu", lease.cpu() > 0 ? lease.cpu() : 1.0}, {"memory_bytes", lease.memory_bytes() > 0 ? int64_t{lease.memory_bytes()} : int64_t{1} << 30}}).dump();
  text.pop_back();  // the closing bracket
  const auto add = [&](std::string_view name, const std::string& list) {
    text += ",\"";
    text += name;
    text += "\":";
    text += list.empty() ? "[]" : list;
  };
  add("inputs", lease.inputs_json());
  add("outputs", lease.outputs_json());
  add("positions", lease.positions_json());
  add("checks", lease.checks_json());
  add("history", lease.history_json());
  text += ",\"checkpoint\":" + (lease.checkpoint_json().empty() ? std::string("null") : lease.checkpoint_json());
  return text + "}";
}

}  // namespace

attempt::v1::ToChild start(const wire::Lease& lease, const std::string& library, const std::string& folder, const std::string& data_root) {
  attempt::v1::ToChild message;
  auto& out = *message.mutable_start();
  out.set_library(library);
  out.set_operator_type(lease.operator_type());
  out.set_config_json(lease.config_json());
  out.set_document_json(lease.document_json());
  out.set_facts_json(facts(lease, folder, data_root));
  out.set_work_folder(folder);
  return message;
}

void fill(wire::Problem& problem, std::string_view error_class, bool final, const Error& error) {
  problem.set_error_class(std::string(error_class));
  problem.set_final(final);
  problem.set_code(error.code);
  problem.set_what(error.what);
  problem.set_where(error.where);
  problem.set_hint(error.hint);
}

void fill_from(wire::Report& report, const attempt::v1::Finished& finished) {
  report.set_output_json(finished.output_json());
  report.set_data_commit_json(finished.data_commit_json());
  report.set_config_json(finished.config_json());
  const Error said{.code = finished.code(), .what = finished.what(), .where = finished.where(), .hint = finished.hint()};
  switch (finished.outcome()) {
    case MR_SUCCEEDED: return report.set_outcome(wire::OUTCOME_SUCCEEDED);
    case MR_SKIPPED: return report.set_outcome(wire::OUTCOME_SKIPPED);
    case MR_CANCELLED: report.set_outcome(wire::OUTCOME_CANCELLED); break;
    case MR_FAILED_RETRY:
    case MR_FAILED_FINAL: report.set_outcome(wire::OUTCOME_FAILED); break;
    default:
      report.set_outcome(wire::OUTCOME_FAILED);
      return fill(*report.mutable_problem(), "transient", false,
                  {.code = "E3012", .what = "the operator returned " + std::to_string(finished.outcome()) + ", which is no outcome", .where = {},
                   .hint = "this is a mistake of the operator"});
  }
  fill(*report.mutable_problem(), finished.error_class(), finished.outcome() == MR_FAILED_FINAL, said);
  report.mutable_problem()->set_retry_after_ms(finished.retry_after_ms());
}

Error died(const Exit& exit) {
  if (exit.signal == 0) {
    return {.code = "E3009", .what = "the attempt's process ended with exit code " + std::to_string(exit.code) + " before it gave a result", .where = {},
            .hint = "its last log lines may tell more"};
  }
  const char* name = ::sigabbrev_np(exit.signal);
  return {.code = "E3009", .what = "the attempt's process was killed by signal " + std::to_string(exit.signal) + (name ? std::string(" (SIG") + name + ")" : ""),
          .where = {}, .hint = exit.signal == 9 ? "was the system out of memory? lower the task's need or raise its memory" : "its last log lines may tell more"};
}

}  // namespace millrace::attempt_messages
