/* millrace_rows.h - extension "draft/millrace.rows/1": the rows of a dataset that the task reads, as an Arrow C stream.
 *
 * open(self, dataset, options, out): begins to read "zone.name" as it was when the task first began: the same files at every try, whatever
 *   was committed since. The columns have the catalog's names, order and types; one that later files added is null in the rows of earlier
 *   ones. The rows come file by file, in each file's order.
 *   options: empty, or a JSON object:
 *     {"columns": ["id", "total"],   these, in this order; not there: all
 *      "batch_rows": 16384}          the most rows of one batch, 1 to 1048576; batches may have fewer, above all when rows are wide (64 MiB)
 *   0: *out is a stream, and the caller releases it. Else a reason as below: then, too, *out is a stream that the caller releases, whose
 *   get_last_error says what is wrong, and whose other functions give the same reason.
 *
 * The stream is that of the Arrow C stream interface: get_schema and get_next return 0 or a reason, and get_last_error is a code, a
 * blank and a sentence ("E5046 the file raw/orders/x.parquet is not there"). Reasons:
 *   EINVAL      the request is wrong: E4019 (a dataset that the task does not read), E5047 (options), E5004 (no such column or type)
 *   EBADMSG     the data is wrong: E5020 (nothing was written yet), E5005, E5048 (a type that has no Arrow layout here)
 *   ENOMEM      memory or disk is short: E5001, E5002, E5007
 *   EIO         reading failed, and may go well later: E5003, E5046 (a file is missing, or has not the bytes that the catalog says)
 *   ECANCELED   the attempt is to stop (no code)
 *
 * Types: integers, floating point, BOOLEAN, DECIMAL (128 bits), VARCHAR (utf8), BLOB, DATE (days), TIME and TIMESTAMP (microseconds; WITH
 * TIME ZONE: UTC), lists, structs, maps and arrays as Arrow has them; ENUM and UUID come as utf8.
 *
 * Memory: a batch is the caller's until it releases it; it may outlive the stream. A stream has to be released before run() returns.
 * Threads: open may be called from any thread; one stream by one thread at a time.
 * Cost: the library that reads is loaded when the extension is asked for first. NULL: it is not installed here, or the host has no rows.
 *
 * The three structs are those of the Arrow C data interface and the Arrow C stream interface (Apache Arrow, format specifications
 * CDataInterface and CStreamInterface); the guards are the specification's too, so that an Arrow library's own header may come along.
 */
#ifndef MR_ROWS_H
#define MR_ROWS_H
#include "millrace_plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray*);
  void* private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream*, struct ArrowSchema* out);
  int (*get_next)(struct ArrowArrayStream*, struct ArrowArray* out);
  const char* (*get_last_error)(struct ArrowArrayStream*);
  void (*release)(struct ArrowArrayStream*);
  void* private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */

#define MR_ROWS_1 "draft/millrace.rows/1"

typedef struct mr_rows_1 {
  uint32_t size;
  void* self;
  int (*open)(void* self, mr_text dataset, mr_text options_json, struct ArrowArrayStream* out);
} mr_rows_1;

#ifdef __cplusplus
}
#endif
#endif
