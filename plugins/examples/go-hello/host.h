/* The host's services as functions: Go can't call a C function pointer by itself. */
#ifndef GO_HELLO_HOST_H
#define GO_HELLO_HOST_H
#include "millrace_plugin.h"

static inline void host_log(const mr_host* host, mr_level level, const char* data, size_t size) {
  const mr_text text = {data, size};
  host->log(host->self, level, text);
}

static inline int host_cancelled(const mr_host* host) { return host->cancelled(host->self); }

static inline int host_output(const mr_host* host, const char* key, size_t key_size, const char* json, size_t json_size) {
  const mr_text name = {key, key_size}, value = {json, json_size};
  return host->output(host->self, name, value);
}
#endif
