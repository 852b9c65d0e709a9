#include "quality/gx_checkpoint/checkpoint.hpp"

#include "quality/gx_checkpoint/actions.hpp"

#include <algorithm>

namespace mr::quality::checkpoint {
namespace {

using nlohmann::json;

const Words kKeys018{"action_list",
                     "batch_request",
                     "batches",
                     "class_name",
                     "config_version",
                     "default_validation_id",
                     "evaluation_parameters",
                     "expectation_suite_ge_cloud_id",
                     "expectation_suite_name",
                     "ge_cloud_id",
                     "id",
                     "module_name",
                     "name",
                     "notify_on",
                     "notify_with",
                     "profilers",
                     "run_name_template",
                     "runtime_configuration",
                     "site_names",
                     "slack_webhook",
                     "template_name",
                     "validations"};
const Words kKeys1{"actions", "id", "name", "result_format", "validation_definitions"};
const Words kValidationKeys{"action_list",
                            "batch_request",
                            "evaluation_parameters",
                            "expectation_suite_ge_cloud_id",
                            "expectation_suite_name",
                            "id",
                            "name",
                            "runtime_configuration"};
const Words kBatchKeys{"batch_identifiers",
                       "batch_spec_passthrough",
                       "batch_slice",
                       "data_asset_name",
                       "data_connector_name",
                       "data_connector_query",
                       "datasource_name",
                       "limit",
                       "options",
                       "runtime_parameters"};

bool is_given(const Node* node) {
  return node != nullptr && !node->is_null() &&
         (node->is_scalar() || !node->items.empty() || !node->members.empty());
}

const Node* given(const Node& node, const char* key) {
  const Node* found = node.find(key);
  return is_given(found) ? found : nullptr;
}

std::string text_in(const Node& node, const char* key) {
  const Node* found = given(node, key);
  return found == nullptr ? std::string() : text_of(*found, std::string("'") + key + "'");
}

const std::vector<Node>& items_in(const Node& node, const char* key) {
  static const std::vector<Node> kNone{};
  const Node* found = given(node, key);
  if (found == nullptr) return kNone;
  if (!found->is_list()) wrong(*found, std::string("'") + key + "' must be a list");
  return found->items;
}

// Keys that are known, and whose meaning is not: they must not be there.
void refuse(const Node& node, const char* key, const std::string& hint) {
  const Node* found = given(node, key);
  if (found != nullptr)
    throw QualityError("E7003", std::string("'") + key + "' of checkpoints is not known here",
                       found->place, hint);
}

class Reader {
 public:
  Reader(const Node& document, Checkpoint& into) : document_(document), into_(into) {}

  void read_0_18() {
    require_map(document_, "a checkpoint of 0.18", kKeys018);
    refuse(document_, "template_name", "put what the template says into the checkpoint");
    refuse(document_, "profilers", "run suites");
    refuse(document_, "batches", "write them as validations");
    const auto& validations = items_in(document_, "validations");
    for (const Node& validation : validations) {
      require_map(validation, "a validation", kValidationKeys);
      add_run(validation);
      add_actions(items_in(validation, "action_list"));
    }
    if (validations.empty()) add_run(document_);
    add_actions(items_in(document_, "action_list"));
    if (given(document_, "slack_webhook") != nullptr)
      into_.actions.push_back(simple_slack(text_in(document_, "notify_on")));
    if (given(document_, "run_name_template") != nullptr)
      into_.notes.push_back("run_name_template is not followed: runs are named by their time");
  }

  void read_1() {
    require_map(document_, "a checkpoint of 1.x", kKeys1);
    const Node* format = given(document_, "result_format");
    for (const Node& one : items_in(document_, "validation_definitions")) {
      Run run;
      if (format != nullptr) run.result_format = format->to_json();
      run.definition = text_of(needed(one, "name", "a validation definition"), "'name'");
      if (given(one, "suite") != nullptr) define(run, one);
      into_.runs.push_back(std::move(run));
    }
    add_actions(items_in(document_, "actions"));
  }

