// An attempt program for the tests of the worker: speaks proto/attempt.proto, and does what the config's "do" says.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "attempt.pb.h"
#include "base/json.hpp"
#include "sdk/millrace_plugin.h"
#include "worker/child/frames.hpp"

namespace {

namespace wire = millrace::attempt::v1;
using millrace::Json;
constexpr int kSocket = 3;

void say(const wire::FromChild& message) {
  if (!millrace::write_frame(kSocket, message.SerializeAsString())) std::_Exit(9);
}

void say_log(const std::string& text) {
  wire::FromChild message;
  message.mutable_log()->set_level(MR_INFO);
  message.mutable_log()->set_text(text);
  say(message);
}

wire::ToChild hear() {
  const auto frame = millrace::read_frame(kSocket);
  if (!frame) std::_Exit(0);  // the worker left
  wire::ToChild message;
  if (!message.ParseFromString(*frame)) std::_Exit(8);
  return message;
}

void finish(int outcome, const std::string& output = "{}", const std::string& what = "") {
  wire::FromChild message;
  auto& finished = *message.mutable_finished();
  finished.set_outcome(outcome);
  finished.set_output_json(output);
  finished.set_what(what);
  if (outcome == MR_FAILED_FINAL) finished.set_error_class("data");
  say(message);
}

std::string open_descriptors() {
  std::string found;
  for (int fd = 0; fd < 256; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) found += std::to_string(fd) + " ";
  }
  return found;
}

struct Counted {
  std::atomic<int> started = 0;
};

// In memory that all of them see.
Counted& counted() {
  static auto* const shared = new (::mmap(nullptr, sizeof(Counted), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Counted;
  return *shared;
}

// Two children each, in sessions of their own, until there are enough; then they stay.
[[noreturn]] void crowd(int most) {
  for (int i = 0; i < 2 && ++counted().started <= most; ++i) {
    if (::fork() == 0) {
      ::setsid();
      i = -1;
    }
  }
  for (;;) ::pause();
}

// Starts its successor and is gone: whoever looks for it finds that it was.
[[noreturn]] void runner(int most) {
  while (++counted().started <= most) {
    if (const pid_t next = ::fork(); next > 0) ::_exit(0);
    else if (next == 0) ::setsid();
  }
  for (;;) ::pause();
}

// A fork bomb, bounded: at most `most` processes are ever started, of which a few hundred live at once.
void bomb(int most) {
  ::signal(SIGTERM, SIG_IGN);
  counted();
  for (int i = 0; i < 40; ++i) {
    if (::fork() == 0) i % 20 == 0 ? crowd(400) : runner(most);
  }
  while (counted().started < 1'000) ::usleep(1'000);
  wire::FromChild progress;
  progress.mutable_progress()->set_note("it went off");
  say(progress);
  for (;;) ::pause();
}

void run(const wire::Start& start) {
  const auto config = Json::parse(start.config_json()).value();
  const std::string& what = config["do"].as_text();
  if (what == "succeed") return finish(MR_SUCCEEDED, start.facts_json());
  if (what == "who") return finish(MR_SUCCEEDED, Json::object({{"pid", static_cast<int>(::getpid())}}).dump());
  if (what == "save and crash" || what == "save and fail") {
    wire::FromChild saved;
    saved.mutable_checkpoint()->set_json("{\"at\": 7, \"by\": \"s3cret\"}");
    say(saved);
    if (what == "save and crash") ::raise(SIGKILL);
    return finish(MR_FAILED_RETRY);
  }
  if (what == "fail") return finish(MR_FAILED_FINAL, "{}", "the rows are wrong");
  if (what == "invalid output") return finish(MR_SUCCEEDED, "{\"rows\": ");
  if (what == "nonsense") return static_cast<void>(millrace::write_frame(kSocket, "\xFF\xFF\xFF"));
  if (what == "huge") {
    say_log(std::string(size_t{60} << 20, 'x'));
    return finish(MR_SUCCEEDED, std::string(size_t{60} << 20, 'x'));
  }
  if (what == "crash") {
    std::fputs("about to crash\n", stdout);
    std::fflush(stdout);
    ::signal(SIGSEGV, SIG_DFL);
    ::raise(SIGSEGV);
  }
  if (what == "leave when told") {
    while (::access((start.work_folder() + "/leave").c_str(), F_OK) != 0) ::usleep(1'000);
    return finish(MR_SUCCEEDED);
  }
  if (what == "bomb") return bomb(static_cast<int>(config["most"].as_int()));
  if (what == "hang up") {
    ::close(kSocket);
    for (;;) ::pause();
  }
  if (what == "announce too much") {
    if (::write(kSocket, "\xFF\xFF\xFF\x7F", 4) != 4) std::_Exit(2);
    for (;;) ::pause();
  }
  if (what == "leave in order") std::_Exit(0);
  if (what == "exit") std::_Exit(7);
  if (what == "surroundings") {
    const char* secret = std::getenv("MILLRACE_TEST_LEAK");
    return finish(MR_SUCCEEDED, Json::object({{"fds", open_descriptors()}, {"leak", secret ? secret : ""}, {"sid", static_cast<int>(::getsid(0))},
                                              {"pid", static_cast<int>(::getpid())}}).dump());
  }
  if (what == "log") {
    for (int i = 0; i < config["lines"].as_int(); ++i) say_log("line " + std::to_string(i));
    std::fputs("from stderr, without an end", stderr);
    return finish(MR_SUCCEEDED);
  }
  if (what == "daemon") {  // leaves a process behind that got away from its session
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) std::_Exit(6);
    if (const pid_t middle = ::fork(); middle == 0) {
      ::setsid();
      if (const pid_t daemon = ::fork(); daemon == 0) {
        ::close(kSocket);
        for (;;) ::pause();
      } else if (::write(pipe_ends[1], &daemon, sizeof daemon) < 0) {
        std::_Exit(5);
      }
      std::_Exit(0);
    } else {
      ::waitpid(middle, nullptr, 0);
    }
    pid_t daemon = 0;
    if (::read(pipe_ends[0], &daemon, sizeof daemon) < 0) std::_Exit(5);
    return finish(MR_SUCCEEDED, Json::object({{"pid", static_cast<int>(daemon)}}).dump());
  }
  if (what == "wait" || what == "ignore") {
    say_log("waiting");
    wire::FromChild progress;
    progress.mutable_progress()->set_note(std::to_string(::getpid()));
    say(progress);
    if (what == "ignore") {
      for (;;) ::pause();
    }
    return hear().has_cancel() ? finish(MR_CANCELLED, "{}", "asked to stop") : std::_Exit(4);
  }
  std::_Exit(3);
}

}  // namespace

int main() {
  for (;;) {
    const auto message = hear();
    if (message.has_start()) run(message.start());
  }
}
