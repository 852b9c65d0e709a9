#include "app/serve.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iostream>
#include <thread>

#include "app/commands.hpp"
#include "app/version.hpp"
#include "base/log.hpp"
#include "plugin/plugin_folder.hpp"
#include "worker/worker.hpp"

namespace millrace {
namespace {

constexpr Millis kLookForLead{500};
constexpr int kFenced = 4;  // exit code

// SIGTERM and SIGINT as a file, for this thread and those that it starts.
int signal_file() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGTERM);
  sigaddset(&wanted, SIGINT);
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  return ::signalfd(-1, &wanted, SFD_CLOEXEC);
}

bool signalled(int file, Millis wait) {
  pollfd watched{.fd = file, .events = POLLIN, .revents = 0};
  if (::poll(&watched, 1, static_cast<int>(wait.count())) <= 0) return false;
  signalfd_siginfo info{};
  return ::read(file, &info, sizeof info) == static_cast<ssize_t>(sizeof info);
}

std::string default_worker_name() {
  char host[256]{};
  ::gethostname(host, sizeof host - 1);
  return std::string(host) + "-" + std::to_string(::getpid());
}

}  // namespace

int serve_until_signal(const ServerOptions& options) {
  const int signals = signal_file();
  auto server = Server::open(options);
  if (!server && options.standby && server.error().code == "E2011") log::info("standing by: " + server.error().what);
  while (!server && options.standby && server.error().code == "E2011") {
    if (signalled(signals, kLookForLead)) return 0;
    server = Server::open(options);
  }
  if (!server) return report(server.error(), {});
  std::cout << "Millrace " << kVersion << " is ready: http://" << options.address << ":" << (*server)->http_port()
            << "  (workers and clients: " << (*server)->rpc_address() << ")" << std::endl;
  while (!signalled(signals, Millis{500})) {
    if ((*server)->fenced()) {
      (*server)->abandon();
      return kFenced;
    }
    (*server)->look_after();
  }
  log::info("stopping: local workers finish what they run");
  (*server)->stop();
  ::close(signals);
  return 0;
}

int work_until_signal(const WorkerWords& words) {
  const int signals = signal_file();
  const auto installation = find_installation(words.plugin_dirs);
  const auto plugins = scan_plugins(installation.plugin_dirs, installation.attempt_program);
  if (plugins.operators.all().empty()) {
    return report({.code = "E9003", .what = "no plugin was found", .where = {}, .hint = "name their folder by --plugin-dir, or build them"}, {});
  }
  WorkerOptions options;
  options.server = words.server;
  options.name = words.name.empty() ? default_worker_name() : words.name;
  options.version = std::string(kVersion);
  options.slots = words.slots;
  options.labels = words.labels;
  options.operators = plugins.operators;
  options.attempt_program = installation.attempt_program;
  options.secrets = words.secrets;
  options.scratch = words.scratch.empty() ? "/tmp/millrace" : words.scratch;
  options.isolation = Isolation::pool;
  if (!words.give_up_after.empty()) {
    const auto patience = duration_from_text(words.give_up_after);
    if (!patience) return report(patience.error(), {});
    options.give_up_after = *patience;
  }
  StopSignal stop;
  std::jthread watch([&](std::stop_token done) {
    while (!done.stop_requested()) {
      if (signalled(signals, Millis{500})) stop.request();
    }
  });
  const int code = run_worker(options, stop);
  watch.request_stop();
  watch.join();
  ::close(signals);
  return code;
}

}  // namespace millrace
