// Checkpoints of Great Expectations: which suites are to be run on which batches, and what is to be
// done then; files of 0.18 (YAML or JSON) and of 1.x (JSON).
//
// Pure but for the files that it looks for. QualityError E7002 for a text that is no checkpoint,
// E7003 for a part of it that is not known. Runs whose parts are not there carry their problem.
#pragma once
#include "quality/engine/tree.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace mr::quality::checkpoint {

struct Batch {
  std::string datasource{}, asset{};
  std::string path{};  // as the checkpoint has it; empty: it has none
};

struct Run {
  std::string suite{};       // its name
  std::string definition{};  // 1.x: the name of a validation definition, whose file says the rest
  Batch batch{};
  nlohmann::json parameters = nlohmann::json::object(), result_format{};
};

// What is to be done when all have run, and what does it here.
struct Action {
  std::string name{}, type{};
  std::string here{};    // in words; empty: nothing does
  bool is_done = false;  // by the command itself
};

struct Checkpoint {
  std::string name{};
  bool is_0_18 = false;
  std::vector<Run> runs{};
  std::vector<Action> actions{};
  std::vector<std::string> notes{};  // what it says and is not followed
  nlohmann::json config{};           // as it stands in the file
};

bool is_checkpoint(const Node& document);  // by its shape
Checkpoint read(const Node& document, const std::string& name);

// The parts of a validation definition's file into its run.
void define(Run& run, const Node& definition);

// The first file that is there of where Great Expectations, or people, would have put it. `folder`:
// the checkpoint's. Empty: there is none.
std::string suite_file(const std::string& folder, const std::string& suite);
std::string definition_file(const std::string& folder, const std::string& definition);
std::string data_file(const std::string& folder, const Batch& batch);

}  // namespace mr::quality::checkpoint
