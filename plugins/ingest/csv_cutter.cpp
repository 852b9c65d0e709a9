#include "ingest/csv_cutter.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <deque>

namespace mr::ingest {
namespace {

constexpr const char* kNeverClosed = "QUOTE NEVER CLOSED";

// Places of the five characters that mean something, in order.
std::vector<uint32_t> places(std::string_view text, char delimiter, char quote, char escape) {
  std::vector<uint32_t> found(text.size() / 6 + 64);
  size_t count = 0, at = 0;
  const auto keep = [&](uint32_t bits) {
    if (found.size() < count + 16) found.resize(found.size() * 2);
    for (; bits != 0; bits &= bits - 1) found[count++] = static_cast<uint32_t>(at) + static_cast<uint32_t>(std::countr_zero(bits));
  };
  const __m128i d = _mm_set1_epi8(delimiter), q = _mm_set1_epi8(quote), e = _mm_set1_epi8(escape), n = _mm_set1_epi8('\n'), r = _mm_set1_epi8('\r');
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i sixteen = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i lines = _mm_or_si128(_mm_cmpeq_epi8(sixteen, n), _mm_cmpeq_epi8(sixteen, r));
    const __m128i cells = _mm_or_si128(_mm_cmpeq_epi8(sixteen, d), _mm_or_si128(_mm_cmpeq_epi8(sixteen, q), _mm_cmpeq_epi8(sixteen, e)));
    keep(static_cast<uint32_t>(_mm_movemask_epi8(_mm_or_si128(lines, cells))));
  }
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == delimiter || c == quote || c == escape || c == '\n' || c == '\r') keep(1);
  }
  found.resize(count);
  return found;
}

class CsvCutter : public Cutter {
 public:
  // A file without quotes has no character for them: the delimiter stands in, which the walk never takes for one.
  CsvCutter(const Layout& layout, std::string_view text, int64_t line, bool whole)
      : text_(text), delimiter_(layout.delimiter), quote_(layout.quote), escape_(layout.escape == '\0' ? layout.quote : layout.escape), most_(layout.most_record), line_(line), whole_(whole),
        places_(places(text, delimiter_, quote_ == '\0' ? delimiter_ : quote_, escape_ == '\0' ? delimiter_ : escape_)) {}

  size_t at() const override { return at_; }

  Cut next(Record& record) override {
    skip_blank();
    record.cells.clear();
    record.broken = nullptr;
    record.line = line_;
    texts_.clear();
    if (at_ == text_.size()) return Cut::none;
    size_t start = at_;
    for (;;) {
      const Cell cell = quote_ != '\0' && start < text_.size() && text_[start] == quote_ ? quoted() : plain(start);
      if (cell.end == End::more) {
        lines_ = 0;
        return text_.size() - at_ > most_ ? give_up(record, kNeverClosed) : stay();
      }
      if (cell.broken != nullptr) return give_up(record, cell.broken);
      record.cells.push_back(cell.text);
      start = cell.next;
      if (cell.end == End::record) break;
    }
    if (start - at_ > most_ && lines_ > 1) return give_up(record, kNeverClosed);
    record.raw = without_break(text_.substr(at_, start - at_));
    line_ += lines_;
    lines_ = 0;
    at_ = start;
    return Cut::record;
  }

 private:
  enum class End : uint8_t { cell = 1, record, more };
  struct Cell {
    std::string_view text{};
    size_t next = 0;  // where what follows begins
    End end = End::cell;
    const char* broken = nullptr;
  };

  void skip_blank() {
    const auto is_blank = [&] { return text_[at_] == '\n' || (text_[at_] == '\r' && (at_ + 1 == text_.size() ? whole_ : text_[at_ + 1] == '\n')); };
    while (at_ < text_.size() && is_blank()) {
      line_ += text_[at_] == '\n' ? 1 : 0;
      ++at_;
      ++place_;
    }
  }

  static std::string_view without_break(std::string_view raw) {
    if (raw.ends_with('\n')) raw.remove_suffix(1);
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    return raw;
  }

  size_t after_spaces(size_t at) const {
    while (at < text_.size() && text_[at] == ' ' && delimiter_ != ' ') ++at;
    return at;
  }

