#include "ingest/table_source.hpp"

#include <cstring>

namespace mr::ingest {

using mr::data::Batch;

TableSource::TableSource(std::vector<TableFile> files, std::string encoding, const std::vector<mr::data::ColumnInfo>& columns, OddRows& odd, std::function<void(size_t)> ended, bool careful)
    : files_(std::move(files)), encoding_(std::move(encoding)), cells_(columns), odd_(odd), ended_(std::move(ended)), careful_(careful), places_(files_.size()) {}

TableSource::~TableSource() = default;

bool TableSource::next_of(size_t file, Block& block) {
  auto& place = places_[file];
  const std::lock_guard hold(place.mutex);
  if (place.done) return false;
  if (!place.blocks) place.blocks = std::make_unique<Blocks>(*files_[file].file, files_[file].layout, encoding_);
  if (place.blocks->next(block)) return true;
  place.done = true;
  place.blocks.reset();
  ended_(file);
  return false;
}

bool TableSource::next(size_t& file, Block& block) {
  if (file < files_.size() && next_of(file, block)) return true;
  for (;;) {
    file = fresh_.fetch_add(1);
    if (file >= files_.size()) break;
    if (next_of(file, block)) return true;
  }
  for (file = 0; file < files_.size(); ++file) {
    if (next_of(file, block)) return true;
  }
  return false;
}

void TableSource::add(size_t file, const TableCounts& counts) {
  const std::lock_guard hold(places_[file].mutex);
  auto& sum = places_[file].counts;
  sum.good += counts.good;
  sum.odd += counts.odd;
  sum.broken += counts.broken;
}

struct TableSource::Worker : mr::data::RowWorker {
  explicit Worker(TableSource& of) : source(of), row_cells(of.cells_.columns()) {}

  size_t fill(Batch& batch) override {
    size_t rows = 0;
    while (rows < Batch::kRows) {
      if (!cutter) {
        if (!source.next(file, block)) break;
        begin();
        continue;
      }
      if (cutter->next(record) != Cutter::Cut::record) {
        finish();
        continue;
      }
      if (take(batch, rows)) ++rows;
    }
    return rows;
  }

  void begin() {
    const auto& own = source.files_[file];
    counts = {};
    if (block.too_long) {
      source.odd_.add_broken(own.file->key, block.line, "", "LINE LONGER THAN 16 MIB");
      source.add(file, {0, 0, 1});
      return;
    }
    if (const size_t wrong = first_wrong_byte(block.text); wrong != std::string_view::npos) {
      throw mr::Failure("data", "E5035", "the file is not UTF-8: the first other byte is at offset " + std::to_string(block.offset + static_cast<int64_t>(wrong)), own.file->key,
                        "say its encoding, such as encoding: latin-1 or encoding: windows-1252");
    }
    has_nul = std::memchr(block.text.data(), '\0', block.text.size()) != nullptr;
    cutter = cut(own.layout, block.text, block.line, true, block.fields);
  }

  void finish() {
    const auto& own = source.files_[file];
    const int64_t read = counts.good + counts.odd + counts.broken;
    const bool table = own.layout.format == "csv" || own.layout.format == "tsv";
    const int64_t counted = block.records >= 0 ? block.records : table ? count_lines(block.text) : read;
    if (read != counted) {
      throw mr::Failure("data", "E5036", std::to_string(counted) + " records were counted and " + std::to_string(read) + " were read, from line " + std::to_string(block.line) + " on", own.file->key,
                        "report it, with that part of the file; nothing was published");
    }
    source.add(file, counts);
    cutter.reset();
  }

  bool broken(std::string_view reason, std::string_view column = {}) {
    source.odd_.add_broken(source.files_[file].file->key, record.line, record.raw, reason, column);
    ++counts.broken;
    return false;
  }

  // Whether the record stands in the batch now.
  bool take(Batch& batch, size_t row) {
    const auto& own = source.files_[file];
    if (record.broken != nullptr) return broken(record.broken);
    if (record.cells.size() > own.columns.size()) return broken("TOO MANY COLUMNS");
    if (record.cells.size() < own.columns.size()) return broken("MISSING COLUMNS", own.names[record.cells.size()]);
    if (has_nul) {
      for (size_t i = 0; i < record.cells.size(); ++i) {
        if (record.cells[i].find('\0') != std::string_view::npos) return broken("NUL BYTE", own.names[i]);
      }
    }
    row_cells.assign(row_cells.size(), {});
    for (size_t i = 0; i < record.cells.size(); ++i) {
      if (own.columns[i] != kNoColumn) row_cells[static_cast<size_t>(own.columns[i])] = record.cells[i];
    }
    if (own.name_column != kNoColumn) row_cells[static_cast<size_t>(own.name_column)] = own.file->key;
    if (own.line_column != kNoColumn) row_cells[static_cast<size_t>(own.line_column)] = line_text = std::to_string(record.line);
    for (size_t column = 0; column < row_cells.size(); ++column) {
      if (!source.careful_ && source.cells_.put(batch, column, row, row_cells[column])) continue;
      batch.clear_row(row);
      source.odd_.add(own.file->key, record.line, record.raw, row_cells);
      ++counts.odd;
      return false;
    }
    ++counts.good;
    return true;
  }

  TableSource& source;
  std::vector<std::string_view> row_cells;
  size_t file = static_cast<size_t>(-1);
  Block block{};
  std::unique_ptr<Cutter> cutter{};
  Record record{};
  TableCounts counts{};
  bool has_nul = false;
  std::string line_text{};
};

std::unique_ptr<mr::data::RowWorker> TableSource::worker() { return std::make_unique<Worker>(*this); }

}  // namespace mr::ingest
