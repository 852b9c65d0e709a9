/* A plugin in plain C, built from the frozen header of 1.0 beside it: it must load for as long as major 1 is supported. */
#include "millrace_plugin.h"

#include <stdlib.h>
#include <string.h>

#include "millrace_attempt.h"

typedef struct Greeter {
  const mr_host* host;
  char config[256];
  size_t size;
} Greeter;

static mr_text text(const char* s) {
  mr_text t;
  t.data = s;
  t.size = strlen(s);
  return t;
}

static void* create(const mr_operator* self, mr_text config, const mr_host* host) {
  Greeter* greeter;
  (void)self;
  if (config.size >= sizeof greeter->config || memchr(config.data, '!', config.size) != NULL) {
    host->log(host->self, MR_ERROR, text("no shouting"));
    return NULL;
  }
  greeter = calloc(1, sizeof *greeter);
  if (greeter == NULL) return NULL;
  greeter->host = host;
  memcpy(greeter->config, config.data, config.size);
  greeter->size = config.size;
  return greeter;
}

static mr_outcome run(void* instance) {
  const Greeter* greeter = instance;
  const mr_host* host = greeter->host;
  mr_text config;
  const mr_attempt_1* more = host->extension(host->self, MR_ATTEMPT_1);
  config.data = greeter->config;
  config.size = greeter->size;
  if (host->cancelled(host->self)) return MR_CANCELLED;
  host->log(host->self, MR_INFO, text("hello from C"));
  host->progress(host->self, 0.25, text("a quarter"));
  if (host->output(host->self, text("config"), config) != 0) return MR_FAILED_FINAL;
  if (more != NULL && host->output(host->self, text("facts"), more->facts(more->self)) != 0) return MR_FAILED_FINAL;
  return MR_SUCCEEDED;
}

static const mr_operator greet = {
    sizeof(mr_operator), MR_IDEMPOTENT, "c.greet", "1.0.0", "Greets from C.",
    "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\",\"description\":\"Who.\"}}}", "{\"type\":\"object\"}",
    "[{\"title\":\"Greet\",\"config\":{\"name\":\"Ada\"}}]", create, run, free};
static const mr_operator* const operators[] = {&greet};
static const mr_plugin plugin = {MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), "c", "1.0.0", "Apache-2.0", 1, operators, NULL};

const mr_plugin* millrace_plugin_1(void) { return &plugin; }
