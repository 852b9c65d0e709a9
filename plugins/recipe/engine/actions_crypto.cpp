// Personal data encrypted and hashed in place. Keys come by name when the recipe runs.
#include "recipe/engine/actions.hpp"
#include "recipe/engine/text_pieces.hpp"

namespace mr::recipe {
namespace {

using mr::data::literal;

std::string call(Builder& b, const KeyUse& use, const std::string& text, const std::string& type = "") {
  return key_function(use.purpose) + "(" + text + ", " + std::to_string(b.use_key(use)) + ", " + literal(type) + ")";
}

KeyUse key(const Builder& b, KeyPurpose purpose, const std::string& parameter) {
  std::string secret = b.param(parameter);
  if (secret.empty()) b.wrong(parameter, "the name of a secret");
  if (b.has("secretVersion")) secret += "@" + b.param("secretVersion");
  return {purpose, place(b.step()), parameter, secret, ""};
}

bool flag_or(const Builder& b, const std::string& name, bool fallback) { return b.has(name) ? b.flag(name) : fallback; }

void encrypt(Builder& b) {
  const KeyUse use = key(b, KeyPurpose::encrypt, "kmsKeyArn");
  const bool keeps_type = flag_or(b, "preserveDataType", true);
  for (const size_t index : b.sources()) {
    const std::string type = keeps_type ? b.at(index).type : "VARCHAR";
    if (type.size() > 255) b.wrong("preserveDataType", "false for column '" + b.at(index).name + "': the name of its type is too long to be kept");
    const std::string sql = in_entities(b, b.text(b.at(index)), [&](const std::string& part) { return call(b, use, part, type); });
    b.set(b.at(index), sql, "VARCHAR");
    if (!b.has("entityTypeFilter")) b.at(index).clear_type = type;
  }
}

// The type comes back when this recipe encrypted the column; other runs' cells come back as texts.
void decrypt(Builder& b) {
  const KeyUse use = key(b, KeyPurpose::decrypt, "kmsKeyArn");
  for (const size_t index : b.sources()) {
    const std::string type = b.at(index).clear_type.empty() || !b.where().empty() ? "VARCHAR" : b.at(index).clear_type;
    const std::string sql = call(b, use, b.text(b.at(index)));
    b.set(b.at(index), type == "VARCHAR" ? sql : "CAST(" + sql + " AS " + type + ")", type);
  }
}

void encrypt_equal(Builder& b) {
  b.flag("createSecretIfMissing");
  const KeyUse use = key(b, KeyPurpose::encrypt_equal, "secretId");
  for (const size_t index : b.sources()) {
    const std::string sql = in_entities(b, b.text(b.at(index)), [&](const std::string& part) { return call(b, use, part); });
    b.set(b.at(index), sql, "VARCHAR");
  }
}

void decrypt_equal(Builder& b) {
  const KeyUse use = key(b, KeyPurpose::decrypt_equal, "secretId");
  for (const size_t index : b.sources()) {
    const std::string sql = call(b, use, b.text(b.at(index)));
    b.set(b.at(index), sql, "VARCHAR");
  }
}

void hash(Builder& b) {
  b.flag("createSecretIfMissing");
  const std::string algorithm = b.param_or("algorithm", "HMAC_SHA256");
  const bool keyed = algorithm.starts_with("HMAC_");
  const std::string plain = keyed ? algorithm.substr(5) : algorithm;
  if (plain != "MD5" && plain != "SHA1" && plain != "SHA256" && plain != "SHA512") {
    b.wrong("algorithm", "MD5, SHA1, SHA256, SHA512, HMAC_MD5, HMAC_SHA1, HMAC_SHA256 or HMAC_SHA512");
  }
  KeyUse use{KeyPurpose::digest, place(b.step()), "secretId", "", plain};
  if (keyed) use.secret = key(b, KeyPurpose::digest, "secretId").secret;
  const std::string function = plain == "MD5" ? "md5" : plain == "SHA1" ? "sha1" : "sha256";
  const Change hashed = [&](const std::string& part) { return !keyed && plain != "SHA512" ? function + "(" + part + ")" : call(b, use, part); };
  for (const size_t index : b.sources()) {
    const std::string sql = in_entities(b, b.text(b.at(index)), hashed);
    b.set(b.at(index), sql, "VARCHAR");
  }
}

constexpr Action kActions[] = {{"ENCRYPT", false, encrypt}, {"DECRYPT", false, decrypt}, {"DETERMINISTIC_ENCRYPT", false, encrypt_equal},
                               {"DETERMINISTIC_DECRYPT", false, decrypt_equal}, {"CRYPTOGRAPHIC_HASH", false, hash}};

}  // namespace

std::span<const Action> crypto_actions() { return kActions; }

}  // namespace mr::recipe