  // Ends the cell at the special character of `place_`, which is no quote.
  Cell ended(std::string_view text, size_t at) {
    const char c = text_[at];
    ++place_;
    if (c == delimiter_) return {text, at + 1, End::cell, nullptr};
    if (c == '\n') {
      ++lines_;
      return {text, at + 1, End::record, nullptr};
    }
    if (at + 1 == text_.size()) return whole_ ? Cell{text, at + 1, End::record, nullptr} : Cell{{}, 0, End::more, nullptr};
    if (text_[at + 1] != '\n') return {{}, 0, End::cell, "LINE BREAK WITHOUT QUOTES"};
    ++place_;
    ++lines_;
    return {text, at + 2, End::record, nullptr};
  }

  Cell plain(size_t start) {
    // A quote in the middle of a value is a character like others.
    while (place_ < places_.size() && is_text(text_[places_[place_]])) ++place_;
    if (place_ < places_.size()) return ended(text_.substr(start, places_[place_] - start), places_[place_]);
    return whole_ ? Cell{text_.substr(start), text_.size(), End::record, nullptr} : Cell{{}, 0, End::more, nullptr};
  }
  bool is_text(char c) const { return c != delimiter_ && c != '\n' && c != '\r'; }

  Cell quoted() {
    const size_t first = places_[place_++] + 1;
    bool escaped = false;
    for (; place_ < places_.size(); ++place_) {
      const size_t at = places_[place_];
      const char c = text_[at];
      if (c == '\n') ++lines_;
      if (c == escape_ && at + 1 < text_.size() && (text_[at + 1] == quote_ || text_[at + 1] == escape_)) {
        escaped = true;
        ++place_;
      } else if (c == quote_) {
        if (at + 1 == text_.size() && !whole_) return {{}, 0, End::more, nullptr};
        return closed(first, at, escaped);
      }
    }
    return whole_ ? Cell{{}, 0, End::cell, kNeverClosed} : Cell{{}, 0, End::more, nullptr};
  }

  Cell closed(size_t first, size_t at, bool escaped) {
    ++place_;
    const auto inside = text_.substr(first, at - first);
    const std::string_view value = escaped ? unescaped(inside) : inside;
    const size_t next = after_spaces(at + 1);
    if (next == text_.size()) return whole_ ? Cell{value, next, End::record, nullptr} : Cell{{}, 0, End::more, nullptr};
    if (place_ == places_.size() || places_[place_] != next || !ends_cell(text_[next])) return {{}, 0, End::cell, "TEXT AFTER A QUOTE"};
    return ended(value, next);
  }
  bool ends_cell(char c) const { return c == delimiter_ || c == '\n' || c == '\r'; }

  std::string_view unescaped(std::string_view inside) {
    auto& text = texts_.emplace_back();
    text.reserve(inside.size());
    for (size_t i = 0; i < inside.size(); ++i) {
      if (inside[i] == escape_ && i + 1 < inside.size() && (inside[i + 1] == quote_ || inside[i + 1] == escape_)) ++i;
      text += inside[i];
    }
    return text;
  }

  // The first line is set apart, and the next record begins behind it.
  Cut give_up(Record& record, const char* why) {
    const size_t feed = text_.find('\n', at_), next = feed == std::string_view::npos ? text_.size() : feed + 1;
    lines_ = 0;
    if (feed == std::string_view::npos && !whole_) return stay();
    record.cells.clear();
    record.raw = without_break(text_.substr(at_, next - at_));
    record.broken = why;
    line_ += feed == std::string_view::npos ? 0 : 1;
    at_ = next;
    go_back();
    return Cut::record;
  }

  // The record goes on behind the text, and is seen again with it.
  Cut stay() {
    go_back();
    return Cut::more;
  }
  void go_back() { place_ = static_cast<size_t>(std::lower_bound(places_.begin(), places_.end(), static_cast<uint32_t>(at_)) - places_.begin()); }

  std::string_view text_;
  char delimiter_, quote_, escape_;
  size_t most_;
  int64_t line_, lines_ = 0;
  bool whole_;
  std::vector<uint32_t> places_;
  size_t at_ = 0, place_ = 0;
  std::deque<std::string> texts_{};  // of values that hold quotes
};

}  // namespace

std::unique_ptr<Cutter> cut_csv(const Layout& layout, std::string_view text, int64_t line, bool whole) { return std::make_unique<CsvCutter>(layout, text, line, whole); }

}  // namespace mr::ingest
