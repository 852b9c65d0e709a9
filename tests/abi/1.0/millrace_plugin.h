/* millrace_plugin.h - the whole contract between the orchestrator and an operator library.
 *
 * Plain C11. Include it from any language that can export a C symbol.
 * Memory: each side frees only what it allocated; a pointer passed in lives until the call returns.
 * Threads: create, run and destroy of one instance are called by one thread; several instances may run at once.
 * Growth: fields are only ever appended; check MR_HAS(p, field) before reading a field newer than 1.0 (ABI.md).
 */
#ifndef MR_PLUGIN_H
#define MR_PLUGIN_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MR_ABI_MAJOR 1u
#define MR_ABI_MINOR 0u
#define MR_MAGIC 0x4D524C31u /* "MRL1" */
#define MR_HAS(p, field) ((p)->size >= offsetof(__typeof__(*(p)), field) + sizeof((p)->field))

/* UTF-8, may lack a final NUL. */
typedef struct mr_text {
  const char* data;
  size_t size;
} mr_text;

/* mr_level: of a log line. Enumerations cross the border as int32_t, so that -fshort-enums can't change a signature. */
typedef int32_t mr_level;
enum { MR_DEBUG = 1, MR_INFO = 2, MR_WARN = 3, MR_ERROR = 4 };

/* mr_outcome: what became of an attempt. Zero is "nobody said", never "fine". */
typedef int32_t mr_outcome;
enum { MR_UNSET = 0, MR_SUCCEEDED = 1, MR_FAILED_RETRY = 2, MR_FAILED_FINAL = 3, MR_CANCELLED = 4, MR_SKIPPED = 5 };

/* mr_trait: a set of bits. */
enum {
  MR_IDEMPOTENT = 1 << 0,   /* running it twice has the effect of running it once */
  MR_CANCELLABLE = 1 << 1,  /* looks at cancelled() often enough to stop within seconds */
  MR_NEEDS_PROCESS = 1 << 2 /* must not share a process with other attempts */
};

/* Services that the host lends to one attempt. Callable from any of the attempt's threads until run() returns. */
typedef struct mr_host {
  uint32_t size;
  void* self;
  void (*log)(void* self, mr_level level, mr_text message);
  int (*cancelled)(void* self);                                /* 1 once the attempt should stop */
  void (*progress)(void* self, double fraction, mr_text note); /* doubles as heartbeat */
  int (*output)(void* self, mr_text key, mr_text json);        /* 0 = stored */
  const void* (*extension)(void* self, const char* id);        /* e.g. "millrace.attempt/1"; NULL if absent */
} mr_host;

typedef struct mr_operator {
  uint32_t size;
  uint32_t traits;
  const char* type;          /* "demo.hello": stable for ever */
  const char* version;       /* semver of the config, not of the library */
  const char* summary;       /* one sentence, Markdown */
  const char* config_schema; /* JSON Schema 2020-12, in the profile of README.md */
  const char* output_schema; /* JSON Schema 2020-12 */
  const char* examples;      /* JSON array of {title, config} */
  void* (*create)(const struct mr_operator*, mr_text config_json, const mr_host*); /* NULL: refused, reason was logged */
  mr_outcome (*run)(void* instance);
  void (*destroy)(void* instance);
} mr_operator;

typedef struct mr_plugin {
  uint32_t magic;
  uint16_t abi_major, abi_minor;
  uint32_t size;
  const char* name;
  const char* version;
  const char* license;
  size_t operator_count;
  const mr_operator* const* operators;
  const void* (*extension)(const char* id); /* of the plugin; may be NULL */
} mr_plugin;

#if defined(__GNUC__)
#define MR_EXPORT __attribute__((visibility("default")))
#else
#define MR_EXPORT
#endif
/* The one symbol that the host looks up. The 1 is the ABI major: a library may export several. */
extern MR_EXPORT const mr_plugin* millrace_plugin_1(void);

#ifdef __cplusplus
}
#endif
#endif
