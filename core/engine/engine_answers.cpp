// Engine: what people and other systems say to tasks that wait for them.
#include "base/text.hpp"
#include "engine/engine.hpp"

namespace millrace {
namespace {

Error unfit(const std::string& run, std::string what) {
  return {.code = "E2015", .what = std::move(what), .where = run.empty() ? "" : "run " + run, .hint = "`millrace runs show` tells what it waits for"};
}

// Compared to the end, whatever differs first: how long it takes tells nothing.
bool same(std::string_view a, std::string_view b) {
  unsigned char differs = a.size() == b.size() ? 0 : 1;
  for (size_t i = 0; i < a.size(); ++i) differs = static_cast<unsigned char>(differs | (a[i] ^ b[b.empty() ? 0 : i % b.size()]));
  return differs == 0 && !a.empty();
}

bool follows(const Dag& dag, TaskIndex task, TaskIndex from) {
  std::vector<TaskIndex> found{from};
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i] == task) return true;
    for (const TaskIndex next : dag.task(found[i]).downstream) {
      if (std::find(found.begin(), found.end(), next) == found.end()) found.push_back(next);
    }
  }
  return false;
}

}  // namespace

Status Engine::answer(const AnswerRequest& request) {
  return command([&](Turn& turn) -> Status {
    const auto open = keys_.find(request.run);
    if (open == keys_.end()) {
      auto stored = load(request.run);
      return stored ? unfit(request.run, "run " + quote(request.run) + " is over: nothing in it waits for an answer") : stored.error();
    }
    auto& state = runs_.at(open->second);
    const TaskIndex at = find_label(*state.dag, state.run, request.task);
    if (at.value < 0) return unfit(request.run, "run " + quote(request.run) + " has no task " + quote(request.task));
    const auto& task = state.run.tasks[index(at)];
    if (task.state != TaskState::asleep || task.wait != request.wait) {
      return unfit(request.run, "task " + quote(request.task) + " does not wait for " + (request.wait == Wait::approval ? "an approval" : "a callback") + ": it is " + std::string(name(task.state)));
    }
    return request.wait == Wait::approval ? take_approval(turn, state, at, request) : take_callback(turn, state, at, request);
  });
}

Status Engine::take_approval(Turn& turn, OpenState& state, TaskIndex at, const AnswerRequest& request) {
  const auto& task = state.run.tasks[index(at)];
  const std::string by = (request.by.empty() ? "" : " by " + request.by) + (request.reason.empty() ? "" : ": " + request.reason);
  if (!request.back_to.empty()) return send_back(turn, state, at, request.back_to, by);
  auto asked = own_output(state, at);
  if (!asked) return asked.error();
  auto values = fill_form((*asked)["form"], request.values, "form of " + request.task);
  if (request.good && !values) return values.error();
  Json output = Json::object({{"approved", request.good}, {"by", request.by}, {"reason", request.reason}, {"form", values ? std::move(*values) : Json::object()}});
  return answer_sleep(turn, state, at, {.task = at, .version = task.version, .end = request.good ? SleepEnd::succeeded : SleepEnd::failed, .reason = (request.good ? "approved" : "rejected") + by}, std::move(output));
}

Status Engine::send_back(Turn& turn, OpenState& state, TaskIndex at, const std::string& to, const std::string& why) {
  const TaskIndex earlier = state.dag->find(to);
  const auto refuse = [&](std::string what, std::string hint) { return Error{.code = "E2003", .what = std::move(what), .where = "run " + state.header.key, .hint = std::move(hint)}; };
  if (is_item(*state.dag, at)) return refuse("an item can't be sent back", "reject it, and clear the task");
  if (earlier.value < 0 || earlier == at || !follows(*state.dag, at, earlier)) return refuse("task " + quote(to) + " does not come before " + quote(state.dag->task(at).id), "name a task that the approval needs");
  for (const TaskIndex busy : at_work_behind(*state.dag, state.run, earlier)) {
    if (busy != at) return refuse("task " + quote(state.dag->task(busy).id) + " follows from " + quote(to) + " and is " + std::string(name(state.run.tasks[index(busy)].state)), "wait for it");
  }
  happen(turn, state, SentBack{at, state.run.tasks[index(at)].version, earlier, "to " + to + why});
  return {};
}

Status Engine::take_callback(Turn& turn, OpenState& state, TaskIndex at, const AnswerRequest& request) {
  const auto& task = state.run.tasks[index(at)];
  if (request.alive) {
    auto asked = own_output(state, at);
    if (!asked) return asked.error();
    const Millis beat{(*asked)["heartbeat_ms"].as_int()};
    if (beat == Millis{}) return unfit(state.header.key, "task " + quote(request.task) + " asks for no heartbeat");
    const auto last = (*asked)["deadline_at"].as_int();
    const TimePoint wake = last == 0 ? turn.now + beat : std::min(turn.now + beat, TimePoint{Millis{last}});
    happen(turn, state, SleepEnded{.task = at, .version = task.version, .end = SleepEnd::again, .reason = "a sign of life", .wait = Wait::callback, .wake = wake});
    return {};
  }
  const std::string by = (request.by.empty() ? "" : " by " + request.by) + (request.reason.empty() ? "" : ": " + request.reason);
  return answer_sleep(turn, state, at, {.task = at, .version = task.version, .end = request.good ? SleepEnd::succeeded : SleepEnd::failed, .reason = (request.good ? "completed" : "completed as failed") + by}, request.values);
}

Status Engine::answer_sleep(Turn& turn, OpenState& state, TaskIndex at, const SleepEnded& end, Json output) {
  auto* part = happen(turn, state, end);
  if (part == nullptr) return {};
  part->outputs.push_back({at, std::move(output)});
  turn.fresh.insert(state.run.id);
  return {};
}

// A token is "RUN.PLACE.SECRET"; whether there is such a run or task is not told to whoever guesses.
Status Engine::answer_token(const std::string& token, AnswerRequest answer) {
  const auto none = unfit("", "no callback waits for this token");
  const auto parts = split(token, '.');
  const auto run = parts.size() == 3 ? whole_number(parts[0]) : std::nullopt, place = parts.size() == 3 ? whole_number(parts[1]) : std::nullopt;
  if (!run || !place) return none;
  return command([&](Turn& turn) -> Status {
    auto* state = find(RunId{*run});
    if (state == nullptr || *place < 0 || static_cast<size_t>(*place) >= state->run.tasks.size()) return none;
    const TaskIndex at{static_cast<int32_t>(*place)};
    const auto& task = state->run.tasks[index(at)];
    if (task.state != TaskState::asleep || task.wait != Wait::callback) return none;
    auto kept = own_output(*state, at);
    if (!kept) return kept.error();
    if (!same((*kept)["token"].as_text(), token)) return none;
    answer.task = label_of(*state->dag, state->run, at);
    return take_callback(turn, *state, at, answer);
  });
}

}  // namespace millrace
