#include "app/server.hpp"

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <thread>

#include "api/client_service.hpp"
#include "api/doorkeeper.hpp"
#include "api/http_server.hpp"
#include "app/caretaker.hpp"
#include "app/row_reader.hpp"
#include "app/file_watch.hpp"
#include "app/fingerprint.hpp"
#include "app/log_packer.hpp"
#include "app/process.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "dispatch/grpc_server.hpp"
#include "parse/core_operators.hpp"
#include "parse/dag_reader.hpp"
#include "plugin/plugin_folder.hpp"
#include "state/history.hpp"
#include "state/sqlite_store.hpp"
#include "worker/child_evaluator.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;

constexpr Millis kWorkerGrace{30'000};    // for a local worker to finish what it runs
constexpr Millis kRestartPause{1'000};    // between two starts of a local worker
constexpr Millis kLeastLease{1'000};      // below it a busy machine alone would lose attempts
constexpr int kWatchShare = 2'000;
constexpr const char* kWorkerPatience = "1m";  // how long a local worker looks for its server before it leaves

// A file with mistakes in it doesn't take away what it held before: its Dag stays as it was.
void keep_last_good(ParsedFolder& folder, std::vector<Dag> before) {
  for (auto& dag : before) {
    const bool broken = std::any_of(folder.errors.begin(), folder.errors.end(), [&](const Error& error) {
      return error.where == dag.file || error.where.starts_with(dag.file + ":");
    });
    const bool there = std::any_of(folder.dags.begin(), folder.dags.end(), [&](const Dag& other) { return other.name == dag.name; });
    if (broken && !there) folder.dags.push_back(std::move(dag));
  }
  std::sort(folder.dags.begin(), folder.dags.end(), [](const Dag& a, const Dag& b) { return a.name < b.name; });
}

}  // namespace

Installation find_installation(const std::vector<std::string>& extra_plugin_dirs) {
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/self/exe", failed);
  const auto prefix = program.parent_path().parent_path();
  Installation found{.program = program.string(), .attempt_program = (prefix / "lib/millrace/millrace-attempt").string(),
                     .own_plugins = (prefix / "lib/millrace/plugins").string(), .plugin_dirs = {}, .web_folder = {}};
  // An attempt works in a folder of its own, so paths from here would lead nowhere there.
  for (const auto& folder : extra_plugin_dirs) found.plugin_dirs.push_back(fs::absolute(folder).lexically_normal().string());
  if (const char* path = std::getenv("MR_PLUGIN_PATH")) {
    for (auto& folder : split(path, ':')) {
      if (!folder.empty()) found.plugin_dirs.push_back(fs::absolute(folder).lexically_normal().string());
    }
  }
  found.plugin_dirs.push_back(found.own_plugins);
  if (const char* home = std::getenv("HOME")) found.plugin_dirs.push_back(std::string(home) + "/.local/lib/millrace/plugins");
  for (const auto& folder : {prefix / "share/millrace/web", prefix.parent_path().parent_path() / "web/dist"}) {
    if (found.web_folder.empty() && fs::exists(folder / "index.html", failed)) found.web_folder = folder.string();
  }
  return found;
}

struct LocalWorker {
  std::string name{};
  std::optional<LocalProcess> process{};
  TimePoint started{};
};

struct Server::Impl {
  ServerOptions options;
  Installation installation;
  SystemClock clock{};
  PluginFolder plugins{};
  std::unique_ptr<SqliteStore> store{};
  std::unique_ptr<History> history{};
  std::optional<LogStore> logs{};
  std::optional<Engine> engine{};
  std::optional<LogPacker> packer{};
  std::optional<FolderSecrets> secrets{};
  std::unique_ptr<FileWatch> files{};
  std::unique_ptr<DataRowReader> rows{};
  std::unique_ptr<DataCaretaker> caretaker{};   // the same as the next one
  std::unique_ptr<ChildEvaluator> evaluator{};  // answers to the engine, so it ends before
  std::jthread loop{};
  std::unique_ptr<AuthStore> people{};
  std::optional<Doorkeeper> doors{};
  std::unique_ptr<Views> views{};
  std::unique_ptr<TlsDoor> tls{};
  JoinService no_join{nullptr};  // without TLS
  std::unique_ptr<WorkerGateServer> gate{};
  std::optional<ClientService> clients{};
  std::unique_ptr<RpcServer> rpc{};
  std::unique_ptr<HttpServer> http{};
  std::vector<LocalWorker> workers{};
  uint64_t dags_seen = 0;
  std::chrono::steady_clock::time_point look_again{};
  DoorTerms door_terms{};
  Millis lease{15'000}, leader_lease{10'000}, keep_runs{};
  bool stopped = false;

  Status open_store();
  Status open_doors();
  Status open_rpc();
  std::string http_address() const { return tls && !options.auth && !options.insecure && !is_loopback(options.address) ? "127.0.0.1" : options.address; }
  std::string http_url() const { return (tls && options.auth ? "https://" : "http://") + http_address() + ":" + std::to_string(http->port()); }
  std::string near_address() const { return options.address == "0.0.0.0" ? "127.0.0.1" : options.address; }  // for local workers
  bool dags_changed();
  Status read_dags_again();
  Status take_dags();
  void start_worker(LocalWorker& worker);
  Status write_facts() const;
  void send_home_others();
};

// Local workers of a server that was killed: they finish what they run, and leave.
void Server::Impl::send_home_others() {
  for (const auto& worker : engine->workers()) {
    const bool ours = std::any_of(workers.begin(), workers.end(), [&](const LocalWorker& own) { return own.name == worker.name; });
    if (worker.state != "connected" || ours || !worker.name.starts_with("local-")) continue;
    if (auto drained = engine->drain(worker.name); !drained) log::warn(to_string(drained.error()));
  }
}

Status Server::Impl::open_store() {
  std::error_code failed;
  for (const char* part : {"data", "logs"}) {
    if (!fs::create_directories(fs::path(options.home) / part, failed) && failed) {
      return Error{.code = "E0003", .what = "can't make " + quote(options.home + "/" + part) + ": " + failed.message(), .where = options.home,
                   .hint = "choose another folder by --home"};
    }
  }
  options.home = fs::canonical(options.home, failed).string();
  const std::string file = options.home + "/millrace.db";
  auto opened = options.standby ? SqliteStore::take_over(file, clock.now()) : SqliteStore::open(file);
  if (!opened) return opened.error();
  store = std::move(*opened);
  auto reader = open_history(options.home + "/millrace.db");
  if (!reader) return reader.error();
  history = std::move(*reader);
  logs.emplace(options.home + "/logs");
  plugins = scan_plugins(installation.plugin_dirs, installation.attempt_program);
  if (plugins.operators.all().empty()) {
    return Error{.code = "E9003", .what = "no plugin was found in " + join(installation.plugin_dirs, ", "), .where = {}, .hint = "name their folder by --plugin-dir, or build them"};
  }
  plugins.operators = with_core_operators(plugins.operators);
  engine.emplace(clock, *store, plugins.operators, EngineOptions{.lease = lease, .seed = static_cast<uint64_t>(clock.now().time_since_epoch().count()), .renew = leader_lease / 5, .data_root = options.home + "/data", .keep_runs = keep_runs});
  return {};
}

Status Server::Impl::open_rpc() {
  std::vector<grpc::Service*> services{gate->service(), &clients->service()};
  services.push_back(tls ? tls->join_service().service() : no_join.service());
  const auto secured = tls ? std::optional(tls->rpc()) : std::nullopt;
  auto opened = RpcServer::open(options.address + ":" + std::to_string(options.rpc_port), services, secured ? &*secured : nullptr);
  if (!opened) return opened.error();
  rpc = std::move(*opened);
  return {};
}

Status Server::Impl::open_doors() {
  if (options.tls.on) {
    auto secured = TlsDoor::open(options.tls, options.home, options.address, clock);
    if (!secured) return secured.error();
    tls = std::move(*secured);
  }
  views.reset(new Views{.engine = *engine, .history = *history, .logs = *logs, .operators = plugins.operators, .refused_plugins = plugins.refused});
  rows = std::make_unique<DataRowReader>(options.home, options.plugin_dirs);
  views->rows = rows.get();
  if (options.auth) {
    auto known = AuthStore::open(options.home + "/millrace.db");
    if (!known) return known.error();
    people = *std::move(known);
    doors.emplace(*people, clock, door_terms);
    views->doors = &*doors;
  }
  clients.emplace(*views);
  auto opened = WorkerGateServer::open({.lease = lease, .renew_every = lease / 3, .data_root = options.home + "/data", .admission = tls ? &tls->admission() : nullptr}, *engine, *logs);
  if (!opened) return opened.error();
  gate = std::move(*opened);
  engine->attach(*gate);
  engine->attach([this](const std::string& run) { logs->remove(run); });
  evaluator = std::make_unique<ChildEvaluator>(installation.attempt_program);
  engine->attach(*evaluator);
  caretaker = std::make_unique<DataCaretaker>(options.home + "/millrace.db", options.home + "/data");
  engine->attach(*caretaker);
  secrets.emplace(options.home + "/secrets");
  engine->attach(*secrets);
  if (auto listening = open_rpc(); !listening) return listening;
  // Nothing was written before, and nothing is read before: whoever led until now may have gone on to this moment.
  if (auto leads = store->lead(options.address + ":" + std::to_string(rpc->port()), leader_lease, clock.now()); !leads) return leads;
  if (auto recovered = engine->recover(); !recovered) return recovered;
  loop = std::jthread([this](std::stop_token stop) { engine->run(stop); });
  if (auto read = read_dags_again(); !read) return read;
  HttpOptions http_options{.address = http_address(), .port = options.http_port, .web_folder = options.page ? installation.web_folder : ""};
  if (tls && options.auth) {
    http_options.certificate = tls->rpc().certificate;
    http_options.key = tls->rpc().key;
  }
  auto door = HttpServer::open(http_options, *views);
  if (!door) return door.error();
  http = std::move(*door);
  packer.emplace(engine->feed(), *logs);
  return {};
}

// Thousands of files take longer to look at than a few, so they are looked at less often: watching takes 1/kWatchShare of one core.
bool Server::Impl::dags_changed() {
  const auto began = std::chrono::steady_clock::now();
  if (began < look_again) return false;
  const bool changed = fingerprint(options.dags) != dags_seen;
  const auto end = std::chrono::steady_clock::now();
  look_again = end + (end - began) * kWatchShare;
  return changed;
}

Status Server::Impl::read_dags_again() {
  const Status read = take_dags();
  ::malloc_trim(0);  // reading a thousand Dags takes a multiple of what is kept of them
  return read;
}

Status Server::Impl::take_dags() {
  dags_seen = fingerprint(options.dags);
  auto folder = read_dags(options.dags, plugins.operators);
  for (const auto& error : folder.errors) log::warn(to_string(error));
  keep_last_good(folder, engine->dags());
  views->set_dag_errors(std::move(folder.errors));
  const std::vector<Dag> dags = folder.dags;
  if (auto set = engine->set_dags(std::move(folder.dags), std::move(folder.pools)); !set) return set;
  if (!files) files = std::make_unique<FileWatch>(*engine);
  files->watch(dags);
  return {};
}

void Server::Impl::start_worker(LocalWorker& worker) {
  std::vector<std::string> command{installation.program, "worker", "--server", near_address() + ":" + std::to_string(rpc->port()), "--name", worker.name,
                                   "--slots", std::to_string(options.slots), "--scratch", options.home + "/scratch", "--secrets", options.home + "/secrets", "--give-up-after", kWorkerPatience,
                                   "--isolation", options.isolation};
  if (options.quiet) command.push_back("--quiet");
  for (const auto& folder : options.plugin_dirs) command.insert(command.end(), {"--plugin-dir", folder});
  for (const auto& name : options.trusted_plugins) command.insert(command.end(), {"--trust-plugin", name});
  worker.started = clock.now();
  if (tls) {
    const auto identity = tls->words_for(worker.name);
    if (!identity) return log::error(to_string(identity.error()));
    command.insert(command.end(), identity->begin(), identity->end());
  }
  auto child = LocalProcess::start(command);
  if (child) worker.process.emplace(std::move(*child));
  else log::error(to_string(child.error()));
}

// For scripts: where this server answers.
Status Server::Impl::write_facts() const {
  Json pids = Json::array();
  for (const auto& worker : workers) pids.push(worker.process ? worker.process->pid() : 0);
  const Json facts = Json::object({{"pid", static_cast<int64_t>(::getpid())}, {"http", http_url()},
                                   {"rpc", options.address + ":" + std::to_string(rpc->port())}, {"workers", std::move(pids)}});
  return write_text(options.home + "/server.json", facts.dump() + "\n");
}

Result<std::unique_ptr<Server>> Server::open(const ServerOptions& options) {
  if (!is_loopback(options.address) && !options.insecure && !options.tls.on) {
    return Error{.code = "E9001", .what = "won't listen on " + options.address + ": it is not this machine's own address, and everybody could come in",
                 .where = {}, .hint = "use 127.0.0.1; --tls to open the gRPC door to who has a certificate, with --auth the page and REST, too; or --insecure if everybody on the network may do everything"};
  }
  if (!is_loopback(options.address) && !options.insecure && !options.auth) log::info("without --auth the page and REST stay at 127.0.0.1; gRPC listens on " + options.address + " by TLS");
  if (!is_loopback(options.address) && options.insecure && !options.auth) log::warn("--insecure: everybody who reaches " + options.address + " may do everything");
  if (!is_loopback(options.address) && options.insecure && options.auth && !options.tls.on) log::warn("--insecure: passwords and tokens go to " + options.address + " as plain text, and workers come in without a certificate");
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  if (!options.lease.empty()) {
    const auto lease = duration_from_text(options.lease);
    if (!lease) return lease.error();
    if (*lease < kLeastLease) return Error{.code = "E9004", .what = "a lease of " + options.lease + " is too short", .where = "--lease", .hint = "give at least 1s"};
    impl->lease = *lease;
  }
  if (!options.keep_runs.empty()) {
    const auto keep = duration_from_text(options.keep_runs);
    if (!keep) return keep.error();
    impl->keep_runs = *keep;
  }
  for (const auto& [text, into, option] : {std::tuple(&options.session_idle, &impl->door_terms.idle, "--session-idle"), std::tuple(&options.session_life, &impl->door_terms.life, "--session-life")}) {
    if (text->empty()) continue;
    const auto given = duration_from_text(*text);
    if (!given || *given <= Millis{0}) return Error{.code = "E9004", .what = quote(*text) + " is no life of a session", .where = option, .hint = "give for example 1h"};
    *into = *given;
  }
  if (!options.leader_lease.empty()) {
    const auto lease = duration_from_text(options.leader_lease);
    if (!lease) return lease.error();
    if (*lease < kLeastLease) return Error{.code = "E9004", .what = "a lead of " + options.leader_lease + " is too short", .where = "--leader-lease", .hint = "give at least 1s"};
    impl->leader_lease = *lease;
  }
  impl->installation = find_installation(options.plugin_dirs);
  if (auto opened = impl->open_store(); !opened) return opened.error();
  std::unique_ptr<Server> server(new Server(std::move(impl)));  // from here on its destructor ends what was begun
  if (auto opened = server->impl_->open_doors(); !opened) return opened.error();
  for (int i = 1; i <= options.workers; ++i) {
    auto& worker = server->impl_->workers.emplace_back();
    // A name of this server's own: workers of one that was killed may still run attempts, and come back to report them.
    worker.name = "local-" + std::to_string(i) + "-" + std::to_string(::getpid());
    server->impl_->start_worker(worker);
  }
  if (auto written = server->impl_->write_facts(); !written) return written.error();  // nobody would find this server
  return server;
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }
int Server::http_port() const { return impl_->http->port(); }
int Server::rpc_port() const { return impl_->rpc->port(); }
std::string Server::http_url() const { return impl_->http_url(); }
Result<std::optional<std::string>> Server::first_token() { return impl_->doors ? impl_->doors->first_token() : std::optional<std::string>(); }
std::string Server::http_address() const { return impl_->http_address(); }
std::string Server::rpc_address() const { return impl_->options.address + ":" + std::to_string(rpc_port()); }
std::vector<Error> Server::dag_errors() const { return impl_->views->dag_errors(); }

bool Server::fenced() const { return impl_->engine->fenced(); }

void Server::look_after() {
  const auto now = impl_->clock.now();
  bool changed = false;
  for (auto& worker : impl_->workers) {
    if (worker.process && worker.process->running()) continue;
    if (now - worker.started < kRestartPause) continue;
    log::warn("worker " + worker.name + " ended; starting it again");
    impl_->start_worker(worker);
    changed = true;
  }
  if (auto written = changed ? impl_->write_facts() : Status{}; !written) log::warn(to_string(written.error()));
  impl_->send_home_others();
  if (impl_->tls) {
    impl_->tls->look_after();
    impl_->gate->expel_revoked();
  }
  if (!impl_->dags_changed()) return;
  if (auto read = impl_->read_dags_again(); !read) log::error(to_string(read.error()));
}

void Server::abandon() {
  for (auto& worker : impl_->workers) {
    if (worker.process) worker.process->kill();
  }
  stop();
}

void Server::stop() {
  if (std::exchange(impl_->stopped, true)) return;
  impl_->packer.reset();
  impl_->files.reset();
  impl_->http.reset();
  for (auto& worker : impl_->workers) {
    if (worker.process) worker.process->terminate();
  }
  for (auto& worker : impl_->workers) {
    if (worker.process && !worker.process->wait(kWorkerGrace)) worker.process->kill();
  }
  if (impl_->clients) impl_->clients->stop();
  if (impl_->gate) impl_->gate->shutdown();
  if (impl_->rpc) impl_->rpc->shutdown();
  if (impl_->loop.joinable()) {
    impl_->loop.request_stop();
    impl_->loop.join();
  }
}

}  // namespace millrace
