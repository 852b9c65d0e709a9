// Records that the quick way leaves: broken ones, and those with a value that it does not know. They wait in a file of the work folder, so
// that memory is bounded however many they are, and come back as a relation of text.
//
// add(): any thread. Errors: E5002 (the work folder's disk is full).
#pragma once
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "data/row_source.hpp"

namespace mr::ingest {

class OddRows : public mr::data::RowSource {
 public:
  // `columns`: how many cells a row has.
  OddRows(const std::string& folder, size_t columns);
  ~OddRows() override;

  // Either cells, or the reason why there are none, and the column that it is about, where there is one.
  void add(std::string_view file, int64_t line, std::string_view raw, const std::vector<std::string_view>& cells);
  void add_broken(std::string_view file, int64_t line, std::string_view raw, std::string_view reason, std::string_view column = {});
  int64_t count() const { return count_; }

  // _file, _line, _raw, _why, _which, then c0, c1 …; what is added later is not among them.
  std::vector<mr::data::ColumnInfo> relation_columns() const;
  std::unique_ptr<mr::data::RowWorker> worker() override;

 private:
  struct Reader;
  void write(std::string_view text);
  void begin(std::string_view file, int64_t line, std::string_view raw, std::string_view reason, std::string_view column);
  void end();

  std::mutex mutex_{};
  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> out_;
  size_t columns_;
  int64_t count_ = 0;
};

}  // namespace mr::ingest
