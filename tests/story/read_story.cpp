#include "base/text.hpp"
#include "flow.hpp"
#include "parse/rule_text.hpp"
#include "story.hpp"

namespace millrace::story {
namespace {

struct Place {
  std::string file{};
  int line = 0;
};

Error wrong(const Place& at, std::string what) {
  return {.code = {}, .what = std::move(what), .where = at.file + ":" + std::to_string(at.line), .hint = "see tests/story/README.md"};
}

std::optional<Phase> phase_from(std::string_view word) {
  for (const Phase phase : {Phase::main, Phase::on_failure, Phase::on_success, Phase::finally, Phase::on_late}) {
    if (name(phase) == word) return phase;
  }
  return std::nullopt;
}

Status read_duration(const Place& at, const Json& value, Millis& into) {
  auto duration = duration_from_text(value.as_text());
  if (!duration) return wrong(at, duration.error().what);
  into = *duration;
  return {};
}

Status read_retry(const Place& at, const Json& from, RetryRule& retry) {
  for (const auto& [key, value] : from.members()) {
    Status read;
    if (key == "attempts") retry.attempts = std::stoi(value.as_text());
    else if (key == "backoff") retry.backoff = std::stod(value.as_text());
    else if (key == "delay") read = read_duration(at, value, retry.delay);
    else if (key == "max_delay") read = read_duration(at, value, retry.max_delay);
    else if (key == "jitter") retry.jitter = value.as_text() == "none" ? Jitter::none : Jitter::full;
    else if (key == "on") {
      retry.on.clear();
      for (const auto& one : value.items()) retry.on.push_back(one.as_text());
    } else if (key == "exit_codes") {
      retry.on.clear();
      for (const auto& one : value.items()) retry.exit_codes.push_back(std::stoi(one.as_text()));
    } else {
      return wrong(at, "unknown key retry." + key);
    }
    if (!read) return read;
  }
  return {};
}

// Names stand for tasks above; a rule with a dot in it is an expression.
Status read_task_rule(const Place& at, const std::string& text, const Dag& dag, Task& task) {
  if (const auto rule = rule_from(text)) {
    task.rule = *rule;
    return {};
  }
  auto steps = read_rule(text);
  if (!steps) return wrong(at, steps.error().what);
  task.rule = Rule::expression;
  for (const auto& step : *steps) task.rule_steps.push_back({step.kind, step.kind == RuleStep::Kind::is ? dag.find(step.need) : TaskIndex{}, step.state});
  return {};
}

Status read_task(const Place& at, const std::string& id, const Json& from, Dag& dag) {
  const TaskIndex place{static_cast<int32_t>(dag.tasks.size())};
  Task task;
  task.id = id;
  task.uses = "fake";
  for (const auto& [key, value] : from.members()) {
    Status read;
    if (key == "uses") task.uses = value.as_text();
    else if (key == "retry" || key == "retry_else") {
      if (key == "retry_else") task.retry.emplace_back();
      read = read_retry(at, value, task.retry.back());
    } else if (key == "timeout") read = read_duration(at, value, task.timeout);
    else if (key == "queue_timeout") read = read_duration(at, value, task.queue_timeout);
    else if (key == "total_timeout") read = read_duration(at, value, task.total_timeout);
    else if (key == "if") task.condition = value.as_text();
    else if (key == "looks_by") task.looks_by = value.as_text();
    else if (key == "foreach") task.foreach = value;
    else if (key == "max_parallel") task.max_parallel = std::stoi(value.as_text());
    else if (key == "tolerate") task.tolerate.failures = std::stoi(value.as_text());
    else if (key == "teardown") task.decides = value.as_text() != "yes";
    else if (key == "rule") read = read_task_rule(at, value.as_text(), dag, task);
    else if (key == "priority") task.priority = std::stoi(value.as_text());
    else if (key == "phase") {
      const auto phase = phase_from(value.as_text());
      if (!phase) return wrong(at, "unknown phase " + quote(value.as_text()));
      task.phase = *phase;
    } else if (key == "needs") {
      for (const auto& need : value.items()) {
        const TaskIndex found = dag.find(need.as_text());
        if (found.value < 0) return wrong(at, "needs unknown task " + quote(need.as_text()) + " (write it above)");
        task.needs.push_back(found);
        dag.tasks[index(found)].downstream.push_back(place);
      }
    } else {
      return wrong(at, "unknown key " + key);
    }
    if (!read) return read;
  }
  dag.tasks.push_back(std::move(task));
  return {};
}

Status read_dag_line(const Place& at, const std::string& line, Dag& dag) {
  const std::string text(trim(line));
  if (text == "tasks:") return {};
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return wrong(at, "expected 'key: value'");
  const std::string key = text.substr(0, colon), value(trim(std::string_view(text).substr(colon + 1)));
  if (key == "timeout") return read_duration(at, Json(value), dag.timeout);
  if (key == "max_tasks") {
    dag.max_tasks = std::stoi(value);
    return {};
  }
  auto config = read_flow(value.empty() ? "{}" : value);
  if (!config) return wrong(at, config.error().what);
  return read_task(at, key, *config, dag);
}

// Columns stand two spaces apart or more.
std::vector<std::string> columns(std::string_view line) {
  std::vector<std::string> found;
  for (std::string_view rest = trim(line); !rest.empty();) {
    const size_t end = std::min(rest.find("  "), rest.size());
    found.emplace_back(trim(rest.substr(0, end)));
    rest = trim(rest.substr(end));
  }
  return found;
}

Result<Moment> read_moment(const Place& at, const std::string& line) {
  const auto parts = columns(line);
  if (parts.size() < 2 || parts.size() > 3) return wrong(at, "expected 'TIME  event  expectations', two spaces apart");
  Moment moment{.line = at.line, .event = parts[1]};
  std::string time = parts[0];
  // "5.9s" is not a duration of the product, but handy here.
  if (const size_t dot = time.find('.'); dot != std::string::npos && time.back() == 's') {
    moment.time = Millis{static_cast<Millis::rep>(std::stod(time) * 1000 + 0.5)};
  } else if (auto read = read_duration(at, Json(time), moment.time); !read) {
    return read.error();
  }
  if (parts.size() == 3) {
    for (const auto& one : split(parts[2], ',')) moment.expected.emplace_back(trim(one));
  }
  return moment;
}

}  // namespace

Result<Story> read_story(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  Story story;
  Place at{.file = path};
  for (const auto& raw : split(*text, '\n')) {
    ++at.line;
    const std::string_view line = trim(raw);
    if (line.empty() || line == "dag") continue;
    if (line.front() == '#') {
      if (story.title.empty()) story.title = std::string(trim(line.substr(1)));
      continue;
    }
    if (raw.front() == ' ') {
      if (auto read = read_dag_line(at, raw, story.dag); !read) return read.error();
      continue;
    }
    auto moment = read_moment(at, raw);
    if (!moment) return moment.error();
    story.moments.push_back(std::move(*moment));
  }
  if (story.moments.empty()) return wrong(at, "a story without moments");
  return story;
}

}  // namespace millrace::story
