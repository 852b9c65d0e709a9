/* What a plugin says about itself, and the one function that it exports. goCreate, goRun and goDestroy are in hello.go. */
#include "_cgo_export.h"
#include "millrace_plugin.h"

static void* create(const mr_operator* self, mr_text config, const mr_host* host) {
  (void)self;
  return (void*)goCreate((char*)config.data, config.size, (mr_host*)host);
}

static mr_outcome run(void* instance) { return goRun((uintptr_t)instance); }
static void destroy(void* instance) { goDestroy((uintptr_t)instance); }

static const mr_operator hello = {
    .size = sizeof(mr_operator),
    .traits = MR_IDEMPOTENT | MR_CANCELLABLE,
    .type = "go.hello",
    .version = "1.0.0",
    .summary = "Greets someone, from Go.",
    .config_schema = "{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"name\"], \"properties\": {"
                     "\"name\": {\"type\": \"string\", \"minLength\": 1, \"description\": \"Who to greet.\"},"
                     "\"times\": {\"type\": \"integer\", \"minimum\": 1, \"maximum\": 100, \"default\": 1, \"description\": \"How many times.\"}}}",
    .output_schema = "{\"type\": \"object\", \"properties\": {\"greeted\": {\"type\": \"string\", \"description\": \"Who was greeted.\"}}}",
    .examples = "[{\"title\": \"Greet Ada\", \"config\": {\"name\": \"Ada\"}}]",
    .create = create,
    .run = run,
    .destroy = destroy};
static const mr_operator* const operators[] = {&hello};
static const mr_plugin plugin = {MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), "go-hello", "1.0.0", "Apache-2.0", 1, operators, NULL};

const mr_plugin* millrace_plugin_1(void) { return &plugin; }
