// Short checks, as people write them by hand: a list of maps, each with the word of its kind.
//
//   - not_null: [order_id, day]
//   - range: {column: quantity, min: 1, below: 1000}
//     where: status <> 'cancelled'
//     mostly: 0.99
//
// A file is the list itself, or {name, checks: [...]}. One thread. A text that is no such list is
// a QualityError (E7002, E7005); a check that is unknown or wrong, or that its columns don't fit,
// is a failed check with its reason and its place.
#pragma once
#include "quality/dqdl/world.hpp"
#include "quality/engine/gx_suite.hpp"
#include "quality/engine/tree.hpp"

#include <string>
#include <vector>

namespace mr::quality::short_form {

bool is_short(const Node& document);  // by its shape

gx::Suite load(const Node& document, const std::string& name, const Target& target,
               Measures& measures, const dqdl::World& world);

// The checks of one map of the list: several where it names several columns.
std::vector<gx::Entry> compile(const Node& entry, const Target& target, Measures& measures,
                               const dqdl::World& world);

}  // namespace mr::quality::short_form
