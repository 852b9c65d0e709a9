#include "ingest/lines.hpp"

#include "ingest/bytes.hpp"

namespace mr::ingest {

LineNumbers find_lines(const LandedFile& file, const std::vector<int64_t>& records) {
  constexpr size_t kPiece = size_t{64} << 10;
  LandedFile readable = file;
  readable.path = file.readable;
  const auto text = open_text(readable, "utf-8");
  std::string piece(kPiece, '\0');
  LineNumbers found;
  int64_t line = 1;
  bool any = false;
  for (size_t n = 0; (n = text->read(piece.data(), kPiece)) > 0;) {
    for (size_t i = 0; i < n; ++i) {
      if (piece[i] == '\n') {
        ++line;
        any = false;
      } else if (!any && piece[i] != ' ' && piece[i] != '\t' && piece[i] != '\r') {
        any = true;
        ++found.records;
        if (found.lines.size() < records.size() && records[found.lines.size()] == found.records) found.lines.push_back(line);
      }
    }
  }
  return found;
}

}  // namespace mr::ingest
