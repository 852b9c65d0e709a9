#include "recipe/engine/keys.hpp"

#include <duckdb.h>

#include <mutex>

#include "recipe/engine/crypto.hpp"
#include "recipe/engine/recipe.hpp"

namespace mr::recipe {

constexpr size_t kMostCellBytes = size_t{128} << 20, kMostEqualCellBytes = size_t{400} << 10;

struct Refusal {
  std::string why{}, hint{};
};

// One use with its key. OpenSSL's contexts are not for two threads at once: each chunk takes one that is free.
struct LiveUse {
  KeyUse use{};
  std::string secret{};
  std::mutex lock{};
  std::vector<std::unique_ptr<CellCipher>> cells{};
  std::vector<std::unique_ptr<EqualCipher>> equals{};
};

struct Keyring::Ring {
  std::vector<std::unique_ptr<LiveUse>> uses{};
  std::mutex lock{};
  std::optional<std::pair<size_t, Refusal>> refused{};  // the first cell that a function wouldn't take: of which use, and why

  void refuse(size_t use, Refusal refusal) {
    const std::lock_guard hold(lock);
    if (!refused) refused.emplace(use, std::move(refusal));
  }
};

namespace {

template <class T>
class Borrowed {
 public:
  Borrowed(LiveUse& use, std::vector<std::unique_ptr<T>> LiveUse::*pool) : use_(use), pool_(pool) {
    {
      const std::lock_guard hold(use_.lock);
      auto& free = use_.*pool_;
      if (!free.empty()) {
        it_ = std::move(free.back());
        free.pop_back();
      }
    }
    if (!it_) it_ = std::make_unique<T>(use_.secret);
  }
  ~Borrowed() {
    const std::lock_guard hold(use_.lock);
    (use_.*pool_).push_back(std::move(it_));
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  T& operator*() const { return *it_; }

 private:
  LiveUse& use_;
  std::vector<std::unique_ptr<T>> LiveUse::*pool_;
  std::unique_ptr<T> it_{};
};

struct Refused : std::exception {};

// What becomes of one cell; throws Refused.
class Work {
 public:
  Work(Keyring::Ring& ring, size_t number) : ring_(ring), number_(number), use_(*ring.uses.at(number)) {
    const KeyPurpose purpose = use_.use.purpose;
    if (purpose == KeyPurpose::encrypt || purpose == KeyPurpose::decrypt) cell_.emplace(use_, &LiveUse::cells);
    if (purpose == KeyPurpose::encrypt_equal || purpose == KeyPurpose::decrypt_equal) equal_.emplace(use_, &LiveUse::equals);
  }

  std::string done(std::string_view text, std::string_view type) {
    switch (use_.use.purpose) {
      case KeyPurpose::encrypt: return limited(text, kMostCellBytes), (**cell_).encrypt(text, type);
      case KeyPurpose::decrypt: return decrypted(text);
      case KeyPurpose::encrypt_equal: return limited(text, kMostEqualCellBytes), (**equal_).encrypt(text);
      case KeyPurpose::decrypt_equal: return (**equal_).decrypt(text).value_or(std::string(text));
      case KeyPurpose::digest:
        return use_.use.secret.empty() ? digest_of(use_.use.algorithm, text) : keyed_digest_of(use_.use.algorithm, use_.secret, text);
    }
    return {};
  }

 private:
  void limited(std::string_view text, size_t most) {
    if (text.size() > most) refuse({"a cell is longer than " + std::to_string(most / 1024) + " KiB", "shorten the texts first, or leave the column out"});
  }
  std::string decrypted(std::string_view text) {
    auto cell = (**cell_).decrypt(text);
    if (!cell) refuse({"a cell was not encrypted with the key that '" + use_.use.parameter + "' names", "name the key that ENCRYPT used, and restrict the step to encrypted cells"});
    return *cell;
  }
  [[noreturn]] void refuse(Refusal refusal) {
    ring_.refuse(number_, std::move(refusal));
    throw Refused();
  }

