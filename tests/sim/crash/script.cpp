#include "script.hpp"

namespace millrace::testing {
namespace {

using namespace std::chrono_literals;

Task task(std::string id, std::vector<int32_t> needs = {}) {
  Task made{.id = std::move(id), .uses = "fake"};
  for (const int32_t need : needs) made.needs.push_back(TaskIndex{need});
  made.timeout = 10min;
  made.retry[0] = {.attempts = 3, .delay = 5s};
  return made;
}

Dag dag(std::string name, std::vector<Task> tasks) {
  Dag made;
  made.name = std::move(name);
  made.version = "v1";
  made.params = Json::object();
  made.max_runs = 1;
  made.max_tasks = 4;
  for (auto& one : tasks) {
    for (const TaskIndex need : one.needs) made.tasks[index(need)].downstream.push_back(TaskIndex{static_cast<int32_t>(made.tasks.size())});
    made.tasks.push_back(std::move(one));
  }
  return made;
}

// Every two hours: data, then something for each of two items.
Dag ingest() {
  Task load = task("load");
  load.writes = {"raw.a"};
  Task each = task("each", {0});
  each.foreach = Json::array({"x", "y"});
  each.max_parallel = 2;
  each.tolerate.failures = 2;
  Dag made = dag("ingest", {load, each});
  Schedule schedule;
  schedule.cron = *cron_from("30 1,3 * * *");
  schedule.zone = *Zone::find("Europe/Berlin");
  made.schedules = {schedule};
  return made;
}

// When there are new data: somebody agrees, and another run does the rest.
Dag mart() {
  Task agree = task("agree");
  agree.uses = "core.approval";
  Task rest = task("rest", {0});
  rest.uses = "core.run";
  rest.with = Json::object({{"dag", "rest"}, {"wait", true}});
  Dag made = dag("mart", {agree, rest});
  made.triggers = {{.kind = TriggerKind::dataset, .name = "data", .datasets = {"raw.a"}}};
  return made;
}

Dag rest() {
  Task call = task("call");
  call.uses = "core.callback";
  call.with = Json::object({{"deadline", "10m"}});
  return dag("rest", {call});
}

}  // namespace

sim::Cast scripted_cast() {
  sim::Cast cast;
  cast.begin = *from_iso("2026-10-25T00:20:00Z");  // ten minutes before 02:30 stands on the clocks twice
  cast.dags = {ingest(), mart(), rest()};
  cast.workers = {{.name = "worker-1", .slots = 2, .labels = {}}};
  cast.datasets = {"raw.a", "raw.b"};
  cast.faults.takeover = 12;
  return cast;
}

Names names_of(const sim::Cast& cast) {
  Names names{.runs = 0, .datasets = cast.datasets, .sources = {}, .dags = {}};
  for (const auto& dataset : cast.datasets) names.sources.push_back("fake:" + dataset);
  for (const auto& one : cast.dags) names.dags.push_back(one.name);
  return names;
}

}  // namespace millrace::testing
