// A suite: offline tests of one Dag, written in YAML (core/doc/testing.md). Read here, run by app/suite.
//
// Pure but for reading files; any thread. Every mistake is reported at once, with its place and a remedy.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "model/dag.hpp"
#include "model/operator.hpp"

namespace millrace {

struct SuiteFailure {
  std::string error_class = "transient", code = "E1028", what = "injected";
};

// What a mocked attempt does: it takes a while, and then succeeds with an output, or fails.
struct Mock {
  Json output = Json::object();
  Millis takes{1'000};
  std::optional<SuiteFailure> fail{};
  bool skip = false;
};

// One attempt that goes otherwise than its mock.
struct Injection {
  Mark mark{};
  std::string task{};
  int attempt = 1;
  std::optional<SuiteFailure> fail{};
  bool hangs = false;        // until its time is over
  bool loses_worker = false;
};

// Somebody says something to a task, so long after it began to wait for it; or does something to the run, so long after its start.
struct SuiteAct {
  Mark mark{};
  std::string task{}, what{};  // approve, reject, send_back, complete, fail; cancel, pause, resume, retry, clear, mark
  Millis after{};
  Json values = Json::object();
  std::string reason{}, to{};  // to: of send_back, and the state of mark
};

struct Expected {
  std::string run{};
  std::map<std::string, std::string> tasks{}, whys{};
  std::map<std::string, int> attempts{};
  Json outputs = Json::object(), configs = Json::object();
  std::map<std::string, int> runs{};  // of a schedule: count, and by state
  std::optional<Millis> finished_within{};
};

struct SuiteCase {
  std::string name{};
  Mark mark{};
  TimePoint at{};
  Json params = Json::object();
  std::optional<Millis> schedule{};  // instead of one run: the Dag's schedule for so long
  std::map<std::string, Mock> mocks{};
  std::vector<Injection> injections{};
  std::vector<SuiteAct> acts{};
  Expected expected{};
};

struct Suite {
  std::string file{};
  std::string dag_file{};
  std::vector<SuiteCase> cases{};
  std::vector<Error> errors{};
};

// The names in it are checked against the Dag, which is read too.
Suite read_suite(const std::string& file, const OperatorList& operators);
Suite read_suite_text(std::string_view yaml, const std::string& file, const OperatorList& operators);  // `file`: where it would stand

}  // namespace millrace
