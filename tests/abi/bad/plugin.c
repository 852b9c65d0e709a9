/* A plugin with one mistake, chosen by a BAD_… of CMakeLists.txt; without one it is right. */
#include "millrace_plugin.h"

#include <stdlib.h>

#ifdef BAD_CONSTRUCTOR
static volatile int forever = 1;
static void __attribute__((constructor)) load(void) {
  while (forever) {
  }
}
#endif
#ifdef BAD_EXIT
static void __attribute__((constructor)) load(void) { exit(0); }
#endif

#ifdef BAD_MAGIC
#define MAGIC (MR_MAGIC + 1)
#else
#define MAGIC MR_MAGIC
#endif
#ifdef BAD_SIZE
#define SIZE 0x7fffffffu
#else
#define SIZE sizeof(mr_plugin)
#endif
#ifdef BAD_TEXTS
#define NAME NULL
#define SUMMARY NULL
#else
#define NAME "bad"
#define SUMMARY "Has one mistake, or none."
#endif
#ifdef BAD_TYPE
#define TYPE "Bad"
#else
#define TYPE "bad.one"
#endif
#ifdef BAD_PROFILE
#define SCHEMA                                                                                    \
  "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\", \"description\": "    \
  "\"Who.\", \"minLenght\": 1}, \"more\": {\"description\": \"More.\", \"allOf\": []}}}"
#else
#define SCHEMA "{\"type\": \"object\", \"properties\": {\"name\": {\"type\": \"string\", \"description\": \"Who.\"}}}"
#endif
#ifdef BAD_EXAMPLE
#define EXAMPLES "[{\"title\": \"A number\", \"config\": {\"name\": 1}}]"
#else
#define EXAMPLES "[{\"title\": \"Ada\", \"config\": {\"name\": \"Ada\"}}]"
#endif
#ifdef BAD_ENTRY
#define ENTRY millrace_plugin_0
extern MR_EXPORT const mr_plugin* ENTRY(void);
#else
#define ENTRY millrace_plugin_1
#endif

static void* create(const mr_operator* self, mr_text config, const mr_host* host) {
  static const char* const nothing = "nothing will do";
  const mr_text text = {nothing, 15};
  (void)self;
  (void)config;
#ifdef BAD_CRASH
  abort();
#endif
  host->log(host->self, MR_ERROR, text);
#ifdef BAD_REFUSAL
  return NULL;
#else
  return malloc(1);
#endif
}

static mr_outcome run(void* instance) {
  (void)instance;
  return MR_SUCCEEDED;
}

static const mr_operator one = {sizeof(mr_operator), 0, TYPE, "1.0.0", SUMMARY, SCHEMA, "{\"type\": \"object\"}", EXAMPLES, create, run, free};
#ifdef BAD_TWICE
static const mr_operator* const operators[] = {&one, &one};
#else
static const mr_operator* const operators[] = {&one};
#endif
static const mr_plugin plugin = {MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, SIZE, NAME, "1.0.0", "Apache-2.0", sizeof operators / sizeof operators[0], operators, NULL};

#ifdef BAD_EXPORTS
extern MR_EXPORT int more_than_the_entry;
int more_than_the_entry = 1;
#endif

const mr_plugin* ENTRY(void) {
#ifdef BAD_LOOP
  static volatile int forever = 1;
  while (forever) {
  }
#endif
  return &plugin;
}
