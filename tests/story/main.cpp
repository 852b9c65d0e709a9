// mr_story FILE…: plays stories; 0 when all are true, 1 with the differences when not, 2 when a story can't be read.
#include <cstdio>

#include "story.hpp"

int main(int argc, char** argv) {
  using namespace millrace;
  int result = argc > 1 ? 0 : 2;
  for (int i = 1; i < argc; ++i) {
    const auto story = story::read_story(argv[i]);
    if (!story) {
      std::fprintf(stderr, "%s\n", to_string(story.error()).c_str());
      return 2;
    }
    const auto differences = story::play(*story);
    std::printf("%s: %s (%s)\n", argv[i], differences.empty() ? "true" : "FALSE", story->title.c_str());
    for (const auto& difference : differences) std::printf("  %s\n", difference.c_str());
    if (!differences.empty()) result = 1;
  }
  return result;
}
