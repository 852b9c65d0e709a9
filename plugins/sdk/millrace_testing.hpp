// millrace_testing.hpp - try operators without Millrace: a host that remembers, and ways to run one operator against it.
//
// Header-only, for any test framework. A FakeHost may be used from all threads of the operator under test; read what it
// remembers after run() has returned, or by its functions while it runs.
#pragma once
#include <dlfcn.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <mutex>

#include "millrace_plugin.hpp"
#include "millrace_testing_rows.hpp"

namespace mr::testing {

struct Line {
  mr_level level{};
  std::string text{};
};

class FakeHost {
  mutable std::mutex mutex_{};

  template <class F>
  auto with(F use) const {
    const std::lock_guard hold(mutex_);
    return use();
  }

 public:
  Json facts = Json::object();              // what Attempt::facts() shall say; set it before the run
  size_t most_output = size_t{256} * 1024;  // as in Millrace
  std::map<std::string, RowList> rows{};    // by dataset: what mr::rows gives; {"raw.orders", {{{"id", "BIGINT"}}, {{1}, {2}}}}
  std::function<void(const Line&)> on_log{};  // called for each line, for example to cancel at a certain one

  FakeHost() = default;
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const mr_host& table() const { return table_; }
  void cancel() { cancelled_ = true; }

  std::vector<Line> lines() const { return with([&] { return lines_; }); }
  Json output() const { return with([&] { return output_; }); }
  Json failure() const { return with([&] { return failure_; }); }  // {class, code, what, where, hint}, or {}
  Json commits() const { return with([&] { return commits_; }); }  // a list, one item for each call
  Json checkpoint() const { return with([&] { return checkpoint_; }); }  // the last that was saved
  double progress() const { return with([&] { return progress_; }); }

  // All lines of one level, one below the other.
  std::string log(mr_level level) const {
    std::string all;
    for (const auto& line : lines()) {
      if (line.level == level) all += line.text + "\n";
    }
    return all;
  }

  // What a program under test may ask for by Attempt::path and work_folder.
  FakeHost& at(const std::string& dag_folder, const std::string& work_folder = {}) {
    facts["folder"] = dag_folder;
    facts["work_folder"] = work_folder.empty() ? dag_folder : work_folder;
    return *this;
  }

 private:
  static FakeHost& of(void* self) { return *static_cast<FakeHost*>(self); }
  static std::string copied(mr_text text) { return {text.data, text.size}; }
  static Json read(mr_text text) { return Json::parse(text.data, text.data + text.size, nullptr, false); }

  static void take_log(void* self, mr_level level, mr_text text) {
    const Line line{level, copied(text)};
    of(self).with([&] { of(self).lines_.push_back(line); });
    if (of(self).on_log) of(self).on_log(line);
  }

  static int say_cancelled(void* self) { return of(self).cancelled_ ? 1 : 0; }

  static void take_progress(void* self, double fraction, mr_text) {
    of(self).with([&] { of(self).progress_ = fraction; });
  }

  static int take_output(void* self, mr_text key, mr_text json) {
    auto value = read(json);
    if (value.is_discarded()) return 1;
    auto& host = of(self);
    return host.with([&] {
      host.output_size_ += key.size + json.size;
      if (host.output_size_ > host.most_output) return 1;
      host.output_[copied(key)] = std::move(value);
      return 0;
    });
  }

  static const void* find_extension(void* self, const char* id) {
    if (std::strcmp(id, MR_CHECKPOINT_1) == 0) return &of(self).checkpoints_;
    if (std::strcmp(id, MR_ROWS_1) == 0) return &of(self).row_lists_;
    return std::strcmp(id, MR_ATTEMPT_1) == 0 ? &of(self).more_ : nullptr;
  }

  static int take_checkpoint(void* self, mr_text json) {
    auto value = read(json);
    if (value.is_discarded() || json.size > size_t{64} * 1024) return 1;
    of(self).with([&] { of(self).checkpoint_ = std::move(value); });
    return 0;
  }

  static int open_rows(void* self, mr_text dataset, mr_text options, ArrowArrayStream* out) {
    auto& host = of(self);
    const auto found = host.rows.find(copied(dataset));
    auto stream = std::make_unique<ListStream>(found != host.rows.end() ? found->second : RowList{}, [&host] { return host.cancelled_.load(); });
    if (found == host.rows.end()) stream->refuse(EINVAL, "E4019 the task does not read the dataset " + copied(dataset));
    else stream->choose(options.size > 0 ? read(options) : Json::object());
    const int reason = stream->reason;
    ListStream::give(std::move(stream), out);
    return reason;
  }

  static mr_text say_facts(void* self) {
    auto& host = of(self);
    host.facts_text_ = host.facts.dump();
    return text(host.facts_text_);
  }

  static int take_commit(void* self, mr_text json) {
    auto value = read(json);
    if (!value.is_object()) return 1;
    of(self).with([&] { of(self).commits_.push_back(std::move(value)); });
    return 0;
  }

  static void take_failure(void* self, mr_text json) {
    of(self).with([&] { of(self).failure_ = read(json); });
  }

  std::atomic<bool> cancelled_ = false;
  std::vector<Line> lines_{};
  Json output_ = Json::object(), failure_ = Json::object(), commits_ = Json::array();
  size_t output_size_ = 0;
  double progress_ = 0;
  Json checkpoint_{};
  std::string facts_text_{};
  mr_attempt_1 more_{sizeof(mr_attempt_1), this, &say_facts, &take_commit, &take_failure};
  mr_checkpoint_1 checkpoints_{sizeof(mr_checkpoint_1), this, &take_checkpoint};
  mr_rows_1 row_lists_{sizeof(mr_rows_1), this, &open_rows};
  mr_host table_{sizeof(mr_host), this, &take_log, &say_cancelled, &take_progress, &take_output, &find_extension};
};

// As Millrace does it: create, run, destroy. A config that create() refuses is MR_FAILED_FINAL.
inline mr_outcome run(const mr_operator& entry, const Json& config, FakeHost& host) {
  const auto json = config.dump();
  void* instance = entry.create(&entry, text(json), &host.table());
  if (instance == nullptr) return MR_FAILED_FINAL;
  const mr_outcome outcome = entry.run(instance);
  entry.destroy(instance);
  return outcome;
}

// An operator whose struct the test can see.
template <class Op>
mr_outcome run(const Json& config, FakeHost& host) {
  return run(*describe<Op>(), config, host);
}

// A built library, tried as Millrace will see it. Throws std::runtime_error. It stays open for the life of the process.
class Library {
 public:
  explicit Library(const std::string& path) {
    void* opened = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) throw std::runtime_error(::dlerror());
    auto* entry = reinterpret_cast<const mr_plugin* (*)()>(::dlsym(opened, "millrace_plugin_1"));
    if (entry == nullptr) throw std::runtime_error(path + " exports no millrace_plugin_1");
    plugin_ = entry();
  }

  const mr_plugin& plugin() const { return *plugin_; }

  const mr_operator& find(std::string_view type) const {
    for (size_t i = 0; i < plugin_->operator_count; ++i) {
      if (type == plugin_->operators[i]->type) return *plugin_->operators[i];
    }
    throw std::runtime_error("the library has no operator " + std::string(type));
  }

  mr_outcome run(std::string_view type, const Json& config, FakeHost& host) const { return testing::run(find(type), config, host); }

 private:
  const mr_plugin* plugin_{};
};

}  // namespace mr::testing
