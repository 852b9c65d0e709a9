#include "ingest/blocks.hpp"

#include <algorithm>
#include <cstring>

namespace mr::ingest {
namespace {

constexpr size_t kLook = size_t{64} << 10, kBlock = size_t{1} << 20, kLongest = size_t{16} << 20, kShown = size_t{4} << 10;

int64_t feeds_in(std::string_view text) {
  int64_t count = 0;
  for (const char* at = text.data(); (at = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(text.data() + text.size() - at)))) != nullptr; ++at) ++count;
  return count;
}

}  // namespace

Blocks::Blocks(const LandedFile& file, const Layout& layout, const std::string& encoding) : file_(file), layout_(layout), bytes_(open_text(file, encoding)) {
  skip_lines();
  if (layout.format == "w3c_log") read_fields();
  if (layout.header && (layout.format == "csv" || layout.format == "tsv")) read_header();
}

// At least so many bytes, or all that are left.
void Blocks::fill(size_t bytes) {
  size_t size = text_.size();
  if (end_ || size >= bytes) return;
  text_.resize(bytes);
  for (size_t n = 1; n > 0 && size < bytes; size += n) n = bytes_->read(text_.data() + size, bytes - size);
  end_ = size < bytes;
  text_.resize(size);
}

void Blocks::take(size_t bytes, Block& block) {
  block.line = line_;
  block.offset = offset_;
  std::swap(block.text, text_);  // nearly all of it: what is left is copied
  text_.assign(block.text, bytes);
  block.text.resize(bytes);
  line_ += feeds_in(block.text);
  offset_ += static_cast<int64_t>(bytes);
}

bool Blocks::has_quotes() const {
  const bool table = layout_.format == "csv" || layout_.format == "tsv";
  return table && layout_.quote != '\0' && std::memchr(text_.data(), layout_.quote, text_.size()) != nullptr;
}

void Blocks::skip_lines() {
  Block lines;
  for (int64_t i = 0; i < layout_.skip; ++i) {
    fill(kBlock);
    const size_t feed = text_.find('\n');
    if (feed == std::string::npos) return text_.clear();
    take(feed + 1, lines);
  }
}

void Blocks::read_fields() {
  fill(kBlock);
  for (size_t at = 0; at < text_.size() && text_[at] == '#';) {
    const size_t feed = std::min(text_.find('\n', at), text_.size());
    if (!fields_of(std::string_view(text_).substr(at, feed - at)).empty()) {
      first_fields_ = fields_ = text_.substr(at, feed - at);
      header_ = fields_of(fields_);
      return;
    }
    at = feed + 1;
  }
  if (!text_.empty()) throw mr::Failure("data", "E5044", "the file begins without #Fields", file_.key, "is it a W3C extended log?");
}

void Blocks::read_header() {
  for (size_t look = kLook; look <= kLongest; look *= 4) {
    fill(look);
    const auto cutter = cut(layout_, text_, line_, end_);
    Record record;
    const auto found = cutter->next(record);
    if (found == Cutter::Cut::none && end_) return;
    if (found != Cutter::Cut::record) continue;
    if (record.broken != nullptr) break;
    if (first_wrong_byte(record.raw) != std::string_view::npos) throw mr::Failure("data", "E5035", "the file's header is not UTF-8", file_.key, "say its encoding, such as encoding: latin-1 or encoding: windows-1252");
    header_.assign(record.cells.begin(), record.cells.end());
    Block dropped;
    return take(cutter->at(), dropped);
  }
  throw mr::Failure("data", "E5044", "the header can't be read", file_.key, "look at its quotes; is `format` right?");
}

// How many bytes of the text are whole records; 0: not one.
size_t Blocks::whole_records(Block& block) {
  if (!has_quotes()) {
    block.records = -1;
    const size_t feed = text_.rfind('\n');
    return end_ ? text_.size() : feed == std::string::npos ? 0 : feed + 1;
  }
  const auto cutter = cut(layout_, text_, line_, end_);
  Record record;
  block.records = 0;
  while (cutter->next(record) == Cutter::Cut::record) ++block.records;
  return end_ ? text_.size() : cutter->at();
}

bool Blocks::next(Block& block) {
  block.too_long = false;
  block.fields = first_fields_ + "\n" + fields_;
  fill(kBlock);
  while (!text_.empty()) {
    if (const size_t size = whole_records(block); size > 0) {
      take(size, block);
      for (size_t at = layout_.format == "w3c_log" ? block.text.rfind("#Fields:") : std::string::npos; at != std::string::npos;) {
        if (at == 0 || block.text[at - 1] == '\n') {
          fields_ = block.text.substr(at, block.text.find('\n', at) - at);
          break;
        }
        at = at == 0 ? std::string::npos : block.text.rfind("#Fields:", at - 1);
      }
      return true;
    }
    if (text_.size() >= kLongest) break;
    fill(text_.size() * 2);
  }
  if (text_.empty()) return false;
  // One record, and it is not over: a quote that nothing closes, or a line without an end.
  block.records = 1;
  if (const size_t feed = text_.find('\n'); feed != std::string::npos) {
    take(feed + 1, block);
    return true;
  }
  block.too_long = true;
  block.line = line_;
  block.offset = offset_;
  block.text = text_.substr(0, kShown);
  drop_long_record();
  return true;
}

void Blocks::drop_long_record() {
  for (;;) {
    if (const size_t feed = text_.find('\n'); feed != std::string::npos) {
      Block dropped;
      take(feed + 1, dropped);
      return;
    }
    offset_ += static_cast<int64_t>(text_.size());
    text_.clear();
    if (end_) return;
    fill(kBlock);
  }
}

}  // namespace mr::ingest
