#include "schedule/states.hpp"

namespace millrace {
namespace {

template <class Table>
std::string diagram(const Table& table, std::string_view start) {
  std::string text = "```mermaid\nstateDiagram-v2\n  [*] --> " + std::string(start) + "\n";
  for (const auto& move : table) {
    text += "  " + std::string(name(move.from)) + " --> " + std::string(name(move.to)) + ": " + std::string(move.when);
    text += "\n";
  }
  return text + "```\n";
}

}  // namespace

std::string states_markdown() {
  return "# States and their legal moves\n\n"
         "Printed from the tables in `core/schedule/states.hpp`; a unit test keeps this page and the tables alike\n"
         "(`MR_UPDATE_DOCS=1` with that test writes it anew). A move that is not listed here stops the program.\n\n"
         "## Run\n\n" + diagram(kRunMoves, "queued") + "\n## Task run\n\n" + diagram(kTaskMoves, "waiting");
}

}  // namespace millrace
