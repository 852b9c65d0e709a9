#include "model/dataset_ref.hpp"

#include <charconv>

#include "base/text.hpp"

namespace millrace {
namespace {

constexpr std::string_view kSnapshot = "snapshot:", kTime = "time:", kRun = "run:";

Error wrong(std::string_view text) {
  return {.code = "E1036", .what = quote(std::string(text)) + " says no time of a dataset", .where = {}, .hint = "write raw.orders@snapshot:42, raw.orders@time:2026-11-01T00:00:00Z or raw.orders@run:KEY"};
}

}  // namespace

std::string_view dataset_of(std::string_view reference) { return reference.substr(0, reference.find('@')); }

Result<DatasetRef> reference_from(std::string_view text) {
  DatasetRef ref{.dataset = std::string(dataset_of(text)), .at = {}};
  if (ref.dataset.size() == text.size()) return ref;
  const auto at = text.substr(ref.dataset.size() + 1);
  if (at.starts_with(kSnapshot)) {
    SnapshotId id;
    const char* const end = at.data() + at.size();
    const auto [last, failed] = std::from_chars(at.data() + kSnapshot.size(), end, id.value);
    if (failed != std::errc() || last != end || id.value <= 0) return wrong(text);
    ref.at = id;
  } else if (at.starts_with(kTime)) {
    const auto time = from_iso(at.substr(kTime.size()));
    if (!time) return wrong(text);
    ref.at = *time;
  } else if (at.starts_with(kRun) && at.size() > kRun.size()) {
    ref.at = AtRun{std::string(at.substr(kRun.size()))};
  } else {
    return wrong(text);
  }
  return ref;
}

Error no_such_snapshot(std::string_view reference) {
  return {.code = "E5016", .what = "there is no " + quote(std::string(reference)), .where = {}, .hint = "`millrace datasets history " + std::string(dataset_of(reference)) + "` shows its snapshots"};
}

}  // namespace millrace
