// The client words of the command line: what they ask of a server, and how they print it.
//
// Human output is a table; --json prints what the server said. Each returns the exit code: 0 fine, 1 it did not go well,
// 2 the command line was wrong, 3 no server.
#pragma once
#include <string>
#include <vector>

#include "api/client.hpp"

namespace millrace {

struct Output {
  bool json = false;
};

int show_dags(Client& client, Output output);
int show_dag(Client& client, const std::string& name, Output output);
int start_run(Client& client, const std::string& dag, const std::vector<std::string>& params, const std::string& logical_time,
              const std::string& request_id, bool wait, Output output);
int show_runs(Client& client, const std::string& dag, const std::string& state, int limit, Output output);
int show_run(Client& client, const std::string& run, Output output);
// What the run, or this task of it, comes down to: itself, and what holds it up.
int explain_run(Client& client, const std::string& run, const std::string& task, Output output);
int watch_run(Client& client, const std::string& run, Output output);
struct BackfillWords {
  std::string dag{}, from{}, to{}, which = "missing", request_id{};
  std::vector<std::string> params{};
  bool newest_first = false, dry_run = false, wait = false;
  int concurrency = 1;
};
int start_backfill(Client& client, const BackfillWords& words, Output output);  // wait: until it is over; 1 when one of its runs failed
int show_backfills(Client& client, Output output);
int act_on_backfill(Client& client, const std::string& verb, int64_t id, Output output);
int act_on_task(Client& client, const TaskWords& words, Output output);
int maintain(Client& client, const std::string& uses, const Json& with, Output output);  // waits for its end
int replay_run(Client& client, const std::string& run, const std::string& from, bool same_version, Output output);
int show_items(Client& client, const std::string& run, const std::string& task, const std::string& state, int limit, Output output);
// verb: approve or complete
int answer_task(Client& client, const std::string& verb, const std::string& run, const std::string& task, bool good, const std::vector<std::string>& values, const std::string& reason, Output output,
                const std::string& back_to = {});
int act_on_run(Client& client, const std::string& verb, const std::string& run, const std::string& reason, Output output);
int show_task(Client& client, const std::string& run, const std::string& task, Output output);
int show_log(Client& client, const std::string& run, const std::string& task, int attempt, bool follow, Output output);
int show_datasets(Client& client, Output output);
int show_dataset(Client& client, const std::string& name, Output output);
int show_workers(Client& client, Output output);
int show_pools(Client& client, Output output);
int set_pool(Client& client, const std::string& name, std::optional<int> slots, std::optional<double> per_second, bool reset, Output output);
int drain_worker(Client& client, const std::string& worker, Output output);
int show_operators(Client& client, Output output);
int release_plugin(Client& client, const std::string& plugin, Output output);

int report(const Error& error, Output output);  // prints it; the exit code
// "name=value" pairs; values are JSON when they parse as such, else text. E9004 for a pair without "=".
Result<Json> params_from(const std::vector<std::string>& pairs);

}  // namespace millrace
