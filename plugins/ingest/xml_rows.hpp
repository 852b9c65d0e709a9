// Rows of XML as lines of JSON: each element of the path `row` is an object of its attributes and child elements.
//
// `row` is a path of local names from the root ("orders/order"), or one name, which any element may have ("order"; not those within one).
// An element that holds text alone is a text, one with attributes or children an object, its own text as _value; a name that stands there
// several times is a list. Namespaces' prefixes are left out. Nothing is ever fetched, and a DTD is refused, so that there are no entities
// but XML's own five. Memory is that of one row, of 16 MiB at most: a longer one is broken. Errors: E5044 (not well-formed, cut off, a DTD:
// with its line), E5034, E5030. libxml2 is behind this door alone.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "ingest/odd_rows.hpp"
#include "ingest/landing.hpp"

namespace mr::ingest {

// Columns: line, _file, _line (where the row's first tag ends; from the 65,535th line on some lines later). Each thread reads a file of its own.
class XmlRows : public mr::data::RowSource {
 public:
  // `lists`: names that are lists also in rows where they stand once.
  XmlRows(std::vector<const LandedFile*> files, const std::string& row, std::vector<std::string> lists, OddRows& odd, std::function<void(size_t)> ended);

  std::unique_ptr<mr::data::RowWorker> worker() override;
  int64_t rows(size_t file) const { return counts_[file]; }  // when the statement is over

 private:
  struct Worker;
  std::vector<const LandedFile*> files_;
  std::string row_;
  std::vector<std::string> lists_;
  OddRows& odd_;
  std::function<void(size_t)> ended_;
  std::vector<int64_t> counts_;
  std::atomic<size_t> fresh_{0};
};

// The first rows, one a line, texts that are plain numbers or booleans as such: for a look at what types they would have.
std::string xml_sample(const LandedFile& file, const std::string& row, int64_t most_rows, size_t most_bytes);

// E5062: `row` is neither a name nor a path of names.
void require_row_path(const std::string& row);

}  // namespace mr::ingest
