// A plugin of a major version that does not exist yet.
#include "sdk/millrace_plugin.h"

extern "C" const mr_plugin* millrace_plugin_1(void) {
  static const mr_plugin plugin{MR_MAGIC, 2, 0, sizeof(mr_plugin), "other", "1.0.0", "Apache-2.0", 0, nullptr, nullptr};
  return &plugin;
}
