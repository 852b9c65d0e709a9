// Says that its table is two gigabytes long.
#include "sdk/millrace_plugin.h"

extern "C" MR_EXPORT const mr_plugin* millrace_plugin_1(void) {
  static const mr_plugin plugin{MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, 0x7fffffffu, "absurd", "1.0.0", "Apache-2.0", 0, nullptr, nullptr};
  return &plugin;
}
