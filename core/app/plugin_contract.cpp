#include "app/plugin_contract.hpp"

#include <algorithm>
#include <set>

#include "base/text.hpp"
#include "parse/schema_check.hpp"
#include "plugin/profile.hpp"

namespace millrace {
namespace {

constexpr size_t kMostOperators = 1000;
constexpr size_t kMostSize = 4096;  // of a table of any minor to come
constexpr unsigned kTraits = MR_IDEMPOTENT | MR_CANCELLABLE | MR_NEEDS_PROCESS | MR_NOT_IN_WORKER | MR_EXPLAINS;

std::string_view text_of(const char* text) { return text == nullptr ? std::string_view() : std::string_view(text); }

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_plugin_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && is_lower(name[0]) && std::all_of(name.begin(), name.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-' || c == '_'; });
}

// family.verb, perhaps with more parts.
bool is_type(std::string_view type) {
  const auto parts = split(type, '.');
  return type.size() <= 64 && parts.size() >= 2 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
    return !part.empty() && is_lower(part[0]) && std::all_of(part.begin(), part.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
  });
}

// MAJOR.MINOR.PATCH, perhaps with -more or +more.
bool is_version(std::string_view version) {
  const auto parts = split(version.substr(0, version.find_first_of("-+")), '.');
  return parts.size() == 3 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) { return !part.empty() && std::all_of(part.begin(), part.end(), is_digit); });
}

// The host of an operator that is made and not run: it has no extensions, and remembers what it was told last.
struct SilentHost {
  std::string said{};
  mr_host table{sizeof(mr_host), this, &log, [](void*) { return 0; }, [](void*, double, mr_text) {}, [](void*, mr_text, mr_text) { return 0; },
                [](void*, const char*) -> const void* { return nullptr; }};

  static void log(void* self, mr_level, mr_text text) { static_cast<SilentHost*>(self)->said.assign(text.data, text.size); }
};

class Examination {
 public:
  Examination(const mr_plugin& plugin, ContractReport& report) : plugin_(plugin), report_(report) {}

  void all() {
    report_.step("the reading of its tables");
    if (!fits("the plugin's table", plugin_.size, sizeof plugin_, "")) return;
    if (plugin_.abi_minor > MR_ABI_MINOR) {
      advise("E4013", "built for minor " + std::to_string(plugin_.abi_minor) + " of the contract, and this is " + std::to_string(MR_ABI_MINOR), "", "what is new in it is not used here");
    }
    names();
    if (plugin_.operator_count == 0) return fail("E4006", "the library offers no operator", "", "list them in MR_PLUGIN");
    if (plugin_.operator_count > kMostOperators || plugin_.operators == nullptr) {
      return fail("E4013", "the library says that it has " + std::to_string(plugin_.operator_count) + " operators" + (plugin_.operators == nullptr ? ", and names none" : ""), "", "fill in mr_plugin as millrace_plugin.h has it");
    }
    for (size_t i = 0; i < plugin_.operator_count; ++i) {
      const std::string number = "operator " + std::to_string(i + 1);
      if (plugin_.operators[i] == nullptr) fail("E4013", "the table of " + number + " is missing", "", "operator_count is the length of operators");
      else if (fits("the table of " + number, plugin_.operators[i]->size, sizeof(mr_operator), number)) one(*plugin_.operators[i], number);
    }
  }

 private:
  void fail(std::string code, std::string what, std::string where, std::string hint) {
    report_.find({.error = {.code = std::move(code), .what = std::move(what), .where = std::move(where), .hint = std::move(hint)}});
  }

  void advise(std::string code, std::string what, std::string where, std::string hint) {
    report_.find({.warning = true, .error = {.code = std::move(code), .what = std::move(what), .where = std::move(where), .hint = std::move(hint)}});
  }

  // A later minor may have more fields; this one has exactly ours.
  bool fits(const std::string& what, size_t size, size_t ours, const std::string& where) {
    const size_t most = plugin_.abi_minor > MR_ABI_MINOR ? kMostSize : ours;
    if (size >= ours && size <= most) return true;
    fail("E4013", what + " says that it has " + std::to_string(size) + " bytes, and minor " + std::to_string(plugin_.abi_minor) + " has " + std::to_string(ours), where, "size is sizeof of the struct, by the header that the library is built with");
    return false;
  }

  void names() {
    if (!is_plugin_name(text_of(plugin_.name))) fail("E4015", quote(text_of(plugin_.name)) + " is not a plugin's name", "", "up to 64 of a-z, 0-9, _ and -, starting with a letter");
    if (!is_version(text_of(plugin_.version))) fail("E4015", quote(text_of(plugin_.version)) + " is not a version", "", "write 1.0.0");
    if (text_of(plugin_.license).empty()) fail("E4015", "the library names no license", "", "name one by its SPDX identifier, such as Apache-2.0");
  }

