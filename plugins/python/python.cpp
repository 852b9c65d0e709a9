// python.run: a function of a Python file, called in an interpreter that stays warm.
#include <algorithm>
#include <array>

#include "python/environment.hpp"
#include "python/interpreter.hpp"
#include "sdk/millrace_traits.h"

namespace {

using namespace mr::python;
using mr::Json;

// What driver.py calls a failure, and what it is to Millrace. An empty class: driver.py says it.
struct Problem {
  std::string_view name;
  const char* error_class;
  const char* code;
  bool final;
  const char* where;  // a field of the config; nullptr: the line in the file
  const char* hint;
};

constexpr std::array kProblems{
    Problem{"file", "config", "E4061", true, "config.file", "the path is relative to the Dag's folder"},
    Problem{"syntax", "config", "E4062", true, nullptr, "the attempt's log shows the line"},
    Problem{"function", "config", "E4063", true, "config.function", "name a function that stands at the top of the file"},
    Problem{"arguments", "config", "E4064", true, "config.args", "give what the function takes, by name"},
    Problem{"exception", "", "E4065", false, nullptr, "the attempt's log has the traceback"},
    Problem{"value", "data", "E4067", true, nullptr, "return dicts, lists, texts, numbers, booleans and None"},
    Problem{"size", "data", "E4010", true, nullptr, "pass references such as dataset names, never rows"},
    Problem{"final", "data", "E4072", true, nullptr, ""},
    Problem{"retry", "", "E4072", false, nullptr, ""},
};

Pool& pool() {
  static Pool one;
  return one;
}

// What an interpreter looks at when it starts, and never again.
Environment at_start(const Environment& env) {
  Environment some;
  for (const auto& [name, value] : env) {
    const bool looked_at = name == "PATH" || name == "HOME" || name == "LANG" || name.starts_with("LC_") || name.starts_with("PYTHON") || name.starts_with("LD_");
    if (looked_at) some[name] = value;
  }
  return some;
}

struct Run {
  static constexpr auto type = "python.run", version = "1.0.0",
                        summary = "Calls a function of a Python file in an interpreter that stays warm, and takes what it returns as the outputs.";
  static constexpr unsigned traits = MR_CANCELLABLE | MR_NOT_IN_WORKER;  // it starts an interpreter
  static constexpr auto examples = R"([
    {"title": "Call main() of a file", "config": {"file": "scripts/fibonacci.py"}},
    {"title": "A function with arguments", "config": {"file": "scripts/fibonacci.py", "function": "fibonacci", "args": {"n": 10}}},
    {"title": "With packages of its own", "config": {"file": "scripts/report.py", "requirements": ["requests==2.32.3"], "args": {"day": "2026-11-01"}}}])";
  static constexpr auto output_schema = R"({"type": "object", "properties": {
    "result": {"description": "What the function returned, when it is no dict. The items of a dict are outputs under their own keys."}}})";

  struct Config {
    std::string file{}, function = "main", python = "python3";
    Json args = Json::object();
    Json requirements = Json::array();
    Environment env{};
  };
  static constexpr auto config = mr::fields(
      mr::field("file", &Config::file, "The Python file, relative to the Dag's folder. It is read for each attempt, and runs as a new module; files beside it can be imported. "
                                          "It may also `import millrace`, for `log(level, text)`, `progress(fraction, note)`, `checkpoint()` and `save_checkpoint(value)`, and to raise `FinalError(what, hint)`, `RetryError(what)` or `Skipped(reason)`.").needed().example("scripts/fibonacci.py"),
      mr::field("function", &Config::function, "The function that is called. What it prints goes to the log; a dict that it returns becomes the outputs, anything else the output `result`. An exception `X` fails the attempt with the class `python/X`, which a retry rule with `on: [python]` tries again."),
      mr::field("args", &Config::args, "The function's keyword arguments, an object."),
      mr::field("requirements", &Config::requirements, "Packages: a list such as [\"requests==2.32.3\"], or the path of a requirements file, relative to the Dag's folder. They are installed once, into an environment under $MILLRACE_CACHE, or else the user's cache folder; a package from a folder is installed anew when its line changes. An environment that nobody has used for thirty days is removed. None: the interpreter as it is."),
      mr::field("python", &Config::python, "The interpreter, 3.9 or later: a name in the PATH, or a path, relative to the Dag's folder.").example("python3.12"),
      mr::field("env", &Config::env, "Environment variables beside PATH, HOME, LANG, TZ, TMPDIR and those that the Dag and the task name under env."));

  void run(const Config& c, mr::Attempt& attempt) {
    if (!c.args.is_object()) throw mr::Failure("config", "E4064", "the arguments are not an object", "config.args", "write args: {name: value}");
    auto env = variables(attempt, c.env);
    auto place = place_for(c.python, c.requirements, env, attempt);
    if (!place.folder.empty()) {
      env["PATH"] = place.folder + "/bin:" + env["PATH"];
      env["VIRTUAL_ENV"] = place.folder;
    }
    const auto answer = ask(std::move(place), env, request(c, env, attempt), attempt);
    if (answer.kind != Answer::Kind::done) throw broken_off(answer, c);
    finish(answer.body, c, attempt);
  }

 private:
  static Json request(const Config& c, const Environment& env, const mr::Attempt& attempt) {
    return {{"path", attempt.path(c.file)}, {"function", c.function}, {"args", c.args}, {"env", env}, {"folder", attempt.fact("folder")},
            {"work_folder", attempt.work_folder()}, {"checkpoint", attempt.checkpoint()}};
  }

  static Answer ask(Place place, const Environment& env, const Json& request, const mr::Attempt& attempt) {
    const auto start = at_start(env);
    const auto key = place.program + "\n" + Json(start).dump(-1, ' ', false, Json::error_handler_t::replace);
    auto interpreter = pool().take(key);
    if (!interpreter) interpreter = std::make_unique<Interpreter>(place.program, start, std::move(place.in_use));
    auto answer = interpreter->ask(request, attempt);
    pool().give(key, std::move(interpreter));
    return answer;
  }

  static mr::Failure broken_off(const Answer& answer, const Config& c) {
    switch (answer.kind) {
      case Answer::Kind::not_started:
        return {"config", "E4060", "the interpreter " + ending_of(answer.status) + " before it was ready", "config.python", "is it a Python of 3.9 or later? look at the log's last lines"};
      case Answer::Kind::broken:
        return {"transient", "E4070", "the function wrote into descriptor 3, which is not its own", c.file, "the descriptors 0 to 3 are taken; open another one", false};
      case Answer::Kind::ended:
      case Answer::Kind::done: break;
    }
    return {"transient", "E4066", "the interpreter " + ending_of(answer.status) + " before the function returned", c.file, "look at the log's last lines; a kill by signal 9 is often the system out of memory", false};
  }

  static void finish(const Json& answer, const Config& c, const mr::Attempt& attempt) {
    const auto outcome = answer.value("outcome", "");
    if (outcome == "skipped") throw mr::Skipped{answer.value("what", "")};
    if (outcome == "cancelled") throw mr::Failure("transient", "E4066", "the interpreter was ended by signal Terminated before the function returned", c.file, "nobody cancelled the attempt: who sent it?", false);
    if (outcome == "returned") return put_out(answer.at("value"), attempt);
    throw failure(answer, c);
  }

  static void put_out(const Json& value, const mr::Attempt& attempt) {
    if (!value.is_object()) return attempt.output("result", value);
    for (const auto& [key, one] : value.items()) attempt.output(key, one);
  }

  static mr::Failure failure(const Json& answer, const Config& c) {
    const auto found = std::find_if(kProblems.begin(), kProblems.end(), [&](const auto& one) { return one.name == answer.value("problem", ""); });
    if (found == kProblems.end()) return {"transient", "E4070", "the interpreter gave an answer that is not known", c.file, "", false};
    const auto said = [&](const char* name, const std::string& otherwise) { return answer.value(name, "").empty() ? otherwise : answer.value(name, ""); };
    return {said("error_class", found->error_class), found->code, answer.value("what", ""), found->where != nullptr ? found->where : c.file + answer.value("where", ""),
            said("hint", found->hint), found->final};
  }
};

}  // namespace

MR_PLUGIN("python", "1.0.0", "Apache-2.0", Run)
