#include "worker/lease_book.hpp"

#include <algorithm>

namespace millrace {

LeaseNumber key(const worker::v1::LeaseNumber& number) {
  return {.run = {number.run()}, .task = {number.task()}, .attempt = number.attempt()};
}

void fill(worker::v1::LeaseNumber& message, LeaseNumber number) {
  message.set_run(number.run.value);
  message.set_task(number.task.value);
  message.set_attempt(number.attempt);
}

std::string text(LeaseNumber number) {
  return std::to_string(number.run.value) + "." + std::to_string(number.task.value) + "." + std::to_string(number.attempt);
}

void LeaseBook::set_length(Millis length) {
  const std::lock_guard hold(mutex_);
  length_ = length;
}

void LeaseBook::take(LeaseNumber number, SteadyTime now) {
  const std::lock_guard hold(mutex_);
  ends_[number] = now + length_;
}

void LeaseBook::drop(LeaseNumber number) {
  const std::lock_guard hold(mutex_);
  ends_.erase(number);
}

std::vector<LeaseNumber> LeaseBook::held() const {
  const std::lock_guard hold(mutex_);
  std::vector<LeaseNumber> numbers;
  for (const auto& [number, end] : ends_) numbers.push_back(number);
  return numbers;
}

bool LeaseBook::empty() const {
  const std::lock_guard hold(mutex_);
  return ends_.empty();
}

std::vector<LeaseNumber> LeaseBook::ended(SteadyTime now) const {
  const std::lock_guard hold(mutex_);
  std::vector<LeaseNumber> numbers;
  for (const auto& [number, end] : ends_) {
    if (end <= now) numbers.push_back(number);
  }
  return numbers;
}

SteadyTime LeaseBook::first_end(SteadyTime otherwise) const {
  const std::lock_guard hold(mutex_);
  for (const auto& [number, end] : ends_) otherwise = std::min(otherwise, end);
  return otherwise;
}

void LeaseBook::answered(int64_t sequence) {
  const std::lock_guard hold(mutex_);
  const auto sent = sent_.find(sequence);
  if (sent == sent_.end()) return;
  for (const auto number : sent->second.numbers) {
    if (const auto at = ends_.find(number); at != ends_.end()) at->second = std::max(at->second, sent->second.at + length_);
  }
  sent_.erase(sent_.begin(), std::next(sent));
}

worker::v1::FromWorker LeaseBook::next_renewal(SteadyTime now) {
  worker::v1::FromWorker message;
  auto& renew = *message.mutable_renew();
  Sent sent{.at = now};
  for (const auto& [number, end] : ends_) {
    sent.numbers.push_back(number);
    fill(*renew.add_numbers(), number);
  }
  renew.set_sequence(++sequence_);
  sent_[sequence_] = std::move(sent);
  while (sent_.size() > 64) sent_.erase(sent_.begin());  // never answered: their stream broke
  return message;
}

}  // namespace millrace
