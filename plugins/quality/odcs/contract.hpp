// Data contracts of the Open Data Contract Standard, version 3, read as checks: what the chosen
// object of its schema says of columns and rows, its rules of quality, and the agreements of
// service that rows can show.
//
// One thread. QualityError: E7002 for a text that is no such contract, E7005 when it isn't said
// which of several objects the rows are. What is unknown or can't be evaluated is a failed check
// with its reason; what is written for people is a check that holds and says that nothing was
// checked.
#pragma once
#include "quality/dqdl/world.hpp"
#include "quality/engine/gx_suite.hpp"
#include "quality/engine/tree.hpp"

#include <string>

namespace mr::quality::odcs {

bool is_contract(const Node& document);  // by its shape

// `object`: the name of the object that the rows are; may be empty where there is one alone.
gx::Suite load(const Node& document, const std::string& name, const std::string& object,
               const Target& target, Measures& measures, const dqdl::World& world);

}  // namespace mr::quality::odcs
