#include "worker/child/attempt.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

#include "attempt.pb.h"
#include "base/guarded.hpp"
#include "base/hash.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "model/data.hpp"
#include "parse/expression.hpp"
#include "parse/sql_values.hpp"
#include "plugin/library.hpp"
#include "sdk/millrace_attempt.h"
#include "sdk/millrace_checkpoint.h"
#include "worker/child/descendants.hpp"
#include "worker/child/frames.hpp"
#include "worker/child/meter.hpp"
#include "worker/child/rows.hpp"

namespace millrace {
namespace {

namespace v1 = attempt::v1;
constexpr size_t kMostOutput = 256 * 1024;
constexpr size_t kMostCheckpoint = 64 * 1024;
constexpr size_t kMostCommit = size_t{48} << 20;  // as in a report to the server
constexpr size_t kLongestText = (size_t{64} << 10) + 1, kLongestNote = 1024;
constexpr int kMostRounds = 2'000;  // of some milliseconds each
constexpr int kNobody = -1;
constexpr std::string_view kMask = "***";
constexpr Millis kLookIn{20}, kBuryEvery{500};

std::string_view view(mr_text text) { return {text.data, text.size}; }

// The end of this process, and of all that was started here: what is started in sessions of its own would go on otherwise.
[[noreturn]] void leave() {
  static std::mutex once;
  const std::lock_guard forever(once);  // whoever comes second waits for the end
  for (int round = 0; round < kMostRounds && end_descendants([](const Relative&) { return false; }); ++round) ::poll(nullptr, 0, 1);
  ::_exit(0);
}

std::optional<v1::ToChild> read_message(int socket) {
  const auto frame = read_frame(socket);
  v1::ToChild message;
  if (!frame || !message.ParseFromString(*frame)) return std::nullopt;
  return message;
}

// The socket, written whole frame by whole frame, from any thread.
class Speaker {
 public:
  explicit Speaker(int socket) : socket_(socket) {}

  void say(const v1::FromChild& message) {
    const auto frame = message.SerializeAsString();
    const std::lock_guard hold(mutex_);
    // Where nobody listens any more, who reads sees that, too, and decides.
    [[maybe_unused]] const auto heard = write_frame(socket_, frame);
  }

  void log(int level, std::string_view text) {
    v1::FromChild message;
    message.mutable_log()->set_level(level);
    message.mutable_log()->set_text(valid_utf8(text.substr(0, kLongestText)));  // of a longer one the worker shows no more either
    say(message);
  }

 private:
  int socket_;
  std::mutex mutex_{};
};

// The host's side of one attempt: what the tables of functions lead to.
struct Host {
  Speaker& speaker;
  const int listens_to;  // the socket, when nobody else hears a cancel; or kNobody
  std::string facts{};
  std::atomic<bool> cancelled = false;
  std::mutex mutex{}, listening{};
  Json output = Json::object();
  size_t output_size = 0;
  DataCommit data{};
  Error failure{};
  std::string failure_class{};
  int64_t retry_after_ms = 0;
  mr_attempt_1 more{};
  mr_checkpoint_1 checkpoints{};
  mr_rows_1 rows{};
  mr_host table{};

  Host(Speaker& to, int from) : speaker(to), listens_to(from) {
    more = {sizeof more, this, &facts_of, &commit, &fail};
    checkpoints = {sizeof checkpoints, this, &save};
    rows = {sizeof rows, this, &open_rows};
    table = {sizeof table, this, &log, &is_cancelled, &progress, &put_output, &extension};
  }

  std::string task() const {
    const auto json = Json::parse(facts);
    return json ? (*json)["task"].as_text() : "";
  }

  static Host& of(void* self) { return *static_cast<Host*>(self); }
  static void log(void* self, mr_level level, mr_text text) { of(self).speaker.log(level, view(text)); }
  static int is_cancelled(void* self) {
    auto& host = of(self);
    if (host.listens_to != kNobody) host.listen();
    return host.cancelled ? 1 : 0;
  }
  static mr_text facts_of(void* self) { return {of(self).facts.data(), of(self).facts.size()}; }

