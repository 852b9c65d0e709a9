// JSON as the store's columns hold it: written by us, so a text that does not parse counts as null. Pure; any thread.
#pragma once
#include <string>

#include "base/json.hpp"

namespace millrace {

inline Json parsed(const std::string& text) {
  auto json = Json::parse(text);
  return json ? std::move(*json) : Json();
}

}  // namespace millrace
