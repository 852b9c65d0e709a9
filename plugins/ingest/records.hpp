// Text in UTF-8 taken apart into records of cells, without copying: CSV, fixed width, logs.
//
// One thread per cutter. A record that can't be taken apart is given with the reason, and the next one begins on the line after its first:
// however a line is broken, the lines behind it are read. Blank lines are no records. An empty cell stands for a missing value.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mr::ingest {

// How a file of text is laid out.
struct Layout {
  std::string format = "csv";            // csv, tsv, fixed_width, combined_log, common_log, w3c_log, lines (one cell each)
  char delimiter = ',', quote = '"', escape = '"';  // '\0': there is none
  bool header = true;                    // the first record names the columns
  int64_t skip = 0;                      // lines before it that are none of ours
  std::vector<int64_t> widths{};         // of fixed_width, in characters
  size_t most_record = size_t{16} << 20; // bytes of a record: a quote that stays open longer is one that was never closed
};

struct Record {
  std::vector<std::string_view> cells{};  // valid until the next record
  std::string_view raw{};                 // without its line break
  int64_t line = 0;                       // on which it begins, from 1
  const char* broken = nullptr;           // why it is no record
};

class Cutter {
 public:
  enum class Cut : uint8_t { record = 1, none, more };
  virtual ~Cutter() = default;
  virtual Cut next(Record& record) = 0;   // more: the text ends in the middle of a record, and was said to go on
  virtual size_t at() const = 0;          // where the next record begins, blank lines before it included
};

// `text` begins with a record, on line `line`. whole: it does not go on. `fields`: of w3c_log, two lines: the #Fields that its file began
// with, and the newest before the text.
std::unique_ptr<Cutter> cut(const Layout& layout, std::string_view text, int64_t line, bool whole, std::string_view fields = {});

// Names of the columns where the format has them: those of logs; empty for others.
std::vector<std::pair<std::string, std::string>> columns_of(const std::string& format);  // name, type

// "#Fields: date time c-ip": the names. Empty: it is no such line.
std::vector<std::string> fields_of(std::string_view line);

// Records of a text without quotes, counted in another way than cutters do.
int64_t count_lines(std::string_view text);

}  // namespace mr::ingest
