// /metrics in the Prometheus text format, version 0.0.4 (names follow its naming practices: base units, _total for counters).
#include "api/http_server.hpp"

namespace millrace {
namespace {

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out += "# HELP " + std::string(name) + " " + std::string(help) + "\n# TYPE " + std::string(name) + " " + std::string(type) + "\n";
}

void by_state(std::string& out, const std::map<std::string, int64_t>& totals, const std::string& prefix, const std::string& metric) {
  for (const auto& [key, value] : totals) {
    if (key.starts_with(prefix)) out += metric + "{state=\"" + key.substr(prefix.size()) + "\"} " + std::to_string(value) + "\n";
  }
}

int64_t total(const std::map<std::string, int64_t>& totals, const std::string& key) {
  const auto found = totals.find(key);
  return found == totals.end() ? 0 : found->second;
}

void summary(std::string& out, const std::string& name, std::string_view help, const Summary& times) {
  family(out, name, "summary", help);
  out += name + "_sum " + std::to_string(times.sum_seconds) + "\n" + name + "_count " + std::to_string(times.count) + "\n";
}

}  // namespace

std::string metrics_text(Views& views) {
  std::string out;
  const auto answer = views.history.totals();
  const auto totals = answer ? *answer : std::map<std::string, int64_t>{};
  family(out, "millrace_runs", "gauge", "Runs in the store, by state.");
  by_state(out, totals, "runs.", "millrace_runs");
  family(out, "millrace_tasks", "gauge", "Task runs in the store, by state.");
  by_state(out, totals, "tasks.", "millrace_tasks");
  for (const std::string part : {"in", "out", "rejected"}) {
    family(out, "millrace_rows_" + part + "_total", "counter", "Rows " + part + ", over all committed snapshots.");
    out += "millrace_rows_" + part + "_total " + std::to_string(total(totals, "rows." + part)) + "\n";
  }
  family(out, "millrace_deadlines_missed_total", "counter", "Runs that were not over at their deadline.");
  out += "millrace_deadlines_missed_total " + std::to_string(total(totals, "late.missed")) + "\n";
  family(out, "millrace_deadlines_predicted_total", "counter", "Times that a run was foreseen to miss its deadline.");
  out += "millrace_deadlines_predicted_total " + std::to_string(total(totals, "late.predicted")) + "\n";
  int connected = 0, slots = 0, busy = 0;
  for (const auto& worker : views.engine.workers()) {
    if (worker.state == "gone") continue;
    ++connected;
    slots += worker.slots;
    busy += worker.busy;
  }
  family(out, "millrace_workers", "gauge", "Workers connected.");
  out += "millrace_workers " + std::to_string(connected) + "\n";
  family(out, "millrace_worker_slots", "gauge", "Slots of the connected workers.");
  out += "millrace_worker_slots " + std::to_string(slots) + "\n";
  family(out, "millrace_leases", "gauge", "Leases that the connected workers hold.");
  out += "millrace_leases " + std::to_string(busy) + "\n";
  const auto times = views.engine.timings();
  summary(out, "millrace_queue_wait_seconds", "From ready to leased.", times.queue_wait);
  summary(out, "millrace_task_duration_seconds", "From leased to the end of the attempt.", times.attempt);
  summary(out, "millrace_commit_seconds", "Of one commit of the store.", times.commit);
  return out;
}

}  // namespace millrace
