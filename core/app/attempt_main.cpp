// millrace-attempt: the small program that runs operators. Started by workers with a socket at descriptor 3, and by
// `millrace plugin describe` with --describe LIBRARY, by builds of plugins with --write-manifest LIBRARY, and by servers with
// --evaluate, for expressions; never by people.
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "worker/child/attempt.hpp"
#include "worker/child/evaluate.hpp"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc == 3 && std::string_view(argv[1]) == "--describe") return millrace::print_description(argv[2]);
  if (argc == 3 && std::string_view(argv[1]) == "--write-manifest") return millrace::write_manifest(argv[2]);
  if (argc == 2 && std::string_view(argv[1]) == "--evaluate" && ::dup(3) >= 0) return millrace::serve_expressions(3);
  if (argc == 1 && ::isatty(3) == 0 && ::dup(3) >= 0) millrace::serve_attempts(3);
  std::fputs("millrace-attempt is started by a worker; try `millrace plugin describe LIBRARY`\n", stderr);
  return 2;
}
