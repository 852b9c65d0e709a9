/* A plugin of tomorrow on a host of today: it finds what the host lacks by MR_HAS, and the host passes over what it does not know. */
#include "millrace_plugin.h"

#include <string.h>

static mr_text text(const char* s) {
  mr_text t;
  t.data = s;
  t.size = strlen(s);
  return t;
}

static void* create(const mr_operator* self, mr_text config, const mr_host* host) {
  (void)self;
  (void)config;
  return (void*)(uintptr_t)host;
}

static mr_outcome run(void* instance) {
  const mr_host* host = instance;
  const char* has = MR_HAS(host, sleep_until) ? "true" : "false";
  return host->output(host->self, text("host_has_sleep"), text(has)) == 0 ? MR_SUCCEEDED : MR_FAILED_FINAL;
}

static void destroy(void* instance) { (void)instance; }

static const mr_operator nap = {
    sizeof(mr_operator), 0, "future.nap", "1.0.0", "Sleeps if it can.", "{\"type\":\"object\"}", "{\"type\":\"object\"}",
    "[{\"title\":\"Nap\",\"config\":{}}]", create, run, destroy, "moon"};
static const mr_operator* const operators[] = {&nap};
static const mr_plugin plugin = {MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), "future", "1.0.0", "Apache-2.0", 1, operators, NULL, "https://example.com"};

const mr_plugin* millrace_plugin_1(void) { return &plugin; }
