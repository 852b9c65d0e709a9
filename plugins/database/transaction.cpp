#include "database/transaction.hpp"

namespace mr::database {
namespace {

void commit(const Frame& frame, bool marked) {
  try {
    frame.watch.during([&] { frame.connection.commit(); });
  } catch (const Problem& problem) {
    const bool nobody_knows = problem.kind == Kind::unreachable || (problem.kind == Kind::interrupted && frame.dialect != Dialect::sqlite);
    frame.connection.rollback();
    if (!nobody_knows) throw;
    if (marked) throw Failure("transient/connection", "E4123", "the connection was lost while it committed", "commit", "another try sees whether it had", false);
    throw Failure("in_doubt", "E4123", "the connection was lost while it committed: the statements are all done, or none is", "commit", "look, then retry by hand; with `once: true` another try finds out by itself", false);
  } catch (const Cancelled&) {
    frame.connection.rollback();
    throw;
  }
  frame.attempt.info("committed");
}

// False: it is not worth keeping.
void in_transaction(const Frame& frame, bool marked, const std::function<bool()>& act) {
  bool worth = false;
  try {
    frame.watch.during([&] { frame.connection.begin(frame.mode); });
    worth = act();
  } catch (...) {
    frame.connection.rollback();
    throw;
  }
  if (!worth) return frame.connection.rollback();
  commit(frame, marked);
}

}  // namespace

void in_transaction(const Frame& frame, const std::function<void()>& act) {
  in_transaction(frame, false, [&] {
    act();
    return true;
  });
}

Report run_once(const Frame& frame, const Mark& mark, const std::function<Json()>& act) try {
  Marks marks(frame.connection, frame.dialect, mark);
  std::optional<Json> before;
  Json report;
  bool first = false;
  const auto find = [&] { frame.watch.during([&] { before = marks.find(); }); };
  find();
  if (!before) {
    in_transaction(frame, true, [&] {
      frame.watch.during([&] { first = marks.leave(); });
      if (!first) return false;
      report = act();
      frame.watch.during([&] { marks.tell(report); });
      return true;
    });
    if (first) return {.output = report};
    find();
  }
  if (!before) throw Failure("transient/lock_timeout", "E4117", "another attempt left its mark and took it away again", "config.once", "it is tried again", false);
  frame.attempt.info("an earlier attempt has done this: its report is given again");
  return {.output = *before, .repeated = true};
} catch (Problem& problem) {
  if (problem.where.empty()) problem.where = "once";
  throw;
}

}  // namespace mr::database
