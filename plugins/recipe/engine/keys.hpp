// Secrets that a recipe names, and the SQL functions that use them.
//
// The SQL of a plan holds the number of a use, never a name and never a secret. Secrets live in the functions that install() registers
// on the session, until the session ends or the next install(). One thread installs; any may run the functions.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/session.hpp"

namespace mr::recipe {

// The value of a secret by the name that the recipe gives it; empty: there is none.
using Secrets = std::function<std::optional<std::string>(const std::string& name)>;

enum class KeyPurpose : unsigned char { encrypt = 1, decrypt, encrypt_equal, decrypt_equal, digest };

struct KeyUse {
  KeyPurpose purpose{};
  std::string place{}, parameter{};
  std::string secret{};     // its name; empty for a digest without a key
  std::string algorithm{};  // of a digest
};

// "_mr_encrypt(text, number of the use, type)" and its kind.
std::string key_function(KeyPurpose purpose);

// Registers the functions for these uses. Throws RecipeError for a secret that is missing (E6040) or unusable (E6041).
class Keyring {
 public:
  Keyring(mr::data::Session& session, const std::vector<KeyUse>& uses, const Secrets& secrets);
  [[noreturn]] void explain(const mr::data::SqlError& error) const;  // throws RecipeError (E6042) where a function refused a cell, else the error
  struct Ring;

 private:
  std::shared_ptr<Ring> ring_;  // DuckDB's threads hold it too
};

}  // namespace mr::recipe
