// Exports the right name, and something else under it.
#include "sdk/millrace_plugin.h"

extern "C" const mr_plugin* millrace_plugin_1(void) {
  static const mr_plugin plugin{};
  return &plugin;
}
