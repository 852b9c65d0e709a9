// What depends on a dataset or a column, for every door: what tasks have made, and what Dags say that tasks read and write.
//
// Any thread. Errors: E8004 (no such dataset), E1069 (no such column).
#pragma once
#include <string>
#include <vector>

#include "api/views.hpp"
#include "catalog/impact.hpp"

namespace millrace {

struct Impact {
  std::string dataset{}, column{};  // column empty: any
  std::vector<Dependent> dependents{};
};

Result<Impact> impact_of(Views& views, const std::string& name);  // "clean.orders", "clean.orders.quantity"
Json to_json(const Dependent& dependent);

}  // namespace millrace
