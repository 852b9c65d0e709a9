// The only file that writes UPDATE task_run.
#include "state/move_writer.hpp"

#include <algorithm>

#include "state/event_json.hpp"

namespace millrace {
namespace {

int64_t ms(TimePoint time) { return time.time_since_epoch().count(); }

// Calls `use` with the first and the last of each group of neighbours that are `same`.
template <class T, class Same, class Use>
void for_each_group(const std::vector<T>& sorted, Same same, Use use) {
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto end = std::find_if(first, sorted.end(), [&](const T& other) { return !same(*first, other); });
    use(first, end);
    first = end;
  }
}

bool follows(const Move& before, const Move& next) {
  return next.from == before.to && next.after.version == before.after.version + 1 && attempt_before(next) == before.after.attempt;
}

Error stale(const Move& move, RunId run) {
  return {.code = "E2013", .what = "task " + std::to_string(move.task.value) + " of run " + std::to_string(run.value) + " was not in state " + std::string(name(move.from)) + " any more",
          .where = {}, .hint = "is another server writing to this store?"};
}

void insert_task(Database& db, RunId run, const Move& last) {
  const auto& after = last.after;
  db.prepare("INSERT INTO task_run (run_id, task, state, attempt, failures, losses, version, since, wake, wait, reason, spent, opened, timed_out_by) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(run.value).bind(last.task.value).bind(name(last.to)).bind(after.attempt).bind(after.failures).bind(after.losses).bind(after.version).bind(ms(after.since))
      .bind(ms(after.wake)).bind(name(after.wait)).bind(last.reason).bind(static_cast<int64_t>(after.spent)).bind(ms(after.opened)).bind(name(after.limit)).run();
}

// From where the first move began to where the last one led.
void update_task(Database& db, RunId run, const Move& first, const Move& last) {
  const auto& after = last.after;
  db.prepare("UPDATE task_run SET state = ?, attempt = ?, failures = ?, losses = ?, version = ?, since = ?, wake = ?, wait = ?, reason = ?, spent = ?, opened = ?, timed_out_by = ? "
             "WHERE run_id = ? AND task = ? AND state = ? AND attempt = ? AND version = ?")
      .bind(name(last.to)).bind(after.attempt).bind(after.failures).bind(after.losses).bind(after.version).bind(ms(after.since)).bind(ms(after.wake)).bind(name(after.wait))
      .bind(last.reason).bind(static_cast<int64_t>(after.spent)).bind(ms(after.opened)).bind(name(after.limit))
      .bind(run.value).bind(last.task.value).bind(name(first.from)).bind(attempt_before(first)).bind(first.after.version - 1).run();
  if (!db.failed() && db.changes() != 1) db.fail(stale(first, run));
}

void must_change_one(Database& db, LeaseNumber lease) {
  if (db.failed() || db.changes() == 1) return;
  db.fail({.code = "E2013", .what = "attempt " + std::to_string(lease.attempt) + " of task " + std::to_string(lease.task.value) + " of run " + std::to_string(lease.run.value) + " is not in the store",
           .where = {}, .hint = "is another server writing to this store?"});
}

void insert_attempt(Database& db, LeaseNumber lease, const std::string& worker, TimePoint time) {
  db.prepare("INSERT INTO attempt (run_id, task, attempt, state, worker, started) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(lease.run.value).bind(lease.task.value).bind(lease.attempt).bind(name(AttemptState::leased)).bind(worker).bind(ms(time)).run();
}

void update_attempt(Database& db, LeaseNumber lease, AttemptState to, TimePoint time) {
  auto statement = db.prepare("UPDATE attempt SET state = ?, finished = ? WHERE run_id = ? AND task = ? AND attempt = ?");
  statement.bind(name(to));
  if (is_final(to)) statement.bind(ms(time));
  else statement.bind_null();
  statement.bind(lease.run.value).bind(lease.task.value).bind(lease.attempt).run();
  must_change_one(db, lease);
}

// `ended`: how and when, when that is new too.
void update_attempt(Database& db, const AttemptRecord& record, LeaseNumber lease, std::optional<std::pair<AttemptState, TimePoint>> ended) {
  const auto& error = record.error.error;
  const auto text = [](const Json& json) { return json.is_null() ? std::string() : json.dump(); };  // "": keep what is there
  auto statement = db.prepare("UPDATE attempt SET state = COALESCE(?, state), finished = COALESCE(?, finished), error_class = ?, code = ?, what = ?, \"where\" = ?, hint = ?, "
                              "config = COALESCE(NULLIF(?, ''), config), usage = COALESCE(NULLIF(?, ''), usage) WHERE run_id = ? AND task = ? AND attempt = ?");
  if (ended) statement.bind(name(ended->first)).bind(ms(ended->second));
  else statement.bind_null().bind_null();
  statement.bind(record.error.error_class).bind(error.code).bind(error.what).bind(error.where).bind(error.hint).bind(text(record.config)).bind(text(record.usage))
      .bind(lease.run.value).bind(lease.task.value).bind(lease.attempt).run();
  must_change_one(db, lease);
}

}  // namespace

void MoveWriter::write_record(RunId run, const AttemptRecord& record) {
  if (record.state != AttemptState::rejected) {
    attempts_.push_back({.lease = {run, record.lease.task, record.lease.attempt}, .record = &record});
    return;
  }
  db_.prepare("INSERT INTO rejected_report (run_id, task, attempt, worker, time, what) VALUES (?, ?, ?, ?, ?, ?)")
      .bind(run.value).bind(record.lease.task.value).bind(record.lease.attempt).bind(record.worker).bind(ms(record.time)).bind(record.error.error.what).run();
  totals_.add("reports.rejected", 1);
}

void MoveWriter::write_run_state(const RunCommit& part) {
  const auto to = *part.decision.run_to;
  {
    auto before = db_.prepare("SELECT state FROM run WHERE id = ?");
    before.bind(part.run.value);
    if (before.step()) totals_.add("runs." + before.text(0), -1);
  }
  totals_.add("runs." + std::string(name(to)), 1);
  auto statement = db_.prepare("UPDATE run SET state = ?, cancel_reason = ?, "
                              "started = CASE WHEN started IS NULL AND ? = 'running' THEN ? ELSE started END, finished = ? WHERE id = ?");
  statement.bind(name(to)).bind(part.decision.cancel_reason).bind(name(to)).bind(ms(part.time));
  if (is_final(to)) statement.bind(ms(part.time));
  else statement.bind_null();
  statement.bind(part.run.value).run();
  if (!is_final(to)) return;
  timers_.erase(timers_.lower_bound({part.run, TaskIndex{-1}, TimerKind{}}), timers_.lower_bound({RunId{part.run.value + 1}, TaskIndex{-1}, TimerKind{}}));
  db_.prepare("DELETE FROM timer WHERE run_id = ?").bind(part.run.value).run();
}

void MoveWriter::write_lateness(const RunCommit& part) {
  const auto& seen = std::get<LatenessSeen>(part.event);
  totals_.add("late." + std::string(name(seen.to)), 1);
  const Json late = Json::object({{"state", name(seen.to)}, {"since", to_iso(part.time)}, {"predicted_end", to_iso(seen.end)}, {"why", seen.why}});
  db_.prepare("UPDATE run SET late = ? WHERE id = ?").bind(late.dump()).bind(part.run.value).run();
}

void MoveWriter::write_effect(RunId run, const Effect& effect) {
  if (const auto* timer = std::get_if<SetTimer>(&effect)) {
    timers_[{run, timer->lease.task, timer->kind}] = timer;
    return;
  }
  if (std::holds_alternative<RefuseReport>(effect)) return;
  db_.prepare("INSERT INTO outbox (run_id, effect) VALUES (?, ?)").bind(run.value).bind(to_json(effect).dump()).run();
  outbox_.push_back({.id = db_.last_id(), .run = run, .effect = effect});
}

// A timer whose task has moved on has nothing left to say.
void MoveWriter::drop_timers(RunId run, const Move& move) {
  if (!leaves_timers(move)) return;
  const auto kept = [&](TimerKind kind) { return kind == TimerKind::total_timeout && !is_final(move.to); };
  for (auto at = timers_.lower_bound({run, move.task, TimerKind{}}); at != timers_.end() && at->second->lease.task == move.task && std::get<RunId>(at->first) == run;) {
    at = kept(at->second->kind) ? std::next(at) : timers_.erase(at);
  }
  if (is_final(move.to)) db_.prepare("DELETE FROM timer WHERE run_id = ? AND task = ?").bind(run.value).bind(move.task.value).run();
  else db_.prepare("DELETE FROM timer WHERE run_id = ? AND task = ? AND kind != ?").bind(run.value).bind(move.task.value).bind(static_cast<int>(TimerKind::total_timeout)).run();
}

void MoveWriter::write(const NewRun& fresh) {
  const auto& header = fresh.header;
  const std::string params = header.params.dump();
  auto statement = db_.prepare("INSERT INTO run (id, key, dag, dag_version, \"trigger\", params, logical_time, request_id, state, created, parent_run, parent_task, deadline) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  statement.bind(header.id.value).bind(header.key).bind(header.dag).bind(header.dag_version).bind(header.trigger).bind(params);
  if (header.logical_time) statement.bind(ms(*header.logical_time));
  else statement.bind_null();
  if (header.request_id.empty()) statement.bind_null();
  else statement.bind(header.request_id);
  statement.bind(name(fresh.run.state)).bind(ms(header.created));
  if (header.parent) statement.bind(header.parent->run.value).bind(header.parent->task.value);
  else statement.bind_null().bind_null();
  if (header.deadline) statement.bind(ms(*header.deadline)).run();
  else statement.bind_null().run();
  totals_.add("runs." + std::string(name(fresh.run.state)), 1);
  for (size_t i = 0; i < fresh.run.tasks.size(); ++i) {
    const auto& task = fresh.run.tasks[i];
    db_.prepare("INSERT INTO task_run (run_id, task, state, attempt, failures, losses, version, since, wake) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(header.id.value).bind(static_cast<int64_t>(i)).bind(name(task.state)).bind(task.attempt).bind(task.failures).bind(task.losses).bind(task.version)
        .bind(ms(task.since)).bind(ms(task.wake)).run();
    totals_.appeared(task.state);
  }
}

void MoveWriter::write(const RunCommit& part) {
  db_.prepare("INSERT INTO journal (run_id, time, event) VALUES (?, ?, ?)").bind(part.run.value).bind(ms(part.time)).bind(to_json(part.event).dump()).run();
  for (const auto& move : part.decision.moves) {
    moves_.push_back({part.run, &move});
    drop_timers(part.run, move);
  }
  for (const auto& move : part.decision.attempts) {
    attempts_.push_back({.lease = {part.run, move.lease.task, move.lease.attempt}, .move = &move, .time = part.time});
  }
  for (const auto& record : part.attempts) write_record(part.run, record);
  for (const auto& effect : part.decision.effects) write_effect(part.run, effect);
  if (part.decision.run_to) write_run_state(part);
  if (part.decision.late_to) write_lateness(part);
}

void MoveWriter::finish() {
  const auto place = [](const TaskMove& one) { return std::pair(one.run, one.move->task); };
  std::stable_sort(moves_.begin(), moves_.end(), [&](const TaskMove& a, const TaskMove& b) { return place(a) < place(b); });
  for_each_group(moves_, [&](const TaskMove& a, const TaskMove& b) { return place(a) == place(b); }, [&](auto first, auto end) { finish_task(first, end); });
  std::stable_sort(attempts_.begin(), attempts_.end(), [](const AttemptChange& a, const AttemptChange& b) { return a.lease < b.lease; });
  for_each_group(attempts_, [](const AttemptChange& a, const AttemptChange& b) { return a.lease == b.lease; }, [&](auto first, auto end) { finish_attempt(first, end); });
  for (const auto& [key, timer] : timers_) {
    db_.prepare("INSERT OR REPLACE INTO timer (run_id, task, attempt, kind, at) VALUES (?, ?, ?, ?, ?)")
        .bind(std::get<RunId>(key).value).bind(timer->lease.task.value).bind(timer->lease.attempt).bind(static_cast<int>(timer->kind)).bind(ms(timer->at)).run();
  }
}

// An item has no row before it is opened.
void MoveWriter::finish_task(TaskMoves first, TaskMoves end) {
  const bool opens = first->move->opens;
  if (opens) totals_.appeared(first->move->to);
  for (auto at = opens ? std::next(first) : first; at != end; ++at) totals_.moved(at->move->from, at->move->to);
  for (auto at = std::next(first); at != end; ++at) {
    if (!follows(*std::prev(at)->move, *at->move)) return db_.fail(stale(*at->move, at->run));
  }
  const Move& last = *std::prev(end)->move;
  if (opens) insert_task(db_, first->run, last);
  else update_task(db_, first->run, *first->move, last);
}

void MoveWriter::finish_attempt(AttemptChanges first, AttemptChanges end) {
  const LeaseNumber lease = first->lease;
  if (first->move != nullptr && first->move->to == AttemptState::leased) {
    insert_attempt(db_, lease, first->move->worker, first->time);
    ++first;
  }
  const AttemptChange* moved = nullptr;
  std::vector<const AttemptRecord*> records;
  for (auto at = first; at != end; ++at) {
    if (at->move != nullptr) moved = &*at;
    else records.push_back(at->record);
  }
  // Its end and what was said about it are one change.
  bool together = moved != nullptr && is_final(moved->move->to) && !records.empty();
  if (moved != nullptr && !together) update_attempt(db_, lease, moved->move->to, moved->time);
  for (const auto* record : records) {
    update_attempt(db_, *record, lease, std::exchange(together, false) ? std::optional(std::pair(moved->move->to, moved->time)) : std::nullopt);
  }
}

}  // namespace millrace
