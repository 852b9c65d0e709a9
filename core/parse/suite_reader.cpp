#include "parse/suite_reader.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/text.hpp"
#include "parse/dag_reader.hpp"
#include "parse/reading.hpp"

namespace millrace {
namespace {

constexpr TimePoint kStart{Millis{1'767'225'600'000}};  // 2026-01-01T00:00:00Z

class SuiteReader {
 public:
  SuiteReader(const std::string& file, const OperatorList& operators) : in_(operators), operators_(operators) { suite_.file = file; }

  Suite read(std::string_view text) {
    const YamlTree tree = read_yaml(text);
    in_.mistakes = tree.mistakes;
    if (tree.whole) root(tree.root);
    std::stable_sort(in_.mistakes.begin(), in_.mistakes.end(), [](const Mistake& a, const Mistake& b) { return a.place < b.place; });
    for (const auto& m : in_.mistakes) suite_.errors.push_back({m.code, m.what, mark(m.place).to_string(), m.hint});
    return std::move(suite_);
  }

 private:
  Mark mark(Place place) const { return {suite_.file, place.line, place.column}; }

  void root(const YamlNode& node) {
    static constexpr std::array<std::string_view, 2> kKeys{"dag", "tests"};
    if (!in_.map(node, "the suite", kKeys)) return;
    read_the_dag(node);
    const YamlNode* tests = node.find("tests");
    if (tests == nullptr || !tests->is_list()) return in_.fail(node.place, "E1006", "the suite lacks a list 'tests'", "write tests: and below it - name: …");
    if (tests->items.empty()) in_.fail(tests->place, "E1006", "the suite has no tests", "a suite without tests shows nothing");
    for (const YamlNode& one : tests->items) test(one);
  }

  void read_the_dag(const YamlNode& node) {
    const YamlNode* dag = node.find("dag");
    if (dag == nullptr) return in_.fail(node.place, "E1006", "the suite lacks the key 'dag'", "name the Dag's file, relative to this one");
    suite_.dag_file = (std::filesystem::path(suite_.file).parent_path() / in_.text(*dag, "dag")).lexically_normal().string();
    const auto text = read_text(suite_.dag_file);
    if (!text) return in_.fail(dag->place, "E1015", "there is no file " + quote(dag->text()), "paths start at the folder of this file");
    auto parsed = parse_dag(*text, suite_.dag_file, operators_);
    suite_.errors.insert(suite_.errors.end(), parsed.errors.begin(), parsed.errors.end());
    if (!parsed.dag) return;
    for (const auto& task : parsed.dag->tasks) names_.push_back(task.id);
  }

  void test(const YamlNode& node) {
    static constexpr std::array<std::string_view, 9> kKeys{"name", "at", "params", "schedule", "mock", "inject", "answers", "verbs", "expect"};
    SuiteCase one{.mark = mark(node.place), .at = kStart};
    if (!in_.map(node, "a test", kKeys)) return;
    if (const auto* n = node.find("name")) {
      one.name = in_.text(*n, "name");
      const bool twice = std::any_of(suite_.cases.begin(), suite_.cases.end(), [&](const SuiteCase& other) { return other.name == one.name; });
      if (twice) in_.fail(n->place, "E1003", "two tests are called " + quote(one.name), "say what each of them shows");
    }
    else in_.fail(node.place, "E1006", "a test lacks the key 'name'", "say what it shows");
    if (const auto* n = node.find("at")) {
      const auto time = from_iso(in_.text(*n, "at"));
      if (time) one.at = *time;
      else in_.fail(n->place, "E1043", "at is no time", "write 2026-11-01T05:00:00Z");
    }
    if (const auto* n = node.find("params")) {
      one.params = n->to_json();
      if (!n->is_map()) in_.fail(n->place, "E1007", "params must be a map of values", "write {day: 2026-11-01}");
    }
    if (const auto* n = node.find("schedule")) schedule(*n, node, one);
    if (const auto* n = node.find("mock")) mocks(*n, one);
    if (const auto* n = node.find("inject")) each(*n, "inject", [&](const YamlNode& item) { injection(item, one); });
    if (const auto* n = node.find("answers")) each(*n, "answers", [&](const YamlNode& item) { answer(item, one); });
    if (const auto* n = node.find("verbs")) each(*n, "verbs", [&](const YamlNode& item) { verb(item, one); });
    if (const auto* n = node.find("expect")) expected(*n, one);
    else in_.fail(node.place, "E1006", "a test lacks the key 'expect'", "a test that can't fail shows nothing");
    suite_.cases.push_back(std::move(one));
  }

