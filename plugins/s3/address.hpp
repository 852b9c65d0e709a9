// Objects named by one text, s3://bucket/key, and who asks for them, as operators of other rooms have it in their config.
//
// Pure. Throws mr::Failure E4080.
#pragma once
#include <string>
#include <string_view>

#include "s3/client.hpp"

namespace mr::s3 {

struct Address {
  std::string bucket{}, key{};
};

bool is_address(std::string_view text);  // it begins with s3://
Address read_address(const std::string& text);

// {endpoint, region, style, access_key, secret_key, session_token, ca_file}, each a text that may be left out; null: a public bucket of AWS.
Place place_of(const std::string& bucket, const Json& access);

}  // namespace mr::s3
