// Items for a foreach: values handed to the server beside an attempt's output, which is too small for many of them.
//
// Two files below the data root: `items/<uuid>.jsonl` has one JSON value a line, `items/<uuid>.idx` where each of them begins (a line of
// twelve digits, in bytes from the start; one more for the end). So any item is read without the others. One thread.
#pragma once
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace mr::data {

class ItemWriter {
 public:
  explicit ItemWriter(const std::string& data_root);
  ~ItemWriter();  // removes what was not kept
  ItemWriter(const ItemWriter&) = delete;
  ItemWriter& operator=(const ItemWriter&) = delete;

  void add(std::string_view json);  // one value, without line breaks
  // On disk for good; "items/<uuid>", for the output. Failure of class resource when the disk is full.
  std::string keep();

  int64_t count() const { return count_; }
  int64_t bytes() const { return bytes_; }

 private:
  void note_start();
  std::filesystem::path at(const char* ending) const;

  std::filesystem::path folder_{};
  std::string name_{};
  std::ofstream lines_{}, starts_{};
  int64_t count_ = 0, bytes_ = 0;
  bool kept_ = false;
};

}  // namespace mr::data
