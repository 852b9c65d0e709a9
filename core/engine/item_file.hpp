// The items of a foreach over rows, as an attempt left them below the data root (plugins/data/items.hpp says how).
//
// Any thread; each reads three small pieces, never the whole file.
#pragma once
#include <cstdint>
#include <string>

#include "base/json.hpp"
#include "base/result.hpp"

namespace millrace {

// Whether it may be the name of such a file: items/<uuid>, and so below the data root.
bool is_item_file(const std::string& name);

// The item of that number, from 0. E2024: the file is missing, too short, or no JSON stands there.
Result<Json> read_item(const std::string& data_root, const std::string& name, int64_t number);

}  // namespace millrace
