// A small world whose whole life is played once for every operation of its disk: a tick, a dataset that starts another Dag, items, a child run,
// an approval, a callback, a second server, people. Who does what when is fixed.
#pragma once
#include "house/cast.hpp"
#include "picture.hpp"

namespace millrace::testing {

sim::Cast scripted_cast();
Names names_of(const sim::Cast& cast);

}  // namespace millrace::testing
