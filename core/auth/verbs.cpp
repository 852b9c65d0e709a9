#include "auth/verbs.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace millrace::auth {
namespace {

using enum Role;
using enum About;
constexpr bool kWrites = true;

// Operators keep what there is going and answer what waits; authors change what there is; admins say who may.
constexpr std::array kVerbs{
    Verb{"dags.list", viewer, listing, "GET", "/api/v1/dags", "ListDags"},
    Verb{"dags.show", viewer, dag, "GET", "/api/v1/dags/{dag}", "GetDag"},
    Verb{"runs.list", viewer, listing, "GET", "/api/v1/runs", "ListRuns"},
    Verb{"runs.show", viewer, run, "GET", "/api/v1/runs/{run}", "GetRun"},
    Verb{"runs.watch", viewer, run, "", "", "WatchRun"},
    Verb{"runs.start", operating, dag, "POST", "/api/v1/dags/{dag}/runs", "Start", kWrites},
    Verb{"runs.cancel", operating, run, "POST", "/api/v1/runs/{run}/cancel", "Cancel", kWrites},
    Verb{"runs.pause", operating, run, "POST", "/api/v1/runs/{run}/pause", "Pause", kWrites},
    Verb{"runs.resume", operating, run, "POST", "/api/v1/runs/{run}/resume", "Resume", kWrites},
    Verb{"runs.retry", operating, run, "POST", "/api/v1/runs/{run}/retry", "Retry", kWrites},
    Verb{"runs.replay", operating, run, "POST", "/api/v1/runs/{run}/replay", "Replay", kWrites},
    Verb{"tasks.show", viewer, run, "GET", "/api/v1/runs/{run}/tasks/{task}", "GetTask"},
    Verb{"tasks.items", viewer, run, "GET", "/api/v1/runs/{run}/tasks/{task}/items", "ListItems"},
    Verb{"tasks.log", viewer, run, "GET", "/api/v1/runs/{run}/tasks/{task}/attempts/{attempt}/log", "TailLog"},
    Verb{"tasks.log_stream", viewer, run, "GET", "/api/v1/runs/{run}/tasks/{task}/attempts/{attempt}/log/stream", ""},
    Verb{"tasks.clear", operating, run, "POST", "/api/v1/runs/{run}/tasks/{task}/clear", "Clear", kWrites},
    Verb{"tasks.mark", operating, run, "POST", "/api/v1/runs/{run}/tasks/{task}/mark", "Mark", kWrites},
    Verb{"tasks.limits", operating, run, "POST", "/api/v1/runs/{run}/tasks/{task}/limits", "Limits", kWrites},
    Verb{"tasks.approve", operating, run, "POST", "/api/v1/runs/{run}/tasks/{task}/approve", "Approve", kWrites},
    Verb{"tasks.complete", operating, run, "POST", "/api/v1/runs/{run}/tasks/{task}/complete", "Complete", kWrites},
    Verb{"backfills.start", operating, dag, "POST", "/api/v1/dags/{dag}/backfills", "StartBackfill", kWrites},
    Verb{"backfills.list", viewer, listing, "GET", "/api/v1/backfills", "ListBackfills"},
    Verb{"backfills.pause", operating, backfill, "POST", "/api/v1/backfills/{backfill}/pause", "PauseBackfill", kWrites},
    Verb{"backfills.resume", operating, backfill, "POST", "/api/v1/backfills/{backfill}/resume", "ResumeBackfill", kWrites},
    Verb{"backfills.cancel", operating, backfill, "POST", "/api/v1/backfills/{backfill}/cancel", "CancelBackfill", kWrites},
    Verb{"events.watch", viewer, listing, "GET", "/api/v1/events", ""},
    Verb{"datasets.list", viewer, house, "GET", "/api/v1/datasets", "ListDatasets"},
    Verb{"datasets.show", viewer, house, "GET", "/api/v1/datasets/{dataset}", "GetDataset"},
    Verb{"datasets.history", viewer, house, "GET", "/api/v1/datasets/{dataset}/history", "ListSnapshots"},
    Verb{"datasets.diff", viewer, house, "GET", "/api/v1/datasets/{dataset}/diff", "DiffDataset"},
    Verb{"datasets.rows", viewer, house, "GET", "/api/v1/datasets/{dataset}/rows", "ReadRows"},
    Verb{"datasets.checks", viewer, house, "GET", "/api/v1/datasets/{dataset}/checks", "ListChecks"},
    Verb{"datasets.impact", viewer, house, "GET", "/api/v1/datasets/{dataset}/impact", "Impact"},
    Verb{"datasets.consumers", viewer, house, "", "", "ListConsumers"},
    Verb{"datasets.maintain", author, house, "POST", "/api/v1/maintenance", "Maintain", kWrites},
    Verb{"positions.list", viewer, house, "GET", "/api/v1/positions", "ListPositions"},
    Verb{"positions.show", viewer, house, "GET", "/api/v1/positions/{source}", ""},
    Verb{"positions.history", viewer, house, "GET", "/api/v1/positions/{source}/history", "ListPositionChanges"},
    Verb{"recipes.try", author, house, "POST", "/api/v1/recipes/try", ""},
    Verb{"workers.list", viewer, house, "GET", "/api/v1/workers", "ListWorkers"},
    Verb{"workers.drain", operating, house, "POST", "/api/v1/workers/{worker}/drain", "DrainWorker", kWrites},
    Verb{"pools.list", viewer, house, "GET", "/api/v1/pools", "ListPools"},
    Verb{"pools.set", operating, house, "POST", "/api/v1/pools/{pool}", "SetPool", kWrites},
    Verb{"plugins.list", viewer, house, "GET", "/api/v1/plugins", "ListOperators"},
    Verb{"plugins.release", operating, house, "POST", "/api/v1/plugins/{plugin}/release", "ReleasePlugin", kWrites},
    Verb{"session.begin", viewer, everyone, "POST", "/api/v1/session", ""},
    Verb{"session.show", viewer, oneself, "GET", "/api/v1/session", "WhoAmI"},
    Verb{"session.end", viewer, oneself, "DELETE", "/api/v1/session", ""},
    Verb{"session.password", viewer, oneself, "POST", "/api/v1/session/password", "", kWrites},
    Verb{"users.list", admin, house, "GET", "/api/v1/users", "ListUsers"},
    Verb{"users.add", admin, house, "POST", "/api/v1/users", "AddUser", kWrites},
    Verb{"users.remove", admin, house, "POST", "/api/v1/users/{user}/remove", "RemoveUser", kWrites},
    Verb{"users.grant", admin, house, "POST", "/api/v1/users/{user}/grant", "GrantRole", kWrites},
    Verb{"users.revoke", admin, house, "POST", "/api/v1/users/{user}/revoke", "RevokeRole", kWrites},
    Verb{"users.password", admin, house, "POST", "/api/v1/users/{user}/password", "SetPassword", kWrites},
    Verb{"tokens.list", admin, house, "GET", "/api/v1/tokens", "ListTokens"},
    Verb{"tokens.create", admin, house, "POST", "/api/v1/tokens", "CreateToken", kWrites},
    Verb{"tokens.revoke", admin, house, "POST", "/api/v1/tokens/{name}/revoke", "RevokeToken", kWrites},
    Verb{"audit.list", admin, house, "GET", "/api/v1/audit", "ListAudit"},
    Verb{"audit.verify", admin, house, "POST", "/api/v1/audit/verify", "VerifyAudit"},
    Verb{"callbacks.take", viewer, everyone, "POST", "/api/v1/callbacks/{token}", "", kWrites},
    Verb{"callbacks.heartbeat", viewer, everyone, "POST", "/api/v1/callbacks/{token}/heartbeat", ""},
    Verb{"hooks.call", viewer, everyone, "POST", "/hooks/{dag}", "", kWrites},
    Verb{"server.alive", viewer, everyone, "GET", "/healthz", ""},
    Verb{"server.ready", viewer, everyone, "GET", "/readyz", ""},
    Verb{"server.metrics", viewer, house, "GET", "/metrics", ""},
};

bool matches(std::string_view pattern, std::string_view path, std::map<std::string, std::string>& parts) {
  const auto wanted = split(pattern, '/'), given = split(path, '/');
  if (wanted.size() != given.size()) return false;
  parts.clear();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!wanted[i].starts_with('{')) {
      if (wanted[i] != given[i]) return false;
      continue;
    }
    if (given[i].empty()) return false;
    parts[wanted[i].substr(1, wanted[i].size() - 2)] = given[i];
  }
  return true;
}

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

RestVerb verb_of(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  RestVerb found;
  for (const auto& verb : kVerbs) {
    if (verb.method != method || verb.path.empty() || !matches(verb.path, path, found.parts)) continue;
    found.verb = &verb;
    return found;
  }
  return {};
}

const Verb* verb_of_rpc(std::string_view rpc) {
  const auto found = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return !verb.rpc.empty() && verb.rpc == rpc; });
  return found == kVerbs.end() ? nullptr : &*found;
}

}  // namespace millrace::auth
