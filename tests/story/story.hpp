// A story: a dag, moments, and what must be true after each. README.md says how one is written.
//
// One thread, a virtual clock; errors name the line of the story.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/dag.hpp"

namespace millrace::story {

struct Moment {
  int line = 0;
  Millis time{};
  std::string event{};
  std::vector<std::string> expected{};
};

struct Story {
  std::string title{};
  Dag dag{};
  std::vector<Moment> moments{};
};

Result<Story> read_story(const std::string& path);

// The differences between the story and what the product did; empty: it is true.
std::vector<std::string> play(const Story& story);

}  // namespace millrace::story
