// The operators that the scheduler itself carries out: their schemas, beside those of plugins.
//
// Constants; any thread. Semantics: dag-yaml.md, "Core operators"; what they do is in engine/core_operators.cpp.
#pragma once
#include "model/operator.hpp"

namespace millrace {

// `plugins` and the core operators.
OperatorList with_core_operators(const OperatorList& plugins);

}  // namespace millrace