 private:
  // Of the validation, and where that is silent of the checkpoint.
  const Node* inherited(const Node& node, const char* key) const {
    const Node* own = given(node, key);
    return own != nullptr ? own : given(document_, key);
  }

  void add_run(const Node& node) {
    Run run;
    const Node* suite = inherited(node, "expectation_suite_name");
    if (suite == nullptr) wrong(node, "a validation needs 'expectation_suite_name'");
    run.suite = text_of(*suite, "'expectation_suite_name'");
    const Node* batch = inherited(node, "batch_request");
    if (batch == nullptr) wrong(node, "a validation needs 'batch_request'");
    run.batch = batch_of(*batch);
    for (const Node* source :
         {given(document_, "evaluation_parameters"), given(node, "evaluation_parameters")}) {
      if (source != nullptr && source->is_map()) run.parameters.update(source->to_json());
    }
    if (const Node* runtime = inherited(node, "runtime_configuration"))
      run.result_format = format_of(*runtime);
    into_.runs.push_back(std::move(run));
  }

  static json format_of(const Node& runtime) {
    const Node* format = given(runtime, "result_format");
    return format == nullptr ? json() : format->to_json();
  }

  Batch batch_of(const Node& node) {
    require_map(node, "a batch_request", kBatchKeys);
    Batch batch{.datasource = text_in(node, "datasource_name"),
                .asset = text_in(node, "data_asset_name")};
    if (const Node* runtime = given(node, "runtime_parameters")) {
      require_map(*runtime, "runtime_parameters", {"path", "query", "batch_data"});
      if (given(*runtime, "path") == nullptr)
        throw QualityError("E7003", "a batch without a path can't be run here", runtime->place,
                           "batches are files");
      batch.path = text_in(*runtime, "path");
    }
    for (const char* key :
         {"batch_spec_passthrough", "data_connector_query", "batch_slice", "limit", "options"}) {
      if (given(node, key) != nullptr)
        into_.notes.push_back(std::string("'") + key + "' of the batch of " + batch.asset +
                              " is not followed: the batch is the whole file");
    }
    return batch;
  }

  void add_actions(const std::vector<Node>& list) {
    for (const Node& node : list) into_.actions.push_back(action_of(node));
  }

  const Node& document_;
  Checkpoint& into_;
};

bool is_0_18(const Node& document) {
  return document.find("validations") != nullptr || document.find("action_list") != nullptr ||
         document.find("batch_request") != nullptr;
}

}  // namespace

bool is_checkpoint(const Node& document) {
  if (!document.is_map() || document.find("expectations") != nullptr) return false;
  return document.find("validation_definitions") != nullptr || is_0_18(document);
}

Checkpoint read(const Node& document, const std::string& name) {
  if (!is_checkpoint(document))
    throw QualityError("E7002", "this is no checkpoint of Great Expectations", name,
                       "it has 'validation_definitions' (1.x) or 'validations' (0.18)");
  Checkpoint made{.name = name, .is_0_18 = document.find("validation_definitions") == nullptr};
  made.config = document.to_json();
  if (const std::string own = text_in(document, "name"); !own.empty()) made.name = own;
  Reader reader(document, made);
  if (made.is_0_18)
    reader.read_0_18();
  else
    reader.read_1();
  if (made.runs.empty())
    throw QualityError("E7002", "the checkpoint runs no suite", document.place);
  return made;
}

void define(Run& run, const Node& definition) {
  const Node& suite = needed(definition, "suite", "a validation definition");
  run.suite = suite.is_map() ? text_of(needed(suite, "name", "'suite'"), "'name' of the suite")
                             : text_of(suite, "'suite'");
  const Node& data = needed(definition, "data", "a validation definition");
  const auto named = [&](const char* key) {
    const Node* part = given(data, key);
    if (part == nullptr) return std::string();
    return part->is_map() ? text_in(*part, "name") : text_of(*part, std::string("'") + key + "'");
  };
  run.batch.datasource = named("datasource");
  run.batch.asset = named("asset");
  if (run.batch.asset.empty()) wrong(data, "'data' of a validation definition needs an 'asset'");
}

}  // namespace mr::quality::checkpoint
