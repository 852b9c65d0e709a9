// Its config schema has a keyword that no form and no validator of ours knows; otherwise all is right.
#include "sdk/millrace_plugin.h"

namespace {

const mr_operator one{sizeof(mr_operator), 0, "outside.profile", "1.0.0", "Wants what nobody can show.", R"({"type": "object", "properties": {"name": {"type": "string", "minLenght": 1}}})",
                      R"({"type": "object"})", "[]", [](const mr_operator*, mr_text, const mr_host*) -> void* { return nullptr; }, [](void*) -> mr_outcome { return MR_SUCCEEDED; }, [](void*) {}};
const mr_operator* const operators[]{&one};
const mr_plugin plugin{MR_MAGIC, MR_ABI_MAJOR, MR_ABI_MINOR, sizeof(mr_plugin), "outside", "1.0.0", "Apache-2.0", 1, operators, nullptr};

}  // namespace

extern "C" MR_EXPORT const mr_plugin* millrace_plugin_1(void) { return &plugin; }
