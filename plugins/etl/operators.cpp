// etl.<transform>, each a task of its own, and etl.flow, many of them as one task. All of them come from the table of transforms.
#include "etl/schemas.hpp"
#include "etl/tasks.hpp"
#include "sdk/millrace_traits.h"

namespace {

using mr::etl::json;

struct Text {
  std::string type{}, summary{}, schema{}, examples{};
};

struct Instance {
  std::string type{};  // without "etl."
  json config{};
  const mr_host* host = nullptr;
};

void* create(const mr_operator* self, mr_text config, const mr_host* host) {
  const mr::Attempt attempt(*host);
  Instance* made = nullptr;
  const auto outcome = mr::guarded(attempt, [&] {
    auto parsed = json::parse(config.data, config.data + config.size, nullptr, false);
    if (!parsed.is_object()) throw mr::FinalError("the config is no JSON object");
    made = new Instance{std::string(self->type).substr(4), std::move(parsed), host};
  });
  return outcome == MR_SUCCEEDED ? made : nullptr;
}

mr_outcome run(void* raw) {
  const auto& instance = *static_cast<Instance*>(raw);
  mr::Attempt attempt(*instance.host);
  return mr::guarded(attempt, [&] {
    try {
      mr::etl::run_task(instance.type, instance.config, attempt);
    } catch (const json::exception& problem) {
      throw mr::FinalError(std::string("the config is not of its schema: ") + problem.what());
    }
  });
}

void destroy(void* raw) { delete static_cast<Instance*>(raw); }

std::vector<Text> make_texts() {
  std::vector<Text> texts;
  for (const auto& transform : mr::etl::transforms()) {
    json config = json::parse(transform.example);
    config["input"] = "raw.orders";
    config["into"] = "clean.orders";
    const std::string summary(transform.summary);
    texts.push_back({"etl." + std::string(transform.name), summary, mr::etl::task_schema(transform).dump(), json::array({{{"title", summary}, {"config", config}}}).dump()});
  }
  const char* example = R"([{"title": "Orders with their customers, the newest of each", "config": {
    "inputs": {"orders": "raw.orders", "customers": "clean.customers"},
    "steps": [{"filter": {"where": "quantity > 0"}, "of": "orders"}, {"derive": {"columns": {"total": "quantity * price"}}},
              {"deduplicate": {"by": ["id"], "order_by": ["day desc"]}}, {"lookup": {"right": "customers", "on": ["customer"], "take": {"customer_name": "name"}}}],
    "into": "mart.orders", "mode": "merge", "keys": ["id"], "newest_by": ["day"], "errors": {"to": "quarantine", "limit": "1%"}}}])";
  texts.push_back({"etl.flow", "Transforms one after the other, as few SQL statements as possible.", mr::etl::flow_schema().dump(), example});
  texts.push_back({"etl.route", "Sends each row on every way whose condition is true: to several datasets.", mr::etl::route_schema().dump(),
                   R"([{"title": "Orders by their size", "config": {"input": "raw.orders", "routes": [{"where": "quantity >= 100", "into": "clean.large_orders"}], "default": "clean.orders"}}])"});
  texts.push_back({"etl.relationalize", "Makes tables of nested rows: structs become columns, and each list a dataset with the id of its row.", mr::etl::relationalize_schema().dump(),
                   R"([{"title": "Orders and their lines", "config": {"input": "raw.orders", "into": "clean.orders", "tables": {"lines": "clean.order_lines"}}}])"});
  return texts;
}

}  // namespace

extern "C" const mr_plugin* millrace_plugin_1(void) {
  static const auto texts = make_texts();
  static const auto tables = [] {
    std::vector<mr_operator> made;
    for (const auto& one : texts) {
      made.push_back({.size = sizeof(mr_operator), .traits = MR_IDEMPOTENT | MR_CANCELLABLE | MR_EXPLAINS, .type = one.type.c_str(), .version = "1.0.0", .summary = one.summary.c_str(), .config_schema = one.schema.c_str(),
                      .output_schema = "{\"type\":\"object\"}", .examples = one.examples.c_str(), .create = create, .run = run, .destroy = destroy});
    }
    return made;
  }();
  static const auto list = [] {
    std::vector<const mr_operator*> pointers;
    for (const auto& table : tables) pointers.push_back(&table);
    return pointers;
  }();
  static const mr_plugin plugin{MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), "etl", "1.0.0", "Apache-2.0", list.size(), list.data(), nullptr};
  return &plugin;
}
