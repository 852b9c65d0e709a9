// millrace_plugin.hpp - write an operator as an ordinary C++20 struct; the C contract is filled in for you (README.md has an example).
//
// Header-only. An operator has: type, version, summary, traits, Config, config (its fields), perhaps examples and output_schema, and
// run(const Config&, mr::Attempt&). Exceptions stop at the border: FinalError and a final Failure end the task, Cancelled says that a
// cancel was obeyed, anything else asks for another try. One instance is used by one thread.
#pragma once
#include <array>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "millrace_attempt.h"
#include "millrace_checkpoint.h"
#include "millrace_plugin.h"

namespace mr {

using Json = nlohmann::json;

inline mr_text text(std::string_view s) { return {s.data(), s.size()}; }

// A failure that says more: an error class (transient, timeout, resource, data, config, or your own), a stable code, what, where, hint.
struct Failure : std::runtime_error {
  std::string error_class{}, code{}, what_happened{}, where{}, hint{};
  bool final = true;
  std::chrono::milliseconds retry_after{};  // not before, says whom we asked; zero: nobody says anything
  Failure(std::string klass, std::string code_, std::string what_, std::string where_ = {}, std::string hint_ = {}, bool final_ = true)
      : std::runtime_error(what_), error_class(std::move(klass)), code(std::move(code_)), what_happened(std::move(what_)),
        where(std::move(where_)), hint(std::move(hint_)), final(final_) {}
};

// Trying again is pointless.
struct FinalError : Failure {
  explicit FinalError(const std::string& message, const std::string& try_this = {}) : Failure("data", "", message, "", try_this, true) {}
};

// Trying again may help.
struct RetryError : Failure {
  explicit RetryError(const std::string& message, const std::string& klass = "transient") : Failure(klass, "", message, "", "", false) {}
};

struct Cancelled {};
struct Skipped {
  std::string reason{};
};

// The host's services, as seen by one attempt.
class Attempt {
 public:
  explicit Attempt(const mr_host& host) : host_(host) {
    more_ = static_cast<const mr_attempt_1*>(extension(MR_ATTEMPT_1));
    if (more_ != nullptr) {
      const auto json = more_->facts(more_->self);
      facts_ = Json::parse(json.data, json.data + json.size, nullptr, false);
    }
    if (!facts_.is_object()) facts_ = Json::object();
    checkpoints_ = static_cast<const mr_checkpoint_1*>(extension(MR_CHECKPOINT_1));
  }

  void debug(std::string_view m) const { log(MR_DEBUG, m); }
  void info(std::string_view m) const { log(MR_INFO, m); }
  void warn(std::string_view m) const { log(MR_WARN, m); }
  void error(std::string_view m) const { log(MR_ERROR, m); }
  void log(mr_level level, std::string_view m) const { host_.log(host_.self, level, text(m)); }

  bool cancelled() const { return host_.cancelled(host_.self) != 0; }
  void stop_if_cancelled() const {
    if (cancelled()) throw Cancelled{};
  }
  void progress(double fraction, std::string_view note = {}) const { host_.progress(host_.self, fraction, text(note)); }

  // Part of the task's output object; at most 256 KiB in all.
  void output(std::string_view key, const Json& value) const {
    const auto json = value.dump();
    if (host_.output(host_.self, text(key), text(json)) != 0) {
      throw Failure("data", "E4010", "the output is larger than 256 KiB", std::string(key), "pass references such as dataset names, never rows");
    }
  }

  // What millrace_attempt.h describes; an empty object when the host has none.
  const Json& facts() const { return facts_; }
  std::string fact(const char* key) const { return facts_.value(key, std::string{}); }
  std::string work_folder() const { return fact("work_folder"); }
  // A path of the config, against the Dag's folder.
  std::string path(const std::string& relative) const {
    return relative.empty() || relative[0] == '/' || fact("folder").empty() ? relative : fact("folder") + "/" + relative;
  }

  void commit(const Json& data) const {
    const auto json = data.dump();
    if (more_ == nullptr || more_->commit(more_->self, text(json)) != 0) throw FinalError("the host refused the data commit");
  }

  // What an earlier attempt of the task has saved; null: nothing.
  Json checkpoint() const { return facts_.value("checkpoint", Json()); }
  // For the task's next attempt, should there be one; at most 64 KiB. False: this host keeps none.
  bool save_checkpoint(const Json& state) const {
    if (checkpoints_ == nullptr) return false;
    const auto json = state.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (checkpoints_->save(checkpoints_->self, text(json)) != 0) throw Failure("data", "E4012", "the checkpoint is larger than 64 KiB", "", "save where you are, not what you have done");
    return true;
  }

  // A service of the host by its name (ABI.md); NULL: it has none such.
  const void* extension(const char* id) const { return host_.extension != nullptr ? host_.extension(host_.self, id) : nullptr; }