  // From any thread of the operator; one of them is enough.
  void listen() {
    const std::unique_lock hold(listening, std::try_to_lock);
    pollfd word{.fd = listens_to, .events = POLLIN, .revents = 0};
    if (!hold || cancelled || ::poll(&word, 1, 0) <= 0) return;
    const auto message = read_message(listens_to);
    cancelled = !message || message->has_cancel();
  }

  static void progress(void* self, double fraction, mr_text note) {
    v1::FromChild message;
    message.mutable_progress()->set_fraction(fraction);
    message.mutable_progress()->set_note(valid_utf8(view(note).substr(0, kLongestNote)));  // one bad byte would make the frame unreadable
    of(self).speaker.say(message);
  }

  static int put_output(void* self, mr_text key, mr_text json) {
    auto& host = of(self);
    const std::lock_guard hold(host.mutex);
    // Before it is looked at: it may be larger than the memory.
    if (key.size > kMostOutput || json.size > kMostOutput - std::min(kMostOutput, host.output_size + key.size)) {
      host.speaker.log(MR_ERROR, "E4010 the output of task " + quote(host.task()) + " is larger than 256 KiB");
      return 1;
    }
    auto value = Json::parse(view(json));
    if (!value) {
      host.speaker.log(MR_ERROR, "output " + quote(view(key).substr(0, kLongestNote)) + " is not JSON");
      return 1;
    }
    host.output_size += key.size + json.size;
    host.output.set(view(key), std::move(*value));
    return 0;
  }

  static const void* extension(void* self, const char* id) {
    if (std::strcmp(id, MR_CHECKPOINT_1) == 0) return &of(self).checkpoints;
    if (std::strcmp(id, MR_ROWS_1) == 0) return of(self).rows_if_any();
    return std::strcmp(id, MR_ATTEMPT_1) == 0 ? &of(self).more : nullptr;
  }

  const mr_rows_1* rows_if_any() {
    const auto& library = rows_library();
    if (!library) speaker.log(MR_ERROR, to_string(library.error()));
    return library ? &rows : nullptr;
  }

  static int open_rows(void* self, mr_text dataset, mr_text options_json, ArrowArrayStream* out) {
    return rows_library()->open(&of(self).table, dataset, options_json, out);
  }

  static int save(void* self, mr_text json) {
    auto& host = of(self);
    if (json.size > kMostCheckpoint || !Json::parse(view(json))) {
      host.speaker.log(MR_ERROR, "E4012 the checkpoint of task " + quote(host.task()) + (json.size > kMostCheckpoint ? " is larger than 64 KiB" : " is not JSON"));
      return 1;
    }
    v1::FromChild message;
    message.mutable_checkpoint()->set_json(std::string(view(json)));
    host.speaker.say(message);
    return 0;
  }

  static int commit(void* self, mr_text json) {
    auto& host = of(self);
    if (json.size > kMostCommit) {
      host.speaker.log(MR_ERROR, "E3005 the data commit of task " + quote(host.task()) + " is larger than 48 MiB");
      return 1;
    }
    auto parsed = Json::parse(view(json));
    auto data = parsed ? data_commit_from(*parsed) : Result<DataCommit>(parsed.error());
    if (!data) {
      host.speaker.log(MR_ERROR, to_string(data.error()));
      return 1;
    }
    const std::lock_guard hold(host.mutex);
    for (auto& staged : data->snapshots) host.data.snapshots.push_back(std::move(staged));
    for (auto& move : data->positions) host.data.positions.push_back(std::move(move));
    for (auto& one : data->checked) host.data.checked.push_back(std::move(one));
    return 0;
  }

