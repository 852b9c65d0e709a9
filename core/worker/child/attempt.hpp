// What runs inside an attempt's process, or in a thread of a worker: it opens plugin libraries, runs attempts one after the other, and
// talks over one socket.
//
// serve_attempts() keeps the calling thread, the process's first one, which looks in on the socket, so that a cancel is heard while an operator
// is busy in another; all operators run in that one, one after the other. Ends the process when the other side closes the socket, and
// with it all that was started here; an operator that runs then is asked to stop, and waited for a while.
//
// serve_attempts_in_thread() runs the operators in the calling thread, and returns when the other side has closed the socket and none runs.
// A cancel, or the other side's end, is heard when the operator asks for it. Changes nothing that threads share, such as the folder.
//
// Libraries stay open for the life of the process. Semantics: proto/attempt.proto, millrace_plugin.h, millrace_attempt.h.
#pragma once
#include "worker/child/frames.hpp"

namespace millrace {

inline constexpr size_t kMostResult = kMostFrame - 1024;  // with room for what the attempt used

[[noreturn]] void serve_attempts(int socket);
void serve_attempts_in_thread(int socket, size_t most_result = kMostResult);  // a larger one is E3005
int print_description(const char* library);  // the manifest, or {"error": …}, as JSON on standard output
int write_manifest(const char* library);     // beside the library, as scan_plugins() would; problems and advice on standard error

}  // namespace millrace