  void say_failure(const Failure& failure) const {
    if (more_ == nullptr) return;
    Json said{{"class", failure.error_class}, {"code", failure.code}, {"what", failure.what_happened}, {"where", failure.where}, {"hint", failure.hint}};
    if (failure.retry_after.count() > 0) said["retry_after_ms"] = failure.retry_after.count();
    const auto json = said.dump(-1, ' ', false, Json::error_handler_t::replace);
    more_->fail(more_->self, text(json));
  }

 private:
  const mr_host& host_;
  const mr_attempt_1* more_ = nullptr;
  const mr_checkpoint_1* checkpoints_ = nullptr;
  Json facts_ = Json::object();
};

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

// The JSON Schema of a config field's type.
template <class T>
Json type_schema() {
  if constexpr (is_optional<T>::value) return type_schema<typename T::value_type>();
  else if constexpr (std::is_same_v<T, bool>) return {{"type", "boolean"}};
  else if constexpr (std::is_integral_v<T>) return {{"type", "integer"}};
  else if constexpr (std::is_floating_point_v<T>) return {{"type", "number"}};
  else if constexpr (std::is_same_v<T, std::string>) return {{"type", "string"}};
  else if constexpr (std::is_same_v<T, std::vector<std::string>>) return {{"type", "array"}, {"items", {{"type", "string"}}}};
  else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) return {{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
  else return Json::object();  // Json: anything
}

// One config field: where it lives, what it is called, what a form should say about it.
template <class C, class T>
struct Field {
  const char* name{};
  T C::*member{};
  const char* help{};
  bool required = false, is_secret = false, is_multiline = false, is_sql = false, has_range = false;
  double low = 0, high = 0;
  const char* dataset = nullptr;        // "reads" or "writes"
  const char* shape = nullptr;          // pattern
  const char* sample = nullptr;
  std::array<const char*, 12> choices{};

  constexpr Field needed() const { auto f = *this; f.required = true; return f; }
  constexpr Field between(double a, double b) const { auto f = *this; f.has_range = true; f.low = a; f.high = b; return f; }
  constexpr Field secret() const { auto f = *this; f.is_secret = true; return f; }
  constexpr Field multiline() const { auto f = *this; f.is_multiline = true; return f; }
  constexpr Field sql() const { auto f = *this; f.is_sql = true; f.is_multiline = true; return f; }
  constexpr Field reads() const { auto f = *this; f.dataset = "reads"; return f; }
  constexpr Field writes() const { auto f = *this; f.dataset = "writes"; return f; }
  constexpr Field pattern(const char* p) const { auto f = *this; f.shape = p; return f; }
  constexpr Field example(const char* e) const { auto f = *this; f.sample = e; return f; }
  template <class... S>
  constexpr Field one_of(S... s) const { auto f = *this; f.choices = {s...}; return f; }
};

template <class C, class T>
constexpr Field<C, T> field(const char* name, T C::*member, const char* help) {
  Field<C, T> f;
  f.name = name;
  f.member = member;
  f.help = help;
  return f;
}

template <class... F>
constexpr auto fields(F... f) {
  return std::tuple{f...};
}

template <class C, class T>
Json field_schema(const Field<C, T>& f, const C& defaults) {
  Json p = type_schema<T>();
  p["description"] = f.help;
  if constexpr (!is_optional<T>::value) {
    if (!f.required) p["default"] = defaults.*(f.member);
  }
  if (f.has_range) {
    p["minimum"] = f.low;
    p["maximum"] = f.high;
  }
  if (f.choices[0] != nullptr) {
    Json list = Json::array();
    for (const auto* choice : f.choices) {
      if (choice != nullptr) list.push_back(choice);
    }
    p["enum"] = std::move(list);
  }
  if (f.shape != nullptr) p["pattern"] = f.shape;
  if (f.sample != nullptr) p["examples"] = Json::array({f.sample});
  if (f.is_secret) p["x-mr-secret"] = true;
  if (f.is_multiline) p["x-mr-multiline"] = true;
  if (f.is_sql) p["x-mr-language"] = "sql";
  if (f.dataset != nullptr) p["x-mr-dataset"] = f.dataset;
  return p;
}

template <class Op>
std::string schema_of() {
  const typename Op::Config defaults{};
  Json properties = Json::object(), required = Json::array();
  std::apply([&](const auto&... f) {
    ((properties[f.name] = field_schema(f, defaults), f.required ? required.push_back(f.name) : void()), ...);
  }, Op::config);
  return Json{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"type", "object"}, {"additionalProperties", false},
              {"properties", std::move(properties)}, {"required", std::move(required)}}.dump();
}

template <class C, class T>
void read_field(const Json& json, const Field<C, T>& f, C& config) {
  const auto found = json.find(f.name);
  if (found == json.end() || found->is_null()) {
    if (f.required) throw FinalError("config '" + std::string(f.name) + "' is missing");
    return;
  }
  try {
    if constexpr (is_optional<T>::value) config.*(f.member) = found->template get<typename T::value_type>();
    else if constexpr (std::is_same_v<T, Json>) config.*(f.member) = *found;
    else config.*(f.member) = found->template get<T>();
  } catch (const Json::exception&) {
    throw FinalError("config '" + std::string(f.name) + "' has the wrong type: " + std::string(found->type_name()));
  }
  if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
    const auto value = static_cast<double>(config.*(f.member));
    if (f.has_range && (value < f.low || value > f.high)) throw FinalError("config '" + std::string(f.name) + "' is out of range");
  }
  if constexpr (std::is_same_v<T, std::string>) {
    bool listed = f.choices[0] == nullptr;
    std::string all;
    for (const auto* choice : f.choices) {
      if (choice == nullptr) continue;
      listed = listed || config.*(f.member) == choice;
      all += (all.empty() ? "" : ", ") + std::string(choice);
    }
    if (!listed) throw FinalError("config '" + std::string(f.name) + "' must be one of " + all);
  }
}

