#include "quality/engine/seen_keys.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <duckdb.h>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

namespace mr::quality {
namespace {

constexpr int kPartBits = 9;  // hashes that begin alike lie together: a part is small enough to
constexpr size_t kParts = size_t{1} << kPartBits;  // be looked at within a processor's cache
constexpr size_t kBlock = 256;                     // hashes
constexpr size_t kSample =
    8192;  // the first rows say at once that a column of few values is no key

using Block = std::array<uint64_t, kBlock>;

struct Part {
  std::vector<std::unique_ptr<Block>> blocks{};
  size_t used = kBlock;  // of the last block
};

// What one thread at a time adds to.
struct Shelf {
  std::array<Part, kParts> parts{};
  std::unordered_set<uint64_t> sample{};
  size_t rows = 0;
};

// Open addressing over the hashes of one part. 0 stands for a free place; as a hash it is counted
// apart.
class Places {
 public:
  void clear(size_t hashes) {
    size_t size = 1024;
    while (size < 2 * hashes) size *= 2;
    places_.assign(size, 0);
    zero_ = false;
  }

  bool add(uint64_t hash) {
    if (hash == 0) return !std::exchange(zero_, true);
    const size_t mask = places_.size() - 1;
    size_t at = hash & mask;
    for (; places_[at] != 0; at = (at + 1) & mask) {
      if (places_[at] == hash) return false;
    }
    places_[at] = hash;
    return true;
  }

 private:
  std::vector<uint64_t> places_{};
  bool zero_ = false;
};

}  // namespace

struct SeenKeys::Seen {
  explicit Seen(size_t most) : most_blocks(most / sizeof(Block)) {}

  size_t most_blocks;
  std::atomic<size_t> blocks{0};
  std::atomic<bool> lost{false};  // nothing is proven any more
  std::mutex mutex{};
  std::vector<std::unique_ptr<Shelf>> free{};

  std::unique_ptr<Shelf> take() {
    const std::lock_guard hold(mutex);
    if (free.empty()) return std::make_unique<Shelf>();
    auto shelf = std::move(free.back());
    free.pop_back();
    return shelf;
  }

  void give_back(std::unique_ptr<Shelf> shelf) {
    const std::lock_guard hold(mutex);
    free.push_back(std::move(shelf));
  }

  void add(Shelf& shelf, uint64_t hash) {
    if (shelf.rows < kSample && !shelf.sample.insert(hash).second) lost = true;
    if (++shelf.rows == kSample) shelf.sample = {};
    Part& part = shelf.parts[hash >> (64 - kPartBits)];
    if (part.used == kBlock) {
      if (++blocks > most_blocks) {
        lost = true;
        return;
      }
      part.blocks.push_back(std::make_unique_for_overwrite<Block>());
      part.used = 0;
    }
    (*part.blocks.back())[part.used++] = hash;
  }
};

namespace {

void look_at(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  auto& seen =
      **static_cast<std::shared_ptr<SeenKeys::Seen>*>(duckdb_scalar_function_get_extra_info(info));
  const idx_t rows = duckdb_data_chunk_get_size(input);
  const auto* hashes =
      static_cast<const uint64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0)));
  const auto* in_scope =
      static_cast<const bool*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1)));
  std::copy_n(in_scope, rows, static_cast<bool*>(duckdb_vector_get_data(output)));
  if (seen.lost) return;
  auto shelf = seen.take();
  for (idx_t row = 0; row < rows && !seen.lost; ++row) {
    if (in_scope[row]) seen.add(*shelf, hashes[row]);
  }
  seen.give_back(std::move(shelf));
}

bool part_differs(const std::vector<std::unique_ptr<Shelf>>& shelves, size_t at, Places& places) {
  size_t hashes = 0;
  for (const auto& shelf : shelves) hashes += shelf->parts[at].blocks.size() * kBlock;
  places.clear(hashes);
  for (const auto& shelf : shelves) {
    const Part& part = shelf->parts[at];
    for (size_t block = 0; block < part.blocks.size(); ++block) {
      const size_t used = block + 1 == part.blocks.size() ? part.used : kBlock;
      for (size_t i = 0; i < used; ++i) {
        if (!places.add((*part.blocks[block])[i])) return false;
      }
    }
  }
  return true;
}

}  // namespace

// Volatile: it is asked once for each row, and not for what could be worked out beforehand.
SeenKeys::SeenKeys(mr::data::Session& session, size_t most_bytes)
    : seen_(std::make_shared<Seen>(most_bytes)) {
  static std::atomic<int64_t> number{0};
  function_ = "_mr_seen_" + std::to_string(++number);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type hash = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT),
                      boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_name(function, function_.c_str());
  duckdb_scalar_function_add_parameter(function, hash);
  duckdb_scalar_function_add_parameter(function, boolean);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_extra_info(function, new std::shared_ptr<Seen>(seen_), [](void* seen) {
    delete static_cast<std::shared_ptr<Seen>*>(seen);
  });
  duckdb_scalar_function_set_function(function, look_at);
  const auto done = duckdb_register_scalar_function(session.connection(), function);
  duckdb_destroy_logical_type(&hash);
  duckdb_destroy_logical_type(&boolean);
  duckdb_destroy_scalar_function(&function);
  if (done != DuckDBSuccess)
    throw mr::Failure("internal", "E5007", "DuckDB did not take a function", "", "report it", true);
}

std::string SeenKeys::sql(const std::vector<std::string>& keys, const std::string& scope) const {
  std::string list;
  for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
  return "sum(CAST(" + function_ + "(hash(" + list + "), " +
         (scope.empty() ? "true" : "coalesce((" + scope + "), false)") + ") AS BIGINT))";
}

bool SeenKeys::all_differ(int64_t rows) {
  const auto shelves = std::exchange(seen_->free, {});
  if (seen_->lost.exchange(true)) return false;
  size_t found = 0;
  for (const auto& shelf : shelves) found += shelf->rows;
  if (rows <= 0 || found != static_cast<size_t>(rows)) return false;
  Places places;
  for (size_t at = 0; at < kParts; ++at) {
    if (!part_differs(shelves, at, places)) return false;
  }
  return true;
}

}  // namespace mr::quality
