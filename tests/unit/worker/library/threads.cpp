// Operators for attempts in threads of the worker: one does what the config's "do" says. Written against the C contract alone, so that an
// exception can get out.
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sdk/millrace_attempt.h"
#include "sdk/millrace_checkpoint.h"
#include "sdk/millrace_plugin.h"

namespace {

using Json = nlohmann::json;

mr_text text(const std::string& from) { return {from.data(), from.size()}; }

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Instance {
  const mr_host* host;
  Json config;

  const mr_attempt_1& more() const { return *static_cast<const mr_attempt_1*>(host->extension(host->self, MR_ATTEMPT_1)); }
  Json facts() const {
    const auto said = more().facts(more().self);
    return Json::parse(said.data, said.data + said.size);
  }
  void log(const std::string& line) const { host->log(host->self, MR_INFO, text(line)); }
  void note(const std::string& line) const { host->progress(host->self, 0.5, text(line)); }
  int output(const std::string& key, const Json& value) const { return host->output(host->self, text(key), text(value.dump())); }
  bool cancelled() const { return host->cancelled(host->self) != 0; }

  mr_outcome say() const {
    log("hello " + config.value("word", "world"));
    note("half of it");
    const auto& saves = *static_cast<const mr_checkpoint_1*>(host->extension(host->self, MR_CHECKPOINT_1));
    saves.save(saves.self, text(R"({"at": 7})"));
    output("facts", facts());
    output("word", config.value("word", "world"));
    output("pid", ::getpid());
    char folder[4096]{};
    output("folder", ::getcwd(folder, sizeof folder));
    std::ofstream(facts()["work_folder"].get<std::string>() + "/left") << "something";
    return MR_SUCCEEDED;
  }

  mr_outcome wait() const {
    log("waiting");
    note("waiting");
    while (!cancelled()) ::poll(nullptr, 0, 1);
    return MR_CANCELLED;
  }

  // Hears nothing until there is a file.
  mr_outcome ignore() const {
    note("deaf");
    while (::access(config["until"].get<std::string>().c_str(), F_OK) != 0) ::poll(nullptr, 0, 1);
    return MR_SUCCEEDED;
  }

  // Ends when two of them are here at once.
  mr_outcome meet() const {
    static std::atomic<int> here = 0;
    for (++here; here < 2;) {
      if (cancelled()) return MR_CANCELLED;
      ::poll(nullptr, 0, 1);
    }
    return MR_SUCCEEDED;
  }

  mr_outcome burn() const {
    const auto end = thread_seconds() + config["seconds"].get<double>();
    while (thread_seconds() < end) {}
    return MR_SUCCEEDED;
  }

  mr_outcome too_much() const {
    output("refused", output("large", std::string(300'000, 'x')));
    return MR_SUCCEEDED;
  }

  mr_outcome run() const {
    const auto what = config["do"].get<std::string>();
    if (what == "say") return say();
    if (what == "wait") return wait();
    if (what == "ignore") return ignore();
    if (what == "meet") return meet();
    if (what == "burn") return burn();
    if (what == "too much") return too_much();
    if (what == "throw") throw std::runtime_error("the sky fell");
    if (what == "throw a number") throw 42;
    more().fail(more().self, text(R"({"class": "data", "what": "the rows are wrong"})"));
    return MR_FAILED_FINAL;
  }
};

void* create(const mr_operator*, mr_text config, const mr_host* host) { return new Instance{host, Json::parse(config.data, config.data + config.size)}; }
mr_outcome run(void* instance) { return static_cast<Instance*>(instance)->run(); }
void destroy(void* instance) { delete static_cast<Instance*>(instance); }

const mr_operator* const kOperators[]{[] {
  static mr_operator made{};
  made.size = sizeof made;
  made.traits = MR_CANCELLABLE;
  made.type = "test.do";
  made.version = "1.0.0";
  made.summary = "For tests.";
  made.config_schema = R"({"type": "object", "properties": {"password": {"type": "string", "x-mr-secret": true}}})";
  made.output_schema = R"({"type": "object"})";
  made.examples = R"([{"title": "So", "config": {}}])";
  made.create = &create;
  made.run = &run;
  made.destroy = &destroy;
  return &made;
}()};

}  // namespace

extern "C" MR_EXPORT const mr_plugin* millrace_plugin_1(void) {
  static const mr_plugin plugin = [] {
    mr_plugin made{};
    made.magic = MR_MAGIC;
    made.abi_major = MR_ABI_MAJOR;
    made.abi_minor = MR_ABI_MINOR;
    made.size = sizeof made;
    made.name = "threads";
    made.version = "1.0.0";
    made.license = "Apache-2.0";
    made.operator_count = 1;
    made.operators = kOperators;
    return made;
  }();
  return &plugin;
}
