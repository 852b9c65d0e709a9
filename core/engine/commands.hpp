// The verbs of every door (UI, CLI, REST, gRPC): one implementation, called from any thread, answered when durable.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/result.hpp"
#include "model/backfill.hpp"
#include "model/dag.hpp"
#include "model/states.hpp"

namespace millrace {

inline constexpr size_t kMostBackfill = 100'000;

struct StartRequest {
  std::string dag{};
  Json params = Json::object();
  std::optional<TimePoint> logical_time{};
  bool again = false;            // a logical time that has a run already gets another one
  std::string request_id{};      // client-chosen; a repeat returns the first answer
  std::string trigger = "api";
};

struct BackfillRequest {
  Backfill wanted{};            // dag, from, to, which, newest_first, concurrency, params, request_id
  bool dry_run = false;         // answers what it would do, and does nothing
};

enum class BackfillAct : uint8_t { start = 1, retry, pass };
struct BackfillStep {
  TimePoint time{};
  std::string run{};            // its key
  BackfillAct act = BackfillAct::start;
  std::string why{};
};

struct BackfillPlan {
  Backfill backfill{};
  std::vector<BackfillStep> steps{};  // of a dry run
};

enum class BackfillVerb : uint8_t { pause = 1, resume, cancel };

// What somebody says to a task that waits for it.
struct AnswerRequest {
  std::string run{}, task{};
  Wait wait = Wait::approval;          // what it is an answer to: approval or callback
  bool good = true;                    // approved; completed
  Json values = Json::object();        // the form's; a callback's output
  std::string by{}, reason{};
  std::string back_to{};               // an approval: an earlier task that is to do its work again
  bool alive = false;                  // a callback: not over yet, it only gets its time again
};

// What may be changed of a foreach task while its items are at work; what is left out stays as it is.
struct LimitsRequest {
  std::string run{}, task{};
  std::optional<int32_t> max_parallel{};
  std::optional<Tolerance> tolerate{};
};

// Limits of a pool, by hand; what is left out stays as it is.
struct PoolRequest {
  std::string pool{};
  std::optional<int> slots{};
  std::optional<double> per_second{};
  bool reset = false;             // as its file says
};

// A call of a Dag's webhook.
struct HookRequest {
  std::string dag{}, token{};
  Json body = Json::object();
  std::string request_id{};       // Idempotency-Key: a repeat returns the first answer
};

// A new run of a Dag with what another run of it has done already.
struct ReplayRequest {
  std::string run{};              // the other one, in any state
  std::string from{};             // this task, and what follows from it, are done anew; empty: what did not succeed
  bool same_version = false;      // the Dag as it was for that run; else today's
  std::string request_id{};
};

// An operator that looks after data, now and by hand: data.compact, data.drop, data.expire, data.gc, data.restore, data.verify, ingest.files,
// position.rewind, position.set.
struct MaintenanceRequest {
  std::string uses{};
  Json with = Json::object();     // its config
  std::string request_id{};
};

// All block until the change is committed; errors: E2001 unknown Dag, E2002 unknown run, E2003 verb does not fit the state,
// E2004 bad params, E2005 the store refused (disk full …), E2006 stopping.
class Commands {
 public:
  virtual ~Commands() = default;
  virtual Result<std::string> start(const StartRequest& request) = 0;  // the run's key
  virtual Status cancel(const std::string& run, const std::string& reason) = 0;
  virtual Status pause(const std::string& run) = 0;
  virtual Status resume(const std::string& run) = 0;
  virtual Status retry(const std::string& run) = 0;     // from the failed tasks
  // Runs a task again, with what follows from it. E2003: the run is queued or being cancelled, or something of it is at work.
  virtual Status clear(const std::string& run, const std::string& task, bool downstream) = 0;
  // Makes a task succeeded, failed or skipped by a person's word; what it runs is stopped. E2003 as for clear.
  virtual Status mark(const std::string& run, const std::string& task, TaskState to, const std::string& reason) = 0;
  // Ends a sleep, sends an approval back, or lets a callback sleep on. E2003: what it is sent back to is at work. E2015: the task does not wait for this (it is over already, or waits for something else); E2004: the form.
  virtual Status answer(const AnswerRequest& request) = 0;
  // The callback that this token is for: completes it, or gives it its time again. E2015: no callback waits for this token (any more).
  virtual Status answer_token(const std::string& token, AnswerRequest answer) = 0;
  // E2003: the task has no items at work.
  virtual Status limits(const LimitsRequest& request) = 0;
  // E2021: no such pool; E2004: limits that make no sense.
  virtual Status set_pool(const PoolRequest& request) = 0;
  // Starts a run. E2022: no webhook of that name and token (which of the two, nobody is told); E2004: the params.
  virtual Result<std::string> hook(const HookRequest& request) = 0;
  // A run of a Dag that has this one task; its key. E1020 and the like: the config is wrong; E2003: no maintenance.
  virtual Result<std::string> maintain(const MaintenanceRequest& request) = 0;
  // The new run's key. E2001, E2002; E2003: there is no such task; E2008: the version can't be read any more.
  virtual Result<std::string> replay(const ReplayRequest& request) = 0;
  // E2018: a range that makes no sense, or more than kMostBackfill times. A repeat of a request_id gives the first answer.
  virtual Result<BackfillPlan> backfill(const BackfillRequest& request) = 0;
  virtual Result<Backfill> backfill_verb(int64_t id, BackfillVerb verb) = 0;  // E2019: none of that id, or it is over
  virtual Status drain(const std::string& worker) = 0;
  // Lets a plugin that crashed too often work again. E2035: it is not held back.
  virtual Status release_plugin(const std::string& plugin) = 0;
};

}  // namespace millrace
