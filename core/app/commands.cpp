#include "app/commands.hpp"

#include <cstdio>
#include <iostream>
#include <set>

#include "app/table.hpp"
#include "base/text.hpp"

namespace millrace {
namespace {

void print(const Json& json) { std::cout << json.dump(2) << '\n'; }

std::string cell(const Json& value) { return value.is_text() ? value.as_text() : value.is_null() ? "" : value.dump(); }

// Items as a table of the named members.
void print_table(const Json& items, const std::vector<std::string>& columns) {
  TextTable table{.columns = columns};
  for (const auto& item : items.items()) {
    auto& row = table.rows.emplace_back();
    for (const auto& column : columns) row.push_back(cell(item[column]));
  }
  std::cout << table.to_string();
}

int show_list(const Result<Json>& items, const std::vector<std::string>& columns, Output output) {
  if (!items) return report(items.error(), output);
  if (output.json) print(*items);
  else print_table(*items, columns);
  return 0;
}

void print_run(const Json& run) {
  std::cout << run["id"].as_text() << "  " << run["state"].as_text() << "  (" << run["dag"].as_text() << " " << run["dag_version"].as_text()
            << ", " << run["trigger"].as_text() << ", started " << run["started"].as_text() << ", finished " << run["finished"].as_text() << ")\n";
  if (run["late"].is_object() && !run["late"]["state"].as_text().empty()) {
    const Json& late = run["late"];
    std::cout << "deadline " << run["deadline"].as_text() << ": " << late["state"].as_text() << " since " << late["since"].as_text() << ", predicted to end " << late["predicted_end"].as_text() << " by " << late["why"].as_text() << '\n';
  } else if (!run["deadline"].as_text().empty()) {
    std::cout << "deadline " << run["deadline"].as_text() << '\n';
  }
  if (!run["pruned"].as_text().empty()) std::cout << "only this is kept of it since " << run["pruned"].as_text() << " (keep_runs)\n";
  if (run["tasks"].size() > 0) print_table(run["tasks"], {"id", "state", "attempt", "uses", "why"});
}

int code_of(const Json& run) { return run["state"].as_text() == "failed" || run["state"].as_text() == "cancelled" ? 1 : 0; }

}  // namespace

int report(const Error& error, Output output) {
  if (output.json) {
    std::cerr << Json::object({{"code", error.code}, {"what", error.what}, {"where", error.where}, {"hint", error.hint}}).dump() << '\n';
  } else {
    std::cerr << "millrace: " << to_string(error) << '\n';
  }
  return error.code == "E8010" ? 3 : error.code == "E9004" ? 2 : 1;
}

Result<Json> params_from(const std::vector<std::string>& pairs) {
  Json params = Json::object();
  for (const auto& pair : pairs) {
    const auto at = pair.find('=');
    if (at == std::string::npos) return Error{.code = "E9004", .what = quote(pair) + " is not name=value", .where = {}, .hint = "write --param day=2026-11-01"};
    const auto text = pair.substr(at + 1);
    auto value = Json::parse(text);
    params.set(pair.substr(0, at), value && !value->is_text() ? *value : Json(text));
  }
  return params;
}

int show_dags(Client& client, Output output) {
  auto dags = client.dags();
  if (!dags || output.json) return show_list(dags, {}, output);
  TextTable table{.columns = {"name", "tasks", "last run", "owner", "description"}};
  for (const auto& dag : dags->items()) {
    const auto& runs = dag["last_runs"];
    table.rows.push_back({dag["name"].as_text(), std::to_string(dag["tasks"].size()), runs.size() == 0 ? "" : runs.at(0)["state"].as_text(),
                          dag["owner"].as_text(), dag["description"].as_text()});
  }
  std::cout << table.to_string();
  return 0;
}

int show_dag(Client& client, const std::string& name, Output output) {
  auto dag = client.dag(name);
  if (!dag) return report(dag.error(), output);
  if (output.json) {
    print(*dag);
    return 0;
  }
  std::cout << (*dag)["name"].as_text() << " " << (*dag)["version"].as_text() << "  " << (*dag)["description"].as_text() << '\n';
  TextTable table{.columns = {"task", "uses", "needs", "phase"}};
  for (const auto& task : (*dag)["tasks"].items()) {
    std::vector<std::string> needs;
    for (const auto& need : task["needs"].items()) needs.push_back(need.as_text());
    table.rows.push_back({task["id"].as_text(), task["uses"].as_text(), join(needs, ", "), task["phase"].as_text()});
  }
  std::cout << table.to_string();
  return 0;
}

int start_run(Client& client, const std::string& dag, const std::vector<std::string>& pairs, const std::string& logical_time,
              const std::string& request_id, bool wait, Output output) {
  auto params = params_from(pairs);
  if (!params) return report(params.error(), output);
  auto run = client.start(dag, *params, logical_time, request_id);
  if (!run) return report(run.error(), output);
  if (wait) return watch_run(client, (*run)["id"].as_text(), output);
  if (output.json) print(*run);
  else std::cout << (*run)["id"].as_text() << '\n';
  return 0;
}

int show_runs(Client& client, const std::string& dag, const std::string& state, int limit, Output output) {
  return show_list(client.runs(dag, state, limit), {"id", "dag", "state", "trigger", "created", "finished"}, output);
}

int show_run(Client& client, const std::string& run, Output output) {
  auto found = client.run(run);
  if (!found) return report(found.error(), output);
  if (output.json) print(*found);
  else print_run(*found);
  return 0;
}

int watch_run(Client& client, const std::string& run, Output output) {
  std::set<std::pair<std::string, std::string>> said;
  auto last = client.watch(run, [&](const Json& state) {
    if (output.json) return true;
    for (const auto& task : state["tasks"].items()) {
      const auto& now = task["state"].as_text();
      if (now == "waiting" || now == "ready" || now == "leased" || !said.insert({task["id"].as_text(), now + cell(task["attempt"])}).second) continue;
      std::cerr << task["id"].as_text() << "  " << now << (now == "backoff" || now == "failed" ? "  " + task["why"].as_text() : "") << '\n';
    }
    return true;
  });
  if (!last) return report(last.error(), output);
  if (output.json) print(*last);
  else print_run(*last);
  return code_of(*last);
}

int answer_task(Client& client, const std::string& verb, const std::string& run, const std::string& task, bool good, const std::vector<std::string>& values,
                const std::string& reason, Output output, const std::string& back_to) {
  auto given = params_from(values);
  if (!given) return report(given.error(), output);
  const char* user = std::getenv("USER");
  auto after = client.answer(verb, run, task, good, *given, user == nullptr ? "" : user, reason, back_to);
  if (!after) return report(after.error(), output);
  if (output.json) print(*after);
  else std::cout << (*after)["id"].as_text() << "  " << (*after)["state"].as_text() << '\n';
  return 0;
}

int maintain(Client& client, const std::string& uses, const Json& with, Output output) {
  auto run = client.maintain(uses, with);
  if (!run) return report(run.error(), output);
  auto last = client.watch((*run)["id"].as_text(), [](const Json&) { return true; });
  if (!last) return report(last.error(), output);
  auto task = client.task((*last)["id"].as_text(), "work");
  if (!task) return report(task.error(), output);
  if (output.json) print(*task);
  else if ((*task)["state"].as_text() == "succeeded") std::cout << (*task)["output"].dump() << '\n';
  else std::cerr << (*last)["id"].as_text() << "  " << (*task)["state"].as_text() << "  " << (*task)["why"].as_text() << '\n';
  return code_of(*last);
}

int replay_run(Client& client, const std::string& run, const std::string& from, bool same_version, Output output) {
  auto made = client.replay(run, from, same_version);
  if (!made) return report(made.error(), output);
  if (output.json) print(*made);
  else std::cout << (*made)["id"].as_text() << '\n';
  return 0;
}

int show_items(Client& client, const std::string& run, const std::string& task, const std::string& state, int limit, Output output) {
  auto page = client.items(run, task, state, {}, limit);
  return show_list(page ? Result<Json>((*page)["items"]) : page, {"id", "state", "attempt", "started", "finished", "why"}, output);
}

int act_on_task(Client& client, const TaskWords& words, Output output) {
  auto after = client.task_verb(words);
  if (!after) return report(after.error(), output);
  if (output.json) print(*after);
  else std::cout << (*after)["id"].as_text() << "  " << (*after)["state"].as_text() << '\n';
  return 0;
}

int act_on_run(Client& client, const std::string& verb, const std::string& run, const std::string& reason, Output output) {
  auto after = client.verb(verb, run, reason);
  if (!after) return report(after.error(), output);
  if (output.json) print(*after);
  else std::cout << (*after)["id"].as_text() << "  " << (*after)["state"].as_text() << '\n';
  return 0;
}

int show_task(Client& client, const std::string& run, const std::string& task, Output output) {
  auto found = client.task(run, task);
  if (!found) return report(found.error(), output);
  if (output.json) {
    print(*found);
    return 0;
  }
  std::cout << (*found)["id"].as_text() << "  " << (*found)["state"].as_text() << "  " << (*found)["why"].as_text() << '\n';
  TextTable table{.columns = {"attempt", "state", "worker", "started", "finished", "error"}};
  for (const auto& attempt : (*found)["attempts"].items()) {
    const auto& problem = attempt["problem"];
    table.rows.push_back({cell(attempt["number"]), attempt["state"].as_text(), attempt["worker"].as_text(), attempt["started"].as_text(),
                          attempt["finished"].as_text(), problem["code"].as_text() + " " + problem["what"].as_text()});
  }
  std::cout << table.to_string();
  return 0;
}

int show_log(Client& client, const std::string& run, const std::string& task, int attempt, bool follow, Output output) {
  if (attempt <= 0) {
    auto found = client.task(run, task);
    if (!found) return report(found.error(), output);
    attempt = static_cast<int>((*found)["attempt"].as_int());
  }
  const auto status = client.log(run, task, attempt, follow, [&](const Json& line) {
    if (output.json) std::cout << line.dump() << '\n';
    else std::cout << line["time"].as_text() << "  " << line["level"].as_text() << "  " << line["text"].as_text() << '\n';
  });
  return status ? 0 : report(status.error(), output);
}

int show_datasets(Client& client, Output output) { return show_list(client.datasets(), {"name", "rows", "bytes", "snapshot", "changed"}, output); }

int show_dataset(Client& client, const std::string& name, Output output) {
  auto found = client.dataset(name);
  if (!found) return report(found.error(), output);
  if (output.json) {
    print(*found);
    return 0;
  }
  std::cout << (*found)["name"].as_text() << "  " << cell((*found)["rows"]) << " rows, snapshot " << cell((*found)["snapshot"]) << '\n';
  print_table((*found)["columns"], {"name", "type", "nullable"});
  std::cout << '\n';
  print_table((*found)["history"], {"id", "operation", "rows", "time", "run", "task"});
  return 0;
}

int show_workers(Client& client, Output output) {
  const auto workers = client.workers();
  if (!workers || output.json) return show_list(workers, {}, output);
  Json rows = Json::array();
  for (Json worker : workers->items()) {
    const Json problem = worker["problem"];
    worker.set("problem", problem.is_object() ? problem["code"].as_text() + " " + problem["what"].as_text() : "");
    rows.push(std::move(worker));
  }
  return show_list(rows, {"name", "state", "busy", "slots", "version", "seen", "problem"}, output);
}

int show_pools(Client& client, Output output) { return show_list(client.pools(), {"name", "slots", "busy", "waiting", "per_second", "by_hand", "description"}, output); }

int set_pool(Client& client, const std::string& name, std::optional<int> slots, std::optional<double> per_second, bool reset, Output output) {
  auto after = client.set_pool(name, slots, per_second, reset);
  if (!after) return report(after.error(), output);
  if (output.json) print(*after);
  else std::cout << name << "  " << cell((*after)["slots"]) << " slots" << '\n';
  return 0;
}

int drain_worker(Client& client, const std::string& worker, Output output) {
  auto after = client.drain(worker);
  if (!after) return report(after.error(), output);
  if (output.json) print(*after);
  else std::cout << worker << "  draining\n";
  return 0;
}

int show_operators(Client& client, Output output) { return show_list(client.operators(), {"type", "version", "plugin", "held_back_since", "summary"}, output); }

int release_plugin(Client& client, const std::string& plugin, Output output) {
  const auto released = client.release_plugin(plugin);
  if (!released) return report(released.error(), output);
  if (output.json) std::cout << released->dump(2) << '\n';
  else std::cout << "plugin " << plugin << " works again\n";
  return 0;
}

}  // namespace millrace
