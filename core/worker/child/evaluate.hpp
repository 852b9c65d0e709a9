// The child that runs the scheduler's expressions: frames of JSON over a socket, {config, document} in, {value} or {error} out.
//
// One thread. Its memory is limited by itself, its time by whoever asks (child_evaluator.hpp).
#pragma once

namespace millrace {

int serve_expressions(int socket);  // the process's exit code

}  // namespace millrace
