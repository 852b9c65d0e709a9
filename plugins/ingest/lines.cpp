#include "ingest/lines.hpp"

#include <zlib.h>

#include <memory>
#include <utility>

namespace mr::ingest {
namespace {

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};

class Walk {
 public:
  Walk(Shape shape, const Asked& asked) : quotes_(shape == Shape::csv), asked_(asked), header_(asked.header) {}

  void take(char c) {
    const bool ends = c == '\n' || c == '\r', begins = !inside_ && !ends && (quotes_ || c != ' ');
    const bool broken = !ends && next_broken_ < asked_.broken.size() && asked_.broken[next_broken_] <= at_;
    if (broken) {
      lines_.broken.push_back(line_);
      ++next_broken_;
    }
    if (begins) begin(broken);
    if (quotes_ && c == '"') quoted_ = !quoted_;
    if (c == '\n') {
      ++line_;
      inside_ = inside_ && quoted_;
    }
    ++at_;
  }
  Lines lines() && { return std::move(lines_); }

 private:
  void begin(bool broken) {
    inside_ = true;
    if (std::exchange(header_, false) || broken) return;
    ++lines_.good_records;
    if (next_good_ == asked_.good.size() || asked_.good[next_good_] != lines_.good_records) return;
    lines_.good.push_back(line_);
    ++next_good_;
  }

  bool quotes_;
  const Asked& asked_;
  bool header_, inside_ = false, quoted_ = false;
  int64_t at_ = 0, line_ = 1;
  size_t next_broken_ = 0, next_good_ = 0;
  Lines lines_{};
};

}  // namespace

Lines find_lines(const LandedFile& file, Shape shape, const Asked& asked) {
  const std::unique_ptr<gzFile_s, CloseGz> in(gzopen(file.readable.c_str(), "rb"));
  if (!in || file.readable.ends_with(".zst")) return {};
  Walk walk(shape, asked);
  std::vector<char> buffer(1 << 16);
  for (int n = 0; (n = gzread(in.get(), buffer.data(), static_cast<unsigned>(buffer.size()))) > 0;) {
    for (int i = 0; i < n; ++i) walk.take(buffer[static_cast<size_t>(i)]);
  }
  return std::move(walk).lines();
}

}  // namespace mr::ingest
