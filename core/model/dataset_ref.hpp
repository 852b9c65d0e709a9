// A dataset as it is, or as it was: `raw.orders`, `raw.orders@snapshot:42`, `raw.orders@time:2026-11-01T00:00:00Z`, `raw.orders@run:KEY`.
//
// Pure; any thread. Semantics: data-plane.md section 2 (time travel). At a time: the newest snapshot that was there then. At a run: the
// newest one that the run made of it, or, when it made none, the newest one that was there when it ended.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/ids.hpp"

namespace millrace {

struct AtRun {
  std::string key{};
};

struct DatasetRef {
  std::string dataset{};
  std::variant<std::monostate, SnapshotId, TimePoint, AtRun> at{};  // nothing: as it is
};

Result<DatasetRef> reference_from(std::string_view text);  // E1036: what stands behind the @ is none of these
std::string_view dataset_of(std::string_view reference);   // without what stands behind the @

Error no_such_snapshot(std::string_view reference);        // E5016

}  // namespace millrace