  static void fail(void* self, mr_text json) {
    auto& host = of(self);
    auto said = Json::parse(view(json));
    if (!said) return;
    const std::lock_guard hold(host.mutex);
    host.failure_class = (*said)["class"].as_text();
    host.failure = {.code = (*said)["code"].as_text(), .what = (*said)["what"].as_text(), .where = (*said)["where"].as_text(), .hint = (*said)["hint"].as_text()};
    host.retry_after_ms = std::max<int64_t>(0, (*said)["retry_after_ms"].as_int());
  }
};

// What an operator's schema says of its fields.
struct Fields {
  std::vector<std::string> secret{};  // masked before the config is shown to anybody
  std::vector<std::string> sql{};     // paths; expressions in them are values
};

// Also within objects and lists.
void find_sql(const Json& schema, const std::string& path, std::vector<std::string>& into) {
  if (schema["x-mr-language"].as_text() == "sql") into.push_back(path);
  for (const auto& [name, field] : schema["properties"].members()) find_sql(field, path.empty() ? name : path + "." + name, into);
  if (const Json* items = schema.find("items")) find_sql(*items, path + "[]", into);
}

Fields fields_of(const char* schema_text) {
  Fields fields;
  const auto schema = Json::parse(schema_text);
  if (!schema) return fields;
  for (const auto& [name, field] : (*schema)["properties"].members()) {
    if (field["x-mr-secret"].as_bool()) fields.secret.push_back(name);
  }
  find_sql(*schema, "", fields.sql);
  return fields;
}

Result<Json> evaluate_for(const Fields& fields, const Json& config, const Json& document, const SecretValues& secrets) {
  auto apart = take_sql_apart(config, fields.sql);
  if (!apart) return apart;
  auto evaluated = evaluate(*apart, document, secrets);
  return evaluated ? put_sql_together(*std::move(evaluated), fields.sql) : evaluated;
}

// All libraries that were opened in this process: none is closed, as what it has started may run on, and several threads may be in it.
Guarded<std::map<std::string, PluginLibrary>>& libraries() {
  static auto& all = *new Guarded<std::map<std::string, PluginLibrary>>;
  return all;
}

class Child {
 public:
  Child(int socket, Metered place, size_t most_result) : socket_(socket), place_(place), most_result_(most_result), speaker_(socket), meter_(place) {}

  // Operators run in a thread of their own, because orphans come to the first one: there they can be told from what an operator has
  // started itself, and is going to wait for.
  [[noreturn]] void serve() {
    std::thread operators([this] {
      work();
      leave();
    });
    operators.detach();  // lives as long as the process, which ends by _exit
    watch();
  }

  // Until the worker is gone, and nothing runs.
  void work() {
    while (const auto message = read_message(socket_)) {
      if (!message->has_start()) continue;  // a cancel of what has just ended
      v1::FromChild answer;
      *answer.mutable_finished() = run(message->start());
      set_current(nullptr, 0);
      if (answer.ByteSizeLong() > most_result_) *answer.mutable_finished() = failed(too_large(), "data");
      *answer.mutable_finished()->mutable_usage() = meter_.take();
      speaker_.say(answer);
    }
  }

 private:
  static Error too_large() { return {.code = "E3005", .what = "the attempt's result is larger than 48 MiB", .where = {}, .hint = "write fewer files, or a smaller output"}; }

  // However many processes are started and left by their parents: none stays in the system's table of processes. True: some live.
  static bool bury_orphans() {
    pid_t found = 0;
    while ((found = ::waitpid(-1, nullptr, WNOHANG | __WNOTHREAD)) > 0) {}
    return found == 0;
  }

  // While an attempt runs, its thread reads nothing: this one hears a cancel, and the worker's end. It looks in now and then instead of
  // being woken for each attempt, which would cost a short one more than its work.
  [[noreturn]] void watch() {
    std::unique_lock hold(mutex_);
    for (;;) {
      const bool orphans = bury_orphans();
      const auto fresh = [this] { return seen_ != began_; };
      if (current_ == nullptr && !fresh()) {
        idle_ = true;
        if (orphans) begins_.wait_for(hold, kBuryEvery, fresh);
        else begins_.wait(hold, fresh);
        idle_ = false;
      }
      const bool goes_on = current_ != nullptr && !fresh();
      seen_ = began_;
      if (goes_on) listen(hold);
      else begins_.wait_for(hold, kLookIn);
    }
  }