  void each(const YamlNode& node, const std::string& what, auto&& then) {
    if (!node.is_list()) return in_.fail(node.place, "E1007", what + " must be a list");
    for (const YamlNode& item : node.items) then(item);
  }

  void task_name(const YamlNode& node, const std::string& what, std::string& into) {
    into = in_.text(node, what);
    known_task(node.place, into);
  }

  void known_task(Place place, const std::string& label) {
    const std::string id = label.substr(0, label.find('['));
    const bool of_other = label.find('/') != std::string::npos;  // a task of another Dag
    if (names_.empty() || of_other || std::find(names_.begin(), names_.end(), id) != names_.end()) return;
    in_.fail(place, "E1031", "the Dag has no task " + quote(id), suggest(id, names_, "known are " + join(names_, ", ")));
  }

  void schedule(const YamlNode& node, const YamlNode& test, SuiteCase& into) {
    static constexpr std::array<std::string_view, 1> kKeys{"for"};
    if (!in_.map(node, "schedule", kKeys)) return;
    const auto* n = node.find("for");
    if (n == nullptr) in_.fail(node.place, "E1006", "schedule lacks the key 'for'", "write {for: 30d}");
    into.schedule = n != nullptr ? in_.duration(*n, "schedule.for", Millis{1}) : Millis{1};
    // With a schedule there are many runs: what is about one of them says nothing.
    for (const char* key : {"params", "answers", "verbs"}) {
      if (const auto* other = test.find(key)) in_.fail(other->place, "E1005", std::string(key) + " is about one run, and a schedule starts many", "leave it out, or test one run");
    }
    const auto* expect = test.find("expect");
    for (const char* key : {"run", "tasks", "outputs", "why"}) {
      if (const auto* other = expect != nullptr && expect->is_map() ? expect->find(key) : nullptr) in_.fail(other->place, "E1005", "expect." + std::string(key) + " is about one run, and a schedule starts many", "expect runs: {count: 30, succeeded: 30}");
    }
  }

  // An operator may have classes of its own; one that is nearly one of ours is a slip.
  void error_class(const YamlNode& node) {
    static const std::vector<std::string> kClasses{"transient", "timeout", "lost", "resource", "data", "config", "conflict"};
    const std::string word = node.is_text() ? node.text().substr(0, node.text().find('/')) : "";
    const auto near = nearest(word, kClasses);
    if (std::find(kClasses.begin(), kClasses.end(), word) == kClasses.end() && !near.empty()) in_.fail(node.place, "E1009", quote(word) + " is no error class", "did you mean " + quote(near) + "?");
  }

  std::optional<SuiteFailure> failure(const YamlNode& node) {
    static constexpr std::array<std::string_view, 3> kKeys{"class", "code", "what"};
    SuiteFailure failure;
    if (node.is_text()) {
      failure.error_class = node.text();
      error_class(node);
      return failure;
    }
    if (!in_.map(node, "fail", kKeys)) return std::nullopt;
    if (const auto* n = node.find("class")) {
      failure.error_class = in_.text(*n, "fail.class");
      error_class(*n);
    }
    if (const auto* n = node.find("code")) failure.code = in_.text(*n, "fail.code");
    if (const auto* n = node.find("what")) failure.what = in_.text(*n, "fail.what");
    return failure;
  }

  void mocks(const YamlNode& node, SuiteCase& into) {
    static constexpr std::array<std::string_view, 4> kKeys{"output", "takes", "fail", "skip"};
    if (!node.is_map()) return in_.fail(node.place, "E1007", "mock must be a map of tasks or operators", "write orders: {output: {rows_in: 10}}");
    for (const YamlMember& member : node.members) {
      const bool type = operators_.find(member.key) != nullptr;
      if (!type) known_task(member.place, member.key);
      if (!in_.map(member.value, "mock " + quote(member.key), kKeys)) continue;
      Mock mock;
      if (const auto* n = member.value.find("output")) {
        mock.output = n->to_json();
        if (!n->is_map()) in_.fail(n->place, "E1007", "the output of an operator is an object", "write output: {rows_in: 10}");
      }
      if (const auto* n = member.value.find("takes")) mock.takes = in_.duration(*n, "takes", mock.takes);
      if (const auto* n = member.value.find("fail")) mock.fail = failure(*n);
      if (const auto* n = member.value.find("skip")) mock.skip = n->to_json().as_bool();
      into.mocks[member.key] = std::move(mock);
    }
  }

