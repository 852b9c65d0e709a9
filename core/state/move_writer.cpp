// The only file that writes UPDATE task_run.
#include "state/move_writer.hpp"

#include "state/event_json.hpp"

namespace millrace {
namespace {

int64_t ms(TimePoint time) { return time.time_since_epoch().count(); }

// An item has no row before it is opened.
void write_first_move(Database& db, RunId run, const Move& move, Totals& totals) {
  const auto& after = move.after;
  db.prepare("INSERT INTO task_run (run_id, task, state, attempt, failures, losses, version, since, wake, wait, reason, opened) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(run.value).bind(move.task.value).bind(name(move.to)).bind(after.attempt).bind(after.failures).bind(after.losses).bind(after.version).bind(ms(after.since))
      .bind(ms(after.wake)).bind(name(after.wait)).bind(move.reason).bind(ms(after.opened)).run();
  totals.appeared(move.to);
}

void write_move(Database& db, RunId run, const Move& move, Totals& totals) {
  if (move.opens) return write_first_move(db, run, move, totals);
  const auto& after = move.after;
  db.prepare("UPDATE task_run SET state = ?, attempt = ?, failures = ?, losses = ?, version = ?, since = ?, wake = ?, wait = ?, reason = ?, spent = ?, opened = ?, timed_out_by = ? "
             "WHERE run_id = ? AND task = ? AND state = ? AND attempt = ? AND version = ?")
      .bind(name(move.to)).bind(after.attempt).bind(after.failures).bind(after.losses).bind(after.version).bind(ms(after.since)).bind(ms(after.wake))
      .bind(name(after.wait)).bind(move.reason).bind(static_cast<int64_t>(after.spent)).bind(ms(after.opened)).bind(name(after.limit)).bind(run.value).bind(move.task.value).bind(name(move.from)).bind(attempt_before(move))
      .bind(after.version - 1).run();
  if (!db.failed() && db.changes() != 1) {
    db.fail({.code = "E2013", .what = "task " + std::to_string(move.task.value) + " of run " + std::to_string(run.value) + " was not in state " + std::string(name(move.from)) + " any more",
             .where = {}, .hint = "is another server writing to this store?"});
  }
  totals.moved(move.from, move.to);
}

void must_change_one(Database& db, LeaseNumber lease) {
  if (db.failed() || db.changes() == 1) return;
  db.fail({.code = "E2013", .what = "attempt " + std::to_string(lease.attempt) + " of task " + std::to_string(lease.task.value) + " of run " + std::to_string(lease.run.value) + " is not in the store",
           .where = {}, .hint = "is another server writing to this store?"});
}

void write_attempt_move(Database& db, RunId run, const AttemptMove& move, TimePoint time) {
  const auto state = name(move.to);
  if (move.to == AttemptState::leased) {
    db.prepare("INSERT INTO attempt (run_id, task, attempt, state, worker, started) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(run.value).bind(move.lease.task.value).bind(move.lease.attempt).bind(state).bind(move.worker).bind(ms(time)).run();
    return;
  }
  auto statement = db.prepare("UPDATE attempt SET state = ?, finished = ? WHERE run_id = ? AND task = ? AND attempt = ?");
  statement.bind(state);
  if (is_final(move.to)) statement.bind(ms(time));
  else statement.bind_null();
  statement.bind(run.value).bind(move.lease.task.value).bind(move.lease.attempt).run();
  must_change_one(db, move.lease);
}

void write_attempt_record(Database& db, const AttemptRecord& record, RunId run, Totals& totals) {
  if (record.state == AttemptState::rejected) {
    db.prepare("INSERT INTO rejected_report (run_id, task, attempt, worker, time, what) VALUES (?, ?, ?, ?, ?, ?)")
        .bind(run.value).bind(record.lease.task.value).bind(record.lease.attempt).bind(record.worker).bind(ms(record.time)).bind(record.error.error.what).run();
    totals.add("reports.rejected", 1);
    return;
  }
  const auto& error = record.error.error;
  const auto text = [](const Json& json) { return json.is_null() ? std::string() : json.dump(); };  // "": keep what is there
  db.prepare("UPDATE attempt SET error_class = ?, code = ?, what = ?, \"where\" = ?, hint = ?, config = COALESCE(NULLIF(?, ''), config), usage = COALESCE(NULLIF(?, ''), usage) WHERE run_id = ? AND task = ? AND attempt = ?")
      .bind(record.error.error_class).bind(error.code).bind(error.what).bind(error.where).bind(error.hint).bind(text(record.config)).bind(text(record.usage))
      .bind(run.value).bind(record.lease.task.value).bind(record.lease.attempt).run();
  must_change_one(db, record.lease);
}

void write_run_state(Database& db, const RunCommit& part, Totals& totals) {
  const auto to = *part.decision.run_to;
  {
    auto before = db.prepare("SELECT state FROM run WHERE id = ?");
    before.bind(part.run.value);
    if (before.step()) totals.add("runs." + before.text(0), -1);
  }
  totals.add("runs." + std::string(name(to)), 1);
  auto statement = db.prepare("UPDATE run SET state = ?, cancel_reason = ?, "
                              "started = CASE WHEN started IS NULL AND ? = 'running' THEN ? ELSE started END, finished = ? WHERE id = ?");
  statement.bind(name(to)).bind(part.decision.cancel_reason).bind(name(to)).bind(ms(part.time));
  if (is_final(to)) statement.bind(ms(part.time));
  else statement.bind_null();
  statement.bind(part.run.value).run();
  if (is_final(to)) db.prepare("DELETE FROM timer WHERE run_id = ?").bind(part.run.value).run();
}

void write_effect(Database& db, RunId run, const Effect& effect, std::vector<OutboxRow>& outbox) {
  if (const auto* timer = std::get_if<SetTimer>(&effect)) {
    db.prepare("INSERT OR REPLACE INTO timer (run_id, task, attempt, kind, at) VALUES (?, ?, ?, ?, ?)")
        .bind(run.value).bind(timer->lease.task.value).bind(timer->lease.attempt).bind(static_cast<int>(timer->kind)).bind(ms(timer->at)).run();
    return;
  }
  if (std::holds_alternative<RefuseReport>(effect)) return;
  db.prepare("INSERT INTO outbox (run_id, effect) VALUES (?, ?)").bind(run.value).bind(to_json(effect).dump()).run();
  outbox.push_back({.id = db.last_id(), .run = run, .effect = effect});
}

// A timer whose task has moved on has nothing left to say.
void drop_timers(Database& db, RunId run, const Decision& decision) {
  for (const auto& move : decision.moves) {
    if (!leaves_timers(move)) continue;
    if (is_final(move.to)) db.prepare("DELETE FROM timer WHERE run_id = ? AND task = ?").bind(run.value).bind(move.task.value).run();
    else db.prepare("DELETE FROM timer WHERE run_id = ? AND task = ? AND kind != ?").bind(run.value).bind(move.task.value).bind(static_cast<int>(TimerKind::total_timeout)).run();
  }
}

}  // namespace

void write_new_run(Database& db, const NewRun& fresh, Totals& totals) {
  const auto& header = fresh.header;
  auto statement = db.prepare("INSERT INTO run (id, key, dag, dag_version, \"trigger\", params, logical_time, request_id, state, created, parent_run, parent_task) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  statement.bind(header.id.value).bind(header.key).bind(header.dag).bind(header.dag_version).bind(header.trigger).bind(header.params.dump());
  if (header.logical_time) statement.bind(ms(*header.logical_time));
  else statement.bind_null();
  if (header.request_id.empty()) statement.bind_null();
  else statement.bind(header.request_id);
  statement.bind(name(fresh.run.state)).bind(ms(header.created));
  if (header.parent) statement.bind(header.parent->run.value).bind(header.parent->task.value).run();
  else statement.bind_null().bind_null().run();
  totals.add("runs." + std::string(name(fresh.run.state)), 1);
  for (size_t i = 0; i < fresh.run.tasks.size(); ++i) {
    const auto& task = fresh.run.tasks[i];
    db.prepare("INSERT INTO task_run (run_id, task, state, attempt, failures, losses, version, since, wake) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(header.id.value).bind(static_cast<int64_t>(i)).bind(name(task.state)).bind(task.attempt).bind(task.failures).bind(task.losses).bind(task.version)
        .bind(ms(task.since)).bind(ms(task.wake)).run();
    totals.appeared(task.state);
  }
}

void write_moves(Database& db, const RunCommit& part, std::vector<OutboxRow>& outbox, Totals& totals) {
  db.prepare("INSERT INTO journal (run_id, time, event) VALUES (?, ?, ?)").bind(part.run.value).bind(ms(part.time)).bind(to_json(part.event).dump()).run();
  for (const auto& move : part.decision.moves) write_move(db, part.run, move, totals);
  drop_timers(db, part.run, part.decision);
  for (const auto& move : part.decision.attempts) write_attempt_move(db, part.run, move, part.time);
  for (const auto& record : part.attempts) write_attempt_record(db, record, part.run, totals);
  for (const auto& effect : part.decision.effects) write_effect(db, part.run, effect, outbox);
  if (part.decision.run_to) write_run_state(db, part, totals);
}

}  // namespace millrace
