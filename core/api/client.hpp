// The other end of the gRPC door, for the command line: each call gives the reply as JSON with the names of proto/api.proto.
//
// One thread per Client. Errors carry the server's code, what, where and hint; E8010: no server answers; E31..: not by this certificate,
// or only one side speaks TLS.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"
#include "engine/row_reader.hpp"
#include "tls/identity.hpp"

namespace millrace {

// What is done to one task by hand.
struct TaskWords {
  std::string verb{};             // clear, mark or limits
  std::string run{}, task{};
  bool alone = false;             // clear: not what follows from it
  std::string state{}, reason{};  // mark: succeeded, failed, skipped
  int max_parallel = 0;           // limits: 0 leaves it as it is
  std::string tolerate{};         // limits: "5", "5%"; empty leaves it as it is
};

class Client {
 public:
  // "127.0.0.1:7430"; without a peer: plain text. The token is shown at each call; in plain text to this machine only.
  explicit Client(const std::string& address, const tls::Peer* peer = nullptr, std::string token = {});
  ~Client();

  Result<Json> dags();
  Result<Json> dag(const std::string& name);
  Result<Json> start(const std::string& dag, const Json& params, const std::string& logical_time, const std::string& request_id);
  Result<Json> run(const std::string& id);
  Result<Json> runs(const std::string& dag, const std::string& state, int limit);
  // cancel, pause, resume, retry
  Result<Json> verb(const std::string& verb, const std::string& run, const std::string& reason);
  // {dag, from, to, which, newest_first, concurrency, params, dry_run, request_id}
  Result<Json> backfill(const Json& wanted);
  Result<Json> backfills();
  Result<Json> backfill_verb(const std::string& verb, int64_t id);  // pause, resume, cancel
  Result<Json> task_verb(const TaskWords& words);
  Result<Json> items(const std::string& run, const std::string& task, const std::string& state, const std::string& after, int limit);
  // approve (of an approval) or complete (of a callback); `good`: false rejects it, or fails it
  Result<Json> answer(const std::string& verb, const std::string& run, const std::string& task, bool good, const Json& values, const std::string& by, const std::string& reason,
                      const std::string& back_to = {});
  Result<Json> task(const std::string& run, const std::string& task);
  // Every state of the run until it is final or `see` returns false; the last one.
  Result<Json> watch(const std::string& run, const std::function<bool(const Json&)>& see);
  Status log(const std::string& run, const std::string& task, int attempt, bool follow, const std::function<void(const Json&)>& see);
  Result<Json> datasets();
  Result<Json> impact(const std::string& name);  // of a dataset or column
  Result<Json> consumers(int64_t snapshot);
  Result<Json> dataset(const std::string& name);
  Result<Json> workers();
  Result<Json> snapshots(const std::string& dataset, int limit);
  Result<Json> checks(const std::string& dataset, const std::string& check, int limit);
  Result<Json> diff(const std::string& dataset, const std::string& from, const std::string& to);
  Result<Json> rows(const RowsRequest& request, const std::string& at);
  Result<Json> positions(const std::string& source, int limit);  // without a source: the sources
  Result<Json> position_changes(const std::string& source, const std::string& key, int limit);
  Result<Json> maintain(const std::string& uses, const Json& with);
  Result<Json> replay(const std::string& run, const std::string& from, bool same_version);
  Result<Json> pools();
  Result<Json> set_pool(const std::string& name, std::optional<int> slots, std::optional<double> per_second, bool reset);
  Result<Json> drain(const std::string& worker);
  Result<Json> operators();
  Result<Json> release_plugin(const std::string& plugin);
  // A verb of auth/verbs.hpp about users, tokens or the audit log; words by the names of its message.
  Result<Json> people(const std::string& verb, const Json& words);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