  void injection(const YamlNode& node, SuiteCase& into) {
    static constexpr std::array<std::string_view, 4> kKeys{"task", "attempt", "fail", "lose"};
    Injection one;
    if (!in_.map(node, "an injection", kKeys)) return;
    if (const auto* n = node.find("task")) task_name(*n, "task", one.task);
    else in_.fail(node.place, "E1006", "an injection lacks the key 'task'", "name the task whose attempt goes wrong");
    one.mark = mark(node.place);
    if (const auto* n = node.find("attempt")) one.attempt = in_.whole(*n, "attempt", 1, 1'000'000, 1);
    const auto *fail = node.find("fail"), *lose = node.find("lose");
    if ((fail == nullptr) == (lose == nullptr)) return in_.fail(node.place, "E1006", "an injection has either 'fail' or 'lose'", "fail: transient, fail: timeout, or lose: worker");
    if (lose != nullptr) {
      if (in_.one_of(*lose, "lose", {"worker"})) one.loses_worker = true;
    } else if (fail->is_text() && fail->text() == "timeout") {
      one.hangs = true;
    } else {
      one.fail = failure(*fail);
    }
    into.injections.push_back(std::move(one));
  }

  void answer(const YamlNode& node, SuiteCase& into) {
    static constexpr std::array<std::string_view, 9> kKeys{"task", "after", "approve", "reject", "complete", "fail", "send_back", "form", "reason"};
    SuiteAct act;
    if (!in_.map(node, "an answer", kKeys)) return;
    act.mark = mark(node.place);
    if (const auto* n = node.find("task")) task_name(*n, "task", act.task);
    else in_.fail(node.place, "E1006", "an answer lacks the key 'task'", "name the task that waits for it");
    if (const auto* n = node.find("after")) act.after = in_.duration(*n, "after", {});
    if (const auto* n = node.find("reason")) act.reason = in_.text(*n, "reason");
    int given = 0;
    for (const char* what : {"approve", "reject", "complete", "fail", "send_back"}) {
      const auto* n = node.find(what);
      if (n == nullptr) continue;
      ++given;
      act.what = what;
      const Json given_value = n->to_json();
      const bool fits = act.what == "send_back" || (given_value.is_bool() && given_value.as_bool()) || (act.what == "complete" && n->is_map()) || ((act.what == "reject" || act.what == "fail") && n->is_text());
      if (!fits) in_.fail(n->place, "E1007", act.what + " takes true" + (act.what == "complete" ? ", or the output as a map" : act.what == "approve" ? "" : ", or the reason"), given_value.is_bool() ? "leave the answer out, or say what happens instead: approve, reject, complete, fail, send_back" : "");
      if (n->is_text() && act.what != "send_back") act.reason = n->text();
      if (act.what == "complete" && n->is_map()) act.values = n->to_json();
      if (act.what == "send_back") task_name(*n, "send_back", act.to);
    }
    if (given != 1) in_.fail(node.place, "E1006", "an answer is one of approve, reject, send_back, complete, fail", "write approve: true");
    if (const auto* n = node.find("form")) act.values = n->to_json();
    into.acts.push_back(std::move(act));
  }