  void one(const mr_operator& entry, const std::string& number) {
    const std::string type(text_of(entry.type)), where = type.empty() ? number : type;
    ++report_.operators;
    if (!is_type(type)) fail("E4015", quote(type) + " is not an operator's type", where, "family.verb of a-z, 0-9 and _, such as demo.hello");
    if (type.starts_with("core.")) fail("E4015", "the family 'core' is the scheduler's own", where, "name it after your plugin");
    if (!types_.insert(type).second) fail("E4007", "the type " + quote(type) + " is offered twice", where, "rename one of the two");
    if (!is_version(text_of(entry.version))) fail("E4015", quote(text_of(entry.version)) + " is not a version", where, "write 1.0.0");
    if ((entry.traits & ~kTraits) != 0) advise("E4018", "there are traits that this contract does not have", where, "leave their bits 0");
    const auto summary = text_of(entry.summary);
    if (trim(summary).empty()) fail("E4006", "the operator has no summary", where, "say in one sentence what it does");
    else if (!summary.ends_with('.')) advise("E4018", "the summary is not a sentence", where, "end it with a full stop");
    if (entry.create == nullptr || entry.run == nullptr || entry.destroy == nullptr) return fail("E4006", "create, run or destroy is missing", where, "all three are needed");
    const auto config = json_of(entry.config_schema, "config_schema", where), output = json_of(entry.output_schema, "output_schema", where), examples = json_of(entry.examples, "examples", where);
    if (output && !output->is_object()) fail("E4006", "output_schema is not an object", where, R"(write {"type": "object"})");
    if (!config || !check_config(*config, where) || !examples) return;
    if (!examples->is_array()) return fail("E4016", "the examples are not a list", where, "write [{title, config}]");
    if (examples->size() == 0) advise("E4018", "there is no example", where, "people copy examples before they read schemas");
    for (size_t i = 0; i < examples->size(); ++i) example(entry, *config, examples->at(i), where + " examples[" + std::to_string(i) + "]");
  }

  std::optional<Json> json_of(const char* text, const std::string& field, const std::string& where) {
    auto json = Json::parse(text_of(text));
    if (json) return std::move(*json);
    fail("E4006", field + (text == nullptr ? " is missing" : " is not JSON: " + json.error().what), where, "");
    return std::nullopt;
  }

  // False: so far from a schema that examples can't be held against it.
  bool check_config(const Json& schema, const std::string& where) {
    for (auto& problem : check_profile(schema, where + " config")) report_.find({.error = std::move(problem)});
    if (schema.is_object() && schema["type"].as_text() != "object") fail("E4014", "the config's schema must be of type object", where + " config", "a config is a map of keys");
    for (const auto& [key, field] : schema["properties"].members()) {
      if (field["description"].as_text().empty()) advise("E4018", "the field " + quote(key) + " is not explained", where, "give it a description");
    }
    for (const auto& key : schema["required"].items()) {
      if (!schema["properties"].contains(key.as_text())) fail("E4014", "'required' names " + quote(key.as_text()) + ", which is no property", where + " config", "");
    }
    return schema.is_object();
  }

  void example(const mr_operator& entry, const Json& schema, const Json& given, const std::string& where) {
    if (given["title"].as_text().empty()) fail("E4016", "an example without title", where, "say what it shows");
    if (!given["config"].is_object()) return fail("E4016", "an example without config", where, "write {title, config}");
    const std::string config = given["config"].dump();
    const auto tree = read_yaml(config);  // JSON is YAML too, and the checker is the one of Dags
    SchemaReport checked;
    if (tree.whole) check_schema(tree.root, schema, "config", checked);
    for (const auto& mistake : checked.mistakes) fail("E4016", mistake.what, where, mistake.hint);
    if (!checked.mistakes.empty()) return;
    if (config.find("{{") != std::string::npos) ++report_.with_expressions;
    else make(entry, config, where + " " + quote(given["title"].as_text()));
  }

  void make(const mr_operator& entry, const std::string& config, const std::string& where) {
    SilentHost host;
    report_.step("create of " + where);
    void* instance = entry.create(&entry, {config.data(), config.size()}, &host.table);
    if (instance == nullptr) return fail("E4016", "the operator refuses its own example" + (host.said.empty() ? "" : ": " + host.said), where, "mend the example, or what create checks");
    report_.step("destroy of " + where);
    entry.destroy(instance);
    report_.step("the time after destroy of " + where);
    ++report_.created;
  }

  const mr_plugin& plugin_;
  ContractReport& report_;
  std::set<std::string> types_{};
};

}  // namespace

void examine_contract(const mr_plugin& plugin, ContractReport& report) { Examination(plugin, report).all(); }

}  // namespace millrace
