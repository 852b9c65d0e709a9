// A file of text in blocks of whole records, in order, each with the line it begins on. Blocks can be read by several threads.
//
// One thread at a time. No more than a block, or one record of 16 MiB, is in memory; a longer record is one that can't be read, whatever
// its length. Errors: those of bytes.hpp, E5044 (nothing of the format can be made of the file's beginning).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "ingest/bytes.hpp"
#include "ingest/records.hpp"

namespace mr::ingest {

struct Block {
  std::string text{};
  int64_t line = 1, offset = 0;   // of its first byte: from 1, and from 0 in the decoded text
  int64_t records = -1;           // counted where the block was cut; -1: it holds no quotes, and lines are records
  std::string fields{};           // for cut()
  bool too_long = false;          // the beginning of a record that is longer than may be
};

class Blocks {
 public:
  Blocks(const LandedFile& file, const Layout& layout, const std::string& encoding);
  const std::vector<std::string>& header() const { return header_; }  // names in the file; empty: it has none
  bool next(Block& block);

 private:
  void skip_lines();
  void read_header();
  void read_fields();
  void fill(size_t bytes);
  size_t whole_records(Block& block);
  void drop_long_record();
  void take(size_t bytes, Block& block);
  bool has_quotes() const;

  const LandedFile& file_;
  const Layout layout_;
  std::unique_ptr<Bytes> bytes_;
  std::vector<std::string> header_{};
  std::string text_{};       // read and not given yet
  int64_t line_ = 1, offset_ = 0;
  bool end_ = false;         // nothing more can be read
  std::string first_fields_{}, fields_{};
};

}  // namespace mr::ingest
