// What waits for a stream goes out together: one message by itself, several as a batch.
//
// M is a message with a field `batch` whose `messages` are M again. Any thread, as the queue allows.
#pragma once
#include <cstddef>
#include <deque>
#include <utility>

namespace millrace {

inline constexpr size_t kMostBatchBytes = size_t{1} << 20;  // a larger message goes by itself

// The next message to be written; takes what is in it off the front of the queue, which is not empty.
template <class M>
M take_batch(std::deque<M>& queue, bool peer_takes_batches) {
  M first = std::move(queue.front());
  queue.pop_front();
  if (!peer_takes_batches || queue.empty()) return first;
  size_t bytes = first.ByteSizeLong() + queue.front().ByteSizeLong();
  if (bytes > kMostBatchBytes) return first;
  M batch;
  auto& messages = *batch.mutable_batch();
  *messages.add_messages() = std::move(first);
  do {
    *messages.add_messages() = std::move(queue.front());
    queue.pop_front();
    if (!queue.empty()) bytes += queue.front().ByteSizeLong();
  } while (!queue.empty() && bytes <= kMostBatchBytes);
  return batch;
}

}  // namespace millrace