  Keyring::Ring& ring_;
  size_t number_;
  LiveUse& use_;
  std::optional<Borrowed<CellCipher>> cell_{};
  std::optional<Borrowed<EqualCipher>> equal_{};
};

std::string_view text_at(duckdb_vector vector, idx_t row) {
  auto* value = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector)) + row;
  return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
}

bool is_null(duckdb_vector vector, idx_t row) {
  uint64_t* valid = duckdb_vector_get_validity(vector);
  return valid != nullptr && !duckdb_validity_row_is_valid(valid, row);
}

// (text, number of the use, type) -> text. The number is a literal of ours, the same in every row.
void convert(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  try {
    auto& ring = **static_cast<std::shared_ptr<Keyring::Ring>*>(duckdb_scalar_function_get_extra_info(info));
    const idx_t rows = duckdb_data_chunk_get_size(input);
    if (rows == 0) return;
    duckdb_vector texts = duckdb_data_chunk_get_vector(input, 0), numbers = duckdb_data_chunk_get_vector(input, 1), types = duckdb_data_chunk_get_vector(input, 2);
    Work work(ring, static_cast<size_t>(static_cast<int32_t*>(duckdb_vector_get_data(numbers))[0]));
    for (idx_t row = 0; row < rows; ++row) {
      if (is_null(texts, row)) {
        duckdb_vector_ensure_validity_writable(output);
        duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), row);
        continue;
      }
      const std::string cell = work.done(text_at(texts, row), text_at(types, row));
      duckdb_vector_assign_string_element_len(output, row, cell.data(), cell.size());
    }
  } catch (const std::exception&) {
    duckdb_scalar_function_set_error(info, "a cell could not be encrypted, decrypted or hashed");
  }
}

void forget(void* ring) { delete static_cast<std::shared_ptr<Keyring::Ring>*>(ring); }

// Volatile: equal cells are encrypted apart, and no cell is touched that a condition leaves out.
void install(mr::data::Session& session, const std::shared_ptr<Keyring::Ring>& ring, KeyPurpose purpose) {
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_logical_type text = duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR), number = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  duckdb_scalar_function_set_name(function, key_function(purpose).c_str());
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_add_parameter(function, number);
  duckdb_scalar_function_add_parameter(function, text);
  duckdb_scalar_function_set_return_type(function, text);
  duckdb_scalar_function_set_volatile(function);
  duckdb_scalar_function_set_special_handling(function);
  duckdb_scalar_function_set_extra_info(function, new std::shared_ptr<Keyring::Ring>(ring), forget);
  duckdb_scalar_function_set_function(function, convert);
  const auto done = duckdb_register_scalar_function(session.connection(), function);
  duckdb_destroy_logical_type(&text);
  duckdb_destroy_logical_type(&number);
  duckdb_destroy_scalar_function(&function);
  if (done != DuckDBSuccess) throw mr::Failure("resource", "E5007", "DuckDB refused a function of recipes", "", "", false);
}

std::string secret_of(const KeyUse& use, const Secrets& secrets) {
  const auto value = secrets ? secrets(use.secret) : std::nullopt;
  if (!value) throw RecipeError("E6040", "there is no secret '" + use.secret + "', which '" + use.parameter + "' names", use.place, "give it under `keys` of the task: it is never made here, since what it encrypts would be lost with it");
  if (use.purpose == KeyPurpose::digest) {
    auto bytes = base64_bytes(*value);
    if (!bytes || bytes->size() < kLeastKeyBytes) throw RecipeError("E6041", "the secret '" + use.secret + "' is not a key", use.place, "a key of a hash is base64 of at least 16 bytes");
    return *bytes;
  }
  if (value->size() < kLeastKeyBytes) throw RecipeError("E6041", "the secret '" + use.secret + "' is too short for a key", use.place, "a key has at least 16 bytes, better 32 random ones");
  return *value;
}

}  // namespace

std::string key_function(KeyPurpose purpose) {
  switch (purpose) {
    case KeyPurpose::encrypt: return "_mr_encrypt";
    case KeyPurpose::decrypt: return "_mr_decrypt";
    case KeyPurpose::encrypt_equal: return "_mr_encrypt_equal";
    case KeyPurpose::decrypt_equal: return "_mr_decrypt_equal";
    case KeyPurpose::digest: return "_mr_digest";
  }
  return {};
}

Keyring::Keyring(mr::data::Session& session, const std::vector<KeyUse>& uses, const Secrets& secrets) : ring_(std::make_shared<Ring>()) {
  for (const KeyUse& use : uses) {
    auto live = std::make_unique<LiveUse>();
    live->use = use;
    if (!use.secret.empty()) live->secret = secret_of(use, secrets);
    ring_->uses.push_back(std::move(live));
  }
  if (uses.empty()) return;
  for (const KeyPurpose purpose : {KeyPurpose::encrypt, KeyPurpose::decrypt, KeyPurpose::encrypt_equal, KeyPurpose::decrypt_equal, KeyPurpose::digest}) install(session, ring_, purpose);
}

void Keyring::explain(const mr::data::SqlError& error) const {
  const std::lock_guard hold(ring_->lock);
  if (!ring_->refused) throw error;
  const auto& [number, refusal] = *ring_->refused;
  throw RecipeError("E6042", refusal.why, ring_->uses[number]->use.place, refusal.hint);
}

}  // namespace mr::recipe
