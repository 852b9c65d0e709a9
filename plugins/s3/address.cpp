#include "s3/address.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace mr::s3 {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::array<std::pair<std::string_view, std::string Place::*>, 7> kWords{{{"endpoint", &Place::endpoint}, {"region", &Place::region}, {"style", &Place::style}, {"access_key", &Place::access_key},
                                                                                {"secret_key", &Place::secret_key}, {"session_token", &Place::session_token}, {"ca_file", &Place::ca_file}}};

Failure wrong(const std::string& what, const std::string& hint) { return {"config", "E4080", what, "with.access", hint}; }

}  // namespace

bool is_address(std::string_view text) { return text.starts_with(kScheme); }

Address read_address(const std::string& text) {
  const auto slash = text.find('/', kScheme.size());
  if (!is_address(text) || slash == std::string::npos || slash + 1 == text.size()) throw Failure("config", "E4080", "no address of an object", text, "write s3://bucket/key");
  return {.bucket = text.substr(kScheme.size(), slash - kScheme.size()), .key = text.substr(slash + 1)};
}

Place place_of(const std::string& bucket, const Json& access) {
  Place place{.bucket = bucket};
  if (access.is_null()) return place;
  if (!access.is_object()) throw wrong("`access` is no map", "write {endpoint: https://…, access_key: …, secret_key: …}");
  for (const auto& [name, value] : access.items()) {
    const auto* word = std::find_if(kWords.begin(), kWords.end(), [&, wanted = std::string_view(name)](const auto& one) { return one.first == wanted; });
    if (word == kWords.end() || !value.is_string()) throw wrong("`access` of a bucket has no text called " + name, "endpoint, region, style, access_key, secret_key, session_token, ca_file");
    place.*(word->second) = value.get<std::string>();
  }
  return place;
}

}  // namespace mr::s3
