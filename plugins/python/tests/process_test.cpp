// The interpreter: ends, cancels, what is left behind, and what one attempt sees of another.
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "python/tests/fixture.hpp"

namespace mr::python {
namespace {

// Waits for the end of a process that is somebody else's child.
bool has_gone(pid_t pid) {
  const int ending = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (ending < 0) return true;
  pollfd watched{ending, POLLIN, 0};
  const bool gone = ::poll(&watched, 1, 10'000) == 1;
  ::close(ending);
  return gone;
}

class Interpreters : public Python {
 protected:
  void cancel_at(const std::string& text) {
    on_log = [this, text](const mr::testing::Line& line) {
      if (line.text == text) host->cancel();
    };
  }

  pid_t pid_of_interpreter() {
    EXPECT_EQ(run("import os\ndef main(): return os.getpid()"), MR_SUCCEEDED) << all_lines();
    return result().get<pid_t>();
  }
};

TEST_F(Interpreters, CancelEndsAFunctionThatComputesAndItsLastWordsAreHeard) {
  cancel_at("started");
  EXPECT_EQ(run("import millrace\ndef main():\n  try:\n    print('started')\n    while True: pass\n  finally:\n    print('tidied up')\n    millrace.log('info', 'and said so')"), MR_CANCELLED);
  EXPECT_EQ(host->log(MR_INFO), "started\ntidied up\nand said so\n");
}

TEST_F(Interpreters, CancelEndsAFunctionThatSleeps) {
  cancel_at("started");
  EXPECT_EQ(run("import time\ndef main():\n  print('started')\n  time.sleep(600)"), MR_CANCELLED);
}

TEST_F(Interpreters, CancelEndsAFunctionThatBlocksInCAndHearsNoSignal) {
  cancel_at("started");
  EXPECT_EQ(run(R"(
import ctypes, os, threading
def main():
    libc, lock = ctypes.CDLL(None), ctypes.create_string_buffer(64)  # zeros are a mutex
    def tell():
        while hex(ctypes.addressof(lock)) not in open(f"/proc/self/task/{os.getpid()}/syscall").read(): pass
        print("started")
    threading.Thread(target=tell).start()
    libc.pthread_mutex_lock(lock)
    libc.pthread_mutex_lock(lock)  # waits for itself, and begins anew after a signal
)"), MR_CANCELLED);
}

TEST_F(Interpreters, CancelEndsAFunctionThatIgnoresIt) {
  cancel_at("started");
  EXPECT_EQ(run("import signal\ndef main():\n  signal.signal(signal.SIGTERM, signal.SIG_IGN)\n  print('started')\n  while True: pass"), MR_CANCELLED);
}

TEST_F(Interpreters, CancelEndsWhatTheFunctionHasStarted) {
  cancel_at("started");
  EXPECT_EQ(run(R"(
import subprocess
def main():
    away = subprocess.Popen("setsid sleep 600 & echo $!; exec sleep 600", shell=True, start_new_session=True, stdout=subprocess.PIPE)
    print(away.pid, flush=True)
    print(int(away.stdout.readline()))
    print("started")
    away.wait()
)"), MR_CANCELLED);
  EXPECT_TRUE(has_gone(std::atoi(host->lines()[0].text.c_str())));
  EXPECT_TRUE(has_gone(std::atoi(host->lines()[1].text.c_str())));
}

TEST_F(Interpreters, AFunctionThatKillsItselfIsTriedAgain) {
  EXPECT_EQ(run("import os, signal\ndef main():\n  print('goodbye')\n  os.kill(os.getpid(), signal.SIGKILL)"), MR_FAILED_RETRY);
  EXPECT_EQ(failure("code"), "E4066");
  EXPECT_EQ(failure("class"), "transient");
  EXPECT_EQ(failure("what"), "the interpreter was ended by signal Killed before the function returned");
  EXPECT_EQ(host->log(MR_INFO), "goodbye\n");
}

TEST_F(Interpreters, ASignalToStopThatIsNoCancelIsAFailure) {
  EXPECT_EQ(run("import os, signal, time\ndef main():\n  os.kill(os.getpid(), signal.SIGTERM)\n  time.sleep(600)"), MR_FAILED_RETRY);
  EXPECT_EQ(failure("code"), "E4066");
}

TEST_F(Interpreters, ACancelBeforeTheFunctionBeginsIsHeard) {
  write("file.py", "import millrace, time\nmillrace.log('info', 'loading')\ntime.sleep(600)\ndef main(): pass");
  cancel_at("loading");
  EXPECT_EQ(run_config({{"file", "file.py"}}), MR_CANCELLED);
  host.emplace();
  prepare(*host);
  host->cancel();
  EXPECT_EQ(library.run("python.run", {{"file", "file.py"}}, *host), MR_CANCELLED);
}

TEST_F(Interpreters, AnEndWithoutAnAnswerIsNoSuccess) {
  EXPECT_EQ(run("import os\ndef main(): os._exit(0)"), MR_FAILED_RETRY);
  EXPECT_EQ(failure("code"), "E4066");
  EXPECT_EQ(failure("what"), "the interpreter ended with exit code 0 before the function returned");
}

TEST_F(Interpreters, WhatIsWrittenToTheSocketIsNoAnswer) {
  for (const char* bytes : {"b'x'", "b'{\"kind\": \"done\"}'", "b'MRPZ'", "b'MRPY\\xff\\xff\\xff\\xff'", "b'MRPY\\0\\0\\0\\2[]'"}) {
    EXPECT_EQ(run(std::string("import os\ndef main():\n  os.write(3, ") + bytes + ")\n  return 7"), MR_FAILED_RETRY) << bytes;
    EXPECT_EQ(failure("code"), "E4070") << bytes;
    EXPECT_EQ(host->output(), Json::object());
  }
  EXPECT_EQ(run("def main(): return 8"), MR_SUCCEEDED);
}

TEST_F(Interpreters, AnInterpreterWithoutItsDescriptorsEnds) {
  EXPECT_EQ(run("import os, time\ndef main():\n  os.closerange(0, 64)\n  time.sleep(600)"), MR_FAILED_RETRY);
  EXPECT_EQ(failure("code"), "E4066");
}

TEST_F(Interpreters, AForkedChildThatComesBackGivesNoAnswer) {
  ASSERT_EQ(run("import os\ndef main():\n  child = os.fork()\n  if child: os.waitpid(child, 0)\n  return 'child' if not child else 'parent'"), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), "parent");
}

TEST_F(Interpreters, ProcessesOfAFunctionWork) {
  ASSERT_EQ(run(R"(
import multiprocessing, subprocess
def square(n): return n * n
def main():
    with multiprocessing.get_context("fork").Pool(2) as pool: squares = pool.map(square, range(4))
    return [squares, subprocess.run(["echo", "said"], capture_output=True, text=True).stdout]
)"), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), Json::parse(R"([[0, 1, 4, 9], "said\n"])"));
}

TEST_F(Interpreters, ForkedChildrenDieOfTheSignalToStop) {
  ASSERT_EQ(run(R"(
import os, signal
def main():
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.read(read, 1)  # for ever
    os.kill(child, signal.SIGTERM)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL]
)"), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), Json::array({-SIGTERM, true}));
}

TEST_F(Interpreters, AProcessThatIsLeftBehindEndsAndItsInterpreterWithIt) {
  const auto before = pid_of_interpreter();
  ASSERT_EQ(run("import os, subprocess\ndef main(): return [os.getpid(), subprocess.Popen(['sleep', '600'], start_new_session=True).pid]"), MR_SUCCEEDED);
  EXPECT_EQ(result()[0], before);
  EXPECT_TRUE(has_gone(result()[1].get<pid_t>()));
  EXPECT_NE(pid_of_interpreter(), before);
}

TEST_F(Interpreters, AnInterpreterThatCantBePutBackIsNotUsedAgain) {
  const std::vector<std::string> deeds{
      "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()",
      "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
      "signal.setitimer(signal.ITIMER_REAL, 600)",
      "os.dup2(os.open(os.devnull, os.O_WRONLY), 1)",
      "sys.stdout.close()",
  };
  for (const auto& deed : deeds) {
    const auto before = pid_of_interpreter();
    ASSERT_EQ(run("import os, signal, sys, threading, time\ndef main(): " + deed), MR_SUCCEEDED) << deed << all_lines();
    EXPECT_NE(pid_of_interpreter(), before) << deed;
  }
}

TEST_F(Interpreters, AFailureOfTheFunctionKeepsTheInterpreterWarm) {
  const auto before = pid_of_interpreter();
  EXPECT_EQ(run("def main(): raise ValueError"), MR_FAILED_RETRY);
  EXPECT_EQ(run("def main(: pass"), MR_FAILED_FINAL);
  EXPECT_EQ(pid_of_interpreter(), before);
}

TEST_F(Interpreters, NothingOfAnAttemptIsSeenByTheNext) {
  const auto before = pid_of_interpreter();
  write("neighbour.py", "seen = 0");
  ASSERT_EQ(run(R"(
import os, sys, io, neighbour, millrace
count = globals().get("count", 0) + 1
def main():
    neighbour.seen += 1
    os.environ["LEFT"] = "x"; os.environ.pop("HOME", None); os.environ = {}
    os.chdir("/usr"); os.umask(0o777)
    sys.path.clear(); sys.argv.append("x"); sys.stdout = io.StringIO(); millrace.log = None
)", {{"env", {{"CITY", "Bonn"}}}}), MR_SUCCEEDED) << all_lines();
  ASSERT_EQ(run(R"(
import os, sys, neighbour, millrace
count = globals().get("count", 0) + 1
def main():
    print("heard"); millrace.log("info", "too")
    return [count, neighbour.seen, os.getenv("LEFT"), os.getenv("CITY"), "HOME" in os.environ, os.path.basename(os.getcwd()), os.umask(0o022) != 0o777, len(sys.argv), os.getpid()]
)"), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), Json::array({1, 0, nullptr, nullptr, std::getenv("HOME") != nullptr, "work", true, 1, before}));
  EXPECT_EQ(host->log(MR_INFO), "heard\ntoo\n");
}

TEST_F(Interpreters, AChangeOfTheFileAndOfItsNeighboursIsSeenAtOnce) {
  write("neighbour.py", "n = 1");
  ASSERT_EQ(run("import neighbour\ndef main(): return [1, neighbour.n]"), MR_SUCCEEDED);
  const auto time = fs::last_write_time(folder / "neighbour.py");
  write("neighbour.py", "n = 2");  // as long as before, and of the same time
  fs::last_write_time(folder / "neighbour.py", time);
  ASSERT_EQ(run("import neighbour\ndef main(): return [2, neighbour.n]"), MR_SUCCEEDED);
  EXPECT_EQ(result(), Json::parse("[2, 2]"));
}

TEST_F(Interpreters, AUsersFileMayHaveTheNameOfAModuleOfPython) {
  write("json.py", "def main(): return __name__");
  ASSERT_EQ(run_config({{"file", "json.py"}}), MR_SUCCEEDED) << all_lines();
  EXPECT_EQ(result(), "millrace_file_json");
  ASSERT_EQ(run("import json\ndef main(): return json.dumps([1])"), MR_SUCCEEDED) << all_lines();
}

TEST_F(Interpreters, AnInterpreterServesAHundredAttempts) {
  const auto first = pid_of_interpreter();
  int served = 1;
  while (pid_of_interpreter() == first) ASSERT_LE(++served, 100);
  EXPECT_LE(served, 100);
}

TEST_F(Interpreters, FortyAttemptsShareOneInterpreter) {
  write("fibo.py", "import os\n\ndef fibo(n):\n    return n if n < 2 else fibo(n - 1) + fibo(n - 2)\n\ndef main(n):\n    return {'fibo': fibo(n), 'pid': os.getpid()}\n");
  const Json config{{"file", "fibo.py"}, {"args", {{"n", 10}}}};
  ASSERT_EQ(run("import os\ndef main(): os.fork() or os._exit(0)\n"), MR_SUCCEEDED);  // whatever happened before,
  run("import threading, time\ndef main(): threading.Thread(target=time.sleep, args=(600,), daemon=True).start()");  // a fresh one begins
  ASSERT_EQ(run_config(config), MR_SUCCEEDED);
  const auto first = host->output();
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(run_config(config), MR_SUCCEEDED);
    ASSERT_EQ(host->output(), first);
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(first["fibo"], 55);
  std::printf("forty warm attempts took %.1f ms\n", took.count());
}

TEST_F(Interpreters, TheyEndWithTheProcessThatStartedThem) {
  int line[2];
  ASSERT_EQ(::pipe(line), 0);
  const pid_t plugin = ::fork();
  if (plugin == 0) {
    const auto pid = run("import os\ndef main(): return os.getpid()", {{"env", {{"PYTHONHASHSEED", "7"}}}}) == MR_SUCCEEDED ? result().get<pid_t>() : -1;
    ::_exit(::write(line[1], &pid, sizeof pid) == sizeof pid ? 0 : 1);
  }
  pid_t interpreter = 0;
  ASSERT_EQ(::read(line[0], &interpreter, sizeof interpreter), static_cast<ssize_t>(sizeof interpreter));
  ::waitpid(plugin, nullptr, 0);
  ASSERT_GT(interpreter, 1);
  EXPECT_TRUE(has_gone(interpreter));
  ::close(line[0]);
  ::close(line[1]);
}

}  // namespace
}  // namespace mr::python