  void listen(std::unique_lock<std::mutex>& hold) {
    pollfd word{.fd = socket_, .events = POLLIN, .revents = 0};
    hold.unlock();
    const bool came = ::poll(&word, 1, static_cast<int>(kLookIn.count())) > 0;
    hold.lock();
    if (!came || current_ == nullptr || seen_ != began_) return;  // then it is for the other thread
    const auto message = read_message(socket_);
    current_->cancelled = current_->cancelled || !message || message->has_cancel();
    if (message) return;
    // The worker is gone: so is the attempt. An operator may have to stop something that is no process of this machine.
    ended_.wait_for(hold, leave_time_, [this] { return current_ == nullptr; });
    leave();
  }

  void set_current(Host* host, int64_t leave_ms) {
    const std::lock_guard hold(mutex_);
    current_ = host;
    leave_time_ = Millis(leave_ms);
    began_ += host != nullptr ? 1 : 0;
    if (host == nullptr) ended_.notify_all();
    else if (idle_) begins_.notify_one();
  }

  static v1::Finished failed(const Error& error, const std::string& error_class) {
    v1::Finished finished;
    finished.set_outcome(MR_FAILED_FINAL);
    finished.set_error_class(error_class);
    finished.set_code(error.code);
    finished.set_what(error.what);
    finished.set_where(error.where);
    finished.set_hint(error.hint);
    return finished;
  }

  Result<const PluginLibrary*> library(const std::string& path) {
    bool fresh = false;
    auto found = libraries().with([&](auto& all) -> Result<const PluginLibrary*> {
      const auto known = all.find(path);
      if (known != all.end()) return &known->second;
      auto opened = PluginLibrary::open(path);
      if (!opened) return opened.error();
      fresh = true;
      return &all.emplace(path, std::move(*opened)).first->second;
    });
    if (fresh) announce(**found);
    return found;
  }

  void announce(const PluginLibrary& opened) {
    v1::FromChild message;
    message.mutable_ready()->set_plugin(opened.table().name);
    message.mutable_ready()->set_version(opened.table().version);
    speaker_.say(message);
  }

  v1::Finished run(const v1::Start& start) {
    auto opened = library(start.library());
    if (!opened) return failed(opened.error(), "config");
    const auto* entry = (*opened)->find(start.operator_type());
    if (entry == nullptr) {
      return failed({.code = "E4008", .what = "the library has no operator " + quote(start.operator_type()), .where = start.library(), .hint = "is an older library in the way? `millrace plugin list`"}, "config");
    }
    auto config = Json::parse(start.config_json()), document = Json::parse(start.document_json());
    if (!config) return failed(config.error(), "config");
    if (!document) return failed(document.error(), "config");
    auto evaluated = evaluate_for(fields_of(*entry), *config, *document, SecretValues(start.secrets().begin(), start.secrets().end()));
    if (!evaluated) return failed(evaluated.error(), "config");
    if (place_ == Metered::process && !start.work_folder().empty() && ::chdir(start.work_folder().c_str()) != 0) {
      return failed({.code = "E4009", .what = std::string("can't enter the work folder: ") + std::strerror(errno), .where = start.work_folder(), .hint = "check the worker's scratch folder"}, "transient");
    }
    Host host(speaker_, place_ == Metered::thread ? socket_ : kNobody);
    host.facts = start.facts_json();
    set_current(&host, start.leave_ms());
    auto finished = run_operator(*entry, *evaluated, host);
    for (const auto& name : fields_of(*entry).secret) {
      if (evaluated->contains(name)) evaluated->set(name, kMask);
    }
    finished.set_config_json(evaluated->dump());
    return finished;
  }

  const Fields& fields_of(const mr_operator& entry) {
    const auto [at, fresh] = fields_.try_emplace(&entry);
    if (fresh) at->second = millrace::fields_of(entry.config_schema);
    return at->second;
  }

  static mr_outcome call(const mr_operator& entry, const Json& config, Host& host) {
    const auto text = config.dump();
    void* instance = entry.create(&entry, {text.data(), text.size()}, &host.table);
    if (instance != nullptr) {
      const auto outcome = entry.run(instance);
      entry.destroy(instance);
      return outcome;
    }
    if (host.failure_class.empty() || host.failure_class == "data") host.failure_class = "config";
    return MR_FAILED_FINAL;
  }

