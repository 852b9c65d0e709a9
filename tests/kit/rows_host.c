/* A host in plain C for arrow_reader.py: facts from a text, and rows from the library that the attempt program loads. One thread. */
#include <dlfcn.h>
#include <string.h>

#include "rows/rows.h"
#include "sdk/millrace_attempt.h"

static const char* said;

static void take_log(void* self, mr_level level, mr_text message) { (void)self, (void)level, (void)message; }
static int say_cancelled(void* self) { return (void)self, 0; }
static void take_progress(void* self, double fraction, mr_text note) { (void)self, (void)fraction, (void)note; }
static int take_output(void* self, mr_text key, mr_text json) { return (void)self, (void)key, (void)json, 0; }
static mr_text text_of(const char* text) { return (mr_text){text, strlen(text)}; }
static mr_text facts(void* self) { return (void)self, text_of(said); }
static int commit(void* self, mr_text json) { return (void)self, (void)json, 1; }
static void fail(void* self, mr_text json) { (void)self, (void)json; }

static const mr_attempt_1 attempt = {sizeof attempt, NULL, &facts, &commit, &fail};

static const void* extension(void* self, const char* id) { return (void)self, strcmp(id, MR_ATTEMPT_1) == 0 ? &attempt : NULL; }

static const mr_host host = {sizeof host, NULL, &take_log, &say_cancelled, &take_progress, &take_output, &extension};

/* `facts_json` has to live as long as the stream. -1: the library does not open. */
MR_EXPORT int open_rows(const char* library, const char* facts_json, const char* dataset, const char* options, struct ArrowArrayStream* out);

int open_rows(const char* library, const char* facts_json, const char* dataset, const char* options, struct ArrowArrayStream* out) {
  void* opened = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  int (*function)(const mr_host*, mr_text, mr_text, struct ArrowArrayStream*) = NULL;
  if (opened == NULL) return -1;
  *(void**)&function = dlsym(opened, "millrace_rows_open_1");
  if (function == NULL) return -1;
  said = facts_json;
  return function(&host, text_of(dataset), text_of(options), out);
}