template <class Op>
typename Op::Config parse(const Json& json) {
  typename Op::Config config{};
  if (!json.is_object()) throw FinalError("the config is not an object");
  for (const auto& [key, value] : json.items()) {
    const bool known = std::apply([&, k = std::string_view(key)](const auto&... f) { return ((k == f.name) || ...); }, Op::config);
    if (!known) throw FinalError("config '" + key + "' is not known");
  }
  std::apply([&](const auto&... f) { (read_field(json, f, config), ...); }, Op::config);
  return config;
}

template <class Op>
struct Instance {
  Op op{};
  typename Op::Config config{};
  const mr_host* host{};
};

// Runs `act`; what it throws becomes an outcome, said to the host.
template <class F>
mr_outcome guarded(const Attempt& attempt, F act) noexcept {
  try {
    act();
    return MR_SUCCEEDED;
  } catch (const Cancelled&) {
    return MR_CANCELLED;
  } catch (const Skipped& skipped) {
    attempt.info("skipped: " + skipped.reason);
    return MR_SKIPPED;
  } catch (const Failure& failure) {
    attempt.say_failure(failure);
    attempt.error(failure.what_happened);
    return failure.final ? MR_FAILED_FINAL : MR_FAILED_RETRY;
  } catch (const std::exception& problem) {
    attempt.say_failure(RetryError(problem.what()));
    attempt.error(problem.what());
    return MR_FAILED_RETRY;
  } catch (...) {
    attempt.say_failure(RetryError("an exception of unknown type"));
    attempt.error("an exception of unknown type");
    return MR_FAILED_RETRY;
  }
}

template <class Op>
const mr_operator* describe() {
  static_assert(std::string_view(Op::type).find('.') != std::string_view::npos, "an operator's type reads family.verb, such as demo.hello");
  static_assert(!std::string_view(Op::summary).empty(), "an operator needs a summary, one sentence");
  static const std::string schema = schema_of<Op>();
  static const char* const output_schema = [] {
    if constexpr (requires { Op::output_schema; }) return static_cast<const char*>(Op::output_schema);
    else return "{\"type\":\"object\"}";
  }();
  static const char* const examples = [] {
    if constexpr (requires { Op::examples; }) return static_cast<const char*>(Op::examples);
    else return "[]";
  }();
  static const mr_operator table{
      .size = sizeof(mr_operator), .traits = Op::traits, .type = Op::type, .version = Op::version, .summary = Op::summary,
      .config_schema = schema.c_str(), .output_schema = output_schema, .examples = examples,
      .create = [](const mr_operator*, mr_text config, const mr_host* host) -> void* {
        const Attempt attempt(*host);
        Instance<Op>* made = nullptr;
        const auto outcome = guarded(attempt, [&] {
          auto json = Json::parse(config.data, config.data + config.size, nullptr, false);
          if (json.is_discarded()) throw FinalError("the config is not JSON");
          made = new Instance<Op>{{}, parse<Op>(json), host};
        });
        return outcome == MR_SUCCEEDED ? made : nullptr;
      },
      .run = [](void* raw) -> mr_outcome {
        auto& instance = *static_cast<Instance<Op>*>(raw);
        Attempt attempt(*instance.host);
        return guarded(attempt, [&] { instance.op.run(instance.config, attempt); });
      },
      .destroy = [](void* raw) { delete static_cast<Instance<Op>*>(raw); }};
  return &table;
}

}  // namespace mr

// MR_PLUGIN("demo", "1.0.0", "Apache-2.0", Hello, Goodbye): exports the library.
#define MR_PLUGIN(NAME, VERSION, LICENSE, ...)                                                         \
  extern "C" const mr_plugin* millrace_plugin_1(void) {                                                \
    static const auto list = []<class... Ops>(std::type_identity<std::tuple<Ops...>>) {                \
      return std::array<const mr_operator*, sizeof...(Ops)>{mr::describe<Ops>()...};                   \
    }(std::type_identity<std::tuple<__VA_ARGS__>>{});                                                  \
    static const mr_plugin plugin{MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), NAME,       \
                                  VERSION,  LICENSE,      list.size(),  list.data(),       nullptr};   \
    return &plugin;                                                                                    \
  }
