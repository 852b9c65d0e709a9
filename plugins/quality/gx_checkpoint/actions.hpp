// What the actions of a checkpoint are here: the command does them, a task of a Dag would, or
// nothing does.
//
// Pure. An action that nobody here knows is one that nothing does: it is said, not refused.
#pragma once
#include "quality/gx_checkpoint/checkpoint.hpp"

namespace mr::quality::checkpoint {

Action action_of(const Node& node);  // {name, action: {class_name}} of 0.18, {type} of 1.x
Action simple_slack(const std::string& notify_on);  // of a SimpleCheckpoint
std::string said_of(const Action& action);          // a sentence for people

}  // namespace mr::quality::checkpoint
