// What worlds of Dags put in the place of three things of the product: the log is silent, and a Dag's "text" is the place of its value on a
// shelf, so that a server that starts again need not read YAML (which has tests of its own).
#include "base/log.hpp"
#include "parse/dag_reader.hpp"
#include "shelf.hpp"

namespace millrace {

namespace log {
void set_level(Level) {}
void debug(std::string_view) {}
void info(std::string_view) {}
void warn(std::string_view) {}
void error(std::string_view) {}
}  // namespace log

ParsedDag parse_dag(std::string_view text, const std::string&, const OperatorList&) {
  const Dag* dag = sim::shelf().find(text);
  if (dag == nullptr) return {.dag = {}, .errors = {{.code = "E1000", .what = "not on the shelf", .where = {}, .hint = {}}}};
  return {.dag = *dag, .errors = {}};
}

}  // namespace millrace