  void verb(const YamlNode& node, SuiteCase& into) {
    static constexpr std::array<std::string_view, 5> kKeys{"after", "do", "task", "to", "reason"};
    SuiteAct act;
    if (!in_.map(node, "a verb", kKeys)) return;
    if (const auto* n = node.find("after")) act.after = in_.duration(*n, "after", {});
    if (const auto* n = node.find("reason")) act.reason = in_.text(*n, "reason");
    if (const auto* n = node.find("to"); n != nullptr && in_.one_of(*n, "to", {"succeeded", "failed", "skipped"})) act.to = n->text();
    if (const auto* n = node.find("do")) {
      if (in_.one_of(*n, "do", {"cancel", "pause", "resume", "retry", "clear", "mark"})) act.what = n->text();
    } else {
      in_.fail(node.place, "E1006", "a verb lacks the key 'do'", "one of cancel, pause, resume, retry, clear, mark");
    }
    std::string task;
    if (const auto* n = node.find("task")) task_name(*n, "task", task);
    if ((act.what == "clear" || act.what == "mark") == task.empty()) in_.fail(node.place, "E1006", "clear and mark name a task, and the others don't", "");
    act.task = std::move(task);
    act.what = "run " + act.what;
    into.acts.push_back(std::move(act));
  }

  void words(const YamlNode& node, const std::string& what, std::map<std::string, std::string>& into) {
    if (!node.is_map()) return in_.fail(node.place, "E1007", what + " must be a map of tasks");
    for (const YamlMember& member : node.members) {
      known_task(member.place, member.key);
      into[member.key] = in_.text(member.value, what);
    }
  }

  void numbers(const YamlNode& node, const std::string& what, bool of_tasks, std::map<std::string, int>& into) {
    if (!node.is_map()) return in_.fail(node.place, "E1007", what + " must be a map of numbers");
    for (const YamlMember& member : node.members) {
      if (of_tasks) known_task(member.place, member.key);
      into[member.key] = in_.whole(member.value, what, 0, 1'000'000'000, 0);
    }
  }

  void run_word(const YamlMember& member) {
    static const std::vector<std::string> kWords{"count", "succeeded", "failed", "cancelled", "running", "paused", "queued", "cancelling"};
    if (std::find(kWords.begin(), kWords.end(), member.key) == kWords.end()) in_.fail(member.place, "E1009", quote(member.key) + " is no state of a run", suggest(member.key, kWords, "known are " + join(kWords, ", ")));
  }

  void values(const YamlNode& node, const std::string& what, Json& into) {
    if (!node.is_map()) return in_.fail(node.place, "E1007", what + " must be a map of tasks");
    for (const YamlMember& member : node.members) known_task(member.place, member.key);
    into = node.to_json();
  }

  void expected(const YamlNode& node, SuiteCase& one) {
    static constexpr std::array<std::string_view, 8> kKeys{"run", "tasks", "attempts", "outputs", "configs", "why", "runs", "finished_within"};
    Expected& into = one.expected;
    if (!in_.map(node, "expect", kKeys)) return;
    if (node.members.empty()) in_.fail(node.place, "E1006", "the test expects nothing", "a test that can't fail shows nothing: expect run: succeeded");
    if (const auto* n = node.find("run"); n != nullptr && in_.one_of(*n, "expect.run", {"succeeded", "failed", "cancelled", "running", "paused", "queued", "cancelling"})) into.run = n->text();
    if (const auto* n = node.find("tasks")) words(*n, "tasks", into.tasks);
    if (const auto* n = node.find("why")) words(*n, "why", into.whys);
    if (const auto* n = node.find("attempts")) numbers(*n, "attempts", true, into.attempts);
    if (const auto* n = node.find("runs")) {
      numbers(*n, "runs", false, into.runs);
      for (const YamlMember& member : n->members) run_word(member);
    }
    if (const auto* n = node.find("outputs")) values(*n, "outputs", into.outputs);
    if (const auto* n = node.find("configs")) values(*n, "configs", into.configs);
    if (const auto* n = node.find("finished_within")) into.finished_within = in_.duration(*n, "finished_within", {});
    for (const auto& [task, state] : into.tasks) {
      if (!state.empty() && !task_state_from(state)) in_.fail(node.place, "E1009", quote(state) + " is no state of a task", "for example succeeded, failed, skipped");
    }
  }

  Reading in_;
  const OperatorList& operators_;
  Suite suite_{};
  std::vector<std::string> names_{};
};

}  // namespace

Suite read_suite_text(std::string_view yaml, const std::string& file, const OperatorList& operators) { return SuiteReader(file, operators).read(yaml); }

Suite read_suite(const std::string& file, const OperatorList& operators) {
  const auto text = read_text(file);
  if (text) return read_suite_text(*text, file, operators);
  return {.file = file, .dag_file = {}, .cases = {}, .errors = {text.error()}};
}

}  // namespace millrace
