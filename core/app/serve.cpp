#include "app/serve.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <thread>

#include "app/commands.hpp"
#include "app/version.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "plugin/plugin_folder.hpp"
#include "tls/private_file.hpp"
#include "worker/grpc_join.hpp"
#include "worker/worker.hpp"

namespace millrace {
namespace {

constexpr Millis kLookForLead{500};
constexpr Millis kLookForServer{1'000};
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

Result<Capacity> capacity_of(const WorkerWords& words) {
  Capacity has{.cpu = words.cpu > 0 ? words.cpu : std::max(1.0, static_cast<double>(std::thread::hardware_concurrency())),
               .memory = int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE), .named = {}};
  if (!words.memory.empty()) {
    const auto memory = bytes_from_text(words.memory);
    if (!memory) return Error{.code = "E9005", .what = quote(words.memory) + " is no amount of memory", .where = "--memory", .hint = "write for example 512MiB or 16GiB"};
    has.memory = *memory;
  }
  for (const auto& text : words.resources) {
    const auto equals = text.find('=');
    const auto amount = Json::parse(equals == std::string::npos ? "" : std::string_view(text).substr(equals + 1));
    if (equals == 0 || !amount || !amount->is_number() || amount->as_real() <= 0) return Error{.code = "E9005", .what = quote(text) + " is not name=amount", .where = "--resource", .hint = "for example --resource gpu=2"};
    Capacity one;
    one.named.emplace_back(text.substr(0, equals), amount->as_real());
    has.add(one);
  }
  return has;
}

Isolation isolation_of(const std::string& name) {
  if (name == "thread") return Isolation::thread;
  return name == "process" ? Isolation::process : Isolation::pool;
}

// Of the installation itself, unless names are given.
std::vector<std::string> trusted_plugins(const WorkerWords& words, const Installation& installation, const OperatorList& operators) {
  auto names = words.trusted_plugins;
  for (const auto& info : operators.all()) {
    const bool own = std::filesystem::path(info.library).parent_path() == installation.own_plugins;
    if (words.trusted_plugins.empty() && own) names.push_back(info.plugin);
  }
  return names;
}

// Operators in threads find what they find in an attempt's process. Before there are other threads.
void be_a_house_for_threads() {
  std::signal(SIGPIPE, SIG_IGN);
  ::setenv("TZ", "UTC", 1);
  ::tzset();
}

// Not by way of main's end: threads may be at work, in what would be taken down around them.
[[noreturn]] void leave_with_threads(int code) {
  std::fflush(nullptr);
  std::_Exit(code);
}

// From a file or the environment, never from the command line, which everybody can read. Empty: there is none.
Result<std::string> join_token_of(const WorkerWords& words) {
  if (!words.join_token_file.empty()) return tls::read_private(words.join_token_file);
  const char* given = std::getenv("MILLRACE_JOIN_TOKEN");
  std::string token = given == nullptr ? "" : given;
  ::unsetenv("MILLRACE_JOIN_TOKEN");
  return token;
}

// The worker's identity at its server: what is in the folder, or what a join token gets it. A server that is not up yet is waited for.
Status find_identity(const WorkerWords& words, WorkerOptions& options, int signals) {
  const auto token = join_token_of(words);
  if (!token) return token.error();
  if (words.identity.empty()) {
    if (token->empty()) return {};
    return Error{.code = "E9004", .what = "a join token is given, and no folder for what it gets", .where = "--identity", .hint = "name a folder that stays"};
  }
  options.tls = tls::peer_of(words.identity, words.server, words.server_name);
  auto known = tls::read_identity(words.identity);
  if (!known) return known.error();
  if (*known && words.name.empty()) options.name = (*known)->name;
  if (*known && (token->empty() || (*known)->until > SystemClock().now())) return {};
  if (token->empty()) return Error{.code = "E3110", .what = "there is no identity in " + quote(words.identity) + ", and no join token", .where = {}, .hint = "give --join-token-file; a token comes from `millrace workers token` on the server's machine"};
  const JoinWords join{.server = words.server, .server_name = words.server_name, .name = options.name, .folder = words.identity};
  auto joined = join_server(join, *token);
  for (bool told = false; !joined && joined.error().code == "E8010"; joined = join_server(join, *token)) {
    if (!std::exchange(told, true)) log::info("worker " + quote(options.name) + " waits for " + words.server);
    if (signalled(signals, kLookForServer)) break;
  }
  if (joined) log::info("worker " + quote(options.name) + " joined " + words.server);
  return joined;
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
  const auto token = (*server)->first_token();
  if (!token) return report(token.error(), {});
  if (*token) std::cout << "A token for an admin, shown this once: " << **token << "\nGive it to the page or, as MILLRACE_TOKEN, to the command line, and make users: millrace users add NAME --role admin" << std::endl;
  std::cout << "Millrace " << kVersion << " is ready: " << (*server)->http_url()
            << "  (workers and clients: " << (*server)->rpc_address() << (options.tls.on ? ", by TLS)" : ")") << std::endl;
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
  if (isolation_of(words.isolation) == Isolation::thread) be_a_house_for_threads();
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
  auto has = capacity_of(words);
  if (!has) return report(has.error(), {});
  options.has = std::move(*has);
  options.operators = plugins.operators;
  options.attempt_program = installation.attempt_program;
  options.secrets = words.secrets;
  options.scratch = words.scratch.empty() ? "/tmp/millrace" : words.scratch;
  options.isolation = isolation_of(words.isolation);
  options.trusted_plugins = trusted_plugins(words, installation, plugins.operators);
  options.most_processes = words.attempt_processes;
  if (!words.give_up_after.empty()) {
    const auto patience = duration_from_text(words.give_up_after);
    if (!patience) return report(patience.error(), {});
    options.give_up_after = *patience;
  }
  if (auto known = find_identity(words, options, signals); !known) {
    log::error("worker " + quote(options.name) + " is not let in: " + to_string(known.error()));
    return 1;
  }
  std::optional<Renewer> renewer;
  if (options.tls) renewer.emplace(JoinWords{.server = words.server, .server_name = words.server_name, .name = options.name, .folder = words.identity});
  StopSignal stop;
  std::jthread watch([&](std::stop_token done) {
    while (!done.stop_requested()) {
      if (signalled(signals, Millis{500})) stop.request();
    }
  });
  const int code = run_worker(options, stop);
  if (options.isolation == Isolation::thread) leave_with_threads(code);
  watch.request_stop();
  watch.join();
  ::close(signals);
  return code;
}

}  // namespace millrace
