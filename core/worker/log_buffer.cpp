#include "worker/log_buffer.hpp"

namespace millrace {
namespace {

constexpr size_t kBatchBytes = size_t{256} << 10;
constexpr int kBatchLines = 1000;
constexpr size_t kOverhead = 64;  // of a line beside its text

}  // namespace

void LogBuffer::add(int64_t time_ms, int level, std::string text) {
  const size_t bytes = text.size() + kOverhead;
  Line line{.time_ms = time_ms, .level = level, .text = std::move(text)};
  if (tail_.empty() && cut_ == 0 && head_bytes_ + bytes <= kHalf) {
    head_.push_back(std::move(line));
    head_bytes_ += bytes;
    return;
  }
  tail_.push_back(std::move(line));
  tail_bytes_ += bytes;
  while (tail_bytes_ > kHalf) {
    tail_bytes_ -= tail_.front().text.size() + kOverhead;
    tail_.pop_front();
    ++cut_;
  }
}

void LogBuffer::refill() {
  if (cut_ > 0) {
    auto text = std::to_string(cut_) + " lines were cut here: they came faster than the server took them";
    head_bytes_ += text.size() + kOverhead;
    const int64_t time_ms = tail_.empty() ? 0 : tail_.front().time_ms;
    head_.push_back({.time_ms = time_ms, .level = 3, .text = std::move(text)});
    cut_ = 0;
  }
  for (auto& line : tail_) head_.push_back(std::move(line));
  head_bytes_ += tail_bytes_;
  tail_bytes_ = 0;
  tail_.clear();
}

std::optional<worker::v1::LogLines> LogBuffer::batch(int64_t covered_by) {
  if (cursor_ == head_.size() && head_bytes_ < kWindow) refill();
  if (cursor_ == head_.size()) return std::nullopt;
  worker::v1::LogLines lines;
  lines.set_first(first_ + static_cast<int64_t>(cursor_));
  for (size_t bytes = 0; cursor_ < head_.size() && bytes < kBatchBytes && lines.lines_size() < kBatchLines; ++cursor_) {
    auto& line = head_[cursor_];
    line.covered_by = covered_by;
    auto& out = *lines.add_lines();
    out.set_time_ms(line.time_ms);
    out.set_level(line.level);
    out.set_text(line.text);
    bytes += line.text.size() + kOverhead;
  }
  return lines;
}

void LogBuffer::arrived(int64_t sequence) {
  while (cursor_ > 0 && head_.front().covered_by <= sequence) {
    head_bytes_ -= head_.front().text.size() + kOverhead;
    head_.pop_front();
    --cursor_;
    ++first_;
  }
}

void LogBuffer::stream_lost() { cursor_ = 0; }

}  // namespace millrace
