// What a function may do, and what becomes of it.
#include "python/tests/fixture.hpp"

namespace mr::python {
namespace {

std::string lines(const std::vector<std::string>& list) {
  std::string all;
  for (const auto& line : list) all += line + "\n";
  return all;
}

TEST_F(Python, EachKindOfJsonComesBack) {
  const std::vector<std::pair<std::string, Json>> kinds{
      {"None", nullptr}, {"True", true}, {"7", 7}, {"-2**63", std::numeric_limits<int64_t>::min()}, {"0.5", 0.5}, {"'text'", "text"},
      {"''", ""}, {"[1, [], {'a': None}]", Json::parse(R"([1, [], {"a": null}])")}, {"(1, 2)", Json::array({1, 2})}};
  for (const auto& [python, json] : kinds) {
    ASSERT_EQ(run("def main(): return " + python), MR_SUCCEEDED) << python << "\n" << all_lines();
    EXPECT_EQ(host->output(), (Json{{"result", json}})) << python;
  }
}

TEST_F(Python, AnObjectBecomesOutputsKeyByKey) {
  ASSERT_EQ(run("def main(): return {'rows': 7, 'of': {'a': [1]}, '': 'empty'}"), MR_SUCCEEDED);
  EXPECT_EQ(host->output(), Json::parse(R"({"rows": 7, "of": {"a": [1]}, "": "empty"})"));
}

TEST_F(Python, ArgumentsArriveAsTheyAre) {
  const auto args = Json::parse(R"({"a": [1, 2.5, null, true], "b": {"ключ": "значение 🐍 \u0000 \" \\"}})");
  ASSERT_EQ(run("def main(a, *, b): return {'a': a, 'b': b}", {{"args", args}}), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(host->output(), args);
}

TEST_F(Python, AnotherFunctionThanMainIsNamed) {
  ASSERT_EQ(run("def double(n): return 2 * n", {{"function", "double"}, {"args", {{"n", 21}}}}), MR_SUCCEEDED);
  EXPECT_EQ(result(), 42);
}

TEST_F(Python, WhatIsNoJsonIsNoResult) {
  for (const char* value : {"{1, 2}", "b'bytes'", "float('nan')", "object()", "'\\ud800'", "{(1, 2): 3}", "__import__('datetime').date(2026, 11, 1)"}) {
    EXPECT_EQ(run(std::string("def main(): return ") + value), MR_FAILED_FINAL) << value;
    EXPECT_EQ(failure("code"), "E4067") << value;
    EXPECT_EQ(failure("class"), "data");
  }
  EXPECT_EQ(run("def main(): return {'a': [1, (2**63,)]}"), MR_FAILED_FINAL);
  EXPECT_EQ(failure("what"), "the return value holds an integer of more than 64 bits");
  EXPECT_EQ(run("def main():\n  a = []\n  a.append(a)\n  return a"), MR_FAILED_FINAL);
  EXPECT_EQ(failure("code"), "E4067");
}

TEST_F(Python, AnOutputOfNearly256KibIsKeptAndALargerOneRefused) {
  const std::string source = "def main(n): return 'x' * n";
  const int most = 256 * 1024 - 8;  // the key, and two quotes
  ASSERT_EQ(run(source, {{"args", {{"n", most}}}}), MR_SUCCEEDED);
  EXPECT_EQ(result().get<std::string>().size(), size_t{256} * 1024 - 8);
  for (const int n : {most + 1, 1'048'000, 30'000'000}) {
    EXPECT_EQ(run(source, {{"args", {{"n", n}}}}), MR_FAILED_FINAL) << n;
    EXPECT_EQ(failure("code"), "E4010") << n;
  }
}

TEST_F(Python, LargeArgumentsPass) {
  ASSERT_EQ(run("def main(text): return len(text)", {{"args", {{"text", std::string(5'000'000, 'x')}}}}), MR_SUCCEEDED);
  EXPECT_EQ(result(), 5'000'000);
}

TEST_F(Python, PrintsAndLogsStandInTheLogInTheirOrder) {
  ASSERT_EQ(run(R"(
import millrace, os
def main():
    print("one")
    millrace.log("warn", "two\nand a half")
    print("three ÄÖ 🐍")
    millrace.log("debug", "four")
    os.write(1, b"five\n")
    millrace.log("error", "six")
    print("seven", end="")
)"), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(all_lines(), lines({"one", "two", "and a half", "three ÄÖ 🐍", "four", "five", "six", "seven"}));
  EXPECT_EQ(host->log(MR_WARN), lines({"two", "and a half"}));
  EXPECT_EQ(host->log(MR_DEBUG), "four\n");
  EXPECT_EQ(host->log(MR_ERROR), "six\n");
}

TEST_F(Python, StandardErrorIsAWarning) {
  ASSERT_EQ(run("import sys\ndef main(): print('careful', file=sys.stderr)"), MR_SUCCEEDED);
  EXPECT_EQ(host->log(MR_WARN), "careful\n");
}

TEST_F(Python, LinesComeWhileTheFunctionRuns) {
  on_log = [&](const mr::testing::Line& line) {
    if (line.text == "running") std::ofstream(folder / "seen");
  };
  ASSERT_EQ(run(R"(
import os
def main(path):
    print("running")
    while not os.path.exists(path): pass
)", {{"args", {{"path", (folder / "seen").string()}}}}), MR_SUCCEEDED);
}

TEST_F(Python, GarbageOnDescriptor1BecomesReadableLines) {
  ASSERT_EQ(run(R"(
import os
def main():
    os.write(1, b"\xff\xfe\x00bad\n" + b"x" * 100000 + b"\n")
    return "fine"
)"), MR_SUCCEEDED);
  EXPECT_EQ(result(), "fine");
  EXPECT_EQ(host->lines().front().text, std::string("\xEF\xBF\xBD\xEF\xBF\xBD") + '\0' + "bad");
  EXPECT_GE(host->lines().size(), 7u) << "a line without end is cut";
}

TEST_F(Python, AnExceptionNamesItsTypeItsMessageAndItsLine) {
  ASSERT_EQ(run("def inner():\n  raise ValueError('no such day\\nsecond line')\n\ndef main():\n  inner()\n"), MR_FAILED_RETRY);
  EXPECT_EQ(host->failure(), Json::parse(R"({"class": "python/ValueError", "code": "E4065", "what": "ValueError: no such day",
    "where": "file.py:2", "hint": "the attempt's log has the traceback"})"));
  const auto log = host->log(MR_ERROR);
  EXPECT_NE(log.find("Traceback (most recent call last):"), std::string::npos) << log;
  EXPECT_NE(log.find("file.py\", line 2, in inner"), std::string::npos) << log;
  EXPECT_NE(log.find("second line"), std::string::npos) << log;
  EXPECT_EQ(log.find("<stdin>"), std::string::npos) << "frames of the driver are nobody's concern: " << log;
}

TEST_F(Python, TheLineIsTheFilesOwnWhenALibraryRaises) {
  EXPECT_EQ(run("import json\n\ndef main():\n  return json.loads('{')\n"), MR_FAILED_RETRY);
  EXPECT_EQ(failure("class"), "python/JSONDecodeError");
  EXPECT_EQ(failure("where"), "file.py:4");
}

TEST_F(Python, ValuesOfArgumentsStayOutOfTheFailure) {
  ASSERT_EQ(run("def main(key, n):\n  raise KeyError(f'{key} of {n} in line 12')", {{"args", {{"key", "se\"cr'et"}, {"n", 1}}}}), MR_FAILED_RETRY);
  EXPECT_EQ(failure("what"), "KeyError: '*** of *** in line 12'") << failure("what");
  ASSERT_EQ(run("def main(text): int(text)", {{"args", {{"text", "hunter22"}}}}), MR_FAILED_RETRY);
  EXPECT_EQ(failure("what"), "ValueError: invalid literal for int() with base 10: '***'");
}

TEST_F(Python, WhatIsNoExceptionFailsTheAttemptToo) {
  for (const auto& [statement, klass] : std::vector<std::pair<std::string, std::string>>{
           {"sys.exit(0)", "SystemExit"}, {"raise KeyboardInterrupt", "KeyboardInterrupt"}, {"main()", "RecursionError"}, {"raise MemoryError", "MemoryError"},
           {"raise type('Own', (BaseException,), {'__str__': lambda self: 1 / 0})", "Own"}}) {
    EXPECT_EQ(run("import sys\ndef main():\n  " + statement), MR_FAILED_RETRY) << statement;
    EXPECT_EQ(failure("class"), "python/" + klass);
    EXPECT_EQ(failure("where"), "file.py:3") << statement;
  }
}

TEST_F(Python, FinalRetryAndSkippedAreAsked) {
  EXPECT_EQ(run("import millrace\ndef main(): raise millrace.FinalError('never on the 7th', 'wait a day')", {{"args", Json::object()}}), MR_FAILED_FINAL);
  EXPECT_EQ(host->failure(), Json::parse(R"({"class": "data", "code": "E4072", "what": "never on the 7th", "where": "file.py:2", "hint": "wait a day"})"));
  EXPECT_EQ(run("import millrace\ndef main(): raise millrace.RetryError('not yet')"), MR_FAILED_RETRY);
  EXPECT_EQ(failure("class"), "transient");
  EXPECT_EQ(failure("what"), "not yet");
  EXPECT_EQ(run("import millrace\ndef main(): raise millrace.RetryError('slow', 'timeout')"), MR_FAILED_RETRY);
  EXPECT_EQ(failure("class"), "timeout");
  EXPECT_EQ(run("from millrace import Skipped\nclass Empty(Skipped): pass\ndef main(): raise Empty('no rows')"), MR_SKIPPED);
  EXPECT_EQ(host->log(MR_INFO), "skipped: no rows\n");
}

TEST_F(Python, ProgressIsTold) {
  ASSERT_EQ(run("import millrace\ndef main(): millrace.progress(0.25, 'a quarter')"), MR_SUCCEEDED);
  EXPECT_EQ(host->progress(), 0.25);
}

TEST_F(Python, TheNextAttemptFindsWhatThisOneSaved) {
  const std::string source = "import millrace\ndef main():\n  at = millrace.checkpoint()\n  kept = millrace.save_checkpoint({'at': (at or {'at': 0})['at'] + 1})\n  return [at, kept]";
  ASSERT_EQ(run(source), MR_SUCCEEDED);
  EXPECT_EQ(result(), Json::parse("[null, true]"));
  checkpoint = host->checkpoint();
  ASSERT_EQ(run(source), MR_SUCCEEDED);
  EXPECT_EQ(result(), Json::parse(R"([{"at": 1}, true])"));
  EXPECT_EQ(host->checkpoint(), Json::parse(R"({"at": 2})"));
}

TEST_F(Python, ACheckpointThatIsTooLargeIsAnExceptionThere) {
  for (const int size : {70'000, 3'000'000}) {
    EXPECT_EQ(run("import millrace\ndef main(n):\n  try: millrace.save_checkpoint('x' * n)\n  except ValueError as e: return str(e)", {{"args", {{"n", size}}}}), MR_SUCCEEDED);
    EXPECT_NE(result().get<std::string>().find("larger than"), std::string::npos);
  }
  EXPECT_TRUE(host->checkpoint().is_null());
}

TEST_F(Python, AMissingFileIsNamed) {
  EXPECT_EQ(run_config({{"file", "nowhere/file.py"}}), MR_FAILED_FINAL);
  EXPECT_EQ(failure("code"), "E4061");
  EXPECT_EQ(failure("class"), "config");
}

TEST_F(Python, AMissingFunctionIsNamed) {
  for (const char* source : {"def other(): pass", "main = 7"}) {
    EXPECT_EQ(run(source), MR_FAILED_FINAL);
    EXPECT_EQ(failure("code"), "E4063");
    EXPECT_EQ(failure("what"), "the Python file has no function 'main'");
  }
}

TEST_F(Python, AMistakeOfTheFileHasItsLine) {
  EXPECT_EQ(run("def main():\n  pass\n\nif True\n"), MR_FAILED_FINAL);
  EXPECT_EQ(failure("code"), "E4062");
  EXPECT_EQ(failure("where"), "file.py:4");
  EXPECT_NE(host->log(MR_ERROR).find("if True"), std::string::npos);
}

TEST_F(Python, WrongArgumentsAreNamedWithoutTheirValues) {
  const std::string source = "def main(a, b=2): return a";
  for (const auto& args : {Json::object(), Json{{"a", "hunter2"}, {"c", "hunter2"}}}) {
    EXPECT_EQ(run(source, {{"args", args}}), MR_FAILED_FINAL) << args;
    EXPECT_EQ(failure("code"), "E4064");
    EXPECT_EQ(failure("class"), "config");
    EXPECT_EQ(all_lines().find("hunter2"), std::string::npos);
  }
  EXPECT_EQ(run(source, {{"args", Json::array({1})}}), MR_FAILED_FINAL);
  EXPECT_EQ(failure("code"), "E4064");
}

TEST_F(Python, ATypeErrorInsideTheFunctionIsNotOneOfItsArguments) {
  EXPECT_EQ(run("def main(a):\n  return a + 1", {{"args", {{"a", "x"}}}}), MR_FAILED_RETRY);
  EXPECT_EQ(failure("class"), "python/TypeError");
}

TEST_F(Python, AnInterpreterThatIsNotThereIsNamed) {
  for (const char* python : {"no-such-python", "/no/such/python", "./python"}) {
    EXPECT_EQ(run("def main(): pass", {{"python", python}}), MR_FAILED_FINAL);
    EXPECT_EQ(failure("code"), "E4060");
    EXPECT_EQ(failure("class"), "config");
  }
}

TEST_F(Python, AProgramThatIsNoInterpreterIsSaidSo) {
  EXPECT_EQ(run("def main(): pass", {{"python", "false"}}), MR_FAILED_FINAL);
  EXPECT_EQ(failure("code"), "E4060");
  EXPECT_EQ(failure("what"), "the interpreter ended with exit code 1 before it was ready");
}

TEST_F(Python, TheEnvironmentHoldsWhatWasGivenAndNothingOfTheHosts) {
  ::setenv("PYTHON_TEST_SECRET", "x", 1);
  env = {{"CITY", "Köln"}, {"LIMIT", 5}};
  ASSERT_EQ(run("import os\ndef main(): return [os.getenv(n) for n in ('CITY', 'LIMIT', 'PYTHON_TEST_SECRET')]", {{"env", {{"CITY", "Bonn"}}}}), MR_SUCCEEDED);
  EXPECT_EQ(result(), Json::parse(R"(["Bonn", "5", null])"));
}

TEST_F(Python, VariablesThatAnInterpreterReadsAtItsStartAreSeen) {
  write("elsewhere/other.py", "VALUE = 5");
  ASSERT_EQ(run("import other\ndef main(): return other.VALUE", {{"env", {{"PYTHONPATH", (folder / "elsewhere").string()}}}}), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), 5);
}

TEST_F(Python, ItRunsInTheWorkFolderAndImportsItsNeighbours) {
  write("neighbour.py", "def name(): return __name__");
  ASSERT_EQ(run("import os, neighbour\ndef main(): return [os.getcwd(), __name__, neighbour.name()]"), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), Json::array({(folder / "work").string(), "file", "neighbour"}));
  EXPECT_FALSE(fs::exists(folder / "__pycache__"));
}

}  // namespace
}  // namespace mr::python
