// The result of a checkpoint, in the shapes of Great Expectations 0.18 and 1.x.
//
// Pure. What could not be run is in it as a validation that failed, with its reason.
#pragma once
#include "quality/gx_checkpoint/checkpoint.hpp"
#include "quality/validate.hpp"

#include <string>
#include <vector>

namespace mr::quality::checkpoint {

struct Outcome {
  std::string name{};  // of the validation definition; may be empty
  std::string suite{}, batch{};
  Validation validation{};
  std::string problem{};  // why it could not be run; else empty
};

nlohmann::json result_of(const Checkpoint& checkpoint, const std::vector<Outcome>& outcomes,
                         const std::string& now);

std::vector<CheckLine> lines_of(const std::vector<Outcome>& outcomes);
std::vector<std::string> said_of(const Checkpoint& checkpoint);  // of actions and notes

}  // namespace mr::quality::checkpoint
