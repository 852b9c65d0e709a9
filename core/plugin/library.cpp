#include "plugin/library.hpp"

#include <boost/dll/shared_library.hpp>

#include "base/text.hpp"

namespace millrace {
namespace {

constexpr uint32_t kLargestTable = 4096;  // a later minor appends fields, not pages of them

}  // namespace

struct PluginLibrary::Opened {
  boost::dll::shared_library library{};
};

PluginLibrary::PluginLibrary(std::unique_ptr<Opened> opened, const mr_plugin* table, std::string path)
    : opened_(std::move(opened)), table_(table), path_(std::move(path)) {}
PluginLibrary::~PluginLibrary() = default;
PluginLibrary::PluginLibrary(PluginLibrary&&) noexcept = default;
PluginLibrary& PluginLibrary::operator=(PluginLibrary&&) noexcept = default;

Result<PluginLibrary> PluginLibrary::open(const std::string& path) {
  auto opened = std::make_unique<Opened>();
  boost::dll::fs::error_code failed;
  opened->library.load(path, failed, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
  if (failed) {
    return Error{.code = "E4003", .what = "can't open the plugin library: " + failed.message(), .where = path, .hint = "is it a shared library for this machine, with all that it links?"};
  }
  if (!opened->library.has("millrace_plugin_1")) {
    return Error{.code = "E4004", .what = "not a plugin: it does not export millrace_plugin_1", .where = path, .hint = "build it with mr_add_plugin, or take it out of the plugin folder"};
  }
  const auto* table = opened->library.get<const mr_plugin*()>("millrace_plugin_1")();
  if (table == nullptr || table->magic != MR_MAGIC) {
    return Error{.code = "E4004", .what = "not a plugin: its description lacks the magic number", .where = path, .hint = "build it with the SDK's macro MR_PLUGIN"};
  }
  if (table->abi_major == MR_ABI_MAJOR && (!MR_HAS(table, operators) || table->size > kLargestTable)) {
    return Error{.code = "E4004", .what = "its table says that it is " + std::to_string(table->size) + " bytes long", .where = path, .hint = "set size to sizeof(mr_plugin)"};
  }
  if (table->abi_major != MR_ABI_MAJOR) {
    return Error{.code = "E4005", .what = "built for plugin ABI " + std::to_string(table->abi_major) + ", and this is " + std::to_string(MR_ABI_MAJOR), .where = path,
                 .hint = "build it again with this SDK"};
  }
  return PluginLibrary(std::move(opened), table, path);
}

const mr_operator* PluginLibrary::find(const std::string& type) const {
  for (size_t i = 0; i < table_->operator_count; ++i) {
    if (table_->operators[i]->type == type) return table_->operators[i];
  }
  return nullptr;
}

Result<Manifest> PluginLibrary::describe() const {
  Manifest manifest{.name = table_->name, .version = table_->version, .license = table_->license,
                    .abi_major = table_->abi_major, .abi_minor = table_->abi_minor, .sha256 = {}, .operators = {}};
  for (size_t i = 0; i < table_->operator_count; ++i) {
    const auto& entry = *table_->operators[i];
    const Error lacking{.code = "E4006", .what = "operator " + std::to_string(i + 1) + " is not described: it needs a type, a summary, and JSON in its schemas and examples",
                        .where = path_, .hint = "see plugins/sdk/README.md"};
    if (!MR_HAS(&entry, destroy) || entry.type == nullptr || entry.summary == nullptr || std::string_view(entry.summary).empty()) return lacking;
    auto config = Json::parse(entry.config_schema), output = Json::parse(entry.output_schema), examples = Json::parse(entry.examples);
    if (!config || !output || !examples || !config->is_object()) return lacking;
    manifest.operators.push_back({.type = entry.type, .plugin = table_->name, .library = path_, .version = entry.version, .summary = entry.summary,
                                  .traits = entry.traits, .config_schema = std::move(*config), .output_schema = std::move(*output), .examples = std::move(*examples)});
  }
  return manifest;
}

}  // namespace millrace
