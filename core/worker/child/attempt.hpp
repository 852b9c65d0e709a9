// What runs inside an attempt's process: it opens plugin libraries, runs attempts one after the other, and talks over one socket.
//
// serve_attempts() keeps the calling thread, which is the one that runs operators; a second thread reads the socket, so that a
// cancel is heard while an operator is busy. Ends when the other side closes the socket. Semantics: proto/attempt.proto,
// millrace_plugin.h, millrace_attempt.h.
#pragma once

namespace millrace {

int serve_attempts(int socket);
int print_description(const char* library);  // the manifest, or {"error": …}, as JSON on standard output
int write_manifest(const char* library);     // beside the library, as scan_plugins() would; problems and advice on standard error

}  // namespace millrace
