// What runs inside an attempt's process: it opens plugin libraries, runs attempts one after the other, and talks over one socket.
//
// serve_attempts() keeps the calling thread, the process's first one, which looks in on the socket, so that a cancel is heard while an operator
// is busy in another; all operators run in that one, one after the other. Ends the process when the other side closes the socket, and
// with it all that was started here; an operator that runs then is asked to stop, and waited for a while. Semantics: proto/attempt.proto,
// millrace_plugin.h, millrace_attempt.h.
#pragma once

namespace millrace {

[[noreturn]] void serve_attempts(int socket);
int print_description(const char* library);  // the manifest, or {"error": …}, as JSON on standard output
int write_manifest(const char* library);     // beside the library, as scan_plugins() would; problems and advice on standard error

}  // namespace millrace