  // What is thrown past the border is a mistake that C can't tell: the instance is left as it is.
  static mr_outcome call_guarded(const mr_operator& entry, const Json& config, Host& host) {
    std::string thrown;
    try {
      return call(entry, config, host);
    } catch (const std::exception& e) {
      thrown = e.what();
    } catch (...) {
      thrown = "something that is no std::exception";
    }
    const std::lock_guard hold(host.mutex);
    host.failure_class = "transient";
    host.failure = {.code = "E3012", .what = "the operator let an exception out: " + valid_utf8(thrown), .where = {}, .hint = "this is a mistake of the operator"};
    return MR_FAILED_RETRY;
  }

  static v1::Finished run_operator(const mr_operator& entry, const Json& config, Host& host) {
    const auto outcome = call_guarded(entry, config, host);
    v1::Finished finished;
    const std::lock_guard hold(host.mutex);
    finished.set_outcome(outcome);
    finished.set_output_json(host.output.dump());
    if (outcome == MR_SUCCEEDED && !host.data.empty()) finished.set_data_commit_json(to_json(host.data).dump());
    if (outcome == MR_SUCCEEDED || outcome == MR_SKIPPED || outcome == MR_CANCELLED) return finished;
    finished.set_error_class(host.failure_class.empty() ? "transient" : host.failure_class);
    finished.set_code(host.failure.code.empty() ? "E4011" : host.failure.code);
    finished.set_what(host.failure.what.empty() ? "the operator failed; its log says why" : host.failure.what);
    finished.set_where(host.failure.where);
    finished.set_hint(host.failure.hint);
    finished.set_retry_after_ms(host.retry_after_ms);
    return finished;
  }

  const int socket_;
  const Metered place_;
  const size_t most_result_;
  Speaker speaker_;
  std::mutex mutex_{};
  std::condition_variable begins_{}, ended_{};
  Host* current_ = nullptr;        // mutex_; the attempt that runs
  Millis leave_time_{};            // mutex_; of it, when the worker is gone
  uint64_t began_ = 0, seen_ = 0;  // mutex_; attempts that began, and how many of them the watcher knows of
  bool idle_ = false;              // mutex_; the watcher waits for one to begin
  std::map<const mr_operator*, Fields> fields_{};
  Meter meter_;
};

}  // namespace

void serve_attempts(int socket) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // orphans stay below this process, where they are found at its end
  Child(socket, Metered::process, kMostResult).serve();
}

void serve_attempts_in_thread(int socket, size_t most_result) { Child(socket, Metered::thread, most_result).work(); }

int print_description(const char* path) {
  auto library = PluginLibrary::open(path);
  auto manifest = library ? library->describe() : Result<Manifest>(library.error());
  Json said;
  if (manifest) {
    said = to_json(*manifest);
  } else {
    const auto& e = manifest.error();
    said = Json::object({{"error", Json::object({{"code", e.code}, {"what", e.what}, {"where", e.where}, {"hint", e.hint}})}});
  }
  const auto text = said.dump(2);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fputc('\n', stdout);
  return manifest ? 0 : 1;
}

int write_manifest(const char* path) {
  auto library = PluginLibrary::open(path);
  auto manifest = library ? library->describe() : Result<Manifest>(library.error());
  auto sha256 = sha256_hex_of_file(path);
  Status written = !manifest ? manifest.error() : !sha256 ? Status(sha256.error()) : Status();
  if (written) {
    manifest->sha256 = *sha256;
    written = write_text(manifest_path(path), to_json(*manifest).dump(2) + "\n");
  }
  if (!written) {
    std::fprintf(stderr, "%s\n", to_string(written.error()).c_str());
    return 1;
  }
  for (const auto& info : manifest->operators) {
    if (info.examples.size() == 0) std::fprintf(stderr, "note: operator %s has no example; people copy examples before they read schemas\n", info.type.c_str());
  }
  return 0;
}

}  // namespace millrace
