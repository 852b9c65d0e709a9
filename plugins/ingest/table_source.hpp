// Files of text as one source of typed rows, on all threads: each takes blocks of the file it is at, then of files that others are at.
//
// Takes only records that are whole and whose values are plain (cells.hpp); all others go to OddRows. A block must hold as many records as
// were counted in another way, or all of it is refused (E5036). Errors also: those of blocks.hpp, E5038 is the caller's.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "data/row_source.hpp"
#include "ingest/blocks.hpp"
#include "ingest/cells.hpp"
#include "ingest/odd_rows.hpp"

namespace mr::ingest {

inline constexpr int kNoColumn = -1;

struct TableFile {
  const LandedFile* file{};
  Layout layout{};
  std::vector<int> columns{};     // for each cell of a record its place in the dataset's columns, or kNoColumn
  std::vector<std::string> names{};  // of the cells, to be named in rejects
  int name_column = kNoColumn, line_column = kNoColumn;  // places for the file's name and for the record's line
};

struct TableCounts {
  int64_t good = 0, odd = 0, broken = 0;
};

class TableSource : public mr::data::RowSource {
 public:
  // careful: nothing is taken as plain. `ended` is called once for each file, when its last byte has been read, on any thread.
  TableSource(std::vector<TableFile> files, std::string encoding, const std::vector<mr::data::ColumnInfo>& columns, OddRows& odd, std::function<void(size_t)> ended, bool careful = false);
  ~TableSource() override;

  std::unique_ptr<mr::data::RowWorker> worker() override;
  TableCounts counts(size_t file) const { return places_[file].counts; }  // when the statement is over

 private:
  struct Worker;
  struct Place {
    std::mutex mutex{};
    std::unique_ptr<Blocks> blocks{};
    bool done = false;
    TableCounts counts{};
  };
  bool next(size_t& file, Block& block);
  bool next_of(size_t file, Block& block);
  void add(size_t file, const TableCounts& counts);

  std::vector<TableFile> files_;
  std::string encoding_;
  CellWriter cells_;
  OddRows& odd_;
  std::function<void(size_t)> ended_;
  bool careful_;
  std::vector<Place> places_;
  std::atomic<size_t> fresh_{0};  // the first file that nobody has begun
};

}  // namespace mr::ingest
