// The kinds of short checks: not_null, unique, accepted_values, range, expression, freshness,
// volume, schema, references.
//
// One thread. A kind that is wrong in itself throws QualityError with the place; one whose columns
// are not there or don't fit throws as the compilers of expectations do.
#pragma once
#include "quality/dqdl/world.hpp"
#include "quality/engine/gx_expectation.hpp"
#include "quality/engine/tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mr::quality::short_form {

// What stands behind the kind's word, with what it is compiled against. Its filter and its
// `mostly` are in the expectation, whose type is the name of the check.
struct Given {
  const gx::Expectation& e;
  const Node& value;
  const dqdl::World& world;
};

struct Kind {
  std::string_view word{};
  gx::Compiled (*compile)(const Given&) = nullptr;
  std::string (*title)(const Node& value) = nullptr;  // what it is about, for its name
  bool of_rows = false;                               // takes `mostly`, and can set rows apart
  bool filtered = true;                               // takes `where`
  bool each = false;                                  // a list of columns is a check of each
};

const std::vector<Kind>& kinds();
const Kind* kind_named(std::string_view word);  // nullptr: there is none

}  // namespace mr::quality::short_form
